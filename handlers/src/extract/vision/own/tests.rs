//! What leaves under a caller's own names: masked, in the caller's types, nothing that the caller's schema has no room for.

use std::sync::Arc;

use contract::DocType;
use contract::catalog::Catalog;
use contract::date::Date;
use serde_json::{Value, json};

use crate::engine::vision::{Finish, Generated};
use crate::extract::ink::Ink;
use crate::extract::vision::{ModelAnswer, Reading};
use crate::extract::{Extraction, Extractor};
use crate::layout::tests::{page, text};

fn extractor() -> Extractor {
    Extractor::new(Arc::new(Catalog::shipped().unwrap()))
}

/// The answer to a page of which a model says this.
fn answer(doc_type: DocType, lines: &[&str], schema: &Value, said: &Value) -> Extraction {
    let placed: Vec<(&str, f32, f32)> =
        lines.iter().enumerate().map(|(i, l)| (*l, 50.0, 50.0 + 40.0 * i as f32)).collect();
    let (texts, pages, ink) = ([text(&placed)], [page(&placed)], Ink::default());
    let extractor = extractor();
    extractor.ask(doc_type, Some(schema), None).unwrap();
    let answer = ModelAnswer::new(&Generated { text: said.to_string(), tokens: Vec::new(), finish: Finish::Stop });
    let read = Reading { texts: &texts, pages: &pages, ink: &ink };
    extractor.extract_with(read, doc_type, Date::new(2024, 6, 1).unwrap(), &answer, Some(schema))
}

/// Everything of an answer that leaves the service.
fn all(answer: &Extraction) -> String {
    format!("{}{}", answer.data, serde_json::to_string(&answer.fields).unwrap())
}

#[test]
fn a_number_of_a_person_or_an_account_is_masked_by_the_callers_name_for_it() {
    let lines = ["Ref 123456789 for", "0098765432 and", "4500123499"];
    let schema = json!({"properties": {
        "ssn": {"type": "string"},
        "who": {"type": "object", "properties": {"acct": {"type": "string"}, "balance": {"type": "number"}}},
        "reference": {"type": "string", "description": "the bank account that pays"},
        "accountNumber": {"type": "integer"},
        "either_account": {"type": ["string", "integer"]},
        "account_holder": {"type": "string"},
    }});
    let said = json!({"ssn": "123456789", "who": {"acct": "0098765432", "balance": "45001.00"}, "reference": "4500123499",
        "accountNumber": 4500123499_u64, "either_account": 4500123499_u64, "account_holder": "Ada Quill"});
    let answer = answer(DocType::Invoice, &lines, &schema, &said);
    assert_eq!(
        answer.data,
        json!({"ssn": "***-**-6789", "who": {"acct": "****5432", "balance": 45001.0}, "reference": "****3499",
            "either_account": "****3499", "account_holder": "Ada Quill"})
    );
    for digits in ["123456789", "0098765432", "4500123499"] {
        assert!(!all(&answer).contains(digits), "{}", all(&answer));
    }
}

#[test]
fn a_masked_name_of_the_catalog_has_no_value_in_another_shape() {
    let schema = json!({"properties": {
        "employee_ssn": {"type": "object", "properties": {"a": {"type": "string"}, "b": {"type": "string"}}},
    }});
    let said = json!({"employee_ssn": {"a": "12345", "b": "6789"}});
    assert_eq!(answer(DocType::W2, &["Nothing"], &schema, &said).data, json!({}));
    let schema = json!({"properties": {"employee_ssn": {"enum": ["123456789", "other"]}}});
    let said = json!({"employee_ssn": "123456789"});
    assert_eq!(answer(DocType::W2, &["123456789"], &schema, &said).data, json!({}));
}

#[test]
fn what_the_model_says_of_a_masked_field_is_known_when_the_caller_asks_for_other_names() {
    let schema = json!({"properties": {"note": {"type": "string"}, "code": {"type": "integer"}}});
    let ask = extractor().ask(DocType::W2, Some(&schema), None).unwrap();
    assert!(ask.schema["properties"].get("employee_ssn").is_some());
    let said = json!({"note": "123456789", "code": 123456789, "employee_ssn": "123-45-6789"});
    let answer = answer(DocType::W2, &["see 123456789"], &schema, &said);
    assert_eq!(answer.data, json!({"note": "*********"}));
    assert!(!all(&answer).contains("123456789"), "{}", all(&answer));
}

#[test]
fn a_number_of_a_person_is_none_of_an_employer_because_the_model_writes_it_so() {
    let schema = json!({"properties": {"employee_ssn": {"type": "string"}, "payee_tin": {"type": "string"}}});
    let said = json!({"employee_ssn": "12-3456789", "payee_tin": "12-3456789"});
    for lines in [&["see 123456789"][..], &["Nothing of it"]] {
        let answer = answer(DocType::W2, lines, &schema, &said);
        assert_eq!(answer.data, json!({"employee_ssn": "***-**-6789", "payee_tin": "***-**-6789"}), "{lines:?}");
        assert!(!all(&answer).contains("3456789"), "{}", all(&answer));
    }
    let printed = answer(DocType::W2, &["Number 12-3456789"], &schema, &said);
    assert_eq!(printed.data["payee_tin"], "12-3456789");
}

#[test]
fn of_two_objects_the_one_is_taken_whose_names_the_model_wrote() {
    let object = |name: &str| json!({"type": "object", "required": [name], "properties": {name: {"type": "string"}}});
    let schema = json!({"properties": {"party": {"anyOf": [object("person"), object("firm"), {"type": "string"}]}}});
    let said = |party: Value| {
        let said = json!({"party": party});
        answer(DocType::Invoice, &["Harbor Mills"], &schema, &said).data
    };
    assert_eq!(said(json!({"firm": "Harbor Mills"})), json!({"party": {"firm": "Harbor Mills"}}));
    assert_eq!(said(json!({"person": "Harbor Mills"})), json!({"party": {"person": "Harbor Mills"}}));
    assert_eq!(said(json!("Harbor Mills")), json!({"party": "Harbor Mills"}));
    assert_eq!(said(json!(["Harbor Mills"])), json!({}));
}

#[test]
fn whatever_a_server_lets_its_model_write_the_callers_schema_holds_of_the_answer() {
    let schema = json!({"type": "object", "properties": {
        "total": {"type": "number", "maximum": 10},
        "vendor_name": {"type": ["string", "null"], "maxLength": 4},
        "invoice_number": {"type": "string", "pattern": "^[A-Z]{2}$"},
        "line_items": {"type": "array", "minItems": 3, "items": {"type": "object", "properties": {"amount": {"type": "number"}}}},
        "a": {"type": "integer", "minimum": 5},
        "b": {"enum": ["x", "y"]},
        "c": {"type": "array", "maxItems": 1, "items": {"type": "string", "maxLength": 3}},
        "d": {"anyOf": [{"type": "string", "maxLength": 2}, {"type": "boolean"}]},
        "e": {"type": "object", "properties": {"f": {"type": "boolean"}}},
        "ssn": {"type": "string", "pattern": "^[0-9]{9}$"},
    }});
    let lines = ["Harbor Mills LLC", "Invoice number: 2024-17", "Total: 1,234.50"];
    let values = [
        json!("long text"),
        json!("1,234.50"),
        json!(3),
        json!(true),
        json!([]),
        json!(["abcd", "x", "y"]),
        json!({"f": "yes"}),
        json!([{"amount": "1.00"}]),
        json!("123456789"),
        Value::Null,
    ];
    let names: Vec<&String> = schema["properties"].as_object().unwrap().keys().collect();
    for value in values {
        let said: Value = names.iter().map(|name| ((*name).clone(), value.clone())).collect();
        let answer = answer(DocType::Invoice, &lines, &schema, &said);
        assert!(jsonschema::is_valid(&schema, &answer.data), "{value}: {}", answer.data);
        for path in answer.fields.keys() {
            let pointer = format!("/{}", path.replace(['.', '['], "/").replace(']', ""));
            assert!(answer.data.pointer(&pointer).is_some(), "{path} in {}", answer.data);
        }
    }
}

#[test]
fn a_schema_that_names_nothing_asks_for_the_catalogs_fields_and_one_that_refers_is_followed() {
    let usual = extractor().ask(DocType::Invoice, None, None).unwrap();
    for schema in [json!({}), json!({"type": "object"}), json!({"properties": {}})] {
        assert_eq!(extractor().ask(DocType::Invoice, Some(&schema), None).unwrap(), usual, "{schema}");
        let mut alone = answer(DocType::Invoice, &["Total: 12.00"], &schema, &json!({}));
        assert_eq!(alone.data["total"], json!(12.0));
        alone.narrow(&schema);
        assert_eq!(alone.data["total"], json!(12.0));
    }
    let schema = json!({"$ref": "#/$defs/top", "$defs": {"top": {"properties": {"total": {"type": "number"}}}}});
    let lines = ["Invoice number: 2024-17", "Total: 12.00"];
    let both = answer(DocType::Invoice, &lines, &schema, &json!({"total": "12.00"}));
    assert_eq!(both.data, json!({"total": 12.0}));
    let mut alone = answer(DocType::Invoice, &lines, &json!({}), &json!({}));
    alone.narrow(&schema);
    assert_eq!(alone.data, json!({"total": 12.0}));
}
