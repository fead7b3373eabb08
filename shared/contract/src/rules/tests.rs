//! The rules, seen from outside: a rule and a document in, findings and checks out.

use proptest::prelude::*;
use serde_json::{Value, json};

use super::{Checked, check_syntax, confirms, evaluate};
use crate::catalog::{Catalog, Rule};
use crate::date::Date;
use crate::{DocType, Severity};

mod properties;
mod shipped;

fn rule(check: &str) -> Rule {
    Rule {
        id: "r".to_owned(),
        severity: Severity::Error,
        message: "the fields do not agree".to_owned(),
        check: check.to_owned(),
        when: None,
        tolerance: None,
        by_year: std::collections::BTreeMap::new(),
    }
}

fn exact(check: &str) -> Rule {
    Rule { tolerance: Some(0.0), ..rule(check) }
}

fn run(rule: Rule, data: &Value) -> Checked {
    check_syntax(&rule).unwrap();
    evaluate(&[rule], data, Date::new(2024, 6, 30).unwrap())
}

/// `pass`, `fail` or `unknown` of the first field that the rule names.
fn outcome(rule: Rule, data: &Value) -> String {
    let checked = run(rule, data);
    let first = checked.checks.values().next().and_then(|rules| rules.get("r"));
    let failed = !checked.findings.is_empty();
    first.cloned().unwrap_or_else(|| if failed { "fail".to_owned() } else { "none".to_owned() })
}

fn blamed(rule: Rule, data: &Value) -> Vec<String> {
    run(rule, data).findings.into_iter().next().map(|f| f.fields).unwrap_or_default()
}

#[test]
fn amounts_and_rates_are_exact() {
    let data = json!({"a": 0.1, "b": 0.2, "c": 0.3, "tax": 3141.29, "wages": 50666.0});
    assert_eq!(outcome(exact("a + b = c"), &data), "pass");
    assert_eq!(outcome(exact("tax = 0.062 * wages"), &data), "fail", "the product has three decimals");
    assert_eq!(outcome(Rule { tolerance: Some(0.01), ..rule("tax = 0.062 * wages") }, &data), "pass");
    assert_eq!(outcome(exact("(a + b) * 10 / 3 - 1 = 0"), &data), "pass");
    assert_eq!(outcome(exact("a - b - c = -(b + b)"), &data), "pass");
}

#[test]
fn an_equation_has_the_larger_of_one_unit_and_half_a_percent() {
    assert_eq!(outcome(rule("a = b"), &json!({"a": 10.0, "b": 11.0})), "pass");
    assert_eq!(outcome(rule("a = b"), &json!({"a": 10.0, "b": 11.01})), "fail");
    assert_eq!(outcome(rule("a = b"), &json!({"a": 1000.0, "b": 995.0})), "pass");
    assert_eq!(outcome(rule("a = b"), &json!({"a": 1000.0, "b": 994.99})), "fail");
    assert_eq!(outcome(exact("a = b"), &json!({"a": 10.0, "b": 10.01})), "fail");
}

#[test]
fn a_bound_is_exact_unless_the_rule_names_a_tolerance() {
    let data = json!({"a": 10.01, "b": 10.0});
    assert_eq!(outcome(rule("a <= b"), &data), "fail");
    assert_eq!(outcome(Rule { tolerance: Some(0.01), ..rule("a <= b") }, &data), "pass");
    assert_eq!(outcome(rule("b < a and a > b and a >= b"), &data), "pass");
}

#[test]
fn a_condition_on_an_absent_value_is_unknown_and_no_finding() {
    for data in
        [json!({"a": 1.0}), json!({"a": 1.0, "b": null}), json!({"a": 1.0, "b": " "}), json!({"a": 1.0, "b": []})]
    {
        let checked = run(rule("a = b"), &data);
        assert!(checked.findings.is_empty());
        assert_eq!(checked.checks["a"]["r"], "unknown");
    }
}

#[test]
fn absence_can_be_asked_for_and_counts_as_zero_where_the_rule_says_so() {
    let data = json!({"a": 5.0});
    assert_eq!(outcome(rule("present(a) and absent(b)"), &data), "pass");
    assert_eq!(outcome(exact("a + zero(b) = 5"), &data), "pass");
    assert_eq!(outcome(rule("zero(b) > 0 or a < 1"), &data), "fail");
    assert_eq!(
        outcome(rule("zero(a) = 5"), &json!({"a": "words"})),
        "unknown",
        "a value that is no number is not zero"
    );
}

#[test]
fn unknown_gives_way_only_to_what_decides() {
    let data = json!({"a": 5.0});
    assert_eq!(outcome(rule("a > 1 or b > 1"), &data), "pass");
    assert_eq!(outcome(rule("a < 1 and b > 1"), &data), "fail");
    assert_eq!(outcome(rule("a > 1 and b > 1"), &data), "unknown");
    assert_eq!(outcome(rule("not (a > 1 and b > 1)"), &data), "unknown");
}

#[test]
fn a_rule_is_skipped_unless_its_when_holds() {
    let guarded = |when: &str| Rule { when: Some(when.to_owned()), ..rule("a > 5") };
    let data = json!({"a": 1.0});
    assert_eq!(blamed(guarded("a > 0"), &data), ["a"]);
    assert!(run(guarded("a > 2"), &data).checks.is_empty());
    assert!(run(guarded("b > 0"), &data).checks.is_empty());
    let tolerant = Rule { tolerance: Some(5.0), ..guarded("count(l) > 0") };
    assert!(run(tolerant, &data).checks.is_empty(), "the tolerance is the check's alone");
}

#[test]
fn dates_compare_as_dates_and_count_in_days() {
    let data = json!({"start": "2024-02-28", "end": "2024-03-01", "later": "2024-07-01"});
    assert_eq!(outcome(rule("start < end"), &data), "pass");
    assert_eq!(outcome(rule("end <= start"), &data), "fail");
    assert_eq!(outcome(rule("start + 2 = end and end - 2 = start"), &data), "pass");
    assert_eq!(outcome(exact("end - start = 2"), &data), "pass");
    assert_eq!(outcome(rule("later <= today"), &data), "fail");
    assert_eq!(outcome(rule("later <= today + 1"), &data), "pass");
    assert_eq!(outcome(rule("start < 5"), &data), "unknown");
}

#[test]
fn lists_are_summed_and_counted() {
    let data =
        json!({"l": [{"v": 1.1, "c": "d"}, {"v": 2.2, "c": "W"}], "total": 3.3, "gap": [{"v": 1.0}, {"c": "D"}]});
    assert_eq!(outcome(exact("sum(l.v) = total"), &data), "pass");
    assert_eq!(outcome(exact("sum_if(l, in(c, \"D\", \"E\"), v) = 1.1"), &data), "pass");
    assert_eq!(
        outcome(exact("count(l) = 2 and count(none) = 0 and sum(none.v) = 0 and present(total)"), &data),
        "pass"
    );
    assert_eq!(outcome(exact("sum(gap.v) = 1"), &data), "unknown", "an entry without the value");
    assert_eq!(blamed(exact("sum(l.v) = total + 1"), &data), ["l[0].v", "l[1].v", "total"]);
}

#[test]
fn a_condition_on_each_entry_blames_those_that_break_it() {
    let data = json!({"limit": 5.0, "l": [{"v": 1.0}, {"v": 9.0}, {"w": 1.0}]});
    let checked = run(rule("each(l, v <= document.limit)"), &data);
    assert_eq!(checked.findings[0].fields, ["limit", "l[1].v"]);
    assert_eq!(checked.checks["l[0].v"]["r"], "pass");
    assert_eq!(checked.checks["l[1].v"]["r"], "fail");
    assert_eq!(outcome(rule("any(l, v > 5)"), &data), "pass");
    assert_eq!(outcome(rule("each_if(l, present(v), v < 10)"), &data), "pass");
}

#[test]
fn a_name_inside_a_list_is_never_the_documents() {
    let data = json!({"discount": 3.0, "l": [{"v": 1.0}]});
    assert_eq!(outcome(rule("each(l, absent(discount) and v = 1)"), &data), "pass");
}

#[test]
fn a_rule_that_holds_blames_no_entry_of_a_part_that_does_not() {
    let data = json!({"a": 1.0, "l": [{"v": 9.0}]});
    let checked = run(rule("each(l, v < 5) or a = 1"), &data);
    assert!(checked.findings.is_empty());
    assert_eq!(checked.checks["l[0].v"]["r"], "pass");
}

#[test]
fn a_finding_names_what_is_missing_only_if_nothing_is_there() {
    assert_eq!(blamed(rule("zero(a) > 0 and present(b)"), &json!({"a": 5.0})), ["a"]);
    assert_eq!(blamed(rule("zero(a) > 0 or zero(b) > 0"), &json!({})), ["a", "b"]);
}

#[test]
fn identifiers_are_checked_and_masked_ones_are_unknown() {
    let data = json!({"ssn": "123-45-6789", "bad": "000-45-6789", "masked": "***-**-6789", "cut": "XXX-XX-6789",
        "ein": "12-3456789", "itin": "912-70-1234", "rtn": "011000015", "iban": "DE89 3704 0044 0532 0130 00", "st": "CA",
        "zip": "94105", "card": "****1234"});
    for holds in [
        "ssn_ok(ssn)",
        "ein_ok(ein)",
        "tin_ok(itin)",
        "routing_ok(rtn)",
        "iban_ok(iban)",
        "state_ok(st)",
        "zip_ok(zip)",
    ] {
        assert_eq!(outcome(rule(holds), &data), "pass", "{holds}");
    }
    for breaks in ["ssn_ok(bad)", "ssn_ok(itin)", "routing_ok(zip)", "iban_ok(st)", "state_ok(zip)"] {
        assert_eq!(outcome(rule(breaks), &data), "fail", "{breaks}");
    }
    for hidden in ["ssn_ok(masked)", "tin_ok(cut)", "iban_ok(card)", "ssn_ok(nothing)"] {
        assert_ne!(outcome(rule(hidden), &data), "fail", "{hidden}");
    }
}

#[test]
fn an_amount_in_words_is_an_amount() {
    let data = json!({"amount": 120.5, "words": "One hundred twenty and 50/100"});
    assert_eq!(outcome(exact("amount = words_cents(words)"), &data), "pass");
    assert_eq!(outcome(exact("amount + 1 = words_cents(words)"), &data), "fail");
}

#[test]
fn a_year_has_its_own_number_and_an_unknown_one_is_said_once() {
    let capped = |id: &str| Rule {
        id: id.to_owned(),
        by_year: [("2023".to_owned(), 100.0), ("2024".to_owned(), 200.5)].into(),
        ..rule("wages <= by_year")
    };
    let found = |data: &Value| {
        let checked = evaluate(&[capped("one"), capped("two")], data, Date::new(2024, 6, 30).unwrap());
        checked.findings.into_iter().map(|f| f.rule).collect::<Vec<_>>()
    };
    assert_eq!(found(&json!({"tax_year": 2024, "wages": 200.5})), Vec::<String>::new());
    assert_eq!(found(&json!({"tax_year": 2023, "wages": 200.5})), ["one", "two"]);
    assert_eq!(found(&json!({"tax_year": 1999, "wages": 200.5})), ["unknown_tax_year"]);
    assert_eq!(found(&json!({"wages": 200.5})), ["unknown_tax_year"]);
}

fn ledger(rows: &[(f64, Option<f64>)]) -> Value {
    let rows: Vec<Value> = rows.iter().map(|(amount, balance)| json!({"amount": amount, "balance": balance})).collect();
    json!({"opening": 100.0, "rows": rows})
}

const CHAIN: &str = "chain(rows, balance, amount, opening)";

#[test]
fn a_running_balance_that_adds_up_passes_in_either_order_and_with_gaps() {
    assert_eq!(outcome(rule(CHAIN), &ledger(&[(10.0, Some(110.0)), (-5.0, None), (1.0, Some(106.0))])), "pass");
    assert_eq!(outcome(rule(CHAIN), &ledger(&[(1.0, Some(106.0)), (-5.0, Some(105.0)), (10.0, Some(110.0))])), "pass");
    assert_eq!(outcome(rule(CHAIN), &ledger(&[(1.0, None), (2.0, None)])), "unknown");
}

#[test]
fn a_running_balance_names_the_row_that_is_wrong() {
    let misread_balance = ledger(&[(10.0, Some(110.0)), (5.0, Some(175.0)), (1.0, Some(116.0)), (1.0, Some(117.0))]);
    assert_eq!(blamed(rule(CHAIN), &misread_balance), ["rows[1].balance"]);
    let misread_amount = ledger(&[(10.0, Some(110.0)), (6.0, Some(115.0)), (1.0, Some(116.0)), (1.0, Some(117.0))]);
    assert_eq!(blamed(rule(CHAIN), &misread_amount), ["rows[1].amount"]);
    let last = ledger(&[(10.0, Some(110.0)), (5.0, Some(115.0)), (1.0, Some(999.0))]);
    assert_eq!(blamed(rule(CHAIN), &last), ["rows[2].balance", "rows[2].amount"]);
}

#[test]
fn what_can_not_be_read_is_refused_with_the_reason() {
    for (check, reason) in [
        ("", "unexpected the end"),
        ("wages", "a value stands where a condition is needed"),
        ("1 + (a = b) = 2", "a condition stands where a value is needed"),
        ("a = ", "unexpected the end"),
        ("a = b = c", "unexpected ="),
        ("a ? b", "'?' has no meaning"),
        ("(a = b", ") is needed before the end"),
        ("in(a, b)", "in: a quoted text is needed"),
        ("in(a)", "in: texts are needed"),
        ("sum(a) = 1", "sum: list.field is needed"),
        ("present(1)", "present: a field's name is needed"),
        ("each(l)", "each: 2 arguments are needed, not 1"),
        ("cosine(a) = 1", "cosine: no such function"),
        ("a = \"b", "a quoted text has no end"),
        ("a = 1.2.3", "1.2.3 is not a number"),
        ("a..b = 1", "a..b is not a field's name"),
        ("a = by_year", "by_year stands in the check and in the rule, or in neither"),
    ] {
        let error = check_syntax(&rule(check)).unwrap_err();
        assert!(error.ends_with(reason), "{check}: {error}");
    }
    assert!(check_syntax(&rule(&"(".repeat(500))).unwrap_err().contains("nested deeper"));
    assert!(check_syntax(&rule(&format!("a = {}", "1 + ".repeat(400)))).unwrap_err().contains("longer than"));
    assert!(check_syntax(&Rule { tolerance: Some(f64::NAN), ..rule("a = b") }).is_err());
    assert!(check_syntax(&Rule { when: Some("a".to_owned()), ..rule("a = b") }).unwrap_err().starts_with("when"));
    let unused = Rule { by_year: [("2024".to_owned(), 1.0)].into(), ..rule("a = b") };
    assert!(check_syntax(&unused).is_err());
    let not_a_year = Rule { by_year: [("24".to_owned(), 1.0)].into(), ..rule("a = by_year") };
    assert!(check_syntax(&not_a_year).unwrap_err().contains("is not a year"));
}

#[test]
fn equations_and_check_digits_confirm_and_bounds_do_not() {
    for check in ["a = b + c", "each(l, a = b)", "routing_ok(a)", CHAIN, "a < b or a = b"] {
        assert!(confirms(&rule(check)), "{check}");
    }
    for check in ["a <= b", "ssn_ok(a)", "nonneg(a)", "present(a)", "a = "] {
        assert!(!confirms(&rule(check)), "{check}");
    }
}
