//! Amounts as pages write them, and as recognition spoils them.

use proptest::prelude::*;

use super::*;

fn cents(text: &str, mark: DecimalMark) -> Option<i64> {
    parse(text, mark).map(|m| m.cents.0)
}

fn read(text: &str) -> Money {
    parse(text, DecimalMark::Unknown).unwrap_or_else(|| panic!("{text} is an amount"))
}

#[test]
fn amounts_are_read_however_a_country_writes_them() {
    for (text, want) in [
        ("1,234.56", 123_456),
        ("1.234,56", 123_456),
        ("1 234,56", 123_456),
        ("1\u{a0}234,56", 123_456),
        ("1'234.56", 123_456),
        ("1’234’567.80", 123_456_780),
        ("1234.56", 123_456),
        ("12,50", 1_250),
        ("1,000", 100_000),
        ("1.234.567,89", 123_456_789),
        ("12", 1_200),
        (".50", 50),
        ("0.00", 0),
        ("12,-", 1_200),
        ("12.--", 1_200),
        ("1,234.567", 123_457),
        ("0.125", 13),
    ] {
        assert_eq!(cents(text, DecimalMark::Unknown), Some(want), "{text}");
    }
}

#[test]
fn signs_brackets_and_credits_are_negative() {
    for text in
        ["(12.00)", "12.00-", "-12.00", "−12.00", "-$12.00", "$-12.00", "($12.00)", "$(12.00)", "12.00 CR", "12.00CR"]
    {
        assert_eq!(cents(text, DecimalMark::Unknown), Some(-1_200), "{text}");
    }
    assert_eq!(cents("12.00 DR", DecimalMark::Unknown), Some(1_200));
    assert_eq!(read("12.00 CR").side, Some(Side::Credit));
    assert_eq!(cents("+12.00", DecimalMark::Unknown), Some(1_200));
    assert_eq!(cents("--12.00", DecimalMark::Unknown), None);
}

#[test]
fn the_currency_is_named_by_its_code() {
    for (text, want) in [
        ("$12.00", "USD"),
        ("US$ 12.00", "USD"),
        ("RM12.00", "MYR"),
        ("12,00 €", "EUR"),
        ("£12.00", "GBP"),
        ("USD 12", "USD"),
        ("12 EUR", "EUR"),
        ("chf 12.00", "CHF"),
    ] {
        let money = read(text);
        assert_eq!((money.cents.0, money.currency), (1_200, Some(want)), "{text}");
    }
}

#[test]
fn three_digits_behind_a_mark_are_read_as_the_document_writes_decimals() {
    assert_eq!(cents("10.683", DecimalMark::Point), Some(1_068));
    assert_eq!(cents("10.683", DecimalMark::Comma), Some(1_068_300));
    assert_eq!(cents("$10.683", DecimalMark::Unknown), Some(1_068));
    assert!(read("10.683").ambiguous);
    assert_eq!(cents("1,000", DecimalMark::Comma), Some(100));
    assert!(parse("1,000", DecimalMark::Comma).unwrap().ambiguous);
}

#[test]
fn what_recognition_confuses_is_put_right_and_marked() {
    for (text, want) in [
        ("1O.OO", 1_000),
        ("l2.50", 1_250),
        ("I2.5O", 1_250),
        ("S12.00", 1_200),
        ("1S.00", 1_500),
        ("1 ,234. 56", 123_456),
        ("1.941.98", 194_198),
        ("1,941,98", 194_198),
        ("1,234 56", 123_456),
        ("$ 1234 56", 123_456),
        ("(12.00", -1_200),
        ("51,23450", 5_123_450),
    ] {
        let money = read(text);
        assert!(money.repaired, "{text}");
        assert_eq!(money.cents.0, want, "{text}");
    }
    assert!(parse("12,50", DecimalMark::Point).unwrap().repaired);
    assert!(!read("1,234.56").repaired);
}

#[test]
fn marks_of_checks_and_receipts_are_left_out() {
    for text in ["12.00.", "..... 12.00", "....12.00", ": 12.00", "_12.00_", "$12.00,", "= $12.00"] {
        assert_eq!(cents(text, DecimalMark::Unknown), Some(1_200), "{text}");
    }
    assert_eq!(cents("...1234", DecimalMark::Unknown), None);
    for text in ["12.00*", "**12.00**", "***12.00", "12.00 T", "12.00 SR", "12.00A", "$ **12.00"] {
        assert_eq!(cents(text, DecimalMark::Unknown), Some(1_200), "{text}");
    }
}

#[test]
fn what_is_no_amount_is_none() {
    for text in [
        "",
        " ",
        "$",
        "-",
        ".",
        "SOS",
        "IS",
        "OO",
        "Total",
        "So.",
        "I.",
        "12.00%",
        "7 %",
        "03.04.23",
        "03/04/2023",
        "12:30",
        "****5678",
        "0012345678",
        "555-1234",
        "12 34",
        "1.2.3.4",
        "12.00 kg",
        "12.00 L",
        "A12",
        "B12",
        "1,23,4",
        "12'50",
        "2 x 3.00",
        "1 12.00",
        "99999999999999999999.00",
        "1..2",
        "RMB",
        "Lo.SO",
    ] {
        assert_eq!(parse(text, DecimalMark::Unknown), None, "{text}");
    }
}

#[test]
fn only_decimals_or_a_currency_look_like_money() {
    for text in ["12.00", "$12", "12,50", "RM 5"] {
        assert!(looks_like_money(text), "{text}");
    }
    for text in ["1999", "1,000", "12", "Total", "1.234"] {
        assert!(!looks_like_money(text), "{text}");
    }
}

#[test]
fn json_carries_two_decimals_and_reads_back() {
    assert_eq!(serde_json::to_string(&Cents(123_450)).unwrap(), "1234.50");
    assert_eq!(serde_json::to_string(&Cents(0)).unwrap(), "0.00");
    assert_eq!(serde_json::to_string(&Cents(-5)).unwrap(), "-0.05");
    assert_eq!(serde_json::from_str::<Cents>("1234.5").unwrap(), Cents(123_450));
    assert_eq!(serde_json::from_str::<Cents>("12").unwrap(), Cents(1_200));
    assert!(serde_json::from_str::<Cents>("0.001").is_err());
    assert_eq!(serde_json::to_value(Cents(1_250)).unwrap(), serde_json::json!(12.5));
    assert_eq!(Cents(1_250).to_json(), serde_json::json!(12.5));
}

proptest! {
    #[test]
    fn no_text_makes_the_parser_panic(text in "\\PC*") {
        for mark in [DecimalMark::Point, DecimalMark::Comma, DecimalMark::Unknown] {
            let _ = parse(&text, mark);
        }
    }

    #[test]
    fn no_text_of_money_characters_makes_the_parser_panic(text in "[0-9.,' $€()*CRSOl-]{0,24}") {
        let _ = parse(&text, DecimalMark::Unknown);
    }

    #[test]
    fn words_are_never_money(text in "[A-Za-z .,]{1,20}") {
        prop_assert_eq!(parse(&text, DecimalMark::Unknown), None);
    }

    #[test]
    fn every_amount_reads_back_from_its_text(amount in -100_000_000_000_000_i64..100_000_000_000_000) {
        let money = parse(&Cents(amount).to_string(), DecimalMark::Point);
        prop_assert_eq!(money.map(|m| m.cents.0), Some(amount));
        let json = serde_json::to_string(&Cents(amount)).unwrap();
        prop_assert_eq!(serde_json::from_str::<Cents>(&json).unwrap(), Cents(amount));
    }

    #[test]
    fn both_ways_of_grouping_mean_the_same(units in 0_i64..1_000_000_000, hundredths in 0_i64..100) {
        let mut grouped = units.to_string();
        let mut at = grouped.len();
        while at > 3 {
            at -= 3;
            grouped.insert(at, ',');
        }
        let english = format!("{grouped}.{hundredths:02}");
        let european: String = english.chars().map(|c| match c { ',' => '.', '.' => ',', c => c }).collect();
        let want = Some(units * 100 + hundredths);
        prop_assert_eq!(cents(&english, DecimalMark::Unknown), want);
        prop_assert_eq!(cents(&european, DecimalMark::Unknown), want);
    }
}
