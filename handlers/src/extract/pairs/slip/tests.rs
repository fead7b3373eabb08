//! Till slips: which of the amounts is the total.

use contract::DocType;
use contract::catalog::Catalog;
use contract::date::Date;
use serde_json::{Value, json};

use crate::extract::Extractor;
use crate::extract::ink::Ink;
use crate::layout::Page;
use crate::layout::tests::text;

/// A till slip: a line for each name and amount, below a merchant's head.
fn slip(rows: &[(&str, &str)]) -> Value {
    let mut lines =
        vec![("HARBOR MILLS STORE", 400.0, 40.0), ("12 Quay Street", 400.0, 58.0), ("Portland, ME 04101", 400.0, 76.0)];
    for (i, (name, amount)) in rows.iter().enumerate() {
        let y = 130.0 + 20.0 * i as f32;
        lines.extend([(*name, 350.0, y), (*amount, 600.0, y)]);
    }
    let texts = [text(&lines)];
    let pages = [Page::new(1, &texts[0])];
    let extractor = Extractor::new(Catalog::shipped().unwrap().into());
    extractor.extract(&texts, &pages, &Ink::default(), DocType::Receipt, Date { year: 2024, month: 6, day: 1 }).data
}

#[test]
fn cash_less_change_tells_the_total() {
    let data =
        slip(&[("Bread", "4.50"), ("Coffee", "7.25"), ("Total", "11.75"), ("Cash", "20.00"), ("Change", "8.25")]);
    assert_eq!((&data["total"], &data["change"]), (&json!(11.75), &json!(8.25)));
    assert_eq!(data["payment_method"], json!("CASH"));
}

#[test]
fn the_total_is_the_one_after_rounding() {
    let data = slip(&[
        ("Bread", "4.52"),
        ("Coffee", "7.21"),
        ("Total", "11.73"),
        ("Rounding", "0.02"),
        ("Total rounded", "11.75"),
        ("Cash", "20.00"),
        ("Change", "8.25"),
    ]);
    assert_eq!((&data["total"], &data["rounding"]), (&json!(11.75), &json!(0.02)));
}

#[test]
fn a_summary_of_taxes_below_the_change_is_no_total() {
    let data = slip(&[
        ("Bread", "4.50"),
        ("Coffee", "7.25"),
        ("Total", "11.75"),
        ("Cash", "20.00"),
        ("Change", "8.25"),
        ("GST summary", "0.67"),
        ("Total", "11.08"),
    ]);
    assert_eq!(data["total"], json!(11.75));
}

#[test]
fn counts_and_subtotals_are_no_total() {
    let data = slip(&[
        ("Bread", "4.50"),
        ("Coffee", "7.25"),
        ("Total items", "2.00"),
        ("Subtotal", "11.75"),
        ("Sales tax", "0.94"),
        ("Total", "12.69"),
        ("Visa", "12.69"),
    ]);
    assert_eq!((&data["subtotal"], &data["tax_total"], &data["total"]), (&json!(11.75), &json!(0.94), &json!(12.69)));
    assert_eq!(data["payment_method"], json!("VISA"));
}

#[test]
fn the_lines_above_the_sums_are_the_items() {
    let data = slip(&[("Bread", "4.50"), ("2 Coffee", "7.20"), ("Total", "11.70")]);
    let items = data["items"].as_array().cloned().unwrap_or_default();
    let named: Vec<(&Value, &Value)> = items.iter().map(|i| (&i["description"], &i["amount"])).collect();
    assert_eq!(named, [(&json!("Bread"), &json!(4.5)), (&json!("Coffee"), &json!(7.2))]);
    assert_eq!(items[1]["quantity"], json!(2));
}
