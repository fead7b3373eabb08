//! The gateway's configuration, read from the environment once. `docs/configuration.md` lists the same variables; a test
//! compares the two.

use std::net::{IpAddr, Ipv4Addr, SocketAddr};
use std::time::Duration;

use service::telemetry::{Format, Level};
use service::{ConfigError, Environment, Secret};

/// Everything that can be set from outside.
#[derive(Clone, Debug)]
pub struct Config {
    /// Where to listen.
    pub address: SocketAddr,
    /// Keys that callers may present.
    pub keys: Vec<Secret>,
    /// The platform.
    pub platform: PlatformConfig,
    /// Requests per key in a window.
    pub rate_requests: u32,
    /// The window.
    pub rate_window: Duration,
    /// Most requests on the document routes at a time.
    pub max_in_flight: usize,
    /// Most bytes of bodies held at a time, until the platform has them.
    pub max_body_memory: usize,
    /// Longest wait at shutdown for requests in flight.
    pub drain: Duration,
    /// How long a caller waits for an answer.
    pub timeout: Duration,
    /// Least severe level logged.
    pub log_level: Level,
    /// How log lines look.
    pub log_format: Format,
}

/// How to reach the two workers.
#[derive(Clone, Debug)]
pub struct PlatformConfig {
    /// Base URL of the endpoint API, without an endpoint id.
    pub base_url: String,
    /// The account's key.
    pub api_key: Secret,
    /// Endpoint id of the classify worker.
    pub classify: String,
    /// Endpoint id of the extract worker.
    pub extract: String,
    /// Most further tries of a submission that can't have made a job.
    pub max_retries: u32,
}

impl Config {
    /// Reads and checks all variables.
    ///
    /// # Errors
    /// Every variable that is missing or bad, at once.
    pub fn read(mut env: Environment) -> Result<Config, ConfigError> {
        let config = Config::from_variables(&mut env);
        env.finish(config)
    }

    /// Reads the variables; problems stay in `env`.
    pub(crate) fn from_variables(env: &mut Environment) -> Config {
        let keys: Vec<Secret> = env.required("GATEWAY_API_KEY");
        if keys.iter().any(|key| key.expose().trim() != key.expose() || key.expose().is_empty()) {
            env.problem("GATEWAY_API_KEY", "has an empty key or spaces around a comma");
        }
        let platform = PlatformConfig::from_variables(env);
        let timeout = env.number("RUNPOD_TIMEOUT", 120, 1..=3600);
        let rate_requests = env.number("RATE_LIMIT_REQUESTS", 100, 1..=1_000_000);
        let rate_window = env.number("RATE_LIMIT_WINDOW", 60, 1..=86_400);
        let max_in_flight = env.number("MAX_IN_FLIGHT", 400, 1..=100_000);
        let body_megabytes = env.number("MAX_BODY_MEMORY", 1024, 20..=1_000_000);
        let drain = env.number("SHUTDOWN_TIMEOUT", 30, 0..=3600);
        let host: IpAddr = env.or("HOST", Ipv4Addr::UNSPECIFIED.into());
        let port: u16 = env.or("PORT", 8000);
        let level: String = env.or("LOG_LEVEL", "INFO".to_owned());
        let log_level = level.parse().unwrap_or_else(|_| {
            env.problem("LOG_LEVEL", "must be TRACE, DEBUG, INFO, WARNING or ERROR");
            Level::INFO
        });
        Config {
            address: SocketAddr::new(host, port),
            keys,
            platform,
            rate_requests: u32::try_from(rate_requests).unwrap_or(u32::MAX),
            rate_window: Duration::from_secs(rate_window),
            max_in_flight: usize::try_from(max_in_flight).unwrap_or(usize::MAX),
            max_body_memory: usize::try_from(body_megabytes * 1_000_000).unwrap_or(usize::MAX),
            drain: Duration::from_secs(drain),
            timeout: Duration::from_secs(timeout),
            log_level,
            log_format: env.or("LOG_FORMAT", Format::Auto),
        }
    }
}

impl PlatformConfig {
    fn from_variables(env: &mut Environment) -> PlatformConfig {
        let max_retries = env.number("RUNPOD_MAX_RETRIES", 3, 0..=10);
        PlatformConfig {
            api_key: env.required("RUNPOD_API_KEY"),
            classify: env.required("RUNPOD_CLASSIFY_ENDPOINT"),
            extract: env.required("RUNPOD_EXTRACT_ENDPOINT"),
            base_url: env.or("RUNPOD_ENDPOINT_BASE_URL", runpod::client::DEFAULT_BASE_URL.to_owned()),
            max_retries: u32::try_from(max_retries).unwrap_or_default(),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const REQUIRED: [(&str, &str); 4] = [
        ("GATEWAY_API_KEY", "first-key,second-key"),
        ("RUNPOD_API_KEY", "platform-key"),
        ("RUNPOD_CLASSIFY_ENDPOINT", "c"),
        ("RUNPOD_EXTRACT_ENDPOINT", "e"),
    ];

    fn environment(more: &[(&str, &str)]) -> Environment {
        REQUIRED.iter().chain(more).map(|(k, v)| ((*k).to_owned(), (*v).to_owned())).collect()
    }

    #[test]
    fn the_required_variables_are_enough_and_the_rest_has_its_documented_default() {
        let config = Config::read(environment(&[])).unwrap();
        assert_eq!(config.keys.len(), 2);
        assert_eq!(config.address.to_string(), "0.0.0.0:8000");
        assert_eq!(config.timeout, Duration::from_secs(120));
        assert_eq!((config.rate_requests, config.rate_window.as_secs()), (100, 60));
        assert_eq!((config.platform.max_retries, config.platform.base_url.as_str()), (3, "https://api.runpod.ai/v2"));
    }

    #[test]
    fn one_start_names_every_bad_variable() {
        let bad = [("GATEWAY_API_KEY", "a,,b"), ("PORT", "many"), ("LOG_LEVEL", "loud"), ("RATE_LIMIT_WINDOW", "0")];
        let error = Config::read(bad.iter().map(|(k, v)| ((*k).to_owned(), (*v).to_owned())).collect()).unwrap_err();
        let text = error.to_string();
        for name in bad.iter().chain(&REQUIRED).map(|(name, _)| name) {
            assert!(text.contains(name), "{name} in {text}");
        }
        assert!(!text.contains("many") && !text.contains("loud"), "{text}");
    }

    #[test]
    fn the_printed_configuration_shows_no_key() {
        let shown = format!("{:?}", Config::read(environment(&[])).unwrap());
        assert!(!shown.contains("first-key") && !shown.contains("platform-key"), "{shown}");
    }

    #[test]
    fn the_documentation_lists_every_variable_with_its_default() {
        let documentation = include_str!("../../docs/configuration.md");
        let mut env = environment(&[]);
        Config::from_variables(&mut env);
        for variable in env.variables() {
            let start = format!("| `{}` |", variable.name);
            let row = documentation.lines().find(|line| line.starts_with(&start));
            let row = row.unwrap_or_else(|| panic!("docs/configuration.md has no row for {}", variable.name));
            let default = variable.default.as_ref().map_or("required".to_owned(), |text| format!("`{text}`"));
            assert!(row.split('|').any(|cell| cell.trim() == default), "{row} does not have the default {default}");
        }
    }
}
