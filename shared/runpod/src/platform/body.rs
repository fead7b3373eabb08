//! Answer bodies: a few pieces of bytes with a known total length, so that large inputs and outputs are sent without a copy.

use std::collections::VecDeque;
use std::convert::Infallible;
use std::pin::Pin;
use std::task::{Context, Poll};

use bytes::{Bytes, BytesMut};
use http_body::{Frame, SizeHint};
use serde::Serialize;

/// Raw JSON shorter than this is copied beside its neighbours rather than sent as a piece of its own.
const WORTH_A_PIECE: usize = 4096;

/// A body in pieces.
#[derive(Clone, Debug, Default)]
pub struct Parts(VecDeque<Bytes>);

impl From<&'static str> for Parts {
    fn from(text: &'static str) -> Parts {
        Parts::from(Bytes::from_static(text.as_bytes()))
    }
}

impl From<Bytes> for Parts {
    fn from(bytes: Bytes) -> Parts {
        Parts(if bytes.is_empty() { VecDeque::new() } else { VecDeque::from([bytes]) })
    }
}

impl From<Parts> for reqwest::Body {
    fn from(parts: Parts) -> reqwest::Body {
        reqwest::Body::wrap(parts)
    }
}

impl http_body::Body for Parts {
    type Data = Bytes;
    type Error = Infallible;

    fn poll_frame(mut self: Pin<&mut Self>, _: &mut Context<'_>) -> Poll<Option<Result<Frame<Bytes>, Infallible>>> {
        Poll::Ready(self.0.pop_front().map(|piece| Ok(Frame::data(piece))))
    }

    fn is_end_stream(&self) -> bool {
        self.0.is_empty()
    }

    fn size_hint(&self) -> SizeHint {
        SizeHint::with_exact(self.0.iter().map(|piece| piece.len() as u64).sum())
    }
}

/// Writes JSON objects into [`Parts`], key by key.
#[derive(Default)]
pub(super) struct Writer {
    done: VecDeque<Bytes>,
    open: BytesMut,
}

impl Writer {
    /// Text that is already JSON, or punctuation.
    pub(super) fn text(&mut self, text: &str) -> &mut Self {
        self.open.extend_from_slice(text.as_bytes());
        self
    }

    /// A value.
    pub(super) fn value(&mut self, value: &impl Serialize) -> &mut Self {
        // Numbers and strings always have a JSON form.
        self.open.extend_from_slice(&serde_json::to_vec(value).unwrap_or_else(|_| b"null".to_vec()));
        self
    }

    /// JSON as it arrived.
    pub(super) fn raw(&mut self, json: &Bytes) -> &mut Self {
        if json.len() < WORTH_A_PIECE {
            self.open.extend_from_slice(json);
        } else {
            self.flush();
            self.done.push_back(json.clone());
        }
        self
    }

    pub(super) fn finish(mut self) -> Parts {
        self.flush();
        Parts(self.done)
    }

    fn flush(&mut self) {
        if !self.open.is_empty() {
            self.done.push_back(self.open.split().freeze());
        }
    }
}

#[cfg(test)]
mod tests {
    use http_body::Body as _;
    use http_body_util::BodyExt as _;

    use super::*;

    #[tokio::test]
    async fn large_values_are_pieces_of_their_own_and_the_length_is_exact() {
        let large = Bytes::from(format!("\"{}\"", "x".repeat(WORTH_A_PIECE)));
        let mut writer = Writer::default();
        writer
            .text("{\"a\":")
            .raw(&large)
            .text(",\"b\":")
            .value(&"q\"")
            .text(",\"c\":")
            .raw(&Bytes::from_static(b"1.50"));
        writer.text("}");
        let parts = writer.finish();
        assert_eq!(parts.0.len(), 3);
        assert_eq!(parts.0[1].as_ptr(), large.as_ptr());
        let length = parts.size_hint().exact().unwrap();
        let sent = parts.collect().await.unwrap().to_bytes();
        assert_eq!(sent.len() as u64, length);
        assert!(sent.ends_with(b",\"b\":\"q\\\"\",\"c\":1.50}"));
    }
}
