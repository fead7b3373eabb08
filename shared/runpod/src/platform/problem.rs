//! Error answers: problem-style JSON with a numeric `status`, keys in RunPod's order.

use http::header::{CONTENT_TYPE, RETRY_AFTER};
use http::{HeaderValue, Response, StatusCode};

use super::body::{Parts, Writer};

/// An error answer.
#[derive(Debug)]
pub(super) struct Problem {
    status: StatusCode,
    detail: String,
}

impl Problem {
    pub(super) fn new(status: StatusCode, detail: impl Into<String>) -> Problem {
        Problem { status, detail: detail.into() }
    }

    pub(super) fn bad_request(place: &str, why: &str) -> Problem {
        Problem::new(StatusCode::BAD_REQUEST, format!("bad request: {place}: {why}"))
    }

    pub(super) fn too_large(limit: usize) -> Problem {
        let limit = if limit >= 1 << 20 { format!("{}MiB", limit >> 20) } else { format!("{limit}B") };
        Problem::bad_request("body", &format!("exceeded max body size of {limit}"))
    }

    pub(super) fn job_not_found() -> Problem {
        Problem::new(StatusCode::NOT_FOUND, "job not found")
    }

    pub(super) fn into_response(self) -> Response<Parts> {
        let mut body = Writer::default();
        body.text("{\"status\":").value(&self.status.as_u16());
        body.text(",\"title\":").value(&self.status.canonical_reason().unwrap_or("Error"));
        body.text(",\"detail\":").value(&self.detail).text("}");
        let mut response = Response::new(body.finish());
        *response.status_mut() = self.status;
        response.headers_mut().insert(CONTENT_TYPE, HeaderValue::from_static("application/json"));
        if self.status == StatusCode::TOO_MANY_REQUESTS {
            response.headers_mut().insert(RETRY_AFTER, HeaderValue::from_static("1"));
        }
        response
    }
}
