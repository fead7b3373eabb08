//! The id that follows one request through logs, answers and the platform behind.

use std::fmt;

use http::HeaderValue;

/// The header that carries it, in and out.
pub const HEADER: http::HeaderName = http::HeaderName::from_static("x-request-id");

/// Longest id taken over from a caller. 128 holds a UUID or a trace id with a prefix, and keeps log lines short.
const MAX_LEN: usize = 128;

/// A request's id: safe in a header and in a log line.
#[derive(Clone, PartialEq, Eq)]
pub struct RequestId(HeaderValue);

impl RequestId {
    /// A new random id.
    pub fn random() -> RequestId {
        let mut buffer = uuid::Uuid::encode_buffer();
        let text = uuid::Uuid::new_v4().simple().encode_lower(&mut buffer);
        RequestId(HeaderValue::from_str(text).unwrap_or(HeaderValue::from_static("-")))
    }

    /// The caller's own id if it is well formed (1..=128 of `A-Z a-z 0-9 . _ : -`), else a new one. An id of other characters
    /// is dropped rather than refused: it names the request, it is no part of it.
    pub fn from_header(value: Option<&HeaderValue>) -> RequestId {
        match value {
            Some(value) if is_well_formed(value.as_bytes()) => RequestId(value.clone()),
            _ => RequestId::random(),
        }
    }

    /// The id as text.
    pub fn as_str(&self) -> &str {
        self.0.to_str().unwrap_or("-")
    }

    /// The id as a header's value.
    pub fn header_value(&self) -> HeaderValue {
        self.0.clone()
    }
}

impl fmt::Display for RequestId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

impl fmt::Debug for RequestId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "RequestId({self})")
    }
}

fn is_well_formed(id: &[u8]) -> bool {
    (1..=MAX_LEN).contains(&id.len()) && id.iter().all(|b| b.is_ascii_alphanumeric() || b"._:-".contains(b))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_well_formed_id_of_the_caller_is_kept() {
        let given = HeaderValue::from_static("trace-1:a.b_C");
        assert_eq!(RequestId::from_header(Some(&given)).as_str(), "trace-1:a.b_C");
    }

    #[test]
    fn an_id_that_could_forge_a_log_line_is_replaced() {
        for bad in ["", "a b", "a\"b", "a,b", &"x".repeat(129)] {
            let given = HeaderValue::from_str(bad).unwrap();
            let id = RequestId::from_header(Some(&given));
            assert_eq!(id.as_str().len(), 32, "{bad}");
        }
        assert_ne!(RequestId::from_header(None), RequestId::from_header(None));
    }
}
