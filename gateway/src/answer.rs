//! Answers in the contract's form: JSON bodies, and errors as `{"error":{"code","message","request_id"}}`.

use std::time::Duration;

use bytes::Bytes;
use contract::{Error, ErrorCode};
use http::header::{ALLOW, CACHE_CONTROL, CONTENT_TYPE, RETRY_AFTER, WWW_AUTHENTICATE};
use http::{HeaderValue, Response, StatusCode};
use http_body_util::Full;
use serde::Serialize;
use service::RequestId;

use crate::limit::whole_seconds;

/// Every answer is whole before its first byte leaves.
pub(crate) type Answer = Response<Full<Bytes>>;

/// An error with what the caller's next try should know.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Failure {
    pub(crate) error: Error,
    pub(crate) retry_after: Option<Duration>,
}

impl Failure {
    pub(crate) fn new(code: ErrorCode, message: impl Into<String>) -> Failure {
        Failure { error: Error::new(code, message), retry_after: None }
    }

    pub(crate) fn retry_after(mut self, time: Duration) -> Failure {
        self.retry_after = Some(time);
        self
    }
}

impl From<Error> for Failure {
    fn from(error: Error) -> Failure {
        Failure { error, retry_after: None }
    }
}

/// A JSON answer.
pub(crate) fn json(status: StatusCode, body: impl Into<Bytes>) -> Answer {
    let mut answer = Response::new(Full::new(body.into()));
    *answer.status_mut() = status;
    answer.headers_mut().insert(CONTENT_TYPE, HeaderValue::from_static("application/json"));
    answer.headers_mut().insert(CACHE_CONTROL, HeaderValue::from_static("no-store"));
    answer
}

/// A JSON answer from a value.
pub(crate) fn json_of(status: StatusCode, value: &impl Serialize) -> Answer {
    json(status, serde_json::to_vec(value).unwrap_or_default())
}

/// An empty answer that names the methods of its path.
pub(crate) fn options(allow: &'static str) -> Answer {
    let mut answer = Response::new(Full::default());
    *answer.status_mut() = StatusCode::NO_CONTENT;
    answer.headers_mut().insert(ALLOW, HeaderValue::from_static(allow));
    answer
}

#[derive(Serialize)]
struct Body<'a> {
    error: Inner<'a>,
}

#[derive(Serialize)]
struct Inner<'a> {
    code: ErrorCode,
    message: &'a str,
    request_id: &'a str,
}

/// An error answer.
pub(crate) fn failure(failure: &Failure, id: &RequestId) -> Answer {
    let error = &failure.error;
    let status = StatusCode::from_u16(error.code.status()).unwrap_or(StatusCode::INTERNAL_SERVER_ERROR);
    let body = Body { error: Inner { code: error.code, message: &error.message, request_id: id.as_str() } };
    let mut answer = json_of(status, &body);
    let headers = answer.headers_mut();
    if let Some(time) = failure.retry_after {
        headers.insert(RETRY_AFTER, HeaderValue::from(whole_seconds(time).max(1)));
    }
    if status == StatusCode::UNAUTHORIZED {
        headers.insert(WWW_AUTHENTICATE, HeaderValue::from_static("ApiKey header=\"X-API-Key\""));
    }
    answer
}
