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
