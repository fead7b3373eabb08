//! Tables of items under a heading line.

use contract::DocType;
use contract::catalog::Catalog;
use serde_json::{Value, json};

use super::*;
use crate::layout::tests::page;

/// The line items of an invoice that has these texts at these places, and which texts they used.
fn items(lines: &[(&str, f32, f32)]) -> (Value, Vec<bool>) {
    let catalog = Catalog::shipped().unwrap();
    let list = &catalog.get(DocType::Invoice).lists[0];
    let page = page(lines);
    let mut used = vec![vec![false; page.segments.len()]];
    let found = entries(&[page], list, &phrases(list), &Style::default(), &mut used);
    let item = |entry: &Entry| Value::Object(entry.iter().map(|(name, c)| (name.clone(), c.value.clone())).collect());
    (found.iter().map(item).collect(), used.remove(0))
}

const HEAD: [(&str, f32, f32); 4] =
    [("Description", 50.0, 100.0), ("Qty", 450.0, 100.0), ("Unit price", 580.0, 100.0), ("Amount", 800.0, 100.0)];

fn with_head(rows: &[(&'static str, f32, f32)]) -> (Value, Vec<bool>) {
    items(&[&HEAD[..], rows].concat())
}

#[test]
fn cells_belong_to_the_heading_above_them() {
    let rows = [
        ("Oak board", 50.0, 122.0),
        ("3", 455.0, 122.0),
        ("12.50", 600.0, 122.0),
        ("37.50", 805.0, 122.0),
        ("Hinge, pair", 50.0, 142.0),
        ("10", 452.0, 142.0),
        ("2.00", 605.0, 142.0),
        ("20.00", 805.0, 142.0),
    ];
    let wanted = json!([
        {"description": "Oak board", "quantity": 3, "unit_price": 12.5, "amount": 37.5},
        {"description": "Hinge, pair", "quantity": 10, "unit_price": 2.0, "amount": 20.0},
    ]);
    assert_eq!(with_head(&rows).0, wanted);
}

#[test]
fn a_text_that_runs_over_two_columns_is_cut_between_them() {
    // Quantity and price were read as one text.
    let mut joined = "3".to_owned();
    joined.push_str(&" ".repeat(17));
    joined.push_str("12.50");
    let (found, _) = items(
        &[&HEAD[..], &[("Oak board", 50.0, 122.0), (joined.as_str(), 455.0, 122.0), ("37.50", 805.0, 122.0)]].concat(),
    );
    assert_eq!(found, json!([{"description": "Oak board", "quantity": 3, "unit_price": 12.5, "amount": 37.5}]));
}

#[test]
fn the_last_column_holds_the_amounts_whatever_heads_it() {
    let lines = [
        ("Description", 50.0, 100.0),
        ("Qty", 450.0, 100.0),
        ("Unit price", 580.0, 100.0),
        ("XYZ", 800.0, 100.0),
        ("Oak board", 50.0, 122.0),
        ("3", 455.0, 122.0),
        ("12.50", 600.0, 122.0),
        ("37.50", 800.0, 122.0),
    ];
    assert_eq!(items(&lines).0[0]["amount"], json!(37.5));
}

#[test]
fn the_table_ends_at_its_total() {
    let rows = [
        ("Oak board", 50.0, 122.0),
        ("3", 455.0, 122.0),
        ("12.50", 600.0, 122.0),
        ("37.50", 805.0, 122.0),
        ("Subtotal", 580.0, 150.0),
        ("37.50", 805.0, 150.0),
        ("Delivery on pallets", 50.0, 170.0),
        ("5.00", 805.0, 170.0),
    ];
    let (found, used) = with_head(&rows);
    assert_eq!(found.as_array().map(Vec::len), Some(1));
    // What stands below is left for the fields.
    assert_eq!(used.iter().filter(|u| !**u).count(), 4);
}

#[test]
fn a_description_on_its_own_line_goes_to_the_amounts_below_it() {
    let rows = [("Oak board", 50.0, 122.0), ("3", 455.0, 142.0), ("12.50", 600.0, 142.0), ("37.50", 805.0, 142.0)];
    assert_eq!(with_head(&rows).0[0]["description"], json!("Oak board"));
}

#[test]
fn words_without_a_column_of_money_head_no_table() {
    let lines = [("Description", 50.0, 100.0), ("Qty", 450.0, 100.0), ("Oak board", 50.0, 122.0), ("3", 455.0, 122.0)];
    assert_eq!(items(&lines).0, json!([]));
}
