//! What holds for any rule and any document.

use super::*;

/// Pieces of conditions: right ones and nonsense come about.
fn condition_text() -> impl Strategy<Value = String> {
    const PIECES: [&str; 38] = [
        "a",
        "b",
        "l",
        "l.v",
        "v",
        "document.a",
        "today",
        "by_year",
        "1",
        "0.062",
        "999999999999999999",
        "\"D\"",
        "(",
        ")",
        ",",
        "+",
        "-",
        "*",
        "/",
        "=",
        "<",
        "<=",
        ">",
        ">=",
        "and",
        "or",
        "not",
        "sum(",
        "each(l,",
        "any(l,",
        "zero(a)",
        "abs(",
        "max(",
        "present(a)",
        "sum_if(l, v > 0, v)",
        "nonneg(a, v)",
        "words_cents(b)",
        "chain(l, v, a, a)",
    ];
    let piece = prop::sample::select(PIECES.to_vec());
    prop::collection::vec(piece, 1..24).prop_map(|pieces| pieces.join(" "))
}

fn scalar() -> impl Strategy<Value = Value> {
    prop_oneof![
        Just(Value::Null),
        any::<bool>().prop_map(Value::from),
        any::<f64>().prop_map(Value::from),
        any::<i64>().prop_map(Value::from),
        (-1_000_000i64..1_000_000).prop_map(|cents| crate::money::Cents(cents).to_json()),
        Just(json!("2024-02-29")),
        ".{0,12}".prop_map(Value::from),
    ]
}

fn document() -> impl Strategy<Value = Value> {
    let entry = prop_oneof![scalar(), (scalar(), scalar()).prop_map(|(v, a)| json!({"v": v, "a": a}))];
    (scalar(), scalar(), scalar(), prop::collection::vec(entry, 0..6))
        .prop_map(|(a, b, year, l)| json!({"a": a, "b": b, "tax_year": year, "l": l}))
}

proptest! {
    #[test]
    fn no_rule_and_no_document_makes_it_panic(check in condition_text(), when in condition_text(), data in document(),
        tolerance in prop::option::of(any::<f64>())) {
        let year = [("2024".to_owned(), 1.5)].into();
        let rule = Rule { when: Some(when), tolerance, by_year: year, ..rule(&check) };
        let _ = check_syntax(&rule);
        evaluate(&[rule.clone(), Rule { when: None, ..rule }], &data, Date::new(2024, 6, 30).unwrap());
    }

    #[test]
    fn no_text_makes_the_parser_panic(text in ".{0,200}") {
        let _ = check_syntax(&rule(&text));
    }

    #[test]
    fn a_finding_holds_paths_and_the_rules_words_and_never_a_value(secret in "[A-W]{12}", cents in 100_000_000i64..10_000_000_000_000) {
        let amount = crate::money::Cents(cents).to_json();
        let data = json!({"a": amount, "b": secret, "l": [{"v": amount, "w": secret}], "tax_year": secret});
        for check in ["a < 0", "ssn_ok(b)", "each(l, v < 0)", "each(l, state_ok(w))", "sum(l.v) = 1", "in(b, \"x\")", "b = \"x\""] {
            let checked = run(rule(check), &data);
            let shown = format!("{checked:?}");
            prop_assert!(!checked.findings.is_empty());
            prop_assert!(!shown.contains(&secret) && !shown.contains(&cents.to_string()) && !shown.contains(&amount.to_string()));
        }
    }

    #[test]
    fn a_sum_of_cents_is_exact(cents in prop::collection::vec(-100_000_000i64..100_000_000, 1..200)) {
        let entries: Vec<Value> = cents.iter().map(|c| json!({"v": crate::money::Cents(*c).to_json()})).collect();
        let total = crate::money::Cents(cents.iter().sum()).to_json();
        let off_by_one = crate::money::Cents(cents.iter().sum::<i64>() + 1).to_json();
        let data = json!({"l": entries, "total": total, "off": off_by_one});
        prop_assert_eq!(outcome(exact("sum(l.v) = total"), &data), "pass");
        prop_assert_eq!(outcome(exact("sum(l.v) = off"), &data), "fail");
    }
}
