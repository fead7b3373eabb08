//! Request framing, stricter than hyper: what a front proxy and this server could read differently is refused.
//!
//! hyper drops a second equal `Content-Length` and a `Content-Length` beside `Transfer-Encoding` before anybody can see them, and
//! takes a bare line feed for a line's end. [`Scanner`] therefore watches the raw bytes of each head as they pass. It needs to
//! know only where heads begin: it skips bodies of a declared length, and stops for good at a chunked one, after which the
//! server closes the connection. [`head_problem`] checks what hyper does keep.

use http::header::{HOST, TRANSFER_ENCODING};
use http::{Method, Request, Version};

/// Watches the bytes of a connection for heads that must not be obeyed.
#[derive(Debug, Default)]
pub(super) struct Scanner {
    place: Place,
    /// The current line, if it began in an earlier read. Bounded by hyper's own limit on a head.
    partial: Vec<u8>,
    lengths: u32,
    chunked: bool,
    length: u64,
}

#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
enum Place {
    /// Before the first byte of a head.
    #[default]
    Between,
    /// Inside a head.
    Head,
    /// Inside a body, this many bytes before its end.
    Body(u64),
    /// After a chunked body began, or after a problem: nothing more is obeyed.
    End,
}

impl Scanner {
    /// Whether a head has begun and not ended.
    pub(super) fn in_head(&self) -> bool {
        self.place == Place::Head
    }

    /// Whether the peer may still be sending what nobody will read.
    pub(super) fn expects_more(&self) -> bool {
        matches!(self.place, Place::Body(_) | Place::End)
    }

    /// Takes the next bytes. The first problem found ends the scan.
    pub(super) fn scan(&mut self, mut bytes: &[u8]) -> Option<&'static str> {
        while !bytes.is_empty() {
            match self.place {
                Place::End => return None,
                Place::Body(left) => {
                    let here = left.min(bytes.len() as u64);
                    self.place = if left == here { Place::Between } else { Place::Body(left - here) };
                    bytes = bytes.get(here as usize..).unwrap_or_default();
                }
                Place::Between | Place::Head => {
                    let Some(end) = bytes.iter().position(|&b| b == b'\n') else {
                        self.place = Place::Head;
                        self.partial.extend_from_slice(bytes);
                        return None;
                    };
                    let (line, rest) = bytes.split_at(end + 1);
                    bytes = rest;
                    if let Some(problem) = self.line(line) {
                        self.place = Place::End;
                        return Some(problem);
                    }
                }
            }
        }
        None
    }

    /// A line with its end, less what came in earlier reads.
    fn line(&mut self, tail: &[u8]) -> Option<&'static str> {
        if self.partial.is_empty() {
            return self.whole_line(tail);
        }
        let mut line = std::mem::take(&mut self.partial);
        line.extend_from_slice(tail);
        self.whole_line(&line)
    }

    fn whole_line(&mut self, line: &[u8]) -> Option<&'static str> {
        let Some(line) = line.strip_suffix(b"\r\n") else { return Some("a line ends without a carriage return") };
        match (self.place, line.is_empty()) {
            // Empty lines before a request line are allowed.
            (Place::Between, true) => None,
            // The request line itself is hyper's to judge.
            (Place::Between, false) => {
                self.place = Place::Head;
                (self.lengths, self.chunked, self.length) = (0, false, 0);
                None
            }
            (_, true) => self.head_end(),
            (_, false) => self.field(line),
        }
    }

    fn field(&mut self, line: &[u8]) -> Option<&'static str> {
        let colon = line.iter().position(|&b| b == b':')?;
        let (name, value) = line.split_at(colon);
        if name.eq_ignore_ascii_case(b"transfer-encoding") {
            self.chunked = true;
        } else if name.eq_ignore_ascii_case(b"content-length") {
            self.lengths += 1;
            let digits = value.strip_prefix(b":").unwrap_or_default().trim_ascii();
            let all_digits = !digits.is_empty() && digits.iter().all(u8::is_ascii_digit);
            let number = std::str::from_utf8(digits).ok().and_then(|d| d.parse().ok());
            match number.filter(|_| all_digits) {
                Some(number) => self.length = number,
                None => return Some("content-length is no number"),
            }
        }
        None
    }

    fn head_end(&mut self) -> Option<&'static str> {
        if self.lengths > 1 {
            return Some("more than one content-length");
        }
        if self.chunked && self.lengths > 0 {
            return Some("both content-length and transfer-encoding");
        }
        self.place = match (self.chunked, self.length) {
            (true, _) => Place::End,
            (false, 0) => Place::Between,
            (false, length) => Place::Body(length),
        };
        None
    }
}

/// What is wrong with a head in the fields that hyper leaves as they came.
pub(super) fn head_problem<B>(request: &Request<B>) -> Option<&'static str> {
    host_problem(request).or_else(|| target_problem(request)).or_else(|| coding_problem(request))
}

fn host_problem<B>(request: &Request<B>) -> Option<&'static str> {
    let mut hosts = request.headers().get_all(HOST).iter();
    match (hosts.next(), hosts.next()) {
        (_, Some(_)) => Some("more than one host"),
        (None, None) if request.version() >= Version::HTTP_11 => Some("no host"),
        (None, None) => None,
        (Some(host), None) => {
            let bad = |b: &u8| b.is_ascii_whitespace() || b"/@,?#\\\"<>".contains(b);
            (host.is_empty() || host.as_bytes().iter().any(bad)).then_some("host is malformed")
        }
    }
}

fn target_problem<B>(request: &Request<B>) -> Option<&'static str> {
    let uri = request.uri();
    match uri.authority() {
        None if uri.path().starts_with('/') => None,
        None if uri.path() == "*" && request.method() == Method::OPTIONS => None,
        None => Some("request target is no path"),
        Some(_) if uri.scheme().is_none() => Some("request target is no path"),
        Some(authority) => {
            let host = request.headers().get(HOST).map(http::HeaderValue::as_bytes).unwrap_or_default();
            (!host.eq_ignore_ascii_case(authority.as_str().as_bytes())).then_some("request target and host differ")
        }
    }
}

fn coding_problem<B>(request: &Request<B>) -> Option<&'static str> {
    let mut codings = request.headers().get_all(TRANSFER_ENCODING).iter();
    match (codings.next(), codings.next()) {
        (None, _) => None,
        (Some(one), None) if one.as_bytes().eq_ignore_ascii_case(b"chunked") => None,
        _ => Some("transfer-encoding is not just chunked"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn scan(text: &str) -> Option<&'static str> {
        Scanner::default().scan(text.as_bytes())
    }

    /// The same, a byte at a time.
    fn scan_slowly(text: &str) -> Option<&'static str> {
        let mut scanner = Scanner::default();
        text.as_bytes().chunks(1).find_map(|byte| scanner.scan(byte))
    }

    const GOOD: &str = "POST / HTTP/1.1\r\nHost: h\r\nContent-Length: 3\r\n\r\nabcGET / HTTP/1.1\r\nHost: h\r\n\r\n";

    #[test]
    fn requests_one_after_another_pass_and_their_bodies_are_not_read_as_heads() {
        assert_eq!((scan(GOOD), scan_slowly(GOOD)), (None, None));
        let body_like_a_head = "POST / HTTP/1.1\r\nContent-Length: 4\r\n\r\na\nb\nGET / HTTP/1.1\r\n\r\n";
        assert_eq!(scan(body_like_a_head), None);
    }

    #[test]
    fn a_head_that_two_readers_could_understand_differently_is_found_however_it_is_cut() {
        let after_good = format!("{GOOD}POST / HTTP/1.1\r\ncontent-length: 1\r\nContent-Length: 1\r\n\r\n");
        for bad in [
            "POST / HTTP/1.1\r\nContent-Length: 3\r\nContent-Length: 3\r\n\r\n",
            "POST / HTTP/1.1\r\nContent-Length: 3\r\nTransfer-Encoding: chunked\r\n\r\n",
            "POST / HTTP/1.1\r\nTransfer-Encoding: chunked\r\nContent-Length: 3\r\n\r\n",
            "POST / HTTP/1.1\r\nContent-Length: +3\r\n\r\n",
            "POST / HTTP/1.1\r\nContent-Length: 3, 3\r\n\r\n",
            "POST / HTTP/1.1\r\nContent-Length:\r\n\r\n",
            "GET / HTTP/1.1\nHost: h\n\n",
            "GET / HTTP/1.1\r\nHost: h\n\r\n",
            after_good.as_str(),
        ] {
            assert!(scan(bad).is_some(), "{bad:?}");
            assert_eq!(scan(bad), scan_slowly(bad), "{bad:?}");
        }
    }

    fn request(version: Version, uri: &str, headers: &[(&str, &str)]) -> Request<()> {
        let mut builder = Request::builder().method("GET").version(version).uri(uri);
        for (name, value) in headers {
            builder = builder.header(*name, *value);
        }
        builder.body(()).unwrap()
    }

    #[test]
    fn exactly_one_well_formed_host_is_asked_for() {
        let host = |headers: &[(&str, &str)]| head_problem(&request(Version::HTTP_11, "/", headers));
        assert_eq!(host(&[("host", "h:80")]), None);
        assert_eq!(host(&[]), Some("no host"));
        assert_eq!(host(&[("host", "a"), ("host", "a")]), Some("more than one host"));
        assert_eq!(host(&[("host", "a@b")]), Some("host is malformed"));
        assert_eq!(head_problem(&request(Version::HTTP_10, "/", &[])), None);
    }

    #[test]
    fn an_absolute_target_must_agree_with_the_host() {
        let absolute = |uri, host| head_problem(&request(Version::HTTP_11, uri, &[("host", host)]));
        assert_eq!(absolute("http://h/live", "h"), None);
        assert_eq!(absolute("http://other/live", "h"), Some("request target and host differ"));
    }

    #[test]
    fn chunked_is_the_only_transfer_coding() {
        let coding =
            |value| head_problem(&request(Version::HTTP_11, "/", &[("host", "h"), ("transfer-encoding", value)]));
        assert_eq!(coding("Chunked"), None);
        assert!(coding("gzip, chunked").is_some());
        assert!(coding("chunked, chunked").is_some());
    }
}
