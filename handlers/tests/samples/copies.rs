//! Several copies of a form on one page vote, and a form on two pages is one form.

use contract::DocType;
use reading::PageText;
use serde_json::json;

use crate::document::extract_text;
use crate::paper::page;

/// The upper left corner of a W-2 at a height on the page, with what its first two boxes hold.
fn copy(y: f32, wages: &str, tax: &str) -> PageText {
    page(&[
        ("1 Wages, tips, other compensation", 0.05, y),
        ("2 Federal income tax withheld", 0.5, y),
        (wages, 0.1, y + 0.02),
        (tax, 0.55, y + 0.02),
        ("3 Social security wages", 0.05, y + 0.05),
        ("4 Social security tax withheld", 0.5, y + 0.05),
    ])
}

fn together(copies: Vec<PageText>) -> PageText {
    let lines = copies.into_iter().flat_map(|c| c.lines).collect();
    PageText { width: 1000, height: 1000, lines, ..PageText::default() }
}

#[test]
fn a_misread_copy_is_outvoted() {
    let text = together(vec![
        copy(0.1, "51,200.00", "6,100.00"),
        copy(0.4, "51,700.00", "6,100.00"),
        copy(0.7, "51,200.00", "6,100.00"),
    ]);
    let answer = extract_text(&[text], DocType::W2);
    assert_eq!(answer.data["wages"], json!(51200.0));
    assert_eq!(answer.data["federal_tax_withheld"], json!(6100.0));
}

#[test]
fn a_copy_whose_box_was_not_read_does_not_count() {
    let text = together(vec![copy(0.1, "", "6,100.00"), copy(0.4, "51,200.00", ""), copy(0.7, "", "6,100.00")]);
    let answer = extract_text(&[text], DocType::W2);
    assert_eq!(answer.data["wages"], json!(51200.0));
    assert_eq!(answer.data["federal_tax_withheld"], json!(6100.0));
}

#[test]
fn an_empty_box_is_null_and_a_printed_zero_is_zero() {
    let text = together(vec![copy(0.1, "", "0.00")]);
    let answer = extract_text(&[text], DocType::W2);
    assert!(answer.data["wages"].is_null() && answer.data.as_object().unwrap().contains_key("wages"));
    assert_eq!(answer.data["federal_tax_withheld"], json!(0.0));
    assert!(!answer.confidence.contains_key("wages"));
}

#[test]
fn a_field_on_the_second_page_says_so() {
    let second = page(&[("Subtotal", 0.5, 0.1), ("400.00", 0.8, 0.1), ("Total", 0.5, 0.13), ("412.50", 0.8, 0.13)]);
    let first = page(&[("INVOICE", 0.1, 0.1), ("Invoice No: HX-2041", 0.1, 0.2)]);
    let answer = extract_text(&[first, second], DocType::Invoice);
    assert_eq!((answer.fields["invoice_id"].page, answer.fields["total"].page), (Some(1), Some(2)));
}
