//! How a document writes numbers and dates, from a few lines of it.

use super::*;
use crate::layout::tests::page;

/// The style of a page with a line for each text.
fn style(lines: &[&str]) -> Style {
    let placed: Vec<(&str, f32, f32)> =
        lines.iter().enumerate().map(|(i, text)| (*text, 50.0, 50.0 + 25.0 * i as f32)).collect();
    Style::of(&[page(&placed)])
}

#[test]
fn amounts_tell_the_decimal_mark() {
    assert_eq!(style(&["Summe 1.234,56", "MwSt 197,53"]).mark, DecimalMark::Comma);
    assert_eq!(style(&["Total 1,234.56", "Tax 197.53"]).mark, DecimalMark::Point);
    assert_eq!(style(&["Total 1234", "on 12.03.2021"]).mark, DecimalMark::Unknown);
}

#[test]
fn a_day_beyond_the_twelfth_tells_the_order() {
    assert_eq!(style(&["25/03/2021", "04/03/2021"]).order, Order::DayFirst);
    assert_eq!(style(&["03/25/2021", "03/04/2021"]).order, Order::MonthFirst);
    assert_eq!(style(&["03/04/2021"]).order, Order::Unknown);
}

#[test]
fn without_such_a_day_the_country_tells_the_order() {
    assert_eq!(style(&["Portland, ME 04101", "03/04/2021"]).order, Order::MonthFirst);
    assert_eq!(style(&["Harbor Mills Sdn Bhd", "Kuala Lumpur", "03/04/2021"]).order, Order::DayFirst);
    assert_eq!(style(&["Rechnung", "Rechnungsdatum 03.04.2021"]).order, Order::DayFirst);
}

#[test]
fn a_date_that_is_plain_beats_the_country() {
    assert_eq!(style(&["Portland, ME 04101", "25/03/2021"]).order, Order::DayFirst);
}

#[test]
fn the_currency_is_the_one_that_is_printed_most() {
    assert_eq!(style(&["Total EUR 12,50", "€ 3,00", "USD 14.00"]).currency, Some("EUR"));
    assert_eq!(style(&["RM 12.50"]).currency, Some("MYR"));
    assert_eq!(style(&["Total 12.50"]).currency, None);
}

#[test]
fn a_bare_dollar_sign_is_of_the_country_that_the_page_shows() {
    assert_eq!(style(&["Portland, ME 04101", "$12.50"]).currency, Some("USD"));
    assert_eq!(style(&["Orchard Road Singapore", "$12.50"]).currency, Some("SGD"));
    assert_eq!(style(&["$12.50"]).currency, None);
}

#[test]
fn a_currency_is_a_word_of_its_own() {
    assert_eq!(currency_of("EUR 12"), Some("EUR"));
    assert_eq!(currency_of("12.00 eur"), Some("EUR"));
    assert_eq!(currency_of("NEURAL 12"), None);
    assert_eq!(currency_of("FIRM"), None);
}
