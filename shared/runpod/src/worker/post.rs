//! Posting: results, chunks and progress, with the retries that a result deserves.
//!
//! The SDK gives up on the first network error, 408 or 429, and the caller's job then only times out. Here a result is tried
//! again until the platform has surely forgotten the job; meanwhile the job stays in the pings. A result that the platform
//! will not take (400, 413, or too large from the start) becomes a small error, so that the caller learns why.

use std::time::Duration;

use bytes::Bytes;
use http::StatusCode;
use serde_json::value::RawValue;
use tokio::time::Instant;
use tokio_util::sync::CancellationToken;

use super::body;
use super::http::describe;
use super::link::Link;
use crate::job::JobError;

/// The last post of a job.
pub(crate) struct Final {
    pub(crate) body: Bytes,
    pub(crate) is_stream: bool,
    pub(crate) stop_pod: bool,
}

/// How long to insist.
struct Patience<'a> {
    per_attempt: Duration,
    in_all: Duration,
    /// No further attempt once this is cancelled.
    until: &'a CancellationToken,
}

enum Sent {
    Accepted,
    Refused(StatusCode),
    GaveUp(String),
}

impl Link {
    /// Posts the result of a job, or else a small error that says why there is none. True if the platform took either.
    pub(crate) async fn post_final(&self, job: &str, last: Final) -> bool {
        let (bytes, most) = (last.body.len(), self.settings.max_result_bytes);
        if bytes > most {
            let reason = format!("the result has {bytes} bytes, the limit is {most}");
            return self.post_instead(job, &last, &JobError::new("result_too_large", reason)).await;
        }
        match self.post_done(job, last.is_stream, last.body.clone()).await {
            Sent::Accepted => true,
            Sent::Refused(status @ (StatusCode::BAD_REQUEST | StatusCode::PAYLOAD_TOO_LARGE)) => {
                let reason =
                    format!("the platform refused the result of {bytes} bytes with status {}", status.as_u16());
                self.post_instead(job, &last, &JobError::new("result_refused", reason)).await
            }
            failure => failure.log(),
        }
    }

    async fn post_instead(&self, job: &str, last: &Final, error: &JobError) -> bool {
        tracing::error!("{}", error.message);
        let small = body::job_error(error, &self.settings.identity, last.stop_pod);
        match self.post_done(job, last.is_stream, small).await {
            Sent::Accepted => true,
            failure => failure.log(),
        }
    }

    async fn post_done(&self, job: &str, is_stream: bool, body: Bytes) -> Sent {
        let pace = &self.settings.pace;
        let never = CancellationToken::new();
        let patience = Patience { per_attempt: pace.post_timeout, in_all: pace.post_give_up, until: &never };
        self.post(&self.settings.urls.done(job, is_stream), job, body, &patience).await
    }

    pub(crate) async fn post_chunk(
        &self,
        job: &str,
        value: &RawValue,
        closing: &CancellationToken,
    ) -> Result<(), JobError> {
        let Some(url) = self.settings.urls.chunk(job) else {
            return Err(JobError::new("chunk_not_sent", "the platform gave no address for chunks"));
        };
        let pace = &self.settings.pace;
        let patience = Patience { per_attempt: pace.post_timeout, in_all: pace.post_give_up, until: closing };
        match self.post(&url, job, body::output(value, false), &patience).await {
            Sent::Accepted => Ok(()),
            Sent::Refused(status) => {
                let reason = format!("the platform refused a chunk with status {}", status.as_u16());
                Err(JobError::new("chunk_not_sent", reason))
            }
            Sent::GaveUp(why) => Err(JobError::new("chunk_not_sent", format!("a chunk could not be sent: {why}"))),
        }
    }

    pub(crate) async fn post_progress(&self, job: &str, value: &RawValue, closing: &CancellationToken) {
        let limit = self.settings.pace.progress_timeout;
        let patience = Patience { per_attempt: limit, in_all: limit, until: closing };
        let url = self.settings.urls.done(job, false);
        match self.post(&url, job, body::progress(value), &patience).await {
            Sent::Accepted => {}
            Sent::Refused(status) => tracing::warn!(status = status.as_u16(), "the platform refused a progress update"),
            Sent::GaveUp(why) => tracing::warn!(why, "a progress update was not sent"),
        }
    }

    async fn post(&self, url: &str, job: &str, body: Bytes, patience: &Patience<'_>) -> Sent {
        let give_up = Instant::now() + patience.in_all;
        let mut failures = 0;
        loop {
            let why = match self.post_once(url, job, body.clone(), patience.per_attempt).await {
                Ok(status) if status.is_success() => return Sent::Accepted,
                Ok(status) if !worth_retrying(status) => return Sent::Refused(status),
                Ok(status) => format!("status {}", status.as_u16()),
                Err(error) => describe(error),
            };
            let pause = self.settings.pace.post_retry.after(failures);
            failures += 1;
            if Instant::now() + pause >= give_up || patience.until.is_cancelled() {
                return Sent::GaveUp(format!("{why} after {failures} attempts"));
            }
            tracing::warn!(why, failures, pause_ms = pause.as_millis(), "post failed, trying again");
            tokio::select! {
                () = tokio::time::sleep(pause) => {}
                () = patience.until.cancelled() => return Sent::GaveUp(format!("{why} after {failures} attempts")),
            }
        }
    }

    /// One attempt. The answer's body means nothing, but only a connection read to its end can be used again.
    async fn post_once(
        &self,
        url: &str,
        job: &str,
        body: Bytes,
        timeout: Duration,
    ) -> Result<StatusCode, reqwest::Error> {
        let mut answer = self.http.post(url, job, body, timeout).await?;
        let status = answer.status();
        while let Ok(Some(_)) = answer.chunk().await {}
        Ok(status)
    }
}

impl Sent {
    /// Says that a result is lost.
    fn log(self) -> bool {
        match self {
            Self::Accepted => return true,
            Self::Refused(status) => {
                tracing::error!(status = status.as_u16(), "Failed to return job results.");
            }
            Self::GaveUp(why) => tracing::error!(why, "Failed to return job results."),
        }
        false
    }
}

/// Network trouble aside: what a later attempt can cure.
fn worth_retrying(status: StatusCode) -> bool {
    status.is_server_error() || matches!(status, StatusCode::REQUEST_TIMEOUT | StatusCode::TOO_MANY_REQUESTS)
}
