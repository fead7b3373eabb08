//! Client of RunPod's public endpoint API: submit a job, follow it, cancel it, ask for health.
//!
//! Used by the gateway. Each call is one HTTP exchange; when to try again is the caller's decision, for which [`ClientError`]
//! says whether a job can exist. Bodies are never parsed into trees: the input is spliced ([`envelope`]) and the output passes
//! through as raw JSON ([`JobView::output`]).

use std::fmt;
use std::sync::Arc;
use std::time::Duration;

use http::header::{AUTHORIZATION, CONTENT_TYPE};
use http::{HeaderValue, Method};
use reqwest::RequestBuilder;
use url::Url;

mod answer;
mod envelope;
mod error;
mod health;
mod job;
mod transport;

pub use envelope::{Envelope, Policy, envelope};
pub use error::ClientError;
pub use health::{Health, JobCounts, WorkerCounts};
pub use job::{JobStatus, JobView, Purged};
pub use transport::http_client;

/// RunPod's own address, where no other base URL is configured.
pub const DEFAULT_BASE_URL: &str = "https://api.runpod.ai/v2";
/// Shortest and longest `wait` that the platform accepts; values outside are clamped.
pub const WAIT_RANGE: (Duration, Duration) = (Duration::from_secs(1), Duration::from_secs(300));
/// Time limit of a call that doesn't wait for a job. RunPod answers these within a second; an upload of 10 MB takes longer.
const CALL_TIMEOUT: Duration = Duration::from_secs(30);
/// How much longer than `wait` the HTTP exchange may last.
const WAIT_MARGIN: Duration = Duration::from_secs(5);

/// One endpoint of the account. Cheap to clone.
#[derive(Clone)]
pub struct Endpoint(Arc<Inner>);

struct Inner {
    base: Url,
    authorization: HeaderValue,
    http: reqwest::Client,
}

/// Why an [`Endpoint`] can't be made.
#[derive(Debug, thiserror::Error, PartialEq, Eq)]
pub enum EndpointError {
    /// The base URL does not parse or is not `http(s)`.
    #[error("the base URL of the endpoint API must be an http or https URL")]
    BaseUrl,
    /// The endpoint id is empty.
    #[error("the endpoint id is empty")]
    EndpointId,
    /// The key has characters that no header may hold.
    #[error("the API key has characters that an HTTP header can't carry")]
    ApiKey,
}

impl Endpoint {
    /// `base_url` is without the endpoint id, such as [`DEFAULT_BASE_URL`]. Nothing is sent yet.
    ///
    /// # Errors
    /// A base URL, id or key that can't work.
    pub fn new(
        base_url: &str,
        endpoint_id: &str,
        api_key: &str,
        http: reqwest::Client,
    ) -> Result<Endpoint, EndpointError> {
        let mut base = Url::parse(base_url).map_err(|_| EndpointError::BaseUrl)?;
        if !matches!(base.scheme(), "http" | "https") {
            return Err(EndpointError::BaseUrl);
        }
        if endpoint_id.is_empty() {
            return Err(EndpointError::EndpointId);
        }
        base.path_segments_mut().map_err(|()| EndpointError::BaseUrl)?.pop_if_empty().push(endpoint_id);
        let mut authorization =
            HeaderValue::try_from(format!("Bearer {api_key}")).map_err(|_| EndpointError::ApiKey)?;
        authorization.set_sensitive(true);
        Ok(Endpoint(Arc::new(Inner { base, authorization, http })))
    }

    /// Submits a job and returns at once with its id.
    ///
    /// # Errors
    /// See [`ClientError`]; only [`ClientError::no_job_exists`] allows another submission.
    pub async fn run(&self, envelope: &Envelope) -> Result<JobView, ClientError> {
        self.submit(self.url("run", None, None), envelope, CALL_TIMEOUT).await
    }

    /// Submits a job and waits up to `wait` for its result; the answer may still be `IN_QUEUE` or `IN_PROGRESS`. The whole
    /// exchange, upload included, is given up after `timeout`.
    ///
    /// # Errors
    /// As [`Endpoint::run`]. After an ambiguous failure the job may run without anybody knowing its id.
    pub async fn runsync(
        &self,
        envelope: &Envelope,
        wait: Duration,
        timeout: Duration,
    ) -> Result<JobView, ClientError> {
        self.submit(self.url("runsync", None, Some(wait)), envelope, timeout).await
    }

    /// The job as it is now.
    ///
    /// # Errors
    /// See [`ClientError`]; [`ClientError::is_unknown_job`] just after a submission only means "too early".
    pub async fn status(&self, id: &str) -> Result<JobView, ClientError> {
        answer::job(self.call(Method::GET, self.url("status", Some(id), None), CALL_TIMEOUT).send().await).await
    }

    /// The job, as soon as it is finished or `wait` has passed.
    ///
    /// # Errors
    /// As [`Endpoint::status`].
    pub async fn status_sync(&self, id: &str, wait: Duration) -> Result<JobView, ClientError> {
        let url = self.url("status-sync", Some(id), Some(wait));
        answer::job(self.call(Method::GET, url, wait.max(WAIT_RANGE.0) + WAIT_MARGIN).send().await).await
    }

    /// Cancels a job, queued or running.
    ///
    /// # Errors
    /// See [`ClientError`].
    pub async fn cancel(&self, id: &str) -> Result<JobView, ClientError> {
        answer::job(self.call(Method::POST, self.url("cancel", Some(id), None), CALL_TIMEOUT).send().await).await
    }

    /// Queues a failed or timed out job again, under the same id.
    ///
    /// # Errors
    /// See [`ClientError`].
    pub async fn retry(&self, id: &str) -> Result<JobView, ClientError> {
        answer::job(self.call(Method::POST, self.url("retry", Some(id), None), CALL_TIMEOUT).send().await).await
    }

    /// How many jobs and workers there are, by state.
    ///
    /// # Errors
    /// See [`ClientError`].
    pub async fn health(&self) -> Result<Health, ClientError> {
        answer::json(self.call(Method::GET, self.url("health", None, None), CALL_TIMEOUT).send().await).await
    }

    /// Drops all queued jobs; running ones go on.
    ///
    /// # Errors
    /// See [`ClientError`].
    pub async fn purge_queue(&self) -> Result<Purged, ClientError> {
        answer::json(self.call(Method::POST, self.url("purge-queue", None, None), CALL_TIMEOUT).send().await).await
    }

    async fn submit(&self, url: Url, envelope: &Envelope, timeout: Duration) -> Result<JobView, ClientError> {
        let (body, handed_over) = envelope.body();
        let sent = self.call(Method::POST, url, timeout).body(body).send().await;
        answer::job(sent).await.map_err(|error| if handed_over.is_complete() { error } else { error.before_the_end() })
    }

    fn call(&self, method: Method, url: Url, timeout: Duration) -> RequestBuilder {
        let has_body = method == Method::POST;
        let request = self.0.http.request(method, url).timeout(timeout);
        let request = request.header(AUTHORIZATION, self.0.authorization.clone());
        if has_body { request.header(CONTENT_TYPE, "application/json") } else { request }
    }

    fn url(&self, verb: &str, id: Option<&str>, wait: Option<Duration>) -> Url {
        let mut url = self.0.base.clone();
        if let Ok(mut path) = url.path_segments_mut() {
            path.push(verb).extend(id);
        }
        if let Some(wait) = wait {
            let wait = wait.clamp(WAIT_RANGE.0, WAIT_RANGE.1).as_millis();
            url.set_query(Some(&format!("wait={wait}")));
        }
        url
    }
}

impl fmt::Debug for Endpoint {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Endpoint").field("base", &self.0.base.as_str()).finish_non_exhaustive()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn endpoint(base: &str) -> Endpoint {
        Endpoint::new(base, "classify", "the-key", http_client(base).unwrap()).unwrap()
    }

    #[test]
    fn addresses_are_the_base_the_endpoint_the_verb_and_the_escaped_id() {
        let endpoint = endpoint("http://127.0.0.1:1/v2/");
        assert_eq!(endpoint.url("status", Some("a/b?c"), None).path(), "/v2/classify/status/a%2Fb%3Fc");
        assert_eq!(endpoint.url("runsync", None, Some(Duration::ZERO)).query(), Some("wait=1000"));
        assert_eq!(endpoint.url("runsync", None, Some(Duration::from_secs(900))).query(), Some("wait=300000"));
    }

    #[test]
    fn what_can_not_work_is_refused_before_anything_is_sent() {
        let make = |base, id, key| Endpoint::new(base, id, key, http_client(base).unwrap()).err();
        assert_eq!(make("ftp://host/v2", "classify", "k"), Some(EndpointError::BaseUrl));
        assert_eq!(make("nonsense", "classify", "k"), Some(EndpointError::BaseUrl));
        assert_eq!(make("http://host/v2", "", "k"), Some(EndpointError::EndpointId));
        assert_eq!(make("http://host/v2", "classify", "line\nbreak"), Some(EndpointError::ApiKey));
    }

    #[test]
    fn debug_shows_no_key() {
        assert!(!format!("{:?}", endpoint("http://127.0.0.1:1/v2")).contains("the-key"));
    }
}
