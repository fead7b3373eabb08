//! Checks: the code line, the amount and its words.

use contract::DocType;
use contract::catalog::Catalog;
use contract::date::Date;
use serde_json::{Value, json};

use crate::extract::ink::Ink;
use crate::extract::{Extraction, Extractor};
use crate::layout::Page;
use crate::layout::tests::text;

/// A check with a code line, and further texts.
fn check(micr: &str, more: &[(&str, f32, f32)]) -> Extraction {
    let paper = [
        ("Wren Holloway", 60.0, 60.0),
        ("12 Quay Street", 60.0, 78.0),
        ("Portland, ME 04101", 60.0, 96.0),
        (micr, 60.0, 420.0),
    ];
    let texts = [text(&[&paper[..], more].concat())];
    let pages = [Page::new(1, &texts[0])];
    let extractor = Extractor::new(Catalog::shipped().unwrap().into());
    extractor.extract(&texts, &pages, &Ink::default(), DocType::Check, Date { year: 2024, month: 6, day: 1 })
}

fn codes(data: &Value) -> [&Value; 3] {
    [&data["routing_number"], &data["account_number"], &data["check_number"]]
}

#[test]
fn the_code_line_holds_routing_account_and_check_number() {
    let answer = check("⑆021000021⑆ 004417702935⑈ 1604", &[]);
    assert_eq!(codes(&answer.data), [&json!("021000021"), &json!("****2935"), &json!("1604")]);
}

#[test]
fn a_business_check_begins_with_its_number() {
    let answer = check("⑈001604⑈ ⑆021000021⑆ 004417702935⑈", &[("1604", 850.0, 60.0)]);
    assert_eq!(codes(&answer.data), [&json!("021000021"), &json!("****2935"), &json!("1604")]);
}

#[test]
fn a_transit_mark_read_as_a_digit_does_not_hide_the_routing_number() {
    let answer = check("0210000211 004417702935 1604", &[]);
    assert_eq!(answer.data["routing_number"], json!("021000021"));
}

#[test]
fn the_account_is_shown_nowhere_on_the_answer() {
    let answer = check("⑆021000021⑆ 004417702935⑈ 1604", &[]);
    for (path, evidence) in &answer.fields {
        let digits: String = evidence.raw.chars().filter(char::is_ascii_digit).collect();
        assert!(!digits.contains("004417702935"), "{path}");
    }
}

#[test]
fn a_dollar_sign_read_as_a_digit_is_told_by_the_words() {
    let answer = check(
        "⑆021000021⑆ 004417702935⑈ 1604",
        &[("8125.40", 820.0, 200.0), ("One hundred twenty-five and 40/100 DOLLARS", 60.0, 240.0)],
    );
    assert_eq!(answer.data["amount"], json!(125.4));
}

#[test]
fn an_amount_that_agrees_with_its_words_is_surer_than_one_that_does_not() {
    let of = |amount: &str| {
        let words = "One hundred twenty-five and 40/100 DOLLARS";
        check("⑆021000021⑆ 004417702935⑈ 1604", &[(amount, 820.0, 200.0), (words, 60.0, 240.0)]).confidence["amount"]
    };
    assert!(of("$125.40") > of("$126.40"));
}
