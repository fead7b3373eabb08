//! What a worker takes from the environment besides RunPod's own variables.

use std::path::PathBuf;

use service::{ConfigError, Environment};

/// The settings of a worker.
#[derive(Debug)]
pub struct Config {
    /// Whether document URLs may lead to private addresses.
    pub allow_private_urls: bool,
    /// A folder whose files replace those of the shipped catalog.
    pub catalog_dir: Option<PathBuf>,
    /// Threads that read a page; 0 takes one per core.
    pub reading_threads: usize,
}

impl Config {
    /// Reads the settings.
    ///
    /// # Errors
    /// All variables that are missing or wrong, by name.
    pub fn read(mut env: Environment) -> Result<Config, ConfigError> {
        let engine: String = env.or("ENGINE", "reading".to_owned());
        if engine != "reading" {
            env.problem("ENGINE", "is none of: reading");
        }
        let config = Config {
            allow_private_urls: env.or("ALLOW_PRIVATE_URLS", false),
            catalog_dir: env.optional::<PathBuf>("CATALOG_DIR"),
            reading_threads: usize::try_from(env.number("READING_THREADS", 0, 0..=256)).unwrap_or(0),
        };
        env.finish(config)
    }
}
