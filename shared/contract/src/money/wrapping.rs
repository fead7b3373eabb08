//! What stands around the digits of an amount: sign, brackets, currency, `CR`/`DR`, asterisks, tax code letters.

use super::number::Context;
use super::{DecimalMark, Side};

/// Currency signs and codes by which pages name a currency; longer ones first where one begins another. A letter code needs a
/// non-letter beside it. `None`: a currency sign that several countries share.
const CURRENCIES: &[(&str, Option<&str>)] = &[
    ("US$", Some("USD")),
    ("U.S.$", Some("USD")),
    ("CA$", Some("CAD")),
    ("C$", Some("CAD")),
    ("AU$", Some("AUD")),
    ("A$", Some("AUD")),
    ("NZ$", Some("NZD")),
    ("HK$", Some("HKD")),
    ("MX$", Some("MXN")),
    ("R$", Some("BRL")),
    ("S$", Some("SGD")),
    ("$", Some("USD")),
    ("€", Some("EUR")),
    ("£", Some("GBP")),
    ("¥", Some("JPY")),
    ("₹", Some("INR")),
    ("zł", Some("PLN")),
    ("USD", Some("USD")),
    ("EURO", Some("EUR")),
    ("EUR", Some("EUR")),
    ("GBP", Some("GBP")),
    ("CAD", Some("CAD")),
    ("AUD", Some("AUD")),
    ("NZD", Some("NZD")),
    ("HKD", Some("HKD")),
    ("SGD", Some("SGD")),
    ("MXN", Some("MXN")),
    ("BRL", Some("BRL")),
    ("CHF", Some("CHF")),
    ("SEK", Some("SEK")),
    ("NOK", Some("NOK")),
    ("DKK", Some("DKK")),
    ("PLN", Some("PLN")),
    ("CZK", Some("CZK")),
    ("HUF", Some("HUF")),
    ("JPY", Some("JPY")),
    ("CNY", Some("CNY")),
    ("INR", Some("INR")),
    ("ZAR", Some("ZAR")),
    ("MYR", Some("MYR")),
    ("RM", Some("MYR")),
    ("Rs.", Some("INR")),
    ("Rs", Some("INR")),
    ("Fr.", Some("CHF")),
    ("kr.", None),
    ("kr", None),
];

/// Letters that recognition reads for digits; they are never a tax code.
const DIGIT_LIKE: [char; 5] = ['O', 'I', 'S', 'B', 'Z'];
/// Units of quantity, not tax codes.
const UNITS: [char; 2] = ['L', 'M'];

/// An amount's text without its surroundings.
#[derive(Debug, Default)]
pub(super) struct Wrapped {
    /// Digits, separators and whatever recognition made of them.
    pub(super) core: Vec<char>,
    pub(super) negative: bool,
    pub(super) currency: Option<&'static str>,
    pub(super) side: Option<Side>,
    pub(super) repaired: bool,
    /// Asterisks or leading dots stood before the digits, as they do before masked numbers too.
    pub(super) starred: bool,
}

impl Wrapped {
    /// What the number's parser may take from the surroundings.
    pub(super) fn context(&self, mark: DecimalMark) -> Context {
        Context { mark, currency: self.currency }
    }
}

/// Takes the surroundings off, from outside to inside, until only the number is left.
pub(super) fn unwrap(text: &str) -> Option<Wrapped> {
    let normal: String = text.chars().filter_map(normalize).collect();
    if normal.contains('%') || normal.len() > 64 {
        return None;
    }
    let mut wrapped = Wrapped::default();
    let mut signs = 0;
    let mut rest = without_whole_amount_dash(normal.trim());
    loop {
        let before = rest;
        rest = strip_side(rest, &mut wrapped.side);
        rest = strip_currency(rest, &mut wrapped.currency);
        rest = strip_sign(rest, &mut signs);
        rest = strip_brackets(rest, &mut wrapped, &mut signs);
        rest = strip_marks(rest, &mut wrapped);
        if rest.len() == before.len() {
            break;
        }
        rest = rest.trim();
    }
    if signs > 1 {
        return None;
    }
    wrapped.negative = (signs == 1) != (wrapped.side == Some(Side::Credit));
    wrapped.core = strip_misread_dollar(rest, &mut wrapped).chars().collect();
    Some(wrapped)
}

/// One form for each kind of blank, dash and apostrophe.
fn normalize(c: char) -> Option<char> {
    match c {
        '\u{200b}' | '\u{feff}' => None,
        c if c.is_whitespace() => Some(' '),
        '−' | '–' | '—' | '‐' | '‑' => Some('-'),
        '’' | '‘' | '`' | '´' => Some('\''),
        '，' => Some(','),
        '（' => Some('('),
        '）' => Some(')'),
        '＄' | '﹩' => Some('$'),
        '￥' => Some('¥'),
        c => Some(c),
    }
}

/// `12,-` and `12.--` mean twelve even, not minus twelve.
fn without_whole_amount_dash(text: &str) -> &str {
    let bare = text.trim_end_matches('-');
    match bare.strip_suffix([',', '.']) {
        Some(number) if bare.len() < text.len() && number.ends_with(|c: char| c.is_ascii_digit()) => number,
        _ => text,
    }
}

fn strip_side<'a>(text: &'a str, side: &mut Option<Side>) -> &'a str {
    for (word, meaning) in [("CR", Side::Credit), ("DR", Side::Debit)] {
        if let Some(rest) = strip_suffix_ignore_case(text, word)
            && side.is_none()
            && !rest.ends_with(char::is_alphabetic)
        {
            *side = Some(meaning);
            return rest;
        }
    }
    text
}

fn strip_currency<'a>(text: &'a str, currency: &mut Option<&'static str>) -> &'a str {
    for (name, code) in CURRENCIES {
        let lettered_end = name.ends_with(|c: char| c.is_ascii_alphabetic());
        let lettered_start = name.starts_with(|c: char| c.is_ascii_alphabetic());
        let rest = strip_prefix_ignore_case(text, name)
            .filter(|rest| !lettered_end || !rest.starts_with(char::is_alphabetic))
            .or_else(|| {
                strip_suffix_ignore_case(text, name)
                    .filter(|rest| !lettered_start || !rest.ends_with(char::is_alphabetic))
            });
        if let Some(rest) = rest {
            *currency = currency.or(*code);
            return rest;
        }
    }
    text
}

fn strip_sign<'a>(text: &'a str, signs: &mut u32) -> &'a str {
    if let Some(rest) = text.strip_prefix('-').or_else(|| text.strip_suffix('-')) {
        *signs += 1;
        return rest;
    }
    text.strip_prefix('+').unwrap_or(text)
}

fn strip_brackets<'a>(text: &'a str, wrapped: &mut Wrapped, signs: &mut u32) -> &'a str {
    for (open, close) in [('(', ')'), ('<', '>')] {
        if let Some(rest) = text.strip_prefix(open) {
            *signs += 1;
            let inner = rest.strip_suffix(close);
            wrapped.repaired |= inner.is_none(); // its partner was lost
            return inner.unwrap_or(rest);
        }
    }
    // A lone closing bracket belongs to the words before the amount: `(incl. tax 12.00)`.
    text.strip_suffix(')').unwrap_or(text)
}

/// Asterisks (protection on checks, footnotes) and the tax code letter behind a receipt's amounts.
fn strip_marks<'a>(text: &'a str, wrapped: &mut Wrapped) -> &'a str {
    let plain = text.trim_start_matches(['_', '=', ':']);
    let rest = without_leader(plain.trim_start_matches(['*', '#']));
    wrapped.starred |= rest.len() < plain.len();
    let rest = rest.trim_end_matches(['*', ':', ';', '_']);
    let rest = rest.strip_suffix(['.', ',']).filter(|amount| has_cents(amount)).unwrap_or(rest);
    for code in [" SR", " ZR", " TX"] {
        if let Some(amount) = rest.strip_suffix(code) {
            return amount;
        }
    }
    let Some(letter) = rest.chars().last().filter(char::is_ascii_uppercase) else { return rest };
    let amount = rest.strip_suffix(letter).unwrap_or(rest);
    let codes = !UNITS.contains(&letter) && (amount.ends_with(' ') || !DIGIT_LIKE.contains(&letter));
    if has_cents(amount.trim_end()) && codes { amount } else { rest }
}

/// Whether a decimal mark stands two characters before the end.
fn has_cents(amount: &str) -> bool {
    amount.chars().rev().nth(2).is_some_and(|c| matches!(c, '.' | ','))
}

/// Takes off the dots that lead from a label to its amount: `....... 12.00`.
fn without_leader(text: &str) -> &str {
    let rest = text.trim_start_matches(['.', ' ', '…', '·']);
    let leader = text.len() - rest.len();
    if leader > 1 { rest } else { text }
}

/// `S12.00` is a misread `$12.00`.
fn strip_misread_dollar<'a>(text: &'a str, wrapped: &mut Wrapped) -> &'a str {
    match text.strip_prefix('S') {
        Some(rest) if wrapped.currency.is_none() && rest.trim_start().starts_with(|c: char| c.is_ascii_digit()) => {
            if !has_cents(rest) {
                return text;
            }
            wrapped.currency = Some("USD");
            wrapped.repaired = true;
            rest.trim_start()
        }
        _ => text,
    }
}

fn strip_prefix_ignore_case<'a>(text: &'a str, prefix: &str) -> Option<&'a str> {
    let (head, rest) = text.split_at_checked(prefix.len())?;
    head.eq_ignore_ascii_case(prefix).then_some(rest)
}

fn strip_suffix_ignore_case<'a>(text: &'a str, suffix: &str) -> Option<&'a str> {
    let (rest, tail) = text.split_at_checked(text.len().checked_sub(suffix.len())?)?;
    tail.eq_ignore_ascii_case(suffix).then_some(rest)
}
