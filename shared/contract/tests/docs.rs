//! `docs/api.md` against the contract: its table of errors is the one in the code, its types are all types, and its examples are
//! requests and answers as the service takes and gives them.

#![expect(clippy::panic, reason = "a helper that fails must fail its test")]

use std::fmt::Debug;

use contract::api::{MAX_IMAGE_URLS, MAX_PAGES};
use contract::{ClassifyRequest, ClassifyResponse, DocType, ErrorCode, ExtractRequest, ExtractResponse};
use serde::de::DeserializeOwned;

const API: &str = include_str!("../../../docs/api.md");

/// The code block after the line `<!-- example: NAME -->`.
fn example(name: &str) -> &'static str {
    let mark = format!("<!-- example: {name} -->\n```json\n");
    let Some((_, after)) = API.split_once(&mark) else { panic!("docs/api.md has no example {name}") };
    after.split("```").next().unwrap_or_default()
}

fn parse<T: DeserializeOwned + Debug>(name: &str) -> T {
    serde_json::from_str(example(name)).unwrap_or_else(|error| panic!("the example {name}: {error}"))
}

#[test]
fn the_table_of_errors_is_that_of_the_code() {
    let row = |code: &ErrorCode| {
        let again = if code.retryable() { "yes" } else { "no" };
        format!("| {} | `{}` | {} | {again} |", code.status(), code.name(), code.meaning())
    };
    let mut codes = ErrorCode::ALL.to_vec();
    codes.sort_by_key(|code| code.status());
    let table: Vec<String> = codes.iter().map(row).collect();
    let documented: Vec<&str> = API.lines().filter(|line| line.starts_with("| 4") || line.starts_with("| 5")).collect();
    assert_eq!(documented, table, "the table should be:\n{}\n", table.join("\n"));
}

#[test]
fn every_document_type_is_listed() {
    for doc_type in DocType::ALL {
        assert!(API.contains(&format!("`{doc_type}`")), "docs/api.md does not name {doc_type}");
    }
}

#[test]
fn the_limits_are_those_of_the_code() {
    assert!(API.contains(&format!("1 to {MAX_IMAGE_URLS} URLs")));
    assert!(API.contains(&format!("at most {MAX_PAGES} pages")));
}

#[test]
fn the_examples_are_requests_and_answers() {
    assert_eq!(parse::<ClassifyRequest>("classify request").image_urls.len(), 1);
    assert!(parse::<ExtractRequest>("extract request").doc_type.is_some());
    assert!(parse::<ClassifyResponse>("classify answer").confidence > 0.5);
    let answer: ExtractResponse = parse("extract answer");
    assert!(!answer.fields.is_empty());
    for path in answer.fields.keys() {
        assert!(answer.confidence.contains_key(path), "{path} has a place but no confidence");
    }
    let error: serde_json::Value = parse("error");
    let code = error.pointer("/error/code").and_then(serde_json::Value::as_str).unwrap();
    assert!(ErrorCode::from_name(code).is_some());
}
