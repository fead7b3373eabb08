//! The body of a request to `/chat/completions`, and the ways in which servers differ in what they take.

use std::sync::atomic::{AtomicUsize, Ordering};

use bytes::Bytes;
use serde_json::{Map, Value, json};

use super::picture::Sent;
use super::profile::Constraint;

/// OpenAI's limit, and vLLM's unless it is told another.
const TOP_LOGPROBS: usize = 20;

/// Decoding is greedy; a fixed seed keeps servers that sample all the same repeatable.
const SEED: u32 = 7;

/// One form of a request.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Way {
    /// How the schema is told, where there is one.
    pub(super) constraint: Option<Constraint>,
    /// Whether log-probabilities are asked for.
    pub(super) logprobs: bool,
}

/// The ways to ask a server, best first, and the one that it is known to take.
#[derive(Debug)]
pub(super) struct Ways {
    ways: Vec<Way>,
    known: AtomicUsize,
}

impl Ways {
    /// Each constraint with log-probabilities and without.
    pub(super) fn new(constraints: &[Constraint]) -> Ways {
        let told = constraints.iter().copied().map(Some);
        let constraints: Vec<Option<Constraint>> = if constraints.is_empty() { vec![None] } else { told.collect() };
        let ways = constraints.into_iter().flat_map(|c| [true, false].map(|logprobs| Way { constraint: c, logprobs }));
        Ways { ways: ways.collect(), known: AtomicUsize::new(usize::MAX) }
    }

    /// The ways to try, the known one first and then only lesser ones: a server that takes none of them refuses the request itself.
    pub(super) fn to_try(&self) -> impl Iterator<Item = (usize, Way)> {
        let known = self.known.load(Ordering::Relaxed);
        let first = if known == usize::MAX { 0 } else { known };
        self.ways.iter().copied().enumerate().skip(first)
    }

    /// A server took this way. The first one counts: a later request that needs a lesser way, such as one with a schema that the
    /// server can't enforce, is no reason to ask less of it from then on.
    pub(super) fn took(&self, index: usize) {
        let first = self.known.compare_exchange(usize::MAX, index, Ordering::Relaxed, Ordering::Relaxed).is_ok();
        if first {
            let way = self.ways.get(index);
            tracing::info!(openai.way = ?way, "the model server takes this form of request");
        }
    }
}

/// What is asked.
#[derive(Clone, Copy, Debug)]
pub(super) struct Asked<'a> {
    pub(super) model: &'a str,
    pub(super) pages: &'a [Sent],
    pub(super) text: &'a str,
    pub(super) schema: Option<&'a Value>,
    pub(super) max_tokens: usize,
    /// Whether the alternatives of each token are wanted.
    pub(super) alternatives: bool,
    /// Fields of the profile's own.
    pub(super) extra: Option<&'a Map<String, Value>>,
}

impl Asked<'_> {
    /// Whether the answer can only be JSON in this form, if the server does as it is told.
    pub(super) fn forces_json(&self, way: Way) -> bool {
        self.schema.is_some() && matches!(way.constraint, Some(Constraint::JsonSchema | Constraint::GuidedJson))
    }

    /// The request in this form: the pages in order, then the text.
    pub(super) fn body(&self, way: Way) -> Bytes {
        let mut text = self.text.to_owned();
        let mut constraints = Map::new();
        match (way.constraint, self.schema) {
            (Some(Constraint::JsonSchema), Some(schema)) => {
                let named = json!({"name": "document", "strict": true, "schema": schema});
                constraints.insert("response_format".to_owned(), json!({"type": "json_schema", "json_schema": named}));
            }
            (Some(Constraint::GuidedJson), Some(schema)) => {
                constraints.insert("guided_json".to_owned(), schema.clone());
            }
            (Some(Constraint::Prompt), Some(schema)) => {
                text.push_str("\n\nAnswer with JSON alone, valid against this JSON Schema:\n");
                text.push_str(&schema.to_string());
            }
            _ => {}
        }
        let images = self.pages.iter().map(|page| json!({"type": "image_url", "image_url": {"url": page.url}}));
        let content: Vec<Value> = images.chain([json!({"type": "text", "text": text})]).collect();
        let mut body = json!({
            "model": self.model,
            "messages": [{"role": "user", "content": content}],
            "max_tokens": self.max_tokens,
            "temperature": 0,
            "seed": SEED,
            "stream": true,
        });
        if let Some(fields) = body.as_object_mut() {
            if way.logprobs {
                fields.insert("logprobs".to_owned(), json!(true));
                if self.alternatives {
                    fields.insert("top_logprobs".to_owned(), json!(TOP_LOGPROBS));
                }
            }
            fields.extend(constraints);
            fields.extend(self.extra.into_iter().flatten().map(|(name, value)| (name.clone(), value.clone())));
        }
        Bytes::from(body.to_string())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn asked<'a>(pages: &'a [Sent], schema: Option<&'a Value>) -> Asked<'a> {
        Asked { model: "m", pages, text: "Read.", schema, max_tokens: 9, alternatives: false, extra: None }
    }

    fn body(asked: Asked<'_>, constraint: Constraint) -> Value {
        serde_json::from_slice(&asked.body(Way { constraint: Some(constraint), logprobs: false })).unwrap()
    }

    #[test]
    fn the_pages_come_first_and_the_text_after_them() {
        let page = |url: &str| Sent { url: url.to_owned(), width: 1, height: 1 };
        let body = body(asked(&[page("one"), page("two")], None), Constraint::Prompt);
        let content = &body["messages"][0]["content"];
        assert_eq!(content[0]["image_url"]["url"], "one");
        assert_eq!(content[1]["image_url"]["url"], "two");
        assert_eq!(content[2]["text"], "Read.");
    }

    #[test]
    fn a_schema_is_told_in_each_of_three_ways() {
        let schema = json!({"type": "object"});
        let strict = body(asked(&[], Some(&schema)), Constraint::JsonSchema);
        assert_eq!(strict["response_format"]["json_schema"]["schema"], schema);
        assert_eq!(strict["response_format"]["json_schema"]["strict"], true);
        assert_eq!(body(asked(&[], Some(&schema)), Constraint::GuidedJson)["guided_json"], schema);
        let told = body(asked(&[], Some(&schema)), Constraint::Prompt);
        assert!(told["messages"][0]["content"][0]["text"].as_str().unwrap().ends_with(r#"{"type":"object"}"#));
        assert_eq!(told.get("response_format"), None);
    }

    #[test]
    fn the_first_way_that_a_server_takes_is_kept() {
        let ways = Ways::new(&[Constraint::JsonSchema, Constraint::Prompt]);
        assert_eq!(ways.to_try().count(), 4);
        ways.took(1);
        ways.took(3);
        let first = ways.to_try().next().unwrap();
        assert_eq!(first, (1, Way { constraint: Some(Constraint::JsonSchema), logprobs: false }));
    }
}
