//! Every sample is known for what it is, and its labelled values are read.

use crate::compare::{Compared, Outcome, compare};
use crate::document::{answers, samples};

/// Least share of right values in each document.
const EACH: f64 = 0.75;
/// Least share over all documents.
const ALL: f64 = 0.93;

/// Samples that may be taken for another type: a bill that never says what it is.
const MISTAKEN: usize = 1;

#[test]
fn the_samples_are_classified_as_labelled() {
    let mut mistaken = Vec::new();
    for sample in samples() {
        let verdict = sample.classify();
        if verdict.doc_type != sample.labels.doc_type || verdict.confidence <= 0.5 {
            mistaken.push(format!("{}: {} {}", sample.name, verdict.doc_type, verdict.confidence));
        }
        assert!(verdict.confidence <= 1.0 && verdict.pages.len() == sample.texts.len(), "{}", sample.name);
    }
    assert!(mistaken.len() <= MISTAKEN, "{mistaken:?}");
}

#[test]
fn the_labelled_values_are_read() {
    let (mut right, mut total) = (0, 0);
    let mut failures = String::new();
    for (sample, answer) in answers().iter().filter(|(s, _)| s.labels.fields.is_object()) {
        let compared = compare(&sample.labels.fields, &answer.data);
        let good = compared.iter().filter(|c| c.outcome == Outcome::Right).count();
        let share = good as f64 / compared.len() as f64;
        (right, total) = (right + good, total + compared.len());
        if share < EACH {
            failures += &format!("{}: {good} of {}\n{}", sample.name, compared.len(), misses(&compared));
        }
    }
    assert!(failures.is_empty(), "{failures}");
    assert!(right as f64 >= ALL * total as f64, "{right} of {total} values are right");
}

/// What was not read as labelled, a line each.
fn misses(compared: &[Compared]) -> String {
    let missed = compared.iter().filter(|c| c.outcome != Outcome::Right);
    missed.map(|c| format!("  {:?} {}: {} for {}\n", c.outcome, c.path, c.given, c.wanted)).collect()
}
