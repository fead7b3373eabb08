//! From an HTTP answer to a value or a [`ClientError`]: bounded reading, and error bodies in all the shapes that occur
//! (problem JSON with a numeric `status`, `{"error": ...}`, `{"message": ...}`, HTML of the edge).

use std::time::Duration;

use http::StatusCode;
use http::header::RETRY_AFTER;
use reqwest::Response;
use serde::Deserialize;
use serde::de::DeserializeOwned;

use super::{ClientError, JobView};

/// Largest answer read: RunPod's 20 MB of output plus its frame.
const MAX_ANSWER: usize = 24 << 20;
/// Largest error body read; the rest says nothing more.
const MAX_ERROR_BODY: usize = 16 << 10;
/// Characters of an error's detail that are kept.
const MAX_DETAIL: usize = 200;
/// A `Retry-After` beyond this is taken for nonsense and cut.
const MAX_RETRY_AFTER: Duration = Duration::from_secs(3600);

type Sent = Result<Response, reqwest::Error>;

/// An answer that is a job. Some gateways send problem JSON with status 200, told by its numeric `status`.
pub(super) async fn job(sent: Sent) -> Result<JobView, ClientError> {
    let body = success(sent).await?;
    serde_json::from_slice(&body).map_err(|error| match problem_status(&body) {
        Some(status) => classify(status, None, detail(&body)),
        None => bad_json(&error),
    })
}

/// An answer that is any other JSON.
pub(super) async fn json<T: DeserializeOwned>(sent: Sent) -> Result<T, ClientError> {
    let body = success(sent).await?;
    serde_json::from_slice(&body).map_err(|error| bad_json(&error))
}

/// The place is told, the content is not: it may be somebody's document.
fn bad_json(error: &serde_json::Error) -> ClientError {
    let why = format!("{:?} error at line {} column {}", error.classify(), error.line(), error.column());
    ClientError::BadAnswer { why }
}

async fn success(sent: Sent) -> Result<Vec<u8>, ClientError> {
    let mut response = sent.map_err(transport)?;
    let status = response.status();
    if status.is_success() {
        return match read(&mut response, MAX_ANSWER).await {
            Ok(Read::All(body)) => Ok(body),
            Ok(Read::Cut(_)) => Err(ClientError::BadAnswer { why: format!("longer than {MAX_ANSWER} bytes") }),
            Err(error) => Err(transport(error)),
        };
    }
    let retry_after = retry_after(&response);
    // A body that breaks off does not take away what the status says.
    let body = match read(&mut response, MAX_ERROR_BODY).await {
        Ok(Read::All(body) | Read::Cut(body)) => body,
        Err(_) => Vec::new(),
    };
    Err(classify(status, retry_after, detail(&body)))
}

enum Read {
    All(Vec<u8>),
    Cut(Vec<u8>),
}

async fn read(response: &mut Response, limit: usize) -> Result<Read, reqwest::Error> {
    let announced = response.content_length().and_then(|n| usize::try_from(n).ok()).unwrap_or(0);
    let mut body = Vec::with_capacity(announced.min(limit));
    while let Some(chunk) = response.chunk().await? {
        if body.len() + chunk.len() > limit {
            return Ok(Read::Cut(body));
        }
        body.extend_from_slice(&chunk);
    }
    Ok(Read::All(body))
}

fn transport(error: reqwest::Error) -> ClientError {
    let timed_out = error.is_timeout();
    let not_sent = error.is_connect() || error.is_builder();
    let cause = innermost(&error.without_url());
    if not_sent { ClientError::NotSent { cause } } else { ClientError::Ambiguous { cause, timed_out } }
}

/// The outer errors of the HTTP client say "error sending request"; the reason is at the bottom.
fn innermost(error: &dyn std::error::Error) -> String {
    let mut deepest = error;
    while let Some(source) = deepest.source() {
        deepest = source;
    }
    deepest.to_string()
}

fn classify(status: StatusCode, retry_after: Option<Duration>, detail: String) -> ClientError {
    match status {
        StatusCode::TOO_MANY_REQUESTS | StatusCode::SERVICE_UNAVAILABLE => ClientError::Refused { status, retry_after },
        _ if status.is_client_error() => ClientError::Rejected { status, detail },
        _ if status.is_server_error() => ClientError::Server { status },
        _ => ClientError::BadAnswer { why: format!("unexpected status {status}") },
    }
}

/// Seconds only: RunPod documents no `Retry-After`, its edge sends seconds.
fn retry_after(response: &Response) -> Option<Duration> {
    let seconds = response.headers().get(RETRY_AFTER)?.to_str().ok()?.trim().parse().ok()?;
    Some(Duration::from_secs(seconds).min(MAX_RETRY_AFTER))
}

#[derive(Deserialize)]
struct Problem {
    status: Option<u16>,
    detail: Option<String>,
    title: Option<String>,
    error: Option<String>,
    message: Option<String>,
}

fn problem_status(body: &[u8]) -> Option<StatusCode> {
    let problem: Problem = serde_json::from_slice(body).ok()?;
    StatusCode::from_u16(problem.status?).ok().filter(|s| s.is_client_error() || s.is_server_error())
}

fn detail(body: &[u8]) -> String {
    let Ok(problem) = serde_json::from_slice::<Problem>(body) else { return String::new() };
    let text = problem.detail.or(problem.error).or(problem.message).or(problem.title).unwrap_or_default();
    text.chars().take(MAX_DETAIL).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn answer(status: u16, headers: &[(&str, &str)], body: &'static str) -> Sent {
        let mut answer = http::Response::builder().status(status);
        for (name, value) in headers {
            answer = answer.header(*name, *value);
        }
        Ok(Response::from(answer.body(body).unwrap()))
    }

    async fn error(status: u16, headers: &[(&str, &str)], body: &'static str) -> ClientError {
        job(answer(status, headers, body)).await.unwrap_err()
    }

    #[tokio::test]
    async fn a_refusal_says_how_long_to_stay_away_and_leaves_no_job() {
        let error = error(429, &[("retry-after", "7")], "").await;
        assert_eq!(error.retry_after(), Some(Duration::from_secs(7)));
        assert!(error.may_resubmit());
    }

    #[tokio::test]
    async fn the_edge_s_html_is_a_server_error_after_which_a_job_may_exist() {
        for status in [500, 502, 504, 524] {
            let error = error(status, &[("content-type", "text/html")], "<html>Bad gateway</html>").await;
            assert_eq!(error.status().unwrap().as_u16(), status);
            assert!(!error.no_job_exists() && error.is_transient());
        }
    }

    #[tokio::test]
    async fn all_shapes_of_error_bodies_give_their_words() {
        for (body, words) in [
            (r#"{"status":404,"title":"Not Found","detail":"job not found"}"#, "job not found"),
            (r#"{"error":"not allowed for QB API"}"#, "not allowed for QB API"),
            (r#"{"message":"Not Found"}"#, "Not Found"),
            ("", ""),
        ] {
            match error(404, &[], body).await {
                ClientError::Rejected { detail, .. } => assert_eq!(detail, words),
                other => panic!("{other}"),
            }
        }
    }

    #[tokio::test]
    async fn a_problem_under_status_200_is_still_a_problem() {
        let error = error(200, &[], r#"{"status":404,"title":"Not Found","detail":"job not found"}"#).await;
        assert!(error.is_unknown_job());
    }

    #[tokio::test]
    async fn nonsense_under_status_200_is_a_bad_answer_that_quotes_nothing() {
        for body in ["<html>", "", "[]", r#"{"secret":1}"#] {
            let error = error(200, &[], body).await;
            assert!(matches!(error, ClientError::BadAnswer { .. }));
            assert!(!error.to_string().contains("secret"));
        }
    }
}
