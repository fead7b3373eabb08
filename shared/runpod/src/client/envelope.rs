//! The request of `/run` and `/runsync`: the caller's JSON between two short pieces of ours, never copied, never parsed.
//!
//! The body is streamed piece by piece with its exact length and remembers whether its last byte was handed to the connection:
//! without it no server can have accepted the job, so another submission is safe.

use std::convert::Infallible;
use std::pin::Pin;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::task::{Context, Poll};
use std::time::Duration;

use bytes::Bytes;
use http_body::{Frame, SizeHint};
use serde::Serialize;

const HEAD: &[u8] = br#"{"input":"#;

/// Limits that travel with a job. Absent ones are the endpoint's.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Policy {
    /// Running time after which the platform fails the job; 5 s to 7 days.
    pub execution_timeout: Option<Duration>,
    /// Life time from submission, after which the platform deletes the job in any state; 10 s to 7 days.
    pub ttl: Option<Duration>,
    /// The job does not make the platform start workers.
    pub low_priority: bool,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct WirePolicy {
    #[serde(skip_serializing_if = "Option::is_none")]
    execution_timeout: Option<u128>,
    #[serde(skip_serializing_if = "Option::is_none")]
    ttl: Option<u128>,
    #[serde(skip_serializing_if = "std::ops::Not::not")]
    low_priority: bool,
}

/// A job ready to be submitted, any number of times. Cheap to clone.
#[derive(Clone)]
pub struct Envelope {
    input: Bytes,
    tail: Bytes,
}

/// Wraps the JSON object `input` as a job. The bytes must be valid JSON, which is not checked again. RunPod drops an `input`
/// of `{}`, so don't submit one.
pub fn envelope(input: Bytes, policy: Option<Policy>) -> Envelope {
    let tail = match policy {
        None => Bytes::from_static(b"}"),
        Some(policy) => {
            let policy = WirePolicy {
                execution_timeout: policy.execution_timeout.map(|t| t.as_millis()),
                ttl: policy.ttl.map(|t| t.as_millis()),
                low_priority: policy.low_priority,
            };
            let policy = serde_json::to_string(&policy).unwrap_or_else(|_| "{}".to_owned());
            Bytes::from(format!(r#","policy":{policy}}}"#))
        }
    };
    Envelope { input, tail }
}

impl Envelope {
    /// Length of the body on the wire.
    pub fn len(&self) -> usize {
        HEAD.len() + self.input.len() + self.tail.len()
    }

    /// Never: the frame around the input is not empty.
    pub fn is_empty(&self) -> bool {
        false
    }

    /// A body for one submission, and the witness of how far it got.
    pub(super) fn body(&self) -> (reqwest::Body, HandedOver) {
        let handed_over = HandedOver::default();
        let pieces = [Bytes::from_static(HEAD), self.input.clone(), self.tail.clone()];
        let body = Pieces { pieces, next: 0, left: self.len() as u64, handed_over: handed_over.clone() };
        (reqwest::Body::wrap(body), handed_over)
    }
}

impl std::fmt::Debug for Envelope {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "Envelope({} bytes)", self.len())
    }
}

/// Whether the last byte of a body was given to the connection.
#[derive(Clone, Debug, Default)]
pub(super) struct HandedOver(Arc<AtomicBool>);

impl HandedOver {
    pub(super) fn is_complete(&self) -> bool {
        self.0.load(Ordering::Acquire)
    }
}

struct Pieces {
    pieces: [Bytes; 3],
    next: usize,
    left: u64,
    handed_over: HandedOver,
}

impl http_body::Body for Pieces {
    type Data = Bytes;
    type Error = Infallible;

    fn poll_frame(mut self: Pin<&mut Self>, _: &mut Context<'_>) -> Poll<Option<Result<Frame<Bytes>, Infallible>>> {
        let next = self.next;
        let Some(piece) = self.pieces.get_mut(next).map(std::mem::take) else { return Poll::Ready(None) };
        self.next += 1;
        self.left -= piece.len() as u64;
        if self.left == 0 {
            self.handed_over.0.store(true, Ordering::Release);
        }
        Poll::Ready(Some(Ok(Frame::data(piece))))
    }

    fn is_end_stream(&self) -> bool {
        self.left == 0
    }

    fn size_hint(&self) -> SizeHint {
        SizeHint::with_exact(self.left)
    }
}

#[cfg(test)]
mod tests {
    use http_body::Body as _;
    use http_body_util::BodyExt as _;

    use super::*;

    async fn text(envelope: &Envelope) -> String {
        let bytes = envelope.body().0.collect().await.unwrap().to_bytes();
        assert_eq!(bytes.len(), envelope.len());
        String::from_utf8(bytes.to_vec()).unwrap()
    }

    #[tokio::test]
    async fn the_input_is_spliced_as_it_is() {
        let input = Bytes::from_static(b"{ \"a\" : 1.50 }");
        assert_eq!(text(&envelope(input.clone(), None)).await, r#"{"input":{ "a" : 1.50 }}"#);
        let policy = Policy {
            execution_timeout: Some(Duration::from_secs(60)),
            ttl: Some(Duration::from_millis(90_500)),
            low_priority: true,
        };
        assert_eq!(
            text(&envelope(input, Some(policy))).await,
            r#"{"input":{ "a" : 1.50 },"policy":{"executionTimeout":60000,"ttl":90500,"lowPriority":true}}"#
        );
    }

    #[tokio::test]
    async fn a_body_can_be_made_again_and_tells_when_its_last_byte_left() {
        let envelope = envelope(Bytes::from_static(b"{}"), None);
        for _ in 0..2 {
            let (mut body, handed_over) = envelope.body();
            assert_eq!(body.size_hint().exact(), Some(12));
            body.frame().await.unwrap().unwrap();
            assert!(!handed_over.is_complete());
            body.collect().await.unwrap();
            assert!(handed_over.is_complete());
        }
    }
}
