//! The worker's settings: read once from the environment that RunPod gives the container, checked, and never printed whole.

use std::collections::HashMap;
use std::num::NonZeroUsize;
use std::str::FromStr;

use service::Secret;

use super::fitness::{FitnessCheck, FitnessLimits};
use super::pace::Pace;
use super::urls::Urls;

/// Version of the Python SDK whose protocol this worker speaks. The platform may gate features on it (job-stop came with 1.10).
pub(crate) const PROTOCOL_VERSION: &str = "1.12.0";

/// Shortest ping interval: the SDK divides to whole seconds and spins at zero.
const MIN_PING_INTERVAL_MS: u64 = 100;

/// The largest result that the platform is known to take anywhere (runsync): 20 MB.
const MAX_RESULT_BYTES: usize = 20_000_000;

/// Who this worker is, as it appears in error reports.
#[derive(Debug, Clone)]
pub(crate) struct Identity {
    pub(crate) hostname: String,
    pub(crate) worker_id: String,
}

impl Identity {
    /// The id is RunPod's, never one that the worker gave itself.
    pub(crate) fn from_env(variable: impl Fn(&str) -> Option<String>) -> Self {
        let known = |name| variable(name).filter(|value| !value.is_empty()).unwrap_or_else(|| "unknown".to_owned());
        Self { hostname: known("RUNPOD_POD_HOSTNAME"), worker_id: known("RUNPOD_POD_ID") }
    }
}

/// Everything the worker loop needs to know.
#[derive(Debug)]
pub struct Settings {
    /// Jobs that run at the same time.
    pub concurrency: NonZeroUsize,
    /// Waits and limits in time.
    pub pace: Pace,
    /// Results larger than this many bytes are answered with a small error instead of being sent.
    pub max_result_bytes: usize,
    /// Whether the platform should replace the worker after each job; the worker then stops after its first one.
    pub refresh_worker: bool,
    pub(crate) fitness: FitnessLimits,
    pub(crate) checks: Vec<FitnessCheck>,
    pub(crate) identity: Identity,
    pub(crate) key: Option<Secret>,
    pub(crate) urls: Urls,
}

/// All variables that cannot be used, so that one start shows them all.
#[derive(Debug, thiserror::Error)]
#[error("bad configuration: {}", problems.join("; "))]
pub struct SettingsError {
    /// One sentence per variable.
    pub problems: Vec<String>,
}

impl Settings {
    /// Reads the settings from environment variables (`std::env::vars()` in a program, any pairs in a test).
    ///
    /// # Errors
    /// Lists every variable that is missing or has an unusable value.
    pub fn from_env(env: impl IntoIterator<Item = (String, String)>) -> Result<Self, SettingsError> {
        let mut read = Reader { env: env.into_iter().collect(), problems: Vec::new() };
        let settings = read.settings();
        if read.problems.is_empty() { Ok(settings) } else { Err(SettingsError { problems: read.problems }) }
    }

    /// Adds a check that must pass before the first job is taken. Such checks run before the built-in ones.
    pub fn add_check(&mut self, check: FitnessCheck) {
        self.checks.push(check);
    }
}

struct Reader {
    env: HashMap<String, String>,
    problems: Vec<String>,
}

impl Reader {
    fn settings(&mut self) -> Settings {
        let pod_id = self.text("RUNPOD_POD_ID");
        let pings = pod_id.is_some() && self.env.contains_key("RUNPOD_AI_API_KEY");
        let worker_id = pod_id.unwrap_or_else(|| uuid::Uuid::new_v4().to_string());
        let gpu = self.text("RUNPOD_GPU_TYPE_ID").unwrap_or_default();
        let urls = Urls::new(
            &worker_id,
            &gpu,
            &self.url("RUNPOD_WEBHOOK_GET_JOB", true).unwrap_or_default(),
            &self.url("RUNPOD_WEBHOOK_POST_OUTPUT", true).unwrap_or_default(),
            self.url("RUNPOD_WEBHOOK_POST_STREAM", false).as_deref(),
            self.url("RUNPOD_WEBHOOK_PING", false).filter(|_| pings).as_deref(),
        );
        let ping_ms = self.number("RUNPOD_PING_INTERVAL", 10_000_u64).max(MIN_PING_INTERVAL_MS);
        Settings {
            concurrency: self.number("WORKER_CONCURRENCY", NonZeroUsize::MIN),
            pace: Pace { ping_interval: std::time::Duration::from_millis(ping_ms), ..Pace::default() },
            max_result_bytes: MAX_RESULT_BYTES,
            refresh_worker: false,
            fitness: FitnessLimits {
                skip: self.is_true("RUNPOD_SKIP_AUTO_SYSTEM_CHECKS"),
                min_memory_gb: self.number("RUNPOD_MIN_MEMORY_GB", 4.0),
                min_disk_percent: self.number("RUNPOD_MIN_DISK_PERCENT", 10.0),
            },
            checks: Vec::new(),
            identity: Identity::from_env(|name| self.text(name)),
            key: self.key(),
            urls,
        }
    }

    fn text(&self, name: &str) -> Option<String> {
        self.env.get(name).filter(|value| !value.is_empty()).cloned()
    }

    fn is_true(&self, name: &str) -> bool {
        self.env.get(name).is_some_and(|value| value.eq_ignore_ascii_case("true"))
    }

    fn key(&mut self) -> Option<Secret> {
        let key = self.text("RUNPOD_AI_API_KEY")?;
        if http::HeaderValue::from_str(&key).is_err() {
            self.problems.push("RUNPOD_AI_API_KEY has characters that no header can carry".to_owned());
        }
        Some(Secret::new(key))
    }

    fn url(&mut self, name: &str, required: bool) -> Option<String> {
        let value = self.text(name);
        match &value {
            None if required => self.problems.push(format!("{name} is not set")),
            // The value itself stays out of the message: a URL may carry a credential.
            Some(url) if url::Url::parse(url).is_err() => self.problems.push(format!("{name} is not a URL")),
            _ => {}
        }
        value
    }

    fn number<N: FromStr>(&mut self, name: &str, default: N) -> N {
        match self.text(name).map(|text| text.parse()) {
            None => default,
            Some(Ok(number)) => number,
            Some(Err(_)) => {
                self.problems.push(format!("{name} is not a number in range"));
                default
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::Settings;

    fn env(pairs: &[(&str, &str)]) -> Vec<(String, String)> {
        pairs.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned())).collect()
    }

    const REQUIRED: [(&str, &str); 3] = [
        ("RUNPOD_WEBHOOK_GET_JOB", "http://platform/job-take/$ID?gpu=a"),
        ("RUNPOD_WEBHOOK_POST_OUTPUT", "http://platform/job-done/$RUNPOD_POD_ID/$ID?gpu=a"),
        ("RUNPOD_AI_API_KEY", "very-secret"),
    ];

    #[test]
    fn all_bad_variables_are_reported_in_one_start() {
        let error = Settings::from_env(env(&[("RUNPOD_PING_INTERVAL", "soon"), ("WORKER_CONCURRENCY", "0")]))
            .expect_err("nothing usable");
        let text = error.to_string();
        for name in
            ["RUNPOD_WEBHOOK_GET_JOB", "RUNPOD_WEBHOOK_POST_OUTPUT", "RUNPOD_PING_INTERVAL", "WORKER_CONCURRENCY"]
        {
            assert!(text.contains(name), "{name} is missing in: {text}");
        }
    }

    #[test]
    fn the_key_is_never_shown() {
        let settings = Settings::from_env(env(&REQUIRED)).expect("settings");
        assert!(!format!("{settings:?}").contains("very-secret"));
    }

    #[test]
    fn a_ping_interval_below_a_second_does_not_become_zero() {
        let mut pairs = env(&REQUIRED);
        pairs.extend(env(&[("RUNPOD_PING_INTERVAL", "1")]));
        let settings = Settings::from_env(pairs).expect("settings");
        assert_eq!(settings.pace.ping_interval.as_millis(), 100);
    }
}
