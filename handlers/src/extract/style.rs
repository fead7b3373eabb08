//! How a document writes numbers and dates, told from the document as a whole: its amounts, its unambiguous dates, its
//! currency, country and language.

use contract::date::{self, Order};
use contract::money::{self, DecimalMark};

use crate::layout::Page;
use crate::layout::find::Phrase;
use crate::layout::fold::Folded;

/// How a document writes numbers and dates.
#[derive(Clone, Debug, Default)]
pub struct Style {
    /// Decimal mark of its amounts.
    pub mark: DecimalMark,
    /// Order of day and month in its dates.
    pub order: Order,
    /// ISO 4217 code of its currency, if the page shows it.
    pub currency: Option<&'static str>,
    /// Amounts stand in boxes of a form: three digits behind a point are thousands, not decimals.
    pub boxed: bool,
}

/// Words of a country or language, the order of its dates and its usual currency.
const PLACES: &[(&[&str], Order, Option<&str>)] = &[
    (&["united states", "usa", "internal revenue service", "omb no"], Order::MonthFirst, Some("USD")),
    (
        &["malaysia", "sdn bhd", "kuala lumpur", "selangor", "johor", "penang", "jalan", "gst reg no"],
        Order::DayFirst,
        Some("MYR"),
    ),
    (
        &["rechnung", "rechnungsdatum", "gmbh", "betrag", "summe", "mwst", "zahlbar", "datum"],
        Order::DayFirst,
        Some("EUR"),
    ),
    (&["facture", "montant", "tva", "siret", "echeance", "france", "merci"], Order::DayFirst, Some("EUR")),
    (&["factura", "importe", "fecha", "cliente", "espana", "gracias"], Order::DayFirst, Some("EUR")),
    (&["fattura", "importo", "partita iva", "italia"], Order::DayFirst, Some("EUR")),
    (&["factuur", "bedrag", "btw", "kvk", "nederland", "vervaldag"], Order::DayFirst, Some("EUR")),
    (&["united kingdom", "london", "vat no", "england"], Order::DayFirst, Some("GBP")),
    (&["singapore"], Order::DayFirst, Some("SGD")),
    (&["australia", "abn"], Order::DayFirst, Some("AUD")),
];

/// Signs and codes of currencies. A bare `$` is decided by the country.
const CURRENCIES: &[(&str, &str)] = &[
    ("€", "EUR"),
    ("£", "GBP"),
    ("RM", "MYR"),
    ("US$", "USD"),
    ("CHF", "CHF"),
    ("S$", "SGD"),
    ("C$", "CAD"),
    ("A$", "AUD"),
    ("¥", "JPY"),
    ("₹", "INR"),
    ("EUR", "EUR"),
    ("EURO", "EUR"),
    ("USD", "USD"),
    ("GBP", "GBP"),
    ("MYR", "MYR"),
    ("SGD", "SGD"),
    ("CAD", "CAD"),
    ("AUD", "AUD"),
    ("JPY", "JPY"),
    ("INR", "INR"),
    ("SEK", "SEK"),
    ("NOK", "NOK"),
    ("DKK", "DKK"),
    ("PLN", "PLN"),
    ("BRL", "BRL"),
    ("R$", "BRL"),
    ("IDR", "IDR"),
    ("HKD", "HKD"),
    ("NZD", "NZD"),
    ("MXN", "MXN"),
    ("ZAR", "ZAR"),
    ("AED", "AED"),
];

/// The currency that a text names by sign or code.
pub fn currency_of(text: &str) -> Option<&'static str> {
    let words = || {
        text.split(|c: char| {
            c.is_whitespace() || c.is_ascii_digit() || matches!(c, '(' | ')' | ':' | ',' | '.' | '/' | '-')
        })
    };
    CURRENCIES
        .iter()
        .find(|(sign, _)| words().any(|w| w.eq_ignore_ascii_case(sign) && (w.len() > 1 || !w.is_ascii())))
        .map(|(_, code)| *code)
}

impl Style {
    /// The style of a document.
    pub fn of(pages: &[Page]) -> Style {
        let texts: Vec<String> = pages.iter().flat_map(|p| p.segments.iter().map(|s| s.text())).collect();
        let (order, home) = place(pages);
        Style {
            mark: mark(&texts),
            order: dates(&texts).unwrap_or(order),
            currency: currency(&texts, home),
            boxed: false,
        }
    }
}

/// Counts how the amounts with two decimals write them.
fn mark(texts: &[String]) -> DecimalMark {
    let (mut point, mut comma) = (0, 0);
    for word in texts.iter().flat_map(|t| t.split_whitespace()) {
        let core = word.trim_matches(|c: char| !c.is_ascii_digit());
        let Some(at) = core.len().checked_sub(3) else { continue };
        match (core.as_bytes()[at], core.get(at + 1..)) {
            (b'.', Some(cents))
                if cents.bytes().all(|b| b.is_ascii_digit()) && date::parse(core, Order::Unknown).is_none() =>
            {
                point += 1
            }
            (b',', Some(cents)) if cents.bytes().all(|b| b.is_ascii_digit()) => comma += 1,
            _ => {}
        }
    }
    match (point, comma) {
        (0, 0) => DecimalMark::Unknown,
        (p, c) if p >= c => DecimalMark::Point,
        _ => DecimalMark::Comma,
    }
}

/// The order that a date beyond the twelfth shows.
fn dates(texts: &[String]) -> Option<Order> {
    let (mut day_first, mut month_first) = (0, 0);
    for text in texts {
        let (day, month) = (date::find(text, Order::DayFirst), date::find(text, Order::MonthFirst));
        let numeric = text.split(|c: char| !c.is_ascii_digit()).filter(|p| (1..=2).contains(&p.len())).count() >= 2;
        let (Some(day), Some(month)) = (day.map(|f| f.parsed), month.map(|f| f.parsed)) else { continue };
        if !numeric || day.date != month.date || day.ambiguous {
            continue;
        }
        // Both readings agree because one of the first two numbers exceeds twelve.
        let first = text
            .split(|c: char| !c.is_ascii_digit())
            .find(|p| (1..=2).contains(&p.len()))
            .and_then(|p| p.parse::<u8>().ok());
        match first {
            Some(first) if first > 12 && first == day.date.day => day_first += 1,
            Some(first) if first == day.date.month && day.date.day > 12 => month_first += 1,
            _ => {}
        }
    }
    match (day_first, month_first) {
        (0, 0) => None,
        (d, m) if d >= m => Some(Order::DayFirst),
        _ => Some(Order::MonthFirst),
    }
}

/// The order and currency of the country or language that the words show.
fn place(pages: &[Page]) -> (Order, Option<&'static str>) {
    let folded: Vec<Folded> =
        pages.iter().flat_map(|p| p.segments.iter().map(|s| Folded::new(s.chars.iter().map(|c| c.c)))).collect();
    let count = |words: &[&str]| {
        words
            .iter()
            .map(|w| Phrase::new(w))
            .filter(|p| folded.iter().any(|f| p.find(f).is_some_and(|hit| hit.score > 0.99)))
            .count()
    };
    let zip = pages.iter().flat_map(|p| &p.segments).filter(|s| super::address::has_us_zip(&s.text())).count();
    let scores =
        PLACES.iter().enumerate().map(|(i, (words, ..))| (count(words) + if i == 0 { zip.min(3) } else { 0 }, i));
    match scores.max_by_key(|&(n, i)| (n, std::cmp::Reverse(i))) {
        Some((n, i)) if n > 0 => (PLACES[i].1, PLACES[i].2),
        _ => (Order::Unknown, None),
    }
}

/// The currency whose sign stands most often; a bare dollar sign is a US dollar only where the page is from the US.
fn currency(texts: &[String], home: Option<&'static str>) -> Option<&'static str> {
    let mut counts: Vec<(&'static str, usize)> = Vec::new();
    for code in texts
        .iter()
        .filter(|t| t.chars().any(|c| c.is_ascii_digit()) || t.chars().count() < 14)
        .filter_map(|t| currency_of(t))
    {
        match counts.iter_mut().find(|(c, _)| *c == code) {
            Some((_, n)) => *n += 1,
            None => counts.push((code, 1)),
        }
    }
    let named = counts.into_iter().max_by_key(|&(_, n)| n).map(|(code, _)| code);
    let dollars = texts.iter().any(|t| t.contains('$') && money::parse(t.trim(), DecimalMark::Unknown).is_some());
    match (named, dollars) {
        (Some(code), _) => Some(code),
        (None, true) => home.filter(|code| matches!(*code, "USD" | "SGD" | "AUD" | "CAD")),
        (None, false) => None,
    }
}

#[cfg(test)]
mod tests;
