//! The parts of an answer fit together: values, confidence, evidence, findings, and what a schema keeps of them.

use std::collections::BTreeSet;

use handlers::extract::Extraction;
use serde_json::{Value, json};

use crate::compare::{Outcome, compare};
use crate::document::{answers, sample};
use crate::paper::shows;

/// The paths of all values that are not null.
fn leaves(prefix: &str, value: &Value, paths: &mut BTreeSet<String>) {
    match value {
        Value::Object(map) => map.iter().for_each(|(name, v)| {
            let dot = if prefix.is_empty() { "" } else { "." };
            leaves(&format!("{prefix}{dot}{name}"), v, paths);
        }),
        Value::Array(list) => list.iter().enumerate().for_each(|(i, v)| leaves(&format!("{prefix}[{i}]"), v, paths)),
        Value::Null => {}
        _ => {
            paths.insert(prefix.to_owned());
        }
    }
}

fn values(extraction: &Extraction) -> BTreeSet<String> {
    let mut paths = BTreeSet::new();
    leaves("", &extraction.data, &mut paths);
    paths
}

#[test]
fn every_value_has_a_confidence_and_evidence_and_nothing_else_has() {
    for (sample, answer) in answers() {
        let values = values(answer);
        assert_eq!(values, answer.confidence.keys().cloned().collect(), "confidence of {}", sample.name);
        assert_eq!(values, answer.fields.keys().cloned().collect(), "fields of {}", sample.name);
        assert!(answer.confidence.values().all(|c| (0.0..=1.0).contains(c)), "{}", sample.name);
        assert!(
            answer.fields.values().all(|f| f.page.is_some_and(|p| (1..=sample.texts.len()).contains(&p))),
            "{}",
            sample.name
        );
    }
}

#[test]
fn right_values_are_held_likelier_than_wrong_ones() {
    let (mut right, mut wrong) = (Vec::new(), Vec::new());
    for (sample, answer) in answers() {
        for value in compare(&sample.labels.fields, &answer.data) {
            let Some(&confidence) = answer.confidence.get(&value.path) else { continue };
            match value.outcome {
                Outcome::Right => right.push(confidence),
                Outcome::Wrong => wrong.push(confidence),
                Outcome::Missing => {}
            }
        }
    }
    let mean = |all: &[f64]| all.iter().sum::<f64>() / all.len().max(1) as f64;
    assert!(mean(&right) > 0.85, "the mean confidence of right values is {}", mean(&right));
    assert!(mean(&right) > mean(&wrong), "right {} and wrong {}", mean(&right), mean(&wrong));
}

#[test]
fn a_misread_amount_is_a_finding_that_names_fields_and_no_value() {
    let mut sample = sample("w2.png");
    let right = sample.extract().confidence["social_security_tax"];
    let tax = sample.labels.fields["social_security_tax"].as_f64().unwrap();
    let mut misread = 0;
    for line in sample.texts.iter_mut().flat_map(|t| &mut t.lines).filter(|l| shows(&l.text, tax)) {
        line.text = format!("7{tax:.2}");
        line.words.clear();
        misread += 1;
    }
    assert!(misread > 0);
    let answer = sample.extract();
    let finding = answer.findings.iter().find(|f| f.fields.iter().any(|p| p == "social_security_tax")).unwrap();
    assert!(finding.fields.iter().all(|path| answer.fields.contains_key(path)));
    let failed = answer.fields["social_security_tax"].checks.get(&finding.rule);
    assert_eq!(failed.map(String::as_str), Some("fail"));
    let misread = answer.confidence["social_security_tax"];
    assert!(misread <= right, "{misread} and {right}");
}

#[test]
fn findings_name_fields_and_never_a_value() {
    for (sample, answer) in answers() {
        let printed: Vec<String> = answer.fields.values().map(|f| f.raw.clone()).filter(|raw| raw.len() > 3).collect();
        for finding in &answer.findings {
            let told = format!("{} {:?}", finding.message, finding.fields);
            let leaked =
                printed.iter().find(|raw| raw.bytes().any(|b| b.is_ascii_digit()) && told.contains(raw.as_str()));
            assert!(leaked.is_none(), "{}: {} tells a value", sample.name, finding.rule);
        }
    }
}

#[test]
fn a_schema_keeps_its_properties_and_drops_the_rest() {
    let mut answer = sample("w2.png").extract();
    answer.narrow(&json!({"type": "object", "properties": {"wages": {}, "state_taxes": {}}}));
    let names: BTreeSet<&str> = answer.data.as_object().unwrap().keys().map(String::as_str).collect();
    assert_eq!(names, BTreeSet::from(["state_taxes", "wages"]));
    let kept = |path: &String| path == "wages" || path.starts_with("state_taxes[0].");
    assert!(answer.confidence.keys().all(kept) && answer.fields.keys().all(kept));
    assert!(answer.confidence.contains_key("wages") && answer.fields.contains_key("state_taxes[0].tax"));
}

#[test]
fn a_schema_without_properties_keeps_everything() {
    let mut answer = sample("receipt.png").extract();
    let all = answer.data.clone();
    answer.narrow(&json!({"type": "object"}));
    assert_eq!(answer.data, all);
}
