//! Answers as a vision model would give them, made from the labels.

use contract::catalog::{Field, Kind};
use handlers::engine::vision::{Finish, Generated, Token};
use handlers::extract::Extraction;
use handlers::extract::vision::{ModelAnswer, Reading};
use serde_json::{Map, Value, json};

use crate::document::{SERVICE, Sample, TODAY, lay_out};

/// What a model says that copies every label as it is printed, and null for what has none.
pub(crate) fn perfect(sample: &Sample) -> Value {
    let labels = &sample.labels.fields;
    let entry = SERVICE.catalog.get(sample.labels.doc_type);
    let mut said = Map::new();
    for field in &entry.fields {
        said.insert(field.name.clone(), printed(sample, Some(field), &labels[field.name.as_str()]));
    }
    for name in entry.blocks.iter().flat_map(|b| b.names()) {
        said.entry(name).or_insert_with(|| printed(sample, None, &labels[name]));
    }
    for list in &entry.lists {
        let entries = labels[list.name.as_str()].as_array().into_iter().flatten();
        let row = |entry: &Value| -> Value {
            list.fields.iter().map(|f| (f.name.clone(), printed(sample, Some(f), &entry[f.name.as_str()]))).collect()
        };
        said.insert(list.name.clone(), entries.map(row).collect());
    }
    Value::Object(said)
}

/// The same names with nothing in them.
pub(crate) fn nulls(sample: &Sample) -> Value {
    let Value::Object(said) = perfect(sample) else { return Value::Null };
    said.into_iter().map(|(name, v)| (name, if v.is_array() { json!([]) } else { Value::Null })).collect()
}

fn printed(sample: &Sample, field: Option<&Field>, label: &Value) -> Value {
    match label {
        Value::Number(n) if field.is_some_and(|f| f.kind == Kind::Money) => amount(sample, n.as_f64().unwrap()).into(),
        Value::Number(n) => n.to_string().into(),
        other => other.clone(),
    }
}

/// An amount in the way in which the page writes it.
fn amount(sample: &Sample, value: f64) -> String {
    let plain = format!("{:.2}", value.abs());
    let (units, cents) = plain.split_once('.').unwrap();
    let grouped = |mark: &str| {
        let groups: Vec<&str> = units.as_bytes().rchunks(3).rev().map(|g| std::str::from_utf8(g).unwrap()).collect();
        groups.join(mark)
    };
    let ways = [
        format!("{},{cents}", grouped(".")),
        format!("{},{cents}", grouped(" ")),
        format!("{}.{cents}", grouped(",")),
        plain.clone(),
        format!("{units},{cents}"),
    ];
    let printed = |way: &&String| sample.texts.iter().flat_map(|t| &t.lines).any(|l| l.text.contains(way.as_str()));
    let way = ways.iter().find(printed).unwrap_or(&plain);
    if value < 0.0 { format!("-{way}") } else { way.clone() }
}

fn extract(sample: &Sample, generated: &Generated, schema: Option<&Value>) -> Extraction {
    let (pages, ink) = (lay_out(&sample.texts), sample.ink());
    let read = Reading { texts: &sample.texts, pages: &pages, ink: &ink };
    let answer = ModelAnswer::new(generated);
    SERVICE.extractor.extract_with(read, sample.labels.doc_type, TODAY, &answer, schema)
}

/// The answer to a document of which a model says this.
pub(crate) fn with(sample: &Sample, said: &Value, schema: Option<&Value>) -> Extraction {
    says(sample, &said.to_string(), schema)
}

/// The same for any text.
pub(crate) fn says(sample: &Sample, text: &str, schema: Option<&Value>) -> Extraction {
    let generated = Generated { text: text.to_owned(), tokens: Vec::new(), finish: Finish::Stop };
    extract(sample, &generated, schema)
}

/// The same for a text that used up its tokens.
pub(crate) fn cut(sample: &Sample, text: &str) -> Extraction {
    extract(sample, &Generated { text: text.to_owned(), tokens: Vec::new(), finish: Finish::Length }, None)
}

/// The same for a model to which each byte had this log-probability.
pub(crate) fn sure(sample: &Sample, said: &Value, logprob: f64) -> Extraction {
    let text = said.to_string();
    let tokens = (1..=text.len()).map(|end| Token { end, logprob: Some(logprob) }).collect();
    extract(sample, &Generated { text, tokens, finish: Finish::Stop }, None)
}
