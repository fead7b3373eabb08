//! The one table of error codes: what went wrong, whose fault it is, the HTTP status, and whether trying again can help.
//!
//! The gateway answers with `{"error":{"code","message","request_id"}}`. A worker reports a failure to RunPod with the code as
//! `error_type` and the message as `error_message`; the gateway turns those back into an [`Error`] with [`Error::from_worker`].

use std::fmt;

use serde::{Deserialize, Serialize};

/// Who has to act on an error.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Fault {
    /// The caller: the same request will fail again.
    Client,
    /// The worker or the platform behind the gateway.
    Upstream,
    /// The gateway itself.
    Gateway,
}

macro_rules! codes {
    ($($(#[doc = $doc:literal])+ $variant:ident = $name:literal, $status:literal, $fault:ident, $retry:literal;)+) => {
        /// A machine-readable error code. The name on the wire is its `snake_case` form.
        #[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
        #[serde(rename_all = "snake_case")]
        pub enum ErrorCode { $($(#[doc = $doc])+ $variant,)+ }

        impl ErrorCode {
            /// Every code, in the order of the table.
            pub const ALL: &'static [ErrorCode] = &[$(ErrorCode::$variant),+];

            /// The code on the wire.
            pub fn name(self) -> &'static str {
                match self { $(ErrorCode::$variant => $name),+ }
            }

            /// The HTTP status of the answer.
            pub fn status(self) -> u16 {
                match self { $(ErrorCode::$variant => $status),+ }
            }

            /// Who has to act.
            pub fn fault(self) -> Fault {
                match self { $(ErrorCode::$variant => Fault::$fault),+ }
            }

            /// Whether the same request may succeed later.
            pub fn retryable(self) -> bool {
                match self { $(ErrorCode::$variant => $retry),+ }
            }

            /// What it means, in a sentence, for the documentation.
            pub fn meaning(self) -> &'static str {
                match self { $(ErrorCode::$variant => concat!($($doc),+).trim_ascii()),+ }
            }
        }
    };
}

codes! {
    // The request itself, found by the gateway.
    /// The `X-API-Key` header is missing or no key of this service.
    Unauthorized = "unauthorized", 401, Client, false;
    /// No such path.
    NotFound = "not_found", 404, Client, false;
    /// The path exists, the method does not.
    MethodNotAllowed = "method_not_allowed", 405, Client, false;
    /// The body did not arrive in time.
    RequestTimeout = "request_timeout", 408, Client, true;
    /// The body is larger than the limit.
    BodyTooLarge = "body_too_large", 413, Client, false;
    /// The `Content-Type` is not `application/json`.
    UnsupportedMediaType = "unsupported_media_type", 415, Client, false;
    /// The request breaks HTTP's framing rules, or a header is invalid.
    BadRequest = "bad_request", 400, Client, false;
    /// The body is not valid JSON.
    InvalidJson = "invalid_json", 400, Client, false;
    /// A field is missing, unknown, of the wrong type or out of range; the message names it.
    InvalidRequest = "invalid_request", 422, Client, false;
    /// This key sent too many requests; see `Retry-After`.
    RateLimited = "rate_limited", 429, Client, true;
    // The documents, found by a worker.
    /// A URL is malformed, of a scheme other than http, https or data, or leads to an address that is not public.
    UrlNotAllowed = "url_not_allowed", 422, Client, false;
    /// A document could not be downloaded from its URL.
    DownloadFailed = "download_failed", 422, Client, true;
    /// A document is larger than the limit of bytes.
    DocumentTooLarge = "document_too_large", 413, Client, false;
    /// The bytes are of no format that is read here.
    UnsupportedFormat = "unsupported_format", 422, Client, false;
    /// The bytes claim a known format but can't be decoded.
    BrokenDocument = "broken_document", 422, Client, false;
    /// The PDF asks for a password.
    EncryptedDocument = "encrypted_document", 422, Client, false;
    /// A page has more pixels than the limit, or is too small to read.
    ImageSizeOutOfRange = "image_size_out_of_range", 422, Client, false;
    /// More pages than the limit.
    TooManyPages = "too_many_pages", 422, Client, false;
    /// Decoding or rendering a document took too long or too much memory, and was stopped.
    DocumentTooComplex = "document_too_complex", 422, Client, false;
    // Behind the gateway.
    /// The worker failed on this job.
    WorkerFailed = "worker_failed", 502, Upstream, true;
    /// The worker can't load its model.
    ModelUnavailable = "model_unavailable", 503, Upstream, true;
    /// The answer is larger than the platform carries.
    ResultTooLarge = "result_too_large", 502, Upstream, false;
    /// The platform could not be reached or answered with an error.
    UpstreamUnavailable = "upstream_unavailable", 502, Upstream, true;
    /// The platform refused the service's own credentials or endpoint id.
    UpstreamRejected = "upstream_rejected", 502, Upstream, false;
    /// The platform asks to slow down; see `Retry-After`.
    UpstreamBusy = "upstream_busy", 503, Upstream, true;
    /// No answer within the deadline; the job was cancelled.
    DeadlineExceeded = "deadline_exceeded", 504, Upstream, true;
    // The gateway.
    /// The gateway is shutting down or full; see `Retry-After`.
    Unavailable = "unavailable", 503, Gateway, true;
    /// A fault of the service itself.
    Internal = "internal", 500, Gateway, true;
}

impl ErrorCode {
    /// The code of this name, if it is one.
    pub fn from_name(name: &str) -> Option<ErrorCode> {
        ErrorCode::ALL.iter().copied().find(|c| c.name() == name)
    }
}

impl fmt::Display for ErrorCode {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}

/// A failure with its code and a message that is safe to show to the caller: no key, no URL query, nothing read from a document.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{code}: {message}")]
pub struct Error {
    /// What went wrong.
    pub code: ErrorCode,
    /// Lower case, no full stop, with the numbers: "image is 61 megapixels, limit is 40".
    pub message: String,
}

impl Error {
    /// An error of this code.
    pub fn new(code: ErrorCode, message: impl Into<String>) -> Error {
        Error { code, message: message.into() }
    }

    /// Reads what a worker reported as `error_type` and `error_message`. A type that is no code of ours, such as a panic, is a
    /// [`ErrorCode::WorkerFailed`], and its message stays private.
    pub fn from_worker(error_type: &str, error_message: &str) -> Error {
        match ErrorCode::from_name(error_type) {
            Some(code) => Error::new(code, error_message),
            None => Error::new(ErrorCode::WorkerFailed, "the worker failed on this job"),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_wire_name_of_a_code_is_its_json_and_reads_back() {
        for &code in ErrorCode::ALL {
            assert_eq!(serde_json::to_value(code).unwrap(), code.name());
            assert_eq!(ErrorCode::from_name(code.name()), Some(code));
        }
    }

    #[test]
    fn a_client_fault_is_a_4xx_and_any_other_a_5xx() {
        for &code in ErrorCode::ALL {
            assert_eq!(code.fault() == Fault::Client, (400..500).contains(&code.status()), "{code}");
            assert!((400..600).contains(&code.status()));
        }
    }

    #[test]
    fn a_worker_failure_of_unknown_type_keeps_its_message_private() {
        let error = Error::from_worker("<class 'KeyError'>", "secret");
        assert_eq!(error.code, ErrorCode::WorkerFailed);
        assert!(!error.message.contains("secret"));
        assert_eq!(Error::from_worker("too_many_pages", "21 pages, limit is 20").message, "21 pages, limit is 20");
    }
}
