//! The sample documents of this repository with what they are known to say.

use std::fs;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use serde_json::{Map, Value};

use super::repository;

/// File, and its label.
pub(crate) fn all() -> Map<String, Value> {
    serde_json::from_slice(&fs::read(repository().join("samples/labels.json")).unwrap()).unwrap()
}

/// A sample as a `data:` URL.
pub(crate) fn data_url(name: &str) -> String {
    let media_type = match name.rsplit_once('.') {
        Some((_, "png")) => "image/png",
        Some((_, "jpg")) => "image/jpeg",
        _ => "application/pdf",
    };
    let bytes = fs::read(repository().join("samples/pages").join(name)).unwrap();
    format!("data:{media_type};base64,{}", STANDARD.encode(bytes))
}

/// The labelled values of a label or an answer, by path.
pub(crate) fn leaves(value: &Value) -> Vec<(String, Value)> {
    match value {
        Value::Object(members) => members.iter().flat_map(|(name, member)| below(format!(".{name}"), member)).collect(),
        Value::Array(items) => {
            items.iter().enumerate().flat_map(|(index, item)| below(format!("[{index}]"), item)).collect()
        }
        Value::Null => Vec::new(),
        value => vec![(String::new(), value.clone())],
    }
}

fn below(step: String, value: &Value) -> impl Iterator<Item = (String, Value)> + use<> {
    leaves(value).into_iter().map(move |(path, value)| (format!("{step}{path}"), value))
}
