//! Equations choose between readings.

use contract::DocType;
use contract::catalog::Catalog;
use serde_json::{Value, json};

use super::*;
use crate::extract::candidate::Signals;
use crate::layout::Rect;

const TODAY: Date = Date { year: 2024, month: 6, day: 1 };

/// A reading of an amount at a height on the page, ranked by how near its label stands.
fn reading(value: f64, near: f32, y: f32) -> Candidate {
    Candidate {
        value: json!(value),
        raw: value.to_string(),
        page: 1,
        polygon: [[0.0, 0.0]; 4],
        rect: Rect { x0: 0.0, y0: y, x1: 50.0, y1: y + 10.0 },
        signals: Signals { label: 0.9, read: 0.9, near, shape: 0.9, agree: 1.0 },
        second: None,
    }
}

/// An invoice of 100 plus 19 of tax whose total was read as `total`, or perhaps as one of `others`.
fn chosen(total: Candidate, others: Vec<Candidate>) -> Value {
    let catalog = Catalog::shipped().unwrap();
    let mut draft = Draft::default();
    draft.set("subtotal", Some(reading(100.0, 0.9, 100.0)));
    draft.set("tax_total", Some(reading(19.0, 0.9, 120.0)));
    draft.set("total", Some(total));
    draft.alternatives.push(("total".to_owned(), others));
    choose(&mut draft, catalog.get(DocType::Invoice), TODAY);
    draft.get("total").map_or(Value::Null, |c| c.value.clone())
}

#[test]
fn the_total_that_adds_up_is_taken() {
    assert_eq!(
        chosen(reading(95.0, 0.9, 140.0), vec![reading(119.0, 0.8, 160.0), reading(91.0, 0.85, 180.0)]),
        json!(119.0)
    );
}

#[test]
fn a_total_that_adds_up_already_stays() {
    assert_eq!(chosen(reading(119.0, 0.3, 140.0), vec![reading(118.0, 0.9, 160.0)]), json!(119.0));
}

#[test]
fn where_nothing_adds_up_the_best_placed_reading_stays() {
    assert_eq!(chosen(reading(91.0, 0.9, 140.0), vec![reading(92.0, 0.8, 160.0)]), json!(91.0));
}

#[test]
fn a_reading_that_another_field_has_is_not_taken_from_it() {
    // The only 119 stands where the tax was read.
    assert_eq!(chosen(reading(91.0, 0.9, 140.0), vec![reading(119.0, 0.9, 120.0)]), json!(91.0));
}

#[test]
fn a_far_fetched_reading_is_not_taken_to_please_an_equation() {
    let mut odd = reading(119.0, 0.0, 160.0);
    odd.signals = Signals { label: 0.1, read: 0.2, near: 0.0, shape: 0.2, agree: 1.0 };
    assert_eq!(chosen(reading(91.0, 1.0, 140.0), vec![odd]), json!(91.0));
}
