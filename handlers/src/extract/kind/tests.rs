//! Every kind of value: what is read and what is refused.

use contract::date::Order;
use contract::money::DecimalMark;
use serde_json::{Value, json};

use super::*;

fn value_in(kind: Kind, text: &str, style: &Style) -> Value {
    parse(kind, text, style).map_or(Value::Null, |p| p.value)
}

fn value(kind: Kind, text: &str) -> Value {
    value_in(kind, text, &Style::default())
}

fn shape(kind: Kind, text: &str) -> f32 {
    parse(kind, text, &Style::default()).map_or(0.0, |p| p.shape)
}

/// Texts that are read as a value, and texts that are refused (`null`).
fn table(kind: Kind, cases: &[(&str, Value)]) {
    for (text, wanted) in cases {
        assert_eq!(value(kind, text), *wanted, "{kind:?} of {text:?}");
    }
}

#[test]
fn money_is_read_with_its_sign_and_words_are_not() {
    let cases = [
        ("$1,234.50", json!(1234.5)),
        ("(12.00)", json!(-12.0)),
        ("12.00-", json!(-12.0)),
        ("4,50,000.00", json!(450_000.0)),
        ("0.00", json!(0.0)),
        ("1234567890", Value::Null),
        ("twelve", Value::Null),
        ("", Value::Null),
    ];
    table(Kind::Money, &cases);
}

#[test]
fn money_follows_the_decimal_mark_of_the_document() {
    let comma = Style { mark: DecimalMark::Comma, ..Style::default() };
    assert_eq!(value_in(Kind::Money, "1.234,56", &comma), json!(1234.56));
    let point = Style { mark: DecimalMark::Point, ..Style::default() };
    assert_eq!(value_in(Kind::Money, "1,234", &point), json!(1234.0));
    let boxed = Style { boxed: true, ..Style::default() };
    assert_eq!(value_in(Kind::Money, "48.000", &boxed), json!(48000.0));
}

#[test]
fn cents_look_more_like_money_than_a_year_does() {
    assert!(shape(Kind::Money, "1,234.50") > shape(Kind::Money, "1234"));
    assert!(shape(Kind::Money, "1234") > shape(Kind::Money, "2019"));
}

#[test]
fn dates_follow_the_order_of_the_document() {
    let in_order = |order| value_in(Kind::Date, "03/04/2021", &Style { order, ..Style::default() });
    assert_eq!(in_order(Order::DayFirst), json!("2021-04-03"));
    assert_eq!(in_order(Order::MonthFirst), json!("2021-03-04"));
    let cases = [
        ("March 4, 2021", json!("2021-03-04")),
        ("2021-03-04", json!("2021-03-04")),
        ("25/12/2020", json!("2020-12-25")),
        ("09/22/201811:40", json!("2018-09-22")),
        ("31/31/2020", Value::Null),
        ("01/01/1066", Value::Null),
        ("soon", Value::Null),
    ];
    table(Kind::Date, &cases);
}

#[test]
fn years_may_stand_in_two_parts() {
    let cases = [
        ("2023", json!("2023")),
        ("20 23", json!("2023")),
        ("Form W-2 2021", json!("2021")),
        ("1776", Value::Null),
        ("23", Value::Null),
    ];
    table(Kind::Year, &cases);
}

#[test]
fn marks_and_numbers_and_percentages() {
    table(
        Kind::Bool,
        &[("X", json!(true)), ("[x]", json!(true)), ("☒", json!(true)), ("☐", Value::Null), ("12", Value::Null)],
    );
    table(
        Kind::Number,
        &[("3", json!(3)), ("2.5 h", json!(2.5)), ("10 pcs", json!(10)), ("many", Value::Null), ("3 x 4", Value::Null)],
    );
    table(Kind::Percent, &[("19 %", json!(19)), ("7.5%", json!(7.5)), ("190%", Value::Null)]);
}

#[test]
fn identifiers_hold_a_digit_and_are_no_address() {
    let cases = [
        ("# HX-2041", json!("HX-2041")),
        ("00123", json!("00123")),
        ("see below", Value::Null),
        ("12 Market Street Hall", Value::Null),
        ("$45", Value::Null),
    ];
    table(Kind::Id, &cases);
}

#[test]
fn taxpayer_numbers_may_be_masked_on_the_page() {
    let cases = [
        ("12-3456789", json!("12-3456789")),
        ("***-**-6789", json!("***-**-6789")),
        ("XXX-XX-6789", json!("XXX-XX-6789")),
        ("123 - 45 - 6789", json!("123-45-6789")),
        ("PO Box 12", Value::Null),
        ("12", Value::Null),
    ];
    table(Kind::Tin, &cases);
}

#[test]
fn ways_to_reach_somebody() {
    table(
        Kind::Phone,
        &[
            ("(207) 555-0134", json!("(207) 555-0134")),
            ("Tel: 207.555.0134", json!("207.555.0134")),
            ("12.50", Value::Null),
            ("12/31/2020", Value::Null),
            ("123", Value::Null),
        ],
    );
    table(
        Kind::Email,
        &[
            ("mail: desk@harbor.example.", json!("desk@harbor.example")),
            ("desk@harbor", Value::Null),
            ("@harbor.example", Value::Null),
        ],
    );
}

#[test]
fn bank_codes_are_known_by_their_check_digits() {
    assert_eq!(value(Kind::Iban, "IBAN GB82 WEST 1234 5698 7654 32 BIC"), json!("GB82WEST12345698765432"));
    assert!(shape(Kind::Iban, "GB82WEST12345698765433") < shape(Kind::Iban, "GB82WEST12345698765432"));
    table(Kind::Swift, &[("BIC: DEUTDEFF", json!("DEUTDEFF")), ("SHIPPING", Value::Null)]);
    assert!(shape(Kind::Routing, "021000021") > shape(Kind::Routing, "021000022"));
    assert_eq!(value(Kind::Routing, "12345"), Value::Null);
}

#[test]
fn codes_states_currencies_and_cards() {
    table(Kind::State, &[("oh", json!("OH")), ("(CA)", json!("CA")), ("12", Value::Null)]);
    table(Kind::Code, &[("D", json!("D")), ("dd", json!("DD")), ("$", Value::Null), ("long", Value::Null)]);
    table(
        Kind::Currency,
        &[("EUR", json!("EUR")), ("Amount (€)", json!("EUR")), ("RM 12.00", json!("MYR")), ("amount", Value::Null)],
    );
    table(
        Kind::Last4,
        &[("**** **** **** 4242", json!("4242")), ("ending in 0017", json!("0017")), ("12345", Value::Null)],
    );
}

#[test]
fn names_words_and_times() {
    table(
        Kind::Name,
        &[
            ("Harbor Mills LLC,", json!("Harbor Mills LLC")),
            ("Harbor Mills (12345-X)", json!("Harbor Mills")),
            ("12 34 A", Value::Null),
        ],
    );
    table(Kind::Text, &[(": net 30 days", json!("net 30 days")), ("--", Value::Null)]);
    table(Kind::Time, &[("14:05", json!("14:05")), ("14.05 EUR", Value::Null)]);
    table(Kind::Words, &[("one hundred and 00/100", json!("one hundred and 00/100")), ("no amount", Value::Null)]);
}
