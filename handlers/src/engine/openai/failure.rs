//! What can go wrong with a request to a server, whether to try again, and what the caller is told: never the server's own words,
//! which may quote the page.

use std::time::Duration;

use contract::{Error, ErrorCode};

/// Why one try failed.
#[derive(Debug)]
pub(super) enum Trouble {
    /// The same request may succeed later: nothing of an answer was used.
    Again { cause: Cause, wait: Option<Duration> },
    /// The server does not take the request in this form; in another it may.
    Refused(Refusal),
    /// Trying again is no use.
    Final(Error),
}

/// A refusal of the request as it stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Refusal {
    pub(super) status: u16,
    /// The server seems to say that it is too long, which no other form of it is any better at.
    pub(super) too_long: bool,
}

/// Why another try may help.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Cause {
    /// No connection.
    Unreachable,
    /// It asked to come back later.
    Busy(u16),
    /// It failed, as far as it says by itself.
    Fault(u16),
    /// The connection broke before the first token.
    BrokenOff,
    /// No first token in time.
    Silent,
}

impl Cause {
    /// How often a request is sent in all. A server that is down or busy recovers; one that fails or hangs on a request is likely to
    /// do so again.
    pub(super) fn tries(self) -> usize {
        match self {
            Cause::Unreachable | Cause::Busy(_) => usize::MAX,
            Cause::Fault(_) => 4,
            Cause::BrokenOff => 3,
            Cause::Silent => 2,
        }
    }

    /// What the caller is told after the last try.
    pub(super) fn error(self, waited: Duration) -> Error {
        let seconds = waited.as_secs_f64();
        let (code, message) = match self {
            Cause::Unreachable => {
                (ErrorCode::ModelUnavailable, format!("the model server could not be reached for {seconds:.1} s"))
            }
            Cause::Busy(status) => {
                let message = format!("the model server was busy for {seconds:.1} s (HTTP status {status})");
                (ErrorCode::ModelUnavailable, message)
            }
            Cause::Fault(status) => {
                (ErrorCode::WorkerFailed, format!("the model server failed (HTTP status {status})"))
            }
            // Most likely it died.
            Cause::BrokenOff => {
                (ErrorCode::ModelUnavailable, "the model server closed the connection before it answered".to_owned())
            }
            Cause::Silent => {
                (ErrorCode::DeadlineExceeded, format!("the model server did not begin to answer within {seconds:.1} s"))
            }
        };
        Error::new(code, message)
    }
}

/// What an HTTP status means, with the begin of what the server says beside it.
pub(super) fn of_status(status: u16, wait: Option<Duration>, said: &str) -> Trouble {
    match status {
        408 | 429 | 503 => Trouble::Again { cause: Cause::Busy(status), wait },
        500 | 502 | 504 => Trouble::Again { cause: Cause::Fault(status), wait },
        400 | 422 => Trouble::Refused(Refusal { status, too_long: says_too_long(said) }),
        _ => Trouble::Final(final_error(status)),
    }
}

/// Whether a server's words are those for a request that is longer than the model's context, or has more pages than it takes.
/// There is no code for it in the protocol.
pub(super) fn says_too_long(said: &str) -> bool {
    const WORDS: [&str; 8] = [
        "context length", // vLLM, SGLang, OpenAI
        "context_length",
        "maximum context",
        "context size", // llama.cpp
        "maximum model length",
        "max_model_len",
        "too long",
        "image(s) may be provided", // vLLM's limit of images
    ];
    let said = said.to_ascii_lowercase();
    WORDS.iter().any(|words| said.contains(words))
}

/// What the caller is told of a request that is too long. Fewer pages help; if one alone is too long, the server was set up with too
/// short a context, or the instruction is long beyond measure.
pub(super) fn too_long(pages: usize) -> Error {
    if pages > 1 {
        let message = format!("the document's {pages} pages are more than the model takes at a time");
        return Error::new(ErrorCode::TooManyPages, message);
    }
    Error::new(
        ErrorCode::WorkerFailed,
        "a page with its instruction and answer is longer than the model server's context",
    )
}

/// What the caller is told of a status that is final.
pub(super) fn final_error(status: u16) -> Error {
    let (code, reason) = match status {
        400 | 422 => (ErrorCode::WorkerFailed, "refused the request as malformed or too long"),
        401 | 403 => (ErrorCode::ModelUnavailable, "refused the key"),
        404 => (ErrorCode::ModelUnavailable, "does not know the model or the path"),
        413 => (ErrorCode::WorkerFailed, "found the pages too large"),
        _ => (ErrorCode::WorkerFailed, "gave an answer that is not understood"),
    };
    Error::new(code, format!("the model server {reason} (HTTP status {status})"))
}

/// An answer that makes no sense, or stops in the middle.
pub(super) fn bad_answer(what: &str) -> Error {
    Error::new(ErrorCode::WorkerFailed, format!("the model server's answer {what}"))
}
