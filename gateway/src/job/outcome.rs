//! From what the platform says to what the caller is told.

use std::time::Duration;

use bytes::Bytes;
use contract::{Error, ErrorCode};
use runpod::client::{ClientError, JobStatus, JobView};
use serde::Deserialize;
use serde_json::Value;

use crate::answer::Failure;

/// What a caller is told to wait when the platform is busy and does not say for how long.
const BUSY_RETRY: Duration = Duration::from_secs(5);

/// The answer that a finished job stands for.
pub(super) fn of(job: JobView) -> Result<Bytes, Failure> {
    match job.status {
        JobStatus::Completed => match job.output {
            Some(output) if output.get().starts_with('{') => {
                let text: Box<str> = output.into();
                Ok(Bytes::from(text.into_string()))
            }
            _ => Err(worker_failed()),
        },
        JobStatus::TimedOut => Err(deadline()),
        JobStatus::Cancelled => {
            Err(Failure::new(ErrorCode::UpstreamUnavailable, "the job was cancelled at the platform"))
        }
        _ => Err(job.error.as_ref().map_or_else(worker_failed, reported)),
    }
}

/// A failure as our workers report it.
#[derive(Deserialize)]
struct Report {
    error_type: String,
    #[serde(default)]
    error_message: String,
}

/// Reads the `error` of a failed job: mostly a string that holds JSON, but a worker may send any JSON.
fn reported(error: &Value) -> Failure {
    let report = match error {
        Value::String(text) if text.starts_with("executionTimeout") => return deadline(),
        Value::String(text) => serde_json::from_str::<Report>(text).ok(),
        other => Report::deserialize(other).ok(),
    };
    let Some(report) = report else { return worker_failed() };
    let error = Error::from_worker(&report.error_type, &report.error_message);
    if is_a_workers_to_say(error.code) { error.into() } else { worker_failed() }
}

/// Codes about the gateway, its callers or the platform are not a worker's: it could send a caller away for good with them.
fn is_a_workers_to_say(code: ErrorCode) -> bool {
    use ErrorCode as E;
    matches!(
        code,
        E::InvalidRequest
            | E::UrlNotAllowed
            | E::DownloadFailed
            | E::DocumentTooLarge
            | E::UnsupportedFormat
            | E::BrokenDocument
            | E::EncryptedDocument
            | E::ImageSizeOutOfRange
            | E::TooManyPages
            | E::DocumentTooComplex
            | E::WorkerFailed
            | E::ModelUnavailable
            | E::ResultTooLarge
            | E::DeadlineExceeded
    )
}

/// What a caller is told when a submission failed for good.
pub(super) fn submission_failure(error: &ClientError) -> Failure {
    match error {
        _ if error.is_timeout() => deadline(),
        ClientError::Refused { retry_after, .. } => {
            Failure::new(ErrorCode::UpstreamBusy, "the platform is busy").retry_after(retry_after.unwrap_or(BUSY_RETRY))
        }
        ClientError::Rejected { status, detail } if status.as_u16() == 413 || detail.contains("max body size") => {
            Failure::new(ErrorCode::BodyTooLarge, "the body is larger than the platform takes")
        }
        ClientError::Rejected { status, .. } => rejected(status.as_u16()),
        _ => unavailable(),
    }
}

/// What a caller is told when a job can't be followed any more.
pub(super) fn poll_failure(error: &ClientError) -> Failure {
    match error {
        _ if error.is_unknown_job() => {
            Failure::new(ErrorCode::UpstreamUnavailable, "the platform does not know the job any more")
        }
        ClientError::Rejected { status, .. } => rejected(status.as_u16()),
        _ => unavailable(),
    }
}

pub(super) fn deadline() -> Failure {
    Failure::new(ErrorCode::DeadlineExceeded, "no answer within the deadline")
}

/// Nobody reads this one: its caller went away.
pub(super) fn gone() -> Failure {
    Failure::new(ErrorCode::Unavailable, "the caller went away")
}

fn rejected(status: u16) -> Failure {
    tracing::error!(status, "the platform rejects our credentials, endpoint id or request");
    Failure::new(ErrorCode::UpstreamRejected, format!("the platform rejected the request with status {status}"))
}

fn unavailable() -> Failure {
    Failure::new(ErrorCode::UpstreamUnavailable, "the platform could not be reached or failed")
}

fn worker_failed() -> Failure {
    Failure::new(ErrorCode::WorkerFailed, "the worker failed on this job")
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn code(job: Value) -> ErrorCode {
        of(serde_json::from_value(job).unwrap()).unwrap_err().error.code
    }

    fn failed(error: Value) -> Failure {
        of(serde_json::from_value(json!({"id": "a", "status": "FAILED", "error": error})).unwrap()).unwrap_err()
    }

    #[test]
    fn an_output_passes_byte_for_byte() {
        let job: JobView = serde_json::from_str(r#"{"id":"a","status":"COMPLETED","output":{ "a" : 1.50 }}"#).unwrap();
        assert_eq!(of(job).unwrap(), r#"{ "a" : 1.50 }"#);
    }

    #[test]
    fn a_fault_of_the_caller_found_by_the_worker_keeps_its_code_and_message() {
        let error = r#"{"error_type":"too_many_pages","error_message":"21 pages, limit is 20","worker_id":"w"}"#;
        for error in [json!(error), serde_json::from_str(error).unwrap()] {
            let failure = failed(error);
            assert_eq!(failure.error, Error::new(ErrorCode::TooManyPages, "21 pages, limit is 20"));
        }
    }

    #[test]
    fn a_worker_can_not_speak_for_the_gateway_and_its_panic_stays_private() {
        for error in [
            json!(r#"{"error_type":"unauthorized","error_message":"secret"}"#),
            json!(r#"{"error_type":"<class 'KeyError'>","error_message":"secret"}"#),
            json!("Traceback: secret"),
            json!({"detail": "secret"}),
            json!(null),
        ] {
            let failure = failed(error);
            assert_eq!(failure.error.code, ErrorCode::WorkerFailed);
            assert!(!failure.error.message.contains("secret"));
        }
    }

    #[test]
    fn the_other_ends_of_a_job_have_their_codes() {
        assert_eq!(code(json!({"id": "a", "status": "TIMED_OUT"})), ErrorCode::DeadlineExceeded);
        assert_eq!(code(json!({"id": "a", "status": "CANCELLED"})), ErrorCode::UpstreamUnavailable);
        assert_eq!(code(json!({"id": "a", "status": "COMPLETED"})), ErrorCode::WorkerFailed);
        assert_eq!(code(json!({"id": "a", "status": "COMPLETED", "output": []})), ErrorCode::WorkerFailed);
        assert_eq!(failed(json!("executionTimeout exceeded")).error.code, ErrorCode::DeadlineExceeded);
    }
}
