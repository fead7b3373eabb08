//! Statements with few rows: whose sign, whose day, which rows are none.

use contract::DocType;
use contract::catalog::Catalog;
use contract::date::Date;
use serde_json::{Value, json};

use crate::extract::Extractor;
use crate::extract::ink::Ink;
use crate::layout::Page;
use crate::layout::tests::text;

/// The transactions of a statement that has these texts at these places.
fn transactions(doc_type: DocType, lines: &[(&str, f32, f32)]) -> Value {
    let texts = [text(lines)];
    let pages = [Page::new(1, &texts[0])];
    let extractor = Extractor::new(Catalog::shipped().unwrap().into());
    let today = Date { year: 2024, month: 6, day: 1 };
    extractor.extract(&texts, &pages, &Ink::default(), doc_type, today).data["transactions"].clone()
}

/// The amounts with their dates.
fn booked(entries: &Value) -> Vec<(String, f64)> {
    let entry = |e: &Value| (e["date"].as_str().unwrap_or("").to_owned(), e["amount"].as_f64().unwrap_or(f64::NAN));
    entries.as_array().into_iter().flatten().map(entry).collect()
}

fn booking(date: &str, amount: f64) -> (String, f64) {
    (date.to_owned(), amount)
}

#[test]
fn columns_for_money_in_and_out_give_the_sign() {
    let entries = transactions(
        DocType::BankStatement,
        &[
            ("Date", 50.0, 100.0),
            ("Description", 150.0, 100.0),
            ("Withdrawals", 480.0, 100.0),
            ("Deposits", 640.0, 100.0),
            ("Balance", 800.0, 100.0),
            ("03/02/2024", 50.0, 120.0),
            ("Rent", 150.0, 120.0),
            ("900.00", 500.0, 120.0),
            ("1,100.00", 795.0, 120.0),
            ("03/25/2024", 50.0, 140.0),
            ("Payroll", 150.0, 140.0),
            ("2,000.00", 640.0, 140.0),
            ("3,100.00", 795.0, 140.0),
        ],
    );
    assert_eq!(booked(&entries), [booking("2024-03-02", -900.0), booking("2024-03-25", 2000.0)]);
    assert_eq!((&entries[0]["balance"], &entries[1]["balance"]), (&json!(1100.0), &json!(3100.0)));
    assert_eq!(entries[1]["description"], json!("Payroll"));
}

#[test]
fn titles_of_sections_give_the_sign() {
    let entries = transactions(
        DocType::BankStatement,
        &[
            ("Deposits and other credits", 50.0, 100.0),
            ("03/25/2024", 50.0, 120.0),
            ("Payroll", 150.0, 120.0),
            ("2,000.00", 700.0, 120.0),
            ("Withdrawals and other debits", 50.0, 160.0),
            ("03/02/2024", 50.0, 180.0),
            ("Rent", 150.0, 180.0),
            ("900.00", 700.0, 180.0),
        ],
    );
    assert_eq!(booked(&entries), [booking("2024-03-25", 2000.0), booking("2024-03-02", -900.0)]);
}

#[test]
fn a_printed_sign_is_kept() {
    let entries = transactions(
        DocType::BankStatement,
        &[
            ("Date", 50.0, 100.0),
            ("Description", 150.0, 100.0),
            ("Amount", 700.0, 100.0),
            ("03/02/2024", 50.0, 120.0),
            ("Rent", 150.0, 120.0),
            ("-900.00", 700.0, 120.0),
            ("03/25/2024", 50.0, 140.0),
            ("Payroll", 150.0, 140.0),
            ("+2,000.00", 690.0, 140.0),
        ],
    );
    assert_eq!(booked(&entries), [booking("2024-03-02", -900.0), booking("2024-03-25", 2000.0)]);
}

#[test]
fn balances_are_no_transactions() {
    let entries = transactions(
        DocType::BankStatement,
        &[
            ("Date", 50.0, 100.0),
            ("Description", 150.0, 100.0),
            ("Amount", 640.0, 100.0),
            ("Balance", 800.0, 100.0),
            ("03/01/2024", 50.0, 120.0),
            ("Opening balance", 150.0, 120.0),
            ("2,000.00", 790.0, 120.0),
            ("03/02/2024", 50.0, 140.0),
            ("Rent", 150.0, 140.0),
            ("-900.00", 640.0, 140.0),
            ("1,100.00", 790.0, 140.0),
            ("03/31/2024", 50.0, 160.0),
            ("Closing balance", 150.0, 160.0),
            ("1,100.00", 790.0, 160.0),
        ],
    );
    assert_eq!(booked(&entries), [booking("2024-03-02", -900.0)]);
}

#[test]
fn a_row_without_a_date_is_of_the_day_above() {
    let entries = transactions(
        DocType::BankStatement,
        &[
            ("Date", 50.0, 100.0),
            ("Description", 150.0, 100.0),
            ("Amount", 700.0, 100.0),
            ("03/02/2024", 50.0, 120.0),
            ("Rent", 150.0, 120.0),
            ("-900.00", 700.0, 120.0),
            ("Bakery", 150.0, 140.0),
            ("-4.20", 710.0, 140.0),
        ],
    );
    assert_eq!(booked(&entries), [booking("2024-03-02", -900.0), booking("2024-03-02", -4.2)]);
}

#[test]
fn days_without_a_year_get_it_from_the_period_over_new_year() {
    let entries = transactions(
        DocType::BankStatement,
        &[
            ("Statement period: 12/15/2023 through 01/14/2024", 50.0, 60.0),
            ("Date", 50.0, 100.0),
            ("Description", 150.0, 100.0),
            ("Amount", 700.0, 100.0),
            ("12/29", 50.0, 120.0),
            ("Rent", 150.0, 120.0),
            ("-900.00", 700.0, 120.0),
            ("01/05", 50.0, 140.0),
            ("Payroll", 150.0, 140.0),
            ("2,000.00", 690.0, 140.0),
        ],
    );
    assert_eq!(booked(&entries), [booking("2023-12-29", -900.0), booking("2024-01-05", 2000.0)]);
}

#[test]
fn payments_lower_what_is_owed_and_purchases_raise_it() {
    let entries = transactions(
        DocType::CreditCardStatement,
        &[
            ("Payments and Credits", 50.0, 80.0),
            ("03/10/2024", 50.0, 100.0),
            ("Payment received", 170.0, 100.0),
            ("150.00", 700.0, 100.0),
            ("Purchases", 50.0, 140.0),
            ("03/12/2024", 50.0, 160.0),
            ("Bakery", 170.0, 160.0),
            ("4.20", 710.0, 160.0),
        ],
    );
    assert_eq!(booked(&entries), [booking("2024-03-10", -150.0), booking("2024-03-12", 4.2)]);
}
