//! Forms made of labels and values, read through the catalog of their type.

use contract::DocType;
use contract::catalog::Catalog;
use serde_json::{Value, json};

use super::*;
use crate::extract::answer;
use crate::layout::tests::page;

/// What a form of a type says that has these texts at these places.
fn read_as(doc_type: DocType, lines: &[(&str, f32, f32)]) -> Value {
    let catalog = Catalog::shipped().unwrap();
    let entry = catalog.get(doc_type);
    let draft = read(&[page(lines)], entry, &lexicon(entry), &Style::default(), &Ink::default());
    answer::data(&draft, entry)
}

fn w2(lines: &[(&str, f32, f32)]) -> Value {
    read_as(DocType::W2, lines)
}

#[test]
fn a_value_stands_below_its_label() {
    let data = w2(&[
        ("1 Wages, tips, other compensation", 50.0, 100.0),
        ("2 Federal income tax withheld", 500.0, 100.0),
        ("51,200.00", 60.0, 120.0),
        ("6,100.00", 510.0, 120.0),
    ]);
    assert_eq!((&data["wages"], &data["federal_tax_withheld"]), (&json!(51200.0), &json!(6100.0)));
}

#[test]
fn a_value_stands_far_to_the_right_of_its_label_in_a_substitute_form() {
    let data = w2(&[
        ("1 Wages, tips, other compensation", 50.0, 100.0),
        ("51,200.00", 800.0, 100.0),
        ("2 Federal income tax withheld", 50.0, 122.0),
        ("6,100.00", 800.0, 122.0),
        ("3 Social security wages", 50.0, 144.0),
        ("51,900.00", 800.0, 144.0),
    ]);
    assert_eq!((&data["wages"], &data["federal_tax_withheld"]), (&json!(51200.0), &json!(6100.0)));
    assert_eq!(data["social_security_wages"], json!(51900.0));
}

#[test]
fn a_box_number_is_no_value() {
    let data = w2(&[
        ("7", 50.0, 100.0),
        ("Social security tips", 66.0, 100.0),
        ("8", 500.0, 100.0),
        ("Allocated tips", 516.0, 100.0),
        ("310.00", 520.0, 120.0),
    ]);
    assert_eq!(data["social_security_tips"], Value::Null);
    assert_eq!(data["allocated_tips"], json!(310.0));
}

#[test]
fn a_label_may_take_two_lines() {
    let data = w2(&[("Federal income", 50.0, 100.0), ("tax withheld", 50.0, 115.0), ("6,100.00", 60.0, 135.0)]);
    assert_eq!(data["federal_tax_withheld"], json!(6100.0));
}

#[test]
fn an_empty_box_is_null_and_a_box_that_is_not_there_is_absent() {
    let data =
        w2(&[("8 Allocated tips", 500.0, 100.0), ("10 Dependent care benefits", 500.0, 150.0), ("0.00", 510.0, 170.0)]);
    let data = data.as_object().unwrap();
    assert_eq!(data.get("allocated_tips"), Some(&Value::Null));
    assert_eq!(data.get("dependent_care_benefits"), Some(&json!(0.0)));
    assert_eq!(data.get("nonqualified_plans"), None);
}

/// The foot of a W-2 with two states.
fn states(first: &str, second: &str) -> Value {
    w2(&[
        ("15 State", 50.0, 600.0),
        ("Employer's state ID number", 140.0, 600.0),
        ("16 State wages, tips, etc.", 400.0, 600.0),
        ("17 State income tax", 700.0, 600.0),
        (first, 140.0, 622.0),
        ("30,000.00", 420.0, 622.0),
        ("900.00", 720.0, 622.0),
        (second, 140.0, 644.0),
        ("21,200.00", 420.0, 644.0),
        ("640.00", 720.0, 644.0),
    ])["state_taxes"]
        .clone()
}

#[test]
fn state_boxes_are_rows_and_the_state_may_stand_before_the_number() {
    for (first, second) in [("IA 12-345678", "OH 98-765432"), ("IA/12-345678", "OH/98-765432")] {
        let wanted = json!([
            {"state": "IA", "employer_state_id": "12-345678", "wages": 30000.0, "tax": 900.0},
            {"state": "OH", "employer_state_id": "98-765432", "wages": 21200.0, "tax": 640.0},
        ]);
        assert_eq!(states(first, second), wanted, "{first}");
    }
}

#[test]
fn box_12_pairs_a_code_with_its_amount() {
    let data = w2(&[
        ("12a See instructions for box 12", 600.0, 300.0),
        ("D", 610.0, 320.0),
        ("2,500.00", 680.0, 320.0),
        ("12b", 600.0, 350.0),
        ("DD", 610.0, 370.0),
        ("7,140.25", 680.0, 370.0),
    ]);
    let wanted = json!([{"code": "D", "amount": 2500.0}, {"code": "DD", "amount": 7140.25}]);
    assert_eq!(data["box_12"], wanted);
}

#[test]
fn box_14_pairs_words_with_an_amount() {
    let data = w2(&[("14 Other", 600.0, 400.0), ("SDI 120.50", 610.0, 420.0), ("UNIFORM 45.00", 610.0, 440.0)]);
    let wanted = json!([{"label": "SDI", "amount": 120.5}, {"label": "UNIFORM", "amount": 45.0}]);
    assert_eq!(data["other"], wanted);
}

#[test]
fn a_block_is_a_name_and_an_address() {
    let data = w2(&[
        ("c Employer's name, address, and ZIP code", 50.0, 200.0),
        ("Harbor Mills LLC", 60.0, 220.0),
        ("12 Quay Street", 60.0, 238.0),
        ("Portland, ME 04101", 60.0, 256.0),
        ("d Control number", 50.0, 300.0),
        ("A-00417", 60.0, 320.0),
    ]);
    assert_eq!(data["employer_name"], json!("Harbor Mills LLC"));
    assert_eq!(data["employer_address"], json!("12 Quay Street, Portland, ME 04101"));
    assert_eq!(data["control_number"], json!("A-00417"));
}

#[test]
fn the_tax_year_is_the_large_one_and_not_the_revision() {
    let data = read_as(
        DocType::Form1099Int,
        &[
            ("Form 1099-INT (Rev. January 2019)", 600.0, 100.0),
            ("For calendar year", 600.0, 130.0),
            ("2022", 650.0, 148.0),
        ],
    );
    assert_eq!(data["tax_year"], json!("2022"));
}
