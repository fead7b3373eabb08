//! The development server's answers: compact JSON, absent keys left out.

use bytes::Bytes;
use http::header::{CONTENT_TYPE, HeaderValue};
use http::{Response, StatusCode};
use http_body_util::Full;
use serde::Serialize;
use serde_json::json;
use serde_json::value::RawValue;

#[derive(Serialize, Default)]
pub(super) struct Answer<'a> {
    pub(super) id: &'a str,
    pub(super) status: &'a str,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) output: Option<&'a RawValue>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) error: Option<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) stream: Option<&'a RawValue>,
}

impl Answer<'_> {
    pub(super) fn failed(id: &str, error: &str) -> Response<Full<Bytes>> {
        Answer { id, status: "FAILED", error: Some(error), ..Answer::default() }.into()
    }

    pub(super) fn not_found() -> Response<Full<Bytes>> {
        Self::detail(StatusCode::NOT_FOUND, "Not Found")
    }

    pub(super) fn method_not_allowed() -> Response<Full<Bytes>> {
        Self::detail(StatusCode::METHOD_NOT_ALLOWED, "Method Not Allowed")
    }

    pub(super) fn detail(status: StatusCode, detail: &str) -> Response<Full<Bytes>> {
        json_response(status, &json!({ "detail": detail }))
    }

    /// A body that is no job request; the shape is that of the SDK's web framework.
    pub(super) fn unprocessable(kind: &str, place: &[&str], message: &str) -> Response<Full<Bytes>> {
        let detail = json!({ "detail": [{ "type": kind, "loc": place, "msg": message }] });
        json_response(StatusCode::UNPROCESSABLE_ENTITY, &detail)
    }
}

impl From<Answer<'_>> for Response<Full<Bytes>> {
    fn from(answer: Answer<'_>) -> Self {
        json_response(StatusCode::OK, &answer)
    }
}

fn json_response(status: StatusCode, body: &impl Serialize) -> Response<Full<Bytes>> {
    match serde_json::to_vec(body) {
        Ok(body) => {
            let mut response = Response::new(Full::from(body));
            *response.status_mut() = status;
            response.headers_mut().insert(CONTENT_TYPE, HeaderValue::from_static("application/json"));
            response
        }
        Err(_) => {
            let mut response = Response::new(Full::default());
            *response.status_mut() = StatusCode::INTERNAL_SERVER_ERROR;
            response
        }
    }
}

/// `{"output":…}`
pub(super) fn output(value: &RawValue) -> Box<RawValue> {
    raw(format!("{{\"output\":{}}}", value.get()))
}

/// A list of chunks as the list of `{"output":chunk}` that a stream shows.
pub(super) fn stream(chunks: &RawValue) -> Box<RawValue> {
    let chunks: Vec<&RawValue> = serde_json::from_str(chunks.get()).unwrap_or_default();
    let shown: Vec<Box<RawValue>> = chunks.into_iter().map(output).collect();
    serde_json::value::to_raw_value(&shown).unwrap_or_default()
}

/// The text is made of valid parts.
fn raw(text: String) -> Box<RawValue> {
    RawValue::from_string(text).unwrap_or_default()
}
