//! A client of the gateway's public HTTP API.

use std::time::Duration;

use serde_json::Value;
use service::Secret;

use crate::failure::Failure;

/// Longer than any gateway waits for a job by default.
const TIMEOUT: Duration = Duration::from_secs(600);

/// A gateway and a key for it.
#[derive(Clone, Debug)]
pub(crate) struct Gateway {
    pub(crate) url: String,
    pub(crate) key: Secret,
    http: reqwest::Client,
}

impl Gateway {
    pub(crate) fn new(url: &str, key: Secret) -> Result<Gateway, Failure> {
        // reqwest is built without a TLS provider; a second installation is refused and changes nothing.
        let _installed = rustls::crypto::ring::default_provider().install_default();
        let http = reqwest::Client::builder().tcp_nodelay(true).timeout(TIMEOUT).build().map_err(Failure::new)?;
        Ok(Gateway { url: url.trim_end_matches('/').to_owned(), key, http })
    }

    /// Posts a request and returns the JSON of its answer; an error's code and message are the failure's.
    pub(crate) async fn post(&self, path: &str, body: &Value) -> Result<Value, Failure> {
        let failed = |error: reqwest::Error| Failure::new(format!("{} can't be reached: {error}", self.url));
        let request = self.http.post(format!("{}{path}", self.url)).header("Content-Type", "application/json");
        let response =
            request.header("X-API-Key", self.key.expose()).body(body.to_string()).send().await.map_err(failed)?;
        let status = response.status();
        let bytes = response.bytes().await.map_err(failed)?;
        let answer: Value = serde_json::from_slice(&bytes)
            .map_err(|_| Failure::new(format!("{} answered {status} without JSON", self.url)))?;
        if status.is_success() {
            return Ok(answer);
        }
        let text = |name| answer.pointer(name).and_then(Value::as_str).unwrap_or("(none)");
        Err(Failure::new(format!("{}: {}", text("/error/code"), text("/error/message"))))
    }

    /// Whether the gateway answers and each endpoint has at least one worker.
    pub(crate) async fn has_workers(&self) -> bool {
        let Ok(response) = self.http.get(format!("{}/health", self.url)).send().await else { return false };
        let Ok(bytes) = response.bytes().await else { return false };
        let health: Value = serde_json::from_slice(&bytes).unwrap_or_default();
        ["classify", "extract"].iter().all(|endpoint| {
            let count = |what| health.pointer(&format!("/endpoints/{endpoint}/workers/{what}")).and_then(Value::as_u64);
            count("idle").unwrap_or_default() + count("running").unwrap_or_default() > 0
        })
    }
}
