//! Numbers of people and accounts leave the service masked, wherever on the page they were read.

use contract::catalog::Mask;
use serde_json::Value;

use crate::document::{SERVICE, Sample, answers, samples};

fn digits(text: &str) -> String {
    text.chars().filter(char::is_ascii_digit).collect()
}

/// The labelled numbers that must not be shown whole. What the page itself shows masked is short.
fn secrets(sample: &Sample) -> Vec<String> {
    let fields = &SERVICE.catalog.get(sample.labels.doc_type).fields;
    let masked = fields.iter().filter(|f| matches!(f.mask, Some(Mask::Ssn | Mask::Account)));
    let numbers = masked.filter_map(|f| sample.labels.fields[f.name.as_str()].as_str().map(digits));
    numbers.filter(|number| number.len() > 4).collect()
}

/// Every text in an answer, names included.
fn texts(value: &Value, all: &mut Vec<String>) {
    match value {
        Value::String(text) => all.push(text.clone()),
        Value::Array(list) => list.iter().for_each(|v| texts(v, all)),
        Value::Object(map) => map.iter().for_each(|(name, v)| {
            all.push(name.clone());
            texts(v, all);
        }),
        _ => {}
    }
}

#[test]
fn no_answer_shows_a_masked_number_whole() {
    let mut known = 0;
    for (sample, answer) in answers() {
        let secrets = secrets(sample);
        known += secrets.len();
        let mut all = Vec::new();
        texts(&answer.data, &mut all);
        texts(&serde_json::to_value(&answer.fields).unwrap(), &mut all);
        texts(&serde_json::to_value(&answer.findings).unwrap(), &mut all);
        for (path, evidence) in &answer.fields {
            let shown = secrets.iter().any(|secret| digits(&evidence.raw).contains(secret.as_str()));
            assert!(!shown, "{}: fields[{path}].raw shows a number that must be masked", sample.name);
        }
        let shown = all.iter().any(|text| secrets.iter().any(|secret| digits(text).contains(secret.as_str())));
        assert!(!shown, "{}: the answer shows a number that must be masked", sample.name);
    }
    assert!(known > 10, "only {known} labelled numbers would have been found");
}

#[test]
fn the_reasoning_of_a_type_holds_no_number_of_the_page() {
    for sample in samples() {
        let reasoning = digits(&sample.classify().reasoning);
        assert!(secrets(&sample).iter().all(|secret| !reasoning.contains(secret.as_str())), "{}", sample.name);
    }
}
