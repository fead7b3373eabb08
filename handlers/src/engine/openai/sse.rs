//! The lines of a stream of server-sent events, bounded.
//!
//! OpenAI's protocol puts each event on one `data:` line, so a line is an event here: that also reads servers that leave out the
//! blank lines between events. Comments and other fields are passed over. Bytes may be cut anywhere.

use std::mem;

/// A chunk with the log-probabilities of twenty alternatives is about 2 KB.
const LINE_BYTES: usize = 1 << 20;

/// 16,000 tokens with their log-probabilities are about 5 MB.
const TOTAL_BYTES: usize = 64 << 20;

/// The server sends more than any answer needs.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct TooMuch;

/// Cuts a stream into events.
#[derive(Default)]
pub(super) struct Events {
    line: Vec<u8>,
    total: usize,
}

impl Events {
    /// The data of the events that these bytes complete.
    pub(super) fn push(&mut self, bytes: &[u8]) -> Result<Vec<Vec<u8>>, TooMuch> {
        self.total += bytes.len();
        if self.total > TOTAL_BYTES {
            return Err(TooMuch);
        }
        let mut events = Vec::new();
        for part in bytes.split_inclusive(|&b| b == b'\n' || b == b'\r') {
            let (end, body) = match part.split_last() {
                Some((b'\n' | b'\r', body)) => (true, body),
                _ => (false, part),
            };
            self.line.extend_from_slice(body);
            if self.line.len() > LINE_BYTES {
                return Err(TooMuch);
            }
            if end {
                events.extend(data(mem::take(&mut self.line)));
            }
        }
        Ok(events)
    }

    /// The data of a last line without an end.
    pub(super) fn finish(&mut self) -> Option<Vec<u8>> {
        data(mem::take(&mut self.line))
    }
}

fn data(line: Vec<u8>) -> Option<Vec<u8>> {
    let data = line.strip_prefix(b"data:")?.trim_ascii();
    (!data.is_empty()).then(|| data.to_vec())
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn read(pieces: &[&[u8]]) -> Vec<String> {
        let mut events = Events::default();
        let mut all = Vec::new();
        for piece in pieces {
            all.extend(events.push(piece).unwrap());
        }
        all.extend(events.finish());
        all.into_iter().map(|event| String::from_utf8(event).unwrap()).collect()
    }

    #[test]
    fn comments_other_fields_and_any_line_end_are_understood() {
        let stream = ": ping\r\n\r\nevent: x\ndata: one\n\ndata:two\r\rid: 3\r\ndata: three\r\n\r\ndata: [DONE]";
        assert_eq!(read(&[stream.as_bytes()]), ["one", "two", "three", "[DONE]"]);
    }

    #[test]
    fn a_line_without_an_end_is_refused_before_it_fills_the_memory() {
        let mut events = Events::default();
        let refused = (0..64).any(|_| events.push(&[b'x'; 1 << 16]).is_err());
        assert!(refused);
    }

    proptest! {
        #[test]
        fn where_the_bytes_are_cut_makes_no_difference(cuts in prop::collection::vec(0..40usize, 0..6)) {
            let stream = "data: gr\u{fc}\u{df}e\r\n\r\ndata: {\"\u{4f60}\"}\n\n".as_bytes();
            let mut cuts: Vec<usize> = cuts.into_iter().map(|cut| cut.min(stream.len())).collect();
            cuts.sort_unstable();
            let mut pieces = Vec::new();
            let mut start = 0;
            for cut in cuts {
                pieces.push(&stream[start..cut]);
                start = cut;
            }
            pieces.push(&stream[start..]);
            prop_assert_eq!(read(&pieces), ["gr\u{fc}\u{df}e", "{\"\u{4f60}\"}"]);
        }

        #[test]
        fn no_bytes_make_it_panic(pieces in prop::collection::vec(prop::collection::vec(any::<u8>(), 0..50), 0..9)) {
            let mut events = Events::default();
            for piece in pieces {
                prop_assert!(events.push(&piece).is_ok());
            }
            events.finish();
        }
    }
}
