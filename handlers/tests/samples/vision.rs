//! The samples with a vision model's answer beside the reading: a model that is right, one that is wrong, one that invents, one that
//! is cut short, and one that obeys what a page tells it.

mod model;
mod own;
mod planted;

use std::collections::BTreeSet;

use handlers::extract::Extraction;
use serde_json::{Value, json};

use crate::compare::{Outcome, compare};
use crate::document::{answers, sample};
use crate::paper::shows;
use model::{perfect, says, with};

/// Least share of the right values that stand on a page.
const GROUNDED: f64 = 0.97;

fn found<'a>(answer: &'a Extraction, rule: &str) -> Option<&'a contract::Finding> {
    answer.findings.iter().find(|f| f.rule == rule)
}

#[test]
fn a_model_that_is_right_is_believed_and_its_values_stand_on_the_page() {
    let (mut right, mut all, mut grounded, mut values) = (0, 0, 0, 0);
    let mut misses = String::new();
    for (sample, _) in answers().iter().filter(|(s, _)| s.labels.fields.is_object()) {
        let answer = with(sample, &perfect(sample), None);
        for value in compare(&sample.labels.fields, &answer.data) {
            all += 1;
            right += usize::from(value.outcome == Outcome::Right);
            if value.outcome != Outcome::Right {
                misses += &format!("  {} {}: {} for {}\n", sample.name, value.path, value.given, value.wanted);
            }
            let Some(evidence) = answer.fields.get(&value.path) else { continue };
            values += 1;
            grounded += usize::from(evidence.polygon.is_some());
            if evidence.polygon.is_none() {
                misses += &format!("  {} {} is on no page: {}\n", sample.name, value.path, value.wanted);
            }
        }
    }
    let figures = format!("{right} of {all} right, {grounded} of {values} on a page\n{misses}");
    assert!(right as f64 >= 0.98 * all as f64, "{figures}");
    assert!(grounded as f64 >= GROUNDED * values as f64, "{figures}");
}

#[test]
fn two_readings_that_agree_are_surer_than_one() {
    for (sample, alone) in answers().iter().filter(|(s, _)| s.labels.fields.is_object()) {
        let both = with(sample, &perfect(sample), None);
        for (path, evidence) in both.fields.iter().filter(|(_, f)| f.source == "both") {
            let Some(before) = alone.confidence.get(path) else { continue };
            assert!(both.confidence[path] >= *before, "{} {path}", sample.name);
            assert!(evidence.polygon.is_some(), "{} {path}", sample.name);
        }
    }
}

#[test]
fn a_value_that_is_nowhere_on_the_page_does_not_replace_one_that_is() {
    let sample = sample("w2.png");
    let mut said = perfect(&sample);
    said["employee_name"] = json!("Zanzibar Moonlease");
    let answer = with(&sample, &said, None);
    let alone = sample.extract();
    assert_eq!(answer.data["employee_name"], alone.data["employee_name"]);
    assert_eq!(answer.fields["employee_name"].source, "reading");
    assert!(answer.confidence["employee_name"] < alone.confidence["employee_name"]);
    let finding = found(&answer, "readings_differ").unwrap();
    assert_eq!(finding.fields, ["employee_name"]);
    assert!(!finding.message.contains("Zanzibar"));
}

#[test]
fn a_value_that_only_the_model_has_and_no_page_shows_is_told_and_doubted() {
    let sample = sample("w2.png");
    let mut said = perfect(&sample);
    said["allocated_tips"] = json!("918,273.64");
    let answer = with(&sample, &said, None);
    assert_eq!(answer.data["allocated_tips"], json!(918273.64));
    assert!(answer.confidence["allocated_tips"] <= 0.3);
    let evidence = &answer.fields["allocated_tips"];
    assert_eq!((evidence.source.as_str(), evidence.page, evidence.polygon), ("vlm", None, None));
    assert_eq!(evidence.checks["grounded"], "fail");
    assert_eq!(found(&answer, "ungrounded").unwrap().fields, ["allocated_tips"]);
    let shown = serde_json::to_value(evidence).unwrap();
    assert!(shown.get("page").is_none() && shown.get("polygon").is_none());
}

#[test]
fn of_two_readings_on_the_page_the_one_that_adds_up_is_taken() {
    let mut sample = sample("invoice.png");
    let total = sample.labels.fields["total"].as_f64().unwrap();
    let said = perfect(&sample);
    // The total is misread as an amount that breaks the sum of the invoice.
    for line in sample.texts.iter_mut().flat_map(|t| &mut t.lines).filter(|l| shows(&l.text, total)) {
        line.text = format!("{:.2}", total + 3.0);
        line.words.clear();
    }
    let answer = with(&sample, &said, None);
    assert!(answer.findings.iter().any(|f| f.rule == "readings_differ"), "{:?}", answer.findings);
    assert!([total, total + 3.0].contains(&answer.data["total"].as_f64().unwrap()));
    // The other way round: the model takes another amount of the page for the total.
    let sample = crate::document::sample("invoice.png");
    let mut said = perfect(&sample);
    said["total"] = said["subtotal"].clone();
    let answer = with(&sample, &said, None);
    assert_eq!(answer.data["total"].as_f64(), Some(total));
}

#[test]
fn of_two_readings_of_a_row_the_one_that_adds_up_is_taken_however_sure_the_model_is() {
    let sample = sample("invoice.png");
    let mut said = perfect(&sample);
    said["line_items"][0]["amount"] = said["line_items"][1]["amount"].clone();
    let answer = model::sure(&sample, &said, -0.0001);
    assert_eq!(answer.data["line_items"][0]["amount"], sample.labels.fields["line_items"][0]["amount"]);
    assert!(found(&answer, "readings_differ").unwrap().fields.contains(&"line_items[0].amount".to_owned()));
}

#[test]
fn of_an_answer_that_is_cut_the_complete_values_count() {
    let sample = sample("w2.png");
    let text = perfect(&sample).to_string();
    let cut = text.find("\"medicare_wages\"").unwrap();
    let answer = model::cut(&sample, text.get(..cut + 20).unwrap());
    let alone = sample.extract();
    assert!(found(&answer, "answer_incomplete").is_some());
    assert_eq!(answer.fields["wages"].source, "both");
    assert_eq!(answer.fields["medicare_wages"].source, "reading");
    assert_eq!(answer.confidence["medicare_tax"], alone.confidence["medicare_tax"]);
    for name in ["wages", "medicare_wages", "medicare_tax", "employee_ssn"] {
        assert_eq!(answer.data[name], alone.data[name], "{name}");
    }
}

#[test]
fn a_model_that_sees_nothing_leaves_the_reading_a_little_less_sure() {
    let sample = sample("receipt.png");
    let alone = sample.extract();
    let answer = with(&sample, &model::nulls(&sample), None);
    assert_eq!(answer.data, alone.data);
    for (path, before) in &alone.confidence {
        let after = answer.confidence[path];
        assert!(after <= *before && after > before - 0.12, "{path}: {after} and {before}");
        assert_eq!(answer.fields[path].source, "reading");
    }
    assert!(answer.findings.iter().all(|f| f.rule != "readings_differ" && f.rule != "ungrounded"));
}

#[test]
fn a_row_that_the_reading_missed_is_added_and_an_invented_one_is_not() {
    let sample = sample("bank_statement.png");
    let mut said = perfect(&sample);
    let rows = sample.extract().data["transactions"].as_array().unwrap().len();
    let invented = json!({"date": "01/02/2020", "description": "Zanzibar moon lease", "amount": "918,273.64",
        "balance": null, "check_number": null});
    said["transactions"].as_array_mut().unwrap().push(invented);
    let answer = with(&sample, &said, None);
    assert!(!answer.data.to_string().contains("Zanzibar"));
    assert!(found(&answer, "ungrounded").unwrap().fields.contains(&"transactions".to_owned()));
    assert!(answer.data["transactions"].as_array().unwrap().len() >= rows);
}

#[test]
fn a_model_that_talks_instead_of_answering_changes_nothing_but_says_so() {
    let sample = sample("check.png");
    let answer = says(&sample, "I am sorry, I can't read this.", None);
    assert_eq!(answer.data, sample.extract().data);
    assert_eq!(answer.confidence, sample.extract().confidence);
    assert!(found(&answer, "answer_incomplete").is_some());
}

#[test]
fn what_the_model_is_unsure_of_is_held_less_likely() {
    let sample = sample("w2.png");
    let said = perfect(&sample);
    let (sure, unsure) = (model::sure(&sample, &said, -0.01), model::sure(&sample, &said, -1.5));
    assert!(sure.confidence.iter().all(|(path, c)| unsure.confidence[path] <= *c));
    assert!(sure.confidence.iter().any(|(path, c)| unsure.confidence[path] < *c - 0.005));
}

#[test]
fn paths_of_values_confidence_and_evidence_are_the_same() {
    for (sample, _) in answers().iter().filter(|(s, _)| s.labels.fields.is_object()) {
        let answer = with(sample, &perfect(sample), None);
        let paths: BTreeSet<&String> = answer.fields.keys().collect();
        assert_eq!(paths, answer.confidence.keys().collect(), "{}", sample.name);
        let value =
            |path: &str| answer.data.pointer(&format!("/{}", path.replace(['.', '['], "/").replace(']', ""))).cloned();
        assert!(paths.iter().all(|p| value(p).is_some_and(|v: Value| !v.is_null())), "{}", sample.name);
    }
}
