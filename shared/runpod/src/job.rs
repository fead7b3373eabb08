//! What a handler sees: the job, the error it may answer with, and the trait it implements.
//!
//! Who calls: the worker loop ([`crate::worker`]) and the local modes ([`crate::local`]). What a handler may do while it runs
//! (progress, chunks, cancellation) is [`crate::context`].

use std::fmt;

use serde::de::{Deserialize, Deserializer, IgnoredAny, MapAccess, Visitor};
use serde_json::value::RawValue;
use serde_json::{Map, Value};

use crate::context::JobContext;

/// One unit of work, as the platform handed it out.
pub struct Job {
    /// The platform's id; also the `requestId` of log lines.
    pub id: String,
    /// The caller's `input`, unparsed. A job without one has `{}`: the platform drops an empty object on its way.
    pub input: Box<RawValue>,
    /// Every other key of the job (`webhook`, `delayTime`, …), kept as it came.
    pub extra: Map<String, Value>,
}

/// Never the input: it holds people's documents.
impl fmt::Debug for Job {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Job")
            .field("id", &self.id)
            .field("input_bytes", &self.input.get().len())
            .finish_non_exhaustive()
    }
}

/// Why a job failed. What is in it reaches the caller, so it must hold no secret and no value of somebody else's document.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct JobError {
    /// A stable, machine-readable kind.
    pub error_type: String,
    /// One sentence for a person.
    pub message: String,
    /// Where it happened; may be empty.
    pub traceback: String,
}

impl JobError {
    /// An error of this kind with this message and no trace.
    pub fn new(error_type: impl Into<String>, message: impl Into<String>) -> Self {
        Self { error_type: error_type.into(), message: message.into(), traceback: String::new() }
    }
}

impl fmt::Display for JobError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}: {}", self.error_type, self.message)
    }
}

impl std::error::Error for JobError {}

/// The work itself. One value serves all jobs, several at a time when the concurrency allows it.
pub trait Handler: Send + Sync + 'static {
    /// Runs one job. The future is dropped when the platform stops the job, so blocking work should watch
    /// [`JobContext::cancelled`]. The output is one JSON value; it is passed on unparsed.
    ///
    /// # Errors
    /// A [`JobError`] makes the job `FAILED` with that reason. A panic does the same, and the worker lives on.
    fn run(&self, job: Job, context: JobContext) -> impl Future<Output = Result<Box<RawValue>, JobError>> + Send;

    /// Whether jobs answer in chunks ([`JobContext::chunk`]). The value that such a handler returns is not sent.
    fn is_generator(&self) -> bool {
        false
    }

    /// Whether the final post of a generator carries the list of all chunks instead of an empty list.
    fn aggregates_stream(&self) -> bool {
        false
    }
}

/// A raw value is one JSON value by construction, so `{}` always is one.
fn empty_input() -> Box<RawValue> {
    RawValue::from_string("{}".to_owned()).unwrap_or_default()
}

/// An id is text, but one peer sends numbers: both name the job in a URL.
#[derive(serde::Deserialize)]
#[serde(untagged)]
enum Id {
    Text(String),
    Number(u64),
}

impl Id {
    fn into_text(self) -> Option<String> {
        match self {
            Self::Text(text) => (!text.is_empty()).then_some(text),
            Self::Number(number) => Some(number.to_string()),
        }
    }
}

/// By hand because `serde(flatten)` cannot hold a raw value, and an input must not be parsed here.
impl<'de> Deserialize<'de> for Job {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct JobVisitor;
        impl<'de> Visitor<'de> for JobVisitor {
            type Value = Job;
            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("a job object")
            }
            fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Job, A::Error> {
                let (mut id, mut input, mut extra) = (None, None, Map::new());
                while let Some(key) = map.next_key::<String>()? {
                    match key.as_str() {
                        "id" => id = map.next_value::<Id>()?.into_text(),
                        "input" => input = Some(map.next_value()?),
                        _ => drop(extra.insert(key, map.next_value()?)),
                    }
                }
                let id = id.ok_or_else(|| serde::de::Error::missing_field("id"))?;
                Ok(Job { id, input: input.unwrap_or_else(empty_input), extra })
            }
        }
        deserializer.deserialize_map(JobVisitor)
    }
}

/// The id of something that is not a usable job, so that it can still be answered.
pub(crate) fn salvage_id(text: &[u8]) -> Option<String> {
    struct OnlyId(Option<String>);
    impl<'de> Deserialize<'de> for OnlyId {
        fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
            struct IdVisitor;
            impl<'de> Visitor<'de> for IdVisitor {
                type Value = OnlyId;
                fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                    f.write_str("an object with an id")
                }
                fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<OnlyId, A::Error> {
                    let mut id = None;
                    while let Some(key) = map.next_key::<String>()? {
                        if key == "id" {
                            id = map.next_value::<Id>()?.into_text();
                        } else {
                            map.next_value::<IgnoredAny>()?;
                        }
                    }
                    Ok(OnlyId(id))
                }
            }
            deserializer.deserialize_map(IdVisitor)
        }
    }
    match serde_json::from_slice::<OnlyId>(text) {
        Ok(found) => found.0,
        Err(_) => id_in_broken_text(text),
    }
}

/// The text after the first `"id":"` of something that is not even JSON, if it looks like an id.
fn id_in_broken_text(text: &[u8]) -> Option<String> {
    let text = String::from_utf8_lossy(text);
    let (_, after_key) = text.split_once("\"id\"")?;
    let value = after_key.trim_start().strip_prefix(':')?.trim_start().strip_prefix('"')?;
    let (id, _) = value.split_once('"')?;
    let plain = |c: char| c.is_ascii_alphanumeric() || c == '-' || c == '_';
    (!id.is_empty() && id.len() <= 128 && id.chars().all(plain)).then(|| id.to_owned())
}

#[cfg(test)]
mod tests {
    use super::{Job, salvage_id};

    #[test]
    fn a_job_keeps_its_input_unparsed_and_its_other_keys() {
        let job: Job =
            serde_json::from_str(r#"{"delayTime":5,"id":"j1","input":{"a" : 1.10},"webhook":"w"}"#).expect("a job");
        assert_eq!(job.id, "j1");
        assert_eq!(job.input.get(), r#"{"a" : 1.10}"#);
        assert_eq!(job.extra.keys().collect::<Vec<_>>(), ["delayTime", "webhook"]);
    }

    #[test]
    fn a_job_without_input_has_an_empty_one() {
        let job: Job = serde_json::from_str(r#"{"id":"j1"}"#).expect("a job");
        assert_eq!(job.input.get(), "{}");
    }

    #[test]
    fn a_job_needs_an_id() {
        assert!(serde_json::from_str::<Job>(r#"{"input":{}}"#).is_err());
        assert!(serde_json::from_str::<Job>(r#"{"id":"","input":{}}"#).is_err());
    }

    #[test]
    fn debug_output_shows_no_input() {
        let job: Job = serde_json::from_str(r#"{"id":"j1","input":{"name":"private"}}"#).expect("a job");
        assert!(!format!("{job:?}").contains("private"));
    }

    #[test]
    fn the_id_of_a_broken_job_is_found() {
        let deep = format!(r#"{{"extra":{}{},"id":"j2"}}"#, "[".repeat(500), "]".repeat(500));
        assert_eq!(salvage_id(deep.as_bytes()).as_deref(), Some("j2"));
        assert_eq!(salvage_id(br#"{"id": "j3", "input": {"#).as_deref(), Some("j3"));
        assert_eq!(salvage_id(br#"{"id": "../../x", "input": {"#), None);
        assert_eq!(salvage_id(b"<html>"), None);
    }
}
