//! Dates and times as pages write them.

use proptest::prelude::*;

use super::*;

fn iso(text: &str, order: Order) -> Option<String> {
    parse(text, order).map(|p| p.date.to_string())
}

#[test]
fn a_date_is_read_in_every_usual_form() {
    for text in [
        "2023-04-03",
        "2023.04.03",
        "2023/4/3",
        "20230403",
        "03 Apr 2023",
        "3 Apr 23",
        "April 3rd, 2023",
        "April 3, 2023",
        "APR-03-2023",
        "3. april 2023",
        "3/APR/2023",
        "03APR2023",
        "03-Apr-23",
        "Apr. 3, '23",
        "3rd of April 2023",
        "3. April 2023",
        "3 avril 2023",
        "3 de abril de 2023",
        "3 aprile 2023",
        "Lunes, 3 de abril de 2023",
        "Mon, 03 Apr 2023",
        "Montag, 3. April 2023",
        "2023-04-03T10:15:00Z",
        "2023-04-03 10:15",
        "April 3, 2023 at 5:30 PM",
        "2023 Apr 3",
    ] {
        assert_eq!(iso(text, Order::Unknown).as_deref(), Some("2023-04-03"), "{text}");
        assert!(!parse(text, Order::Unknown).unwrap().ambiguous, "{text}");
    }
}

#[test]
fn every_language_has_its_twelve_months() {
    let languages = [
        "January February March April May June July August September October November December",
        "Januar Februar März April Mai Juni Juli August September Oktober November Dezember",
        "janvier février mars avril mai juin juillet août septembre octobre novembre décembre",
        "enero febrero marzo abril mayo junio julio agosto septiembre octubre noviembre diciembre",
        "gennaio febbraio marzo aprile maggio giugno luglio agosto settembre ottobre novembre dicembre",
        "janeiro fevereiro março abril maio junho julho agosto setembro outubro novembro dezembro",
        "januari februari maart april mei juni juli augustus september oktober november december",
        "Jan Feb Mar Apr May Jun Jul Aug Sept Oct Nov Dec",
        "janv. févr. mars avr. mai juin juil. août sept. oct. nov. déc.",
    ];
    for names in languages {
        for (name, month) in names.split(' ').zip(1..) {
            assert_eq!(iso(&format!("17 {name} 2021"), Order::Unknown), Some(format!("2021-{month:02}-17")), "{name}");
        }
    }
}

#[test]
fn the_hint_decides_between_day_and_month() {
    assert_eq!(iso("03/04/2023", Order::DayFirst).as_deref(), Some("2023-04-03"));
    assert_eq!(iso("03/04/2023", Order::MonthFirst).as_deref(), Some("2023-03-04"));
    assert_eq!(iso("3-4-23", Order::DayFirst).as_deref(), Some("2023-04-03"));
    assert!(!parse("03/04/2023", Order::DayFirst).unwrap().ambiguous);
    assert!(parse("03/04/2023", Order::Unknown).unwrap().ambiguous);
    assert!(!parse("04/04/2023", Order::Unknown).unwrap().ambiguous);
    assert_eq!(iso("03.04.2023", Order::Unknown).as_deref(), Some("2023-04-03"));
    assert_eq!(iso("18/03/2018", Order::MonthFirst).as_deref(), Some("2018-03-18"));
}

#[test]
fn what_recognition_spoils_is_put_right() {
    for text in [
        "18/03/1 8",
        "18/03/20 18",
        "18 / 03 / 2018",
        "l8/O3/2018",
        "18/03/2O18",
        "18/03/18 18:30",
        "18-03-2018 6:30 PM",
    ] {
        assert_eq!(iso(text, Order::DayFirst).as_deref(), Some("2018-03-18"), "{text}");
    }
}

#[test]
fn two_digit_years_turn_at_the_pivot() {
    assert_eq!(iso("1 Jan 68", Order::Unknown).as_deref(), Some("2068-01-01"));
    assert_eq!(iso("1 Jan 69", Order::Unknown).as_deref(), Some("1969-01-01"));
    assert_eq!(iso("99/12/31", Order::Unknown).as_deref(), Some("1999-12-31"));
}

#[test]
fn what_is_no_date_is_none() {
    for text in [
        "",
        "2023",
        "April 2023",
        "31/04/2023",
        "29/02/2023",
        "00/01/2023",
        "13/13/2023",
        "12.50",
        "1,234.56",
        "555-12-3456",
        "Total 3",
        "03/04/2023 and more",
        "20181303",
        "123-45-6789",
        "1.2.3.4",
        "12:30",
        "5 marbles 2023",
        "10 01 23",
    ] {
        assert_eq!(parse(text, Order::Unknown), None, "{text}");
    }
    assert_eq!(iso("29/02/2024", Order::Unknown).as_deref(), Some("2024-02-29"));
}

#[test]
fn a_date_is_found_inside_a_text_with_its_place() {
    for (text, name) in [
        ("Invoice date: 03 Apr 2023 No. 5", "03 Apr 2023"),
        ("Datum 3. April 2023", "3. April 2023"),
        ("from 04/03/2023 to 04/30/2023", "04/03/2023"),
        ("Période du 3 avril 2023 au 3 mai 2023", "3 avril 2023"),
        ("No 12 2023-04-03", "2023-04-03"),
    ] {
        let found = find(text, Order::MonthFirst).unwrap_or_else(|| panic!("{text}"));
        assert_eq!(text.get(found.span), Some(name));
        assert_eq!(found.parsed.date.month, 4);
    }
    for text in ["call 1-800-555-0199", "version 1.2.3.4", "12.34.5678.90", "no date"] {
        assert_eq!(find(text, Order::Unknown), None, "{text}");
    }
}

#[test]
fn a_day_without_year_gets_it_from_the_period() {
    let period = |day: PartialDate| {
        day.in_period(Date::new(2022, 12, 15).unwrap(), Date::new(2023, 1, 14).unwrap()).unwrap().to_string()
    };
    let read = |text| parse_partial(text, Order::MonthFirst).unwrap_or_else(|| panic!("{text}"));
    assert_eq!(period(read("12/30")), "2022-12-30");
    assert_eq!(period(read("01/02")), "2023-01-02");
    assert_eq!(period(read("Jan 2")), "2023-01-02");
    assert_eq!(period(read("30 Dec")), "2022-12-30");
    assert_eq!(period(read("12/14")), "2022-12-14");
    assert_eq!(period(read("January 15th")), "2023-01-15");
    assert!(parse_partial("01/02", Order::Unknown).unwrap().ambiguous);
    assert_eq!(parse_partial("02.01.", Order::Unknown).map(|p| (p.month, p.day)), Some((1, 2)));
    for text in ["13/32", "02/30", "01/15/2023", "12.345", "Total"] {
        assert_eq!(parse_partial(text, Order::MonthFirst), None, "{text}");
    }
    assert_eq!(partial_prefix("01/15 COFFEE 4.50", Order::MonthFirst).map(|(p, n)| (p.day, n)), Some((15, 5)));
}

#[test]
fn a_time_is_read_on_the_24_hour_clock() {
    for (text, want) in [
        ("12:28 AM", "00:28"),
        ("12:28 PM", "12:28"),
        ("5:07pm", "17:07"),
        ("17:07:09", "17:07:09"),
        ("5:07:09 p.m.", "17:07:09"),
        ("18h30", "18:30"),
        ("10.30 Uhr", "10:30"),
        ("02/13/2022 12:28 AM", "00:28"),
        ("Time 10 : 30", "10:30"),
    ] {
        assert_eq!(find_time(text).as_deref(), Some(want), "{text}");
    }
    for text in ["25:00", "12:60", "ratio 1:2", "10.30", "no time"] {
        assert_eq!(find_time(text), None, "{text}");
    }
}

#[test]
fn json_carries_the_iso_form_and_reads_back() {
    let date = Date::new(2023, 4, 3).unwrap();
    assert_eq!(serde_json::to_string(&date).unwrap(), "\"2023-04-03\"");
    assert_eq!(serde_json::from_str::<Date>("\"2023-04-03\"").unwrap(), date);
    for text in ["\"2023-4-3\"", "\"2023-02-29\"", "\"2023-04-03-01\"", "\"+023-04-03\""] {
        assert!(serde_json::from_str::<Date>(text).is_err(), "{text}");
    }
}

prop_compose! {
    fn any_date()(days in 0_i64..80_000) -> Date {
        let day = time::Date::from_julian_day(2_415_021 + i32::try_from(days).unwrap()).unwrap();
        Date::new(u16::try_from(day.year()).unwrap(), day.month().into(), day.day()).unwrap()
    }
}

proptest! {
    #[test]
    fn no_text_makes_the_parsers_panic(text in "\\PC*") {
        let _ = (parse(&text, Order::Unknown), find(&text, Order::DayFirst), parse_partial(&text, Order::Unknown), find_time(&text));
    }

    #[test]
    fn no_text_of_date_characters_makes_the_parsers_panic(text in "[0-9/.:, 'OlAprMay-]{0,24}") {
        if let Some(found) = find(&text, Order::Unknown) {
            prop_assert!(text.get(found.span).is_some());
        }
        let _ = (parse(&text, Order::Unknown), parse_partial(&text, Order::Unknown), find_time(&text));
    }

    #[test]
    fn every_date_reads_back_from_each_form(date in any_date()) {
        let Date { year, month, day } = date;
        let name = time::Month::try_from(month).unwrap();
        prop_assert_eq!(date.to_string().parse(), Ok(date));
        for text in [format!("{day:02}/{month:02}/{year}"), format!("{day}.{month}.{year}"), format!("{day} {name} {year}"), format!("{name} {day}, {year}")] {
            prop_assert_eq!(parse(&text, Order::DayFirst).map(|p| p.date), Some(date), "{}", text);
        }
        prop_assert_eq!(parse(&format!("{month}/{day}/{year}"), Order::MonthFirst).map(|p| p.date), Some(date));
    }
}
