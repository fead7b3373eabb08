//! `data:` URLs (RFC 2397), base64 or percent-encoded, with the leniency of the Fetch standard: blanks and missing padding are fine.

use std::borrow::Cow;

use base64::Engine;
use base64::alphabet;
use base64::engine::{DecodePaddingMode, GeneralPurpose, GeneralPurposeConfig};

use super::failure::Failure;
use super::source::not_allowed;

/// Longest part before the comma, characters. Media types with parameters stay below 200.
const HEADER_LENGTH_MAX: usize = 1_024;

const LENIENT: GeneralPurpose = GeneralPurpose::new(
    &alphabet::STANDARD,
    GeneralPurposeConfig::new()
        .with_decode_padding_mode(DecodePaddingMode::Indifferent)
        .with_decode_allow_trailing_bits(true),
);

/// A `data:` URL whose data are not decoded yet. The media type is not kept: the bytes decide.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct DataUrl<'a> {
    base64: bool,
    data: Cow<'a, str>,
}

impl<'a> DataUrl<'a> {
    /// `None` if this is a URL of another scheme.
    pub(crate) fn parse(url: &'a str) -> Result<Option<DataUrl<'a>>, Failure> {
        let Some((scheme, rest)) = url.split_once(':') else { return Ok(None) };
        if !scheme.eq_ignore_ascii_case("data") {
            return Ok(None);
        }
        let (header, data) = rest.split_once(',').ok_or_else(|| not_allowed("is a data URL without a comma"))?;
        if header.len() > HEADER_LENGTH_MAX {
            return Err(not_allowed("is a data URL whose media type is too long"));
        }
        let last = header.rsplit(';').next().unwrap_or_default();
        let base64 = header.contains(';') && last.trim_ascii().eq_ignore_ascii_case("base64");
        Ok(Some(DataUrl { base64, data: Cow::Borrowed(data) }))
    }

    /// A copy that can be sent to another thread.
    pub(crate) fn to_owned(&self) -> DataUrl<'static> {
        DataUrl { base64: self.base64, data: Cow::Owned(self.data.clone().into_owned()) }
    }

    /// The bytes, at most `limit`.
    pub(crate) fn decode(&self, limit: usize) -> Result<Vec<u8>, Failure> {
        let escaped = self.data.contains('%');
        if !escaped && self.base64 && self.data.len() / 4 > limit {
            return Err(Failure::too_many_bytes(limit));
        }
        let raw = if escaped { Cow::Owned(percent_decode(&self.data)) } else { Cow::Borrowed(self.data.as_bytes()) };
        let bytes = if self.base64 { decode_base64(&raw)? } else { raw.into_owned() };
        if bytes.len() > limit { Err(Failure::too_many_bytes(limit)) } else { Ok(bytes) }
    }
}

fn decode_base64(raw: &[u8]) -> Result<Vec<u8>, Failure> {
    let blank = raw.iter().any(u8::is_ascii_whitespace);
    let packed = if blank {
        Cow::Owned(raw.iter().copied().filter(|b| !b.is_ascii_whitespace()).collect())
    } else {
        Cow::Borrowed(raw)
    };
    LENIENT.decode(packed.as_ref()).map_err(|_| not_allowed("is a data URL of invalid base64"))
}

/// Decodes `%XX`; an escape that is none stays as it is, as in every browser.
fn percent_decode(text: &str) -> Vec<u8> {
    let bytes = text.as_bytes();
    let mut out = Vec::with_capacity(bytes.len());
    let mut rest = bytes;
    while let Some((&first, tail)) = rest.split_first() {
        let escape = match (first, tail) {
            (b'%', [high, low, ..]) => hex(*high).zip(hex(*low)),
            _ => None,
        };
        match escape {
            Some((high, low)) => {
                out.push(high << 4 | low);
                rest = tail.get(2..).unwrap_or_default();
            }
            None => {
                out.push(first);
                rest = tail;
            }
        }
    }
    out
}

fn hex(digit: u8) -> Option<u8> {
    char::from(digit).to_digit(16).and_then(|d| u8::try_from(d).ok())
}

#[cfg(test)]
mod tests {
    use contract::ErrorCode;

    use super::*;

    fn decode(url: &str) -> Result<Vec<u8>, contract::Error> {
        let parsed = DataUrl::parse(url).map_err(|f| f.of("it"))?;
        parsed.unwrap_or_else(|| panic!("{url} is no data URL")).decode(100).map_err(|f| f.of("it"))
    }

    #[test]
    fn base64_is_read_with_and_without_padding_blanks_and_escapes() {
        for url in [
            "data:image/png;base64,aGVsbG8=",
            "data:image/png;base64,aGVsbG8",
            "data:image/png;base64,aGVs\r\n bG8=",
            "data:image/png;base64,aGVsbG8%3D",
            "DATA:;charset=utf-8;BASE64 ,aGVsbG8=",
        ] {
            assert_eq!(decode(url).as_deref(), Ok(&b"hello"[..]), "{url}");
        }
    }

    #[test]
    fn data_without_base64_are_percent_encoded() {
        assert_eq!(decode("data:,a%20b%zz%4").as_deref(), Ok(&b"a b%zz%4"[..]));
        assert_eq!(decode("data:base64,aGVsbG8=").as_deref(), Ok(&b"aGVsbG8="[..]));
    }

    #[test]
    fn a_malformed_data_url_is_refused_without_its_content() {
        for url in ["data:image/png;base64", "data:image/png;base64,***", "data:;base64,aGVsbG8=aGVsbG8="] {
            let error = decode(url).unwrap_err();
            assert_eq!(error.code, ErrorCode::UrlNotAllowed, "{url}");
            assert!(!error.message.contains("***"));
        }
    }

    #[test]
    fn data_over_the_limit_are_refused_before_and_after_decoding() {
        for url in [format!("data:;base64,{}", "A".repeat(500)), format!("data:,{}", "a".repeat(101))] {
            assert_eq!(decode(&url).unwrap_err().code, ErrorCode::DocumentTooLarge);
        }
    }

    #[test]
    fn another_scheme_is_no_data_url() {
        assert_eq!(DataUrl::parse("https://example.com/data:,").unwrap_or_else(|_| panic!()), None);
    }
}
