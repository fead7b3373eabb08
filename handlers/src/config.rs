//! What a worker takes from the environment besides RunPod's own variables.

use std::ops::RangeInclusive;
use std::path::PathBuf;
use std::time::Duration;

use service::{ConfigError, Environment};
use url::Url;

use crate::engine::local::{HubModel, LocalModel, Running};
use crate::engine::openai;
use crate::role::Role;

/// Budgets of pixels for a page that make sense: below, nothing can be read; above, one page fills a model's context.
const MAX_PIXELS: RangeInclusive<u64> = 65_536..=16_777_216;

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
    /// Behind an OpenAI-compatible server.
    OpenAi(openai::Settings),
}

impl Config {
    /// Reads the settings of a role.
    ///
    /// # Errors
    /// All variables that are missing or wrong, by name.
    pub fn read(mut env: Environment, role: Role) -> Result<Config, ConfigError> {
        let engine: String = env.or("ENGINE", "reading".to_owned());
        // Both are read whatever the engine, so that a typo is found before the engine is switched.
        let max_pixels = max_pixels(&mut env);
        let local = local_model(&mut env, role, max_pixels);
        let remote = server(&mut env, engine == "openai", max_pixels);
        let vision = match engine.as_str() {
            "reading" => None,
            "mistralrs" if cfg!(feature = "mistralrs") => Some(Vision::MistralRs(local)),
            "mistralrs" => {
                env.problem("ENGINE", "is mistralrs, but this program was built without its feature `mistralrs`");
                None
            }
            "openai" => remote.map(Vision::OpenAi),
            _ => {
                env.problem("ENGINE", "is none of: reading, mistralrs, openai");
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

/// A caller's budget of pixels for a page; each engine has its own default.
fn max_pixels(env: &mut Environment) -> Option<u64> {
    let given: Option<u64> = env.optional("MODEL_MAX_PIXELS");
    if given.is_some_and(|pixels| !MAX_PIXELS.contains(&pixels)) {
        let bounds = format!("must be between {} and {}", MAX_PIXELS.start(), MAX_PIXELS.end());
        env.problem("MODEL_MAX_PIXELS", &bounds);
    }
    given
}

fn local_model(env: &mut Environment, role: Role, max_pixels: Option<u64>) -> LocalModel {
    // A thousand patches tell types apart; fields stand in small print.
    let (id, pixels) = match role {
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
        token: env.optional("HF_TOKEN"),
        max_pixels: max_pixels.unwrap_or(pixels),
        running: Running::default(),
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

/// The server behind `ENGINE=openai`; `None` when a problem was noted.
fn server(env: &mut Environment, wanted: bool, max_pixels: Option<u64>) -> Option<openai::Settings> {
    let server: Option<String> = env.optional("OPENAI_SERVER");
    let base_url: Option<String> = env.optional("OPENAI_BASE_URL");
    if wanted && server.is_none() && base_url.is_none() {
        env.problem("OPENAI_BASE_URL", "is required with ENGINE=openai unless OPENAI_SERVER is set");
    }
    let base_url = Url::parse(base_url.as_deref().unwrap_or("http://127.0.0.1:8000/v1"));
    let base_url = base_url.ok().filter(|url| matches!(url.scheme(), "http" | "https") && url.has_host());
    if base_url.is_none() {
        env.problem("OPENAI_BASE_URL", "is no http or https URL");
    }
    let profile: String = env.or("OPENAI_PROFILE", "qwen".to_owned());
    let profile = openai::Profile::named(&profile).map_err(|e| env.problem("OPENAI_PROFILE", &e.to_string())).ok();
    let profile = profile.map(|profile| match max_pixels {
        Some(max_pixels) => profile.with_max_pixels(max_pixels),
        None => profile,
    });
    Some(openai::Settings {
        api_key: env.optional("OPENAI_API_KEY"),
        model: env.optional("OPENAI_MODEL"),
        server,
        timeout: Duration::from_secs(env.number("OPENAI_TIMEOUT", 120, 1..=86_400)),
        start_timeout: Duration::from_secs(env.number("OPENAI_START_TIMEOUT", 1_800, 1..=86_400)),
        concurrency: usize::try_from(env.number("OPENAI_CONCURRENCY", 8, 1..=1_024)).unwrap_or(1),
        base_url: base_url?,
        profile: profile?,
    })
}
