//! What went wrong with a call, told so that a caller can decide whether another submission may double a job.

use std::time::Duration;

use http::StatusCode;

/// A call that brought no usable answer. Messages hold no key, no input and no output.
#[derive(Debug, thiserror::Error)]
pub enum ClientError {
    /// The request never got to the platform in full: no connection, or it broke before the body's last byte.
    #[error("the request could not be delivered: {cause}")]
    NotSent {
        /// What the HTTP client says.
        cause: String,
    },
    /// The platform is there and did not take the request: 429 or 503.
    #[error("the platform refused the request for now: status {status}")]
    Refused {
        /// 429 or 503.
        status: StatusCode,
        /// How long it asks us to stay away.
        retry_after: Option<Duration>,
    },
    /// The request is wrong and will be wrong again: any other 4xx.
    #[error("the platform rejected the request: status {status}: {detail}")]
    Rejected {
        /// 400, 401, 403, 404, ...
        status: StatusCode,
        /// The platform's words, cut to 200 characters; empty if it gave none.
        detail: String,
    },
    /// Sent, but no complete answer came: the job may exist.
    #[error("no complete answer: {cause}")]
    Ambiguous {
        /// What the HTTP client says.
        cause: String,
        /// The time limit of the call passed.
        timed_out: bool,
    },
    /// The platform, or the edge before it, failed: any 5xx but 503. The job may exist.
    #[error("the platform failed: status {status}")]
    Server {
        /// 500, 502, 504, 524, ...
        status: StatusCode,
    },
    /// A success status with a body that makes no sense. The job may exist.
    #[error("the answer makes no sense: {why}")]
    BadAnswer {
        /// What is wrong with it.
        why: String,
    },
}

impl ClientError {
    /// Another `run` or `runsync` can't double the job.
    pub fn no_job_exists(&self) -> bool {
        matches!(self, ClientError::NotSent { .. } | ClientError::Refused { .. } | ClientError::Rejected { .. })
    }

    /// The same call may succeed a little later. Repeating `status`, `health` and `cancel` is always harmless; `run` and
    /// `runsync` must also ask [`ClientError::no_job_exists`].
    pub fn is_transient(&self) -> bool {
        match self {
            // 409 is reported for a moment after an endpoint was changed.
            ClientError::Rejected { status, .. } => {
                matches!(*status, StatusCode::REQUEST_TIMEOUT | StatusCode::CONFLICT)
            }
            _ => true,
        }
    }

    /// Submitting again is both legal and sensible.
    pub fn may_resubmit(&self) -> bool {
        self.is_transient() && self.no_job_exists()
    }

    /// The platform doesn't know the job: too early, expired, deleted, or never there.
    pub fn is_unknown_job(&self) -> bool {
        self.status() == Some(StatusCode::NOT_FOUND)
    }

    /// The key or the endpoint id is wrong: 401, 403.
    pub fn is_unauthorized(&self) -> bool {
        matches!(self.status(), Some(StatusCode::UNAUTHORIZED | StatusCode::FORBIDDEN))
    }

    /// The time limit of the call passed.
    pub fn is_timeout(&self) -> bool {
        matches!(self, ClientError::Ambiguous { timed_out: true, .. })
    }

    /// How long the platform asks us to stay away.
    pub fn retry_after(&self) -> Option<Duration> {
        match self {
            ClientError::Refused { retry_after, .. } => *retry_after,
            _ => None,
        }
    }

    /// The HTTP status, if there was one that was no success.
    pub fn status(&self) -> Option<StatusCode> {
        match self {
            ClientError::Refused { status, .. }
            | ClientError::Rejected { status, .. }
            | ClientError::Server { status } => Some(*status),
            _ => None,
        }
    }

    /// The same failure, known to have struck before the body's last byte was handed over: no job can exist.
    pub(super) fn before_the_end(self) -> ClientError {
        match self {
            ClientError::Ambiguous { cause, .. } => ClientError::NotSent { cause },
            other => other,
        }
    }
}
