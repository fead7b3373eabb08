//! What a worker takes from the environment besides RunPod's own variables.

use std::path::PathBuf;

use service::{ConfigError, Environment};

use crate::engine::local::{HubModel, LocalModel};
use crate::role::Role;

/// The settings of a worker.
#[derive(Debug)]
pub struct Config {
    /// Whether document URLs may lead to private addresses.
    pub allow_private_urls: bool,
    /// A folder whose files replace those of the shipped catalog.
    pub catalog_dir: Option<PathBuf>,
    /// Threads that read a page; 0 takes one per core.
    pub reading_threads: usize,
    /// The vision model beside the reading engine, if there is one.
    pub vision: Option<Vision>,
}

/// Where a vision model runs.
#[derive(Debug)]
pub enum Vision {
    /// In this process.
    MistralRs(LocalModel),
}

impl Config {
    /// Reads the settings of a role.
    ///
    /// # Errors
    /// All variables that are missing or wrong, by name.
    pub fn read(mut env: Environment, role: Role) -> Result<Config, ConfigError> {
        let engine: String = env.or("ENGINE", "reading".to_owned());
        // Read whatever the engine, so that a typo is found before the engine is switched.
        let local = local_model(&mut env, role);
        let vision = match engine.as_str() {
            "reading" => None,
            "mistralrs" if cfg!(feature = "mistralrs") => Some(Vision::MistralRs(local)),
            "mistralrs" => {
                env.problem("ENGINE", "is mistralrs, but this program was built without its feature `mistralrs`");
                None
            }
            _ => {
                env.problem("ENGINE", "is none of: reading, mistralrs");
                None
            }
        };
        let config = Config {
            allow_private_urls: env.or("ALLOW_PRIVATE_URLS", false),
            catalog_dir: env.optional::<PathBuf>("CATALOG_DIR"),
            reading_threads: usize::try_from(env.number("READING_THREADS", 0, 0..=256)).unwrap_or(0),
            vision,
        };
        env.finish(config)
    }
}

fn local_model(env: &mut Environment, role: Role) -> LocalModel {
    // A budget of 1,280 patches tells types apart; fields stand in small print.
    let (id, max_pixels) = match role {
        Role::Classify => ("Qwen/Qwen2.5-VL-7B-Instruct", 1_003_520),
        Role::Extract => ("Qwen/Qwen3-VL-8B-Instruct", 2_097_152),
    };
    let hub = HubModel { id: env.or("MODEL_ID", id.to_owned()), revision: env.or("MODEL_REVISION", "main".to_owned()) };
    let plain = |part: &str| !part.is_empty() && !part.starts_with('.') && !part.contains(['\\', '/']);
    if hub.id.split('/').count() != 2 || !hub.id.split('/').all(plain) {
        env.problem("MODEL_ID", "is not of the form organisation/name");
    }
    if !plain(&hub.revision) {
        env.problem("MODEL_REVISION", "is not the name of a branch, a tag or a commit");
    }
    LocalModel {
        hub,
        dir: env.optional("MODEL_DIR"),
        cache: hub_cache(env),
        isq: env.optional("MODEL_ISQ"),
        uqff: env.optional("MODEL_UQFF"),
        max_pixels: env.number("MODEL_MAX_PIXELS", max_pixels, 65_536..=16_777_216),
    }
}

/// The Hugging Face cache, found as its own libraries find it.
fn hub_cache(env: &mut Environment) -> PathBuf {
    let home = env.optional::<PathBuf>("HF_HOME").unwrap_or_else(|| {
        let user = env.optional::<PathBuf>("HOME").unwrap_or_default();
        user.join(".cache").join("huggingface")
    });
    env.optional("HF_HUB_CACHE").unwrap_or_else(|| home.join("hub"))
}
