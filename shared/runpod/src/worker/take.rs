//! One job-take poll: the request, and what its answer means.

use std::sync::atomic::{AtomicBool, Ordering};

use http::StatusCode;
use http::header::CONTENT_TYPE;
use reqwest::Response;
use serde_json::value::RawValue;

use super::http::{describe, is_unanswered};
use super::link::Link;
use crate::job::{Job, salvage_id};

/// What a poll brought.
#[derive(Debug)]
pub(crate) enum Answer {
    /// At least one thing to answer.
    Jobs(Vec<Delivery>),
    /// No job: 204, an empty list, 400 (a frozen worker that was just resumed).
    Nothing,
    /// 429.
    Throttled,
    /// Anything else; the reason is for the log.
    Failed(String),
}

/// One element of an answer.
#[derive(Debug)]
pub(crate) enum Delivery {
    Job(Job),
    /// Something that is not a usable job, and its id if it has one: then its caller is told.
    Broken {
        id: Option<String>,
        reason: String,
    },
}

impl Delivery {
    pub(crate) fn id(&self) -> Option<&str> {
        match self {
            Self::Job(job) => Some(&job.id),
            Self::Broken { id, .. } => id.as_deref(),
        }
    }
}

impl Link {
    /// Polls once for up to `slots` jobs. `answered` becomes true with the head of the answer: from then on a job may be on
    /// its way, and dropping this future could lose it.
    pub(crate) async fn take(&self, slots: usize, answered: &AtomicBool) -> Answer {
        let url = self.settings.urls.take(slots, !self.jobs.is_empty());
        match self.http.get(&url, self.settings.pace.poll_timeout).await {
            Ok(response) => {
                answered.store(true, Ordering::Relaxed);
                read(response).await
            }
            Err(error) if is_unanswered(&error) => Answer::Nothing,
            Err(error) => Answer::Failed(describe(error)),
        }
    }
}

async fn read(response: Response) -> Answer {
    let status = response.status();
    let is_json = response
        .headers()
        .get(CONTENT_TYPE)
        .and_then(|value| value.to_str().ok())
        .is_some_and(|value| value.starts_with("application/json"));
    // Read to the end in any case, so that the connection can be used again.
    let body = response.bytes().await;
    match (status, body) {
        (StatusCode::OK, Ok(body)) if is_json => deliveries(&body),
        (StatusCode::OK, Err(error)) => Answer::Failed(describe(error)),
        (StatusCode::NO_CONTENT, _) => Answer::Nothing,
        (StatusCode::OK | StatusCode::BAD_REQUEST, _) => {
            tracing::debug!(status = status.as_u16(), is_json, "job-take answered, but not with a job");
            Answer::Nothing
        }
        (StatusCode::TOO_MANY_REQUESTS, _) => Answer::Throttled,
        (other, _) => Answer::Failed(format!("status {}", other.as_u16())),
    }
}

/// An object is one job, an array is several; each stands for itself, so that one bad element spoils no other.
fn deliveries(body: &[u8]) -> Answer {
    let found = match body.trim_ascii_start().first() {
        None => Vec::new(),
        Some(b'[') => match serde_json::from_slice::<Vec<Box<RawValue>>>(body) {
            Ok(elements) => elements.iter().map(|element| delivery(element.get().as_bytes())).collect(),
            Err(error) => vec![broken(body, &error)],
        },
        Some(b'{') => vec![delivery(body)],
        Some(_) => Vec::new(),
    };
    if found.is_empty() { Answer::Nothing } else { Answer::Jobs(found) }
}

fn delivery(text: &[u8]) -> Delivery {
    serde_json::from_slice(text).map_or_else(|error| broken(text, &error), Delivery::Job)
}

fn broken(text: &[u8], error: &serde_json::Error) -> Delivery {
    // Only the kind and the place: the parser's message may quote the input.
    let kind = match error.classify() {
        serde_json::error::Category::Data => "the job has missing or unusable fields",
        serde_json::error::Category::Eof => "the job's JSON ends too early",
        _ => "the job is not valid JSON",
    };
    let reason = format!("{kind} (line {}, column {})", error.line(), error.column());
    Delivery::Broken { id: salvage_id(text), reason }
}

#[cfg(test)]
mod tests {
    use super::{Answer, Delivery, deliveries};

    #[test]
    fn one_bad_element_of_a_batch_spoils_no_other() {
        let Answer::Jobs(found) = deliveries(br#"[{"id":"a","input":{}}, 7, {"input":{}}, {"id":"b"}]"#) else {
            panic!("the batch has jobs");
        };
        let shapes: Vec<_> = found
            .iter()
            .map(|delivery| match delivery {
                Delivery::Job(job) => job.id.as_str(),
                Delivery::Broken { .. } => "broken",
            })
            .collect();
        assert_eq!(shapes, ["a", "broken", "broken", "b"]);
    }

    #[test]
    fn an_answer_without_jobs_is_nothing() {
        for body in ["", "null", "[]", "\"job\"", "  "] {
            assert!(matches!(deliveries(body.as_bytes()), Answer::Nothing), "{body}");
        }
    }

    #[test]
    fn the_reason_never_quotes_the_input() {
        let Answer::Jobs(found) = deliveries(br#"{"id":"a","input":{"name":private}}"#) else {
            panic!("there is something to answer");
        };
        let Some(Delivery::Broken { id, reason }) = found.first() else { panic!("it is broken") };
        assert_eq!(id.as_deref(), Some("a"));
        assert!(!reason.contains("private"), "{reason}");
    }
}
