//! Confidence follows the signs and the rules.

use contract::DocType;
use contract::catalog::Catalog;

use super::*;
use crate::extract::candidate::Signals;
use crate::layout::Rect;

fn candidate(signals: Signals) -> Candidate {
    let rect = Rect { x0: 0.0, y0: 0.0, x1: 50.0, y1: 10.0 };
    Candidate {
        value: serde_json::json!(12.5),
        raw: "12.50".to_owned(),
        page: 1,
        polygon: [[0.0, 0.0]; 4],
        rect,
        signals,
        second: None,
    }
}

const FAIR: Signals = Signals { label: 0.8, read: 0.8, near: 0.6, shape: 0.7, agree: 1.0 };
const MONEY: Sort = Sort { kind: Some(Kind::Money), listed: false };

/// The confidence of an amount on an invoice whose rules said this.
fn with(signals: Signals, checks: &[(&str, &str)]) -> f64 {
    let catalog = Catalog::shipped().unwrap();
    let checks = checks.iter().map(|(id, result)| ((*id).to_owned(), (*result).to_owned())).collect();
    of(&candidate(signals), MONEY, &checks, catalog.get(DocType::Invoice))
}

/// An equation and a bound of invoices, by id.
fn rules() -> (String, String) {
    let catalog = Catalog::shipped().unwrap();
    let entry = catalog.get(DocType::Invoice);
    let id = |wanted: bool| {
        entry
            .rules
            .iter()
            .find(|r| rules::confirms(r) == wanted && r.severity == Severity::Error)
            .map(|r| r.id.clone())
            .unwrap()
    };
    (id(true), id(false))
}

#[test]
fn each_sign_that_is_stronger_makes_a_value_likelier() {
    let base = with(FAIR, &[]);
    for better in [
        Signals { label: 1.0, ..FAIR },
        Signals { read: 1.0, ..FAIR },
        Signals { near: 1.0, ..FAIR },
        Signals { shape: 1.0, ..FAIR },
    ] {
        assert!(with(better, &[]) > base, "{better:?}");
    }
}

#[test]
fn an_equation_that_holds_says_more_than_a_bound() {
    let (equation, bound) = rules();
    let (base, bounded, confirmed) =
        (with(FAIR, &[]), with(FAIR, &[(&bound, "pass")]), with(FAIR, &[(&equation, "pass")]));
    assert!(base < bounded && bounded < confirmed, "{base} {bounded} {confirmed}");
}

#[test]
fn a_failed_rule_makes_a_value_less_likely() {
    let (equation, bound) = rules();
    assert!(with(FAIR, &[(&equation, "fail")]) < with(FAIR, &[]));
    assert!(with(FAIR, &[(&equation, "pass"), (&bound, "fail")]) < with(FAIR, &[(&equation, "pass")]));
}

#[test]
fn a_rule_without_an_answer_and_an_unknown_rule_change_nothing() {
    let (equation, _) = rules();
    assert_eq!(with(FAIR, &[(&equation, "unknown"), ("no_such_rule", "fail")]), with(FAIR, &[]));
}

#[test]
fn nothing_is_certain_and_nothing_is_impossible() {
    let (equation, bound) = rules();
    let best = Signals { label: 1.0, read: 1.0, near: 1.0, shape: 1.0, agree: 1.0 };
    let worst = Signals { label: 0.0, read: 0.0, near: 0.0, shape: 0.0, agree: 0.0 };
    assert!(with(best, &[(&equation, "pass"), (&bound, "pass")]) <= 0.99);
    assert!(with(worst, &[(&equation, "fail"), (&bound, "fail")]) >= 0.01);
}
