//! Checks a body against the contract in one pass over its bytes. Builds no tree and copies no document: a `data:` URL of
//! 10 MB is looked at where it lies.
//!
//! serde's own messages quote the value that did not fit. A body may be somebody's tax form, so every message here is written by
//! hand and names the field, never its content.

use std::fmt;

use contract::api::MAX_IMAGE_URLS;
use contract::{DocType, Error, ErrorCode};
use serde::Deserializer;
use serde::de::{DeserializeSeed, IgnoredAny, MapAccess, SeqAccess, Visitor};
use serde_json::error::Category;

use crate::Service;

/// Longest `http(s)` URL, bytes. Signed URLs of the large object stores stay below 4 KB.
const MAX_URL_BYTES: usize = 8 * 1024;
/// Longest `prompt`, bytes.
const MAX_PROMPT_BYTES: usize = 16 * 1024;
/// Deepest nesting of `schema`, below the 128 at which the worker's own parser gives up.
const MAX_SCHEMA_DEPTH: u32 = 32;
/// Longest name of an unknown field that is repeated to the caller.
const MAX_SHOWN_NAME: usize = 40;
/// Where in a URL its first colon must be: no scheme taken here is longer.
const MAX_SCHEME_BYTES: usize = 16;
/// Where in a `data:` URL its comma must be: media type and parameters are never this long.
const MAX_DATA_PREFIX: usize = 256;

/// Checks a body of this service.
///
/// # Errors
/// `invalid_json`, `invalid_request` or `url_not_allowed`, with the field's name in the message.
pub(crate) fn check(service: Service, body: &[u8]) -> Result<(), Error> {
    if body.is_empty() {
        return Err(Error::new(ErrorCode::InvalidJson, "the body is empty"));
    }
    let mut problem = Some(invalid("the body must be a JSON object"));
    let mut json = serde_json::Deserializer::from_slice(body);
    let checked = json.deserialize_map(Body { service, problem: &mut problem }).and_then(|()| json.end());
    let Err(error) = checked else { return Ok(()) };
    match (error.classify(), problem) {
        (Category::Data, Some(problem)) => Err(problem),
        (Category::Data, None) => Err(invalid("the body does not have the documented shape")),
        _ => {
            let place = format!("the body is not valid JSON: line {}, column {}", error.line(), error.column());
            Err(Error::new(ErrorCode::InvalidJson, place))
        }
    }
}

fn invalid(message: impl Into<String>) -> Error {
    Error::new(ErrorCode::InvalidRequest, message)
}

/// What to answer if the value being read does not fit. Set before each value, because a wrong type is found by serde.
type Problem = Option<Error>;

/// Gives up with the problem that was set. The text never gets out.
fn give_up<E: serde::de::Error>() -> E {
    E::custom("does not fit")
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Field {
    ImageUrls,
    Prompt,
    DocType,
    Schema,
}

impl Field {
    fn name(self) -> &'static str {
        match self {
            Field::ImageUrls => "image_urls",
            Field::Prompt => "prompt",
            Field::DocType => "doc_type",
            Field::Schema => "schema",
        }
    }

    fn of(service: Service, name: &str) -> Option<Field> {
        let known: &[Field] = match service {
            Service::Classify => &[Field::ImageUrls, Field::Prompt],
            Service::Extract => &[Field::ImageUrls, Field::Prompt, Field::DocType, Field::Schema],
        };
        known.iter().copied().find(|field| field.name() == name)
    }
}

struct Body<'p> {
    service: Service,
    problem: &'p mut Problem,
}

impl<'de> Visitor<'de> for Body<'_> {
    type Value = ();

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("an object")
    }

    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<(), A::Error> {
        let Body { service, problem } = self;
        let mut seen: Vec<Field> = Vec::with_capacity(4);
        loop {
            *problem = None;
            let Some(field) = map.next_key_seed(Name { service, problem: &mut *problem })? else { break };
            if seen.contains(&field) {
                *problem = Some(invalid(format!("`{}` is given twice", field.name())));
                return Err(give_up());
            }
            seen.push(field);
            match field {
                Field::ImageUrls => map.next_value_seed(Urls { problem: &mut *problem })?,
                Field::Prompt | Field::DocType => map.next_value_seed(Text { field, problem: &mut *problem })?,
                Field::Schema => map.next_value_seed(Schema { problem: &mut *problem })?,
            }
        }
        if seen.contains(&Field::ImageUrls) {
            return Ok(());
        }
        *problem = Some(invalid("`image_urls` is missing"));
        Err(give_up())
    }
}

struct Name<'p> {
    service: Service,
    problem: &'p mut Problem,
}

impl<'de> DeserializeSeed<'de> for Name<'_> {
    type Value = Field;

    fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> Result<Field, D::Error> {
        deserializer.deserialize_str(self)
    }
}

impl Visitor<'_> for Name<'_> {
    type Value = Field;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a field")
    }

    fn visit_str<E: serde::de::Error>(self, name: &str) -> Result<Field, E> {
        Field::of(self.service, name).ok_or_else(|| {
            let plain = |b: u8| b.is_ascii_alphanumeric() || b == b'_' || b == b'-';
            *self.problem = Some(if name.len() <= MAX_SHOWN_NAME && name.bytes().all(plain) {
                invalid(format!("unknown field `{name}`"))
            } else {
                invalid("unknown field")
            });
            give_up()
        })
    }
}

struct Urls<'p> {
    problem: &'p mut Problem,
}

impl<'de> DeserializeSeed<'de> for Urls<'_> {
    type Value = ();

    fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> Result<(), D::Error> {
        *self.problem = Some(invalid("`image_urls` must be a list of URLs"));
        deserializer.deserialize_seq(self)
    }
}

impl<'de> Visitor<'de> for Urls<'_> {
    type Value = ();

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a list")
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut urls: A) -> Result<(), A::Error> {
        let mut count = 0;
        while urls.next_element_seed(Url { index: count, problem: &mut *self.problem })?.is_some() {
            count += 1;
            if count > MAX_IMAGE_URLS {
                break;
            }
        }
        if (1..=MAX_IMAGE_URLS).contains(&count) {
            return Ok(());
        }
        *self.problem = Some(invalid(format!("`image_urls` must have 1 to {MAX_IMAGE_URLS} entries")));
        Err(give_up())
    }
}

struct Url<'p> {
    index: usize,
    problem: &'p mut Problem,
}

impl<'de> DeserializeSeed<'de> for Url<'_> {
    type Value = ();

    fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> Result<(), D::Error> {
        *self.problem = Some(invalid(format!("`image_urls[{}]` must be a string", self.index)));
        deserializer.deserialize_str(self)
    }
}

impl Visitor<'_> for Url<'_> {
    type Value = ();

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a string")
    }

    fn visit_str<E: serde::de::Error>(self, url: &str) -> Result<(), E> {
        url_problem(url).map_or(Ok(()), |what| {
            let message = format!("`image_urls[{}]` {what}", self.index);
            *self.problem = Some(Error::new(ErrorCode::UrlNotAllowed, message));
            Err(give_up())
        })
    }
}

/// What is wrong with the shape of a URL. Whether it may be fetched, and what it holds, is the worker's to find out.
fn url_problem(url: &str) -> Option<&'static str> {
    let colon = url.bytes().take(MAX_SCHEME_BYTES).position(|b| b == b':');
    let Some((scheme, after_scheme)) = colon.map(|at| url.split_at(at)) else { return Some("is no URL") };
    let after_scheme = after_scheme.strip_prefix(':').unwrap_or_default();
    if scheme.eq_ignore_ascii_case("data") {
        return data_problem(after_scheme);
    }
    if !scheme.eq_ignore_ascii_case("http") && !scheme.eq_ignore_ascii_case("https") {
        return Some("must begin with https:, http: or data:");
    }
    if url.len() > MAX_URL_BYTES {
        return Some("is longer than 8192 bytes");
    }
    if url.bytes().any(|b| b.is_ascii_control() || b == b' ') {
        return Some("has a space or control character");
    }
    let host = after_scheme.strip_prefix("//").and_then(|rest| rest.split(['/', '?', '#']).next());
    host.is_none_or(str::is_empty).then_some("has no host")
}

fn data_problem(after_scheme: &str) -> Option<&'static str> {
    let bytes = after_scheme.as_bytes();
    let comma = bytes.iter().take(MAX_DATA_PREFIX).position(|&b| b == b',');
    let Some((parameters, data)) = comma.map(|at| bytes.split_at(at)) else {
        return Some("is a data: URL without data");
    };
    if !parameters.to_ascii_lowercase().ends_with(b";base64") {
        return Some("is a data: URL that is not base64");
    }
    (data.len() < 2).then_some("is a data: URL without data")
}

/// A string or null in this field.
struct Text<'p> {
    field: Field,
    problem: &'p mut Problem,
}

fn text_problem(field: Field, text: &str) -> Option<String> {
    match field {
        Field::Prompt if text.len() > MAX_PROMPT_BYTES => {
            Some(format!("`prompt` is longer than {MAX_PROMPT_BYTES} bytes"))
        }
        Field::DocType if !DocType::ALL.iter().any(|t| t.name() == text) => {
            Some("`doc_type` is no known document type".to_owned())
        }
        _ => None,
    }
}

impl<'de> DeserializeSeed<'de> for Text<'_> {
    type Value = ();

    fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> Result<(), D::Error> {
        *self.problem = Some(invalid(format!("`{}` must be a string", self.field.name())));
        deserializer.deserialize_option(self)
    }
}

impl<'de> Visitor<'de> for Text<'_> {
    type Value = ();

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a string")
    }

    fn visit_none<E: serde::de::Error>(self) -> Result<(), E> {
        Ok(())
    }

    fn visit_unit<E: serde::de::Error>(self) -> Result<(), E> {
        Ok(())
    }

    fn visit_some<D: Deserializer<'de>>(self, deserializer: D) -> Result<(), D::Error> {
        deserializer.deserialize_str(self)
    }

    fn visit_str<E: serde::de::Error>(self, text: &str) -> Result<(), E> {
        text_problem(self.field, text).map_or(Ok(()), |problem| {
            *self.problem = Some(invalid(problem));
            Err(give_up())
        })
    }
}

/// An object of bounded depth, or null.
struct Schema<'p> {
    problem: &'p mut Problem,
}

impl<'de> DeserializeSeed<'de> for Schema<'_> {
    type Value = ();

    fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> Result<(), D::Error> {
        *self.problem = Some(invalid("`schema` must be an object"));
        deserializer.deserialize_option(self)
    }
}

impl<'de> Visitor<'de> for Schema<'_> {
    type Value = ();

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("an object")
    }

    fn visit_none<E: serde::de::Error>(self) -> Result<(), E> {
        Ok(())
    }

    fn visit_unit<E: serde::de::Error>(self) -> Result<(), E> {
        Ok(())
    }

    fn visit_some<D: Deserializer<'de>>(self, deserializer: D) -> Result<(), D::Error> {
        deserializer.deserialize_map(self)
    }

    fn visit_map<A: MapAccess<'de>>(self, map: A) -> Result<(), A::Error> {
        *self.problem = Some(invalid(format!("`schema` is nested deeper than {MAX_SCHEMA_DEPTH} levels")));
        Nested { depth: 1 }.visit_map(map)
    }
}

/// Any JSON value at this depth.
#[derive(Clone, Copy)]
struct Nested {
    depth: u32,
}

impl Nested {
    fn deeper<E: serde::de::Error>(self) -> Result<Nested, E> {
        if self.depth < MAX_SCHEMA_DEPTH { Ok(Nested { depth: self.depth + 1 }) } else { Err(give_up()) }
    }
}

impl<'de> DeserializeSeed<'de> for Nested {
    type Value = ();

    fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> Result<(), D::Error> {
        deserializer.deserialize_any(self)
    }
}

impl<'de> Visitor<'de> for Nested {
    type Value = ();

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("any value")
    }

    fn visit_unit<E: serde::de::Error>(self) -> Result<(), E> {
        Ok(())
    }

    fn visit_bool<E: serde::de::Error>(self, _: bool) -> Result<(), E> {
        Ok(())
    }

    fn visit_i64<E: serde::de::Error>(self, _: i64) -> Result<(), E> {
        Ok(())
    }

    fn visit_u64<E: serde::de::Error>(self, _: u64) -> Result<(), E> {
        Ok(())
    }

    fn visit_f64<E: serde::de::Error>(self, _: f64) -> Result<(), E> {
        Ok(())
    }

    fn visit_str<E: serde::de::Error>(self, _: &str) -> Result<(), E> {
        Ok(())
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut items: A) -> Result<(), A::Error> {
        let deeper = self.deeper()?;
        while items.next_element_seed(deeper)?.is_some() {}
        Ok(())
    }

    fn visit_map<A: MapAccess<'de>>(self, mut entries: A) -> Result<(), A::Error> {
        let deeper = self.deeper()?;
        while entries.next_key::<IgnoredAny>()?.is_some() {
            entries.next_value_seed(deeper)?;
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests;
