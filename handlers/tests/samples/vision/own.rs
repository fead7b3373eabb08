//! Callers' own schemas: their shape, their types, places for what is printed, masks for what must not be shown.

use contract::DocType;
use serde_json::{Value, json};

use super::model::with;
use crate::document::{SERVICE, Sample, sample};

fn said_for(sample: &Sample, schema: &Value, said: Value) -> handlers::extract::Extraction {
    let ask = SERVICE.extractor.ask(sample.labels.doc_type, Some(schema), None).unwrap();
    let asked: Vec<&String> = ask.schema["properties"].as_object().unwrap().keys().collect();
    assert!(said.as_object().unwrap().keys().all(|name| asked.contains(&name)), "{asked:?}");
    with(sample, &said, Some(schema))
}

#[test]
fn names_of_the_catalog_come_from_both_and_others_from_the_model() {
    let sample = sample("check.png");
    let labels = &sample.labels.fields;
    let amount = labels["amount"].as_f64().unwrap();
    let schema = json!({"type": "object", "required": ["amount", "who_is_paid"], "properties": {
        "amount": {"type": "number"},
        "who_is_paid": {"type": "string", "description": "the payee"},
        "paid_in_words": {"type": "object", "properties": {"text": {"type": "string"}}},
        "urgent": {"type": "boolean"},
        "colour": {"enum": ["blue", "green"]},
        "nothing": {"type": "string"},
    }});
    let answer = said_for(
        &sample,
        &schema,
        json!({"amount": format!("${amount:.2}"), "who_is_paid": labels["payee"],
        "paid_in_words": {"text": labels["amount_words"]}, "urgent": false, "colour": "blue", "nothing": null}),
    );
    assert_eq!(answer.data["amount"], labels["amount"]);
    assert_eq!(answer.data["who_is_paid"], labels["payee"]);
    assert_eq!(answer.data["paid_in_words"]["text"], labels["amount_words"]);
    // Optional and without null in its type: left out.
    assert_eq!(
        answer.data.as_object().unwrap().keys().collect::<Vec<_>>(),
        ["amount", "who_is_paid", "paid_in_words", "urgent", "colour"]
    );
    assert_eq!(answer.fields["amount"].source, "both");
    for path in ["who_is_paid", "paid_in_words.text"] {
        assert_eq!(answer.fields[path].source, "vlm");
        assert!(answer.fields[path].polygon.is_some() && answer.confidence[path] > 0.3, "{path}");
    }
    assert!(answer.fields["colour"].polygon.is_none() && answer.fields["colour"].checks.is_empty());
    assert!(answer.findings.iter().all(|f| f.rule != "ungrounded"));
}

#[test]
fn a_value_keeps_the_callers_type() {
    let sample = sample("check.png");
    let amount = sample.labels.fields["amount"].as_f64().unwrap();
    let text = format!("{amount:.2}");
    let schema = |amount: Value| json!({"properties": {"amount": amount, "sum": {"type": "number"}, "count": {"type": "integer"}}});
    let answer =
        said_for(&sample, &schema(json!({"type": "string"})), json!({"amount": text, "sum": text, "count": 12}));
    assert_eq!(answer.data["amount"], json!(text));
    assert_eq!((answer.data["sum"].as_f64(), &answer.data["count"]), (Some(amount), &json!(12)));
    assert!(answer.fields["sum"].polygon.is_some());
    let answer = said_for(&sample, &schema(json!({})), json!({"amount": text, "sum": "no number", "count": null}));
    assert_eq!(answer.data["amount"], json!(amount));
    assert!(answer.data.get("sum").is_none() && answer.data.get("count").is_none());
}

#[test]
fn entries_of_a_list_have_the_callers_names() {
    let sample = sample("invoice.png");
    let schema = json!({"properties": {"line_items": {"type": "array", "items": {"type": "object", "required": ["amount"], "properties": {
        "amount": {"type": "number"}, "note": {"type": ["string", "null"]},
    }}}}});
    let labels = sample.labels.fields["line_items"].as_array().unwrap();
    let rows: Vec<Value> = labels
        .iter()
        .map(|l| json!({"amount": format!("{:.2}", l["amount"].as_f64().unwrap()), "note": l["description"]}))
        .collect();
    let answer = said_for(&sample, &schema, json!({"line_items": rows}));
    let entries = answer.data["line_items"].as_array().unwrap();
    assert_eq!(entries.len(), labels.len());
    for (i, (entry, label)) in entries.iter().zip(labels).enumerate() {
        assert_eq!(entry["amount"].as_f64(), label["amount"].as_f64());
        assert_eq!(entry["note"], label["description"]);
        assert_eq!(answer.fields[&format!("line_items[{i}].amount")].source, "both");
        assert!(answer.fields[&format!("line_items[{i}].note")].polygon.is_some());
    }
}

#[test]
fn a_masked_number_does_not_leave_under_another_name() {
    let sample = sample("w2.png");
    let ssn = sample.labels.fields["employee_ssn"].as_str().unwrap();
    let digits: String = ssn.chars().filter(char::is_ascii_digit).collect();
    let schema = json!({"properties": {"employee_ssn": {}, "id_of_person": {"type": "string"}, "as_number": {"type": "integer"}, "spaced": {"type": "string"}}});
    let spaced: String = digits.chars().flat_map(|c| [c, ' ']).collect();
    let said = json!({"employee_ssn": ssn, "id_of_person": ssn, "as_number": digits.parse::<u64>().unwrap(), "spaced": spaced});
    let answer = said_for(&sample, &schema, said);
    let all = format!("{}{}", answer.data, serde_json::to_string(&answer.fields).unwrap());
    let shown: String = all.chars().filter(|c| !c.is_whitespace()).collect();
    assert!(!shown.contains(&digits) && !shown.contains(ssn), "{shown}");
    assert!(answer.data.get("as_number").is_none());
}

#[test]
fn a_schema_that_can_not_be_used_is_refused_with_its_place() {
    let error =
        SERVICE.extractor.ask(DocType::Check, Some(&json!({"properties": {"a": {"not": {}}}})), None).unwrap_err();
    assert_eq!(error.code, contract::ErrorCode::InvalidRequest);
    assert!(error.message.contains("/properties/a/not"), "{}", error.message);
}
