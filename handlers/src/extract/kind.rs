//! Reads a text as a value of a kind, and says how much the text looks like one.

use contract::catalog::Kind;
use contract::date::{self, Order};
use contract::money::{self, DecimalMark};
use contract::validate;
use serde_json::Value;

use super::style::Style;
use crate::layout::fold;

/// A text read as a value.
#[derive(Clone, Debug, PartialEq)]
pub struct Parsed {
    /// The value, as it stands in the answer.
    pub value: Value,
    /// How much the text looks like a value of the kind, 0..1: 1 for `1,234.50` as money, less for `1234`.
    pub shape: f32,
}

impl Parsed {
    fn text(text: impl Into<String>, shape: f32) -> Option<Parsed> {
        let text: String = text.into();
        (!text.is_empty()).then(|| Parsed { value: Value::String(text), shape })
    }
}

/// Reads a text as a kind.
pub fn parse(kind: Kind, text: &str, style: &Style) -> Option<Parsed> {
    let text = text.trim();
    match kind {
        Kind::Money => money(text, style),
        Kind::Date => day(text, style),
        Kind::Time => date::find_time(text).and_then(|time| Parsed::text(time, 1.0)),
        Kind::Year => year(text),
        Kind::Bool => mark(text),
        Kind::Number => number(text, style),
        Kind::Percent => percent(text, style),
        Kind::Id => id(text),
        Kind::Tin => tin(text),
        Kind::Phone => phone(text),
        Kind::Email => email(text),
        Kind::Iban => iban(text),
        Kind::Swift => swift(text),
        Kind::Currency => currency(text),
        Kind::State => state(text),
        Kind::Code => code(text),
        Kind::Routing => routing(text),
        Kind::Last4 => last4(text),
        Kind::Name => name(text),
        Kind::Address | Kind::Text => words(text),
        Kind::Words => amount_words(text),
    }
}

fn money(text: &str, style: &Style) -> Option<Parsed> {
    let text = text.trim_start_matches(['.', ',', ':', '|']).trim();
    let grouped = style.boxed && groups_of_three(text);
    // Whatever the groups ("4,50,000.00"), before a decimal point commas only group.
    let cents = |tail: &str| tail.len() == 2 && tail.bytes().all(|b| b.is_ascii_digit());
    let pointed = style.mark != DecimalMark::Comma
        && text.rsplit_once('.').is_some_and(|(head, tail)| cents(tail) && head.contains(',') && !head.contains('.'));
    let plain: String = if pointed {
        text.replace(',', "")
    } else if grouped {
        text.chars().filter(|c| !matches!(c, '.' | ',')).collect()
    } else {
        text.to_owned()
    };
    let read = money::parse(&plain, style.mark)?;
    let bare = read.decimals == 0 && read.currency.is_none();
    let mut shape: f32 = if read.decimals == 2 {
        1.0
    } else if bare {
        0.55
    } else {
        0.85
    };
    if read.ambiguous {
        shape -= 0.1;
    }
    if read.repaired {
        shape -= 0.2;
    }
    // A bare number of four digits may be a year, and a bare run of many digits is rather an identifier.
    if bare && text.len() == 4 && ("1990".."2040").contains(&text) {
        shape = 0.25;
    }
    if bare && text.chars().filter(char::is_ascii_digit).count() > 7 {
        return None;
    }
    Some(Parsed { value: read.cents.to_json(), shape })
}

/// Whether the last separator stands before exactly three digits: "48.000".
fn groups_of_three(text: &str) -> bool {
    text.rsplit_once(['.', ',']).is_some_and(|(head, tail)| {
        tail.len() == 3 && tail.bytes().all(|b| b.is_ascii_digit()) && head.ends_with(|c: char| c.is_ascii_digit())
    })
}

/// Years that a document of today may show.
const YEARS: std::ops::RangeInclusive<u16> = 1950..=2040;

fn day(text: &str, style: &Style) -> Option<Parsed> {
    let text = &part_time(text);
    let (read, whole) = match date::parse(text, style.order) {
        Some(read) => (read, true),
        None => (date::find(text, style.order)?.parsed, false),
    };
    let shape = if whole { 1.0 } else { 0.8 } - if read.ambiguous && style.order == Order::Unknown { 0.3 } else { 0.0 };
    YEARS.contains(&read.date.year).then(|| Parsed::text(read.date.to_string(), shape)).flatten()
}

/// Parts a time of day from the year that it was printed or read against: "09/02/201811:40".
fn part_time(text: &str) -> String {
    let chars: Vec<char> = text.chars().collect();
    let digit = |i: usize| chars.get(i).is_some_and(char::is_ascii_digit);
    let run = |i: usize| (i..).take_while(|&k| digit(k)).count();
    let cut = (0..chars.len()).find(|&i| {
        (i == 0 || !digit(i - 1)) && matches!(run(i), 5 | 6) && chars.get(i + run(i)) == Some(&':') && i > 0
    });
    match cut {
        Some(i) => chars[..i + 4].iter().chain([' '].iter()).chain(chars[i + 4..].iter()).collect(),
        None => text.to_owned(),
    }
}

fn year(text: &str) -> Option<Parsed> {
    // Forms print "20" and the last two digits apart: "20 23".
    let digits: String = text.chars().filter(char::is_ascii_digit).collect();
    let only = text.chars().all(|c| c.is_ascii_digit() || c.is_whitespace());
    let plausible = |y: &str| y.len() == 4 && ("1990".."2100").contains(&y);
    if only && plausible(&digits) {
        return Parsed::text(digits, 1.0);
    }
    text.split(|c: char| !c.is_ascii_digit()).find(|part| plausible(part)).and_then(|part| Parsed::text(part, 0.7))
}

/// A tick: one or two strokes that recognition reads as `X`, `x`, `V`, `✓` or a similar sign.
fn mark(text: &str) -> Option<Parsed> {
    let sign = text.trim_matches(|c: char| matches!(c, '[' | ']' | '(' | ')' | '|' | ' '));
    let ticked = matches!(
        sign,
        "X" | "x" | "✓" | "✔" | "☑" | "☒" | "V" | "v" | "√" | "×" | "XX" | "冈" | "区" | "凶" | "Y" | "Yes" | "YES"
    );
    ticked.then_some(Parsed { value: Value::Bool(true), shape: 0.8 })
}

fn number(text: &str, style: &Style) -> Option<Parsed> {
    let core: String = text.chars().take_while(|c| c.is_ascii_digit() || matches!(c, '.' | ',' | '-')).collect();
    let rest = text.get(core.len()..).unwrap_or("").trim();
    if core.is_empty() || rest.chars().count() > 6 || rest.chars().any(|c| c.is_ascii_digit()) {
        return None;
    }
    let plain = match style.mark {
        DecimalMark::Comma => core.replace('.', "").replace(',', "."),
        _ if core.contains(',') && !core.contains('.') && core.rsplit(',').next().is_some_and(|d| d.len() != 3) => {
            core.replace(',', ".")
        }
        _ => core.replace(',', ""),
    };
    let value: f64 = plain.trim_end_matches(['.', '-']).parse().ok().filter(|v: &f64| v.is_finite())?;
    let json = if value.fract() == 0.0 && value.abs() < 1e12 { Value::from(value as i64) } else { Value::from(value) };
    Some(Parsed { value: json, shape: if rest.is_empty() { 0.9 } else { 0.7 } })
}

fn percent(text: &str, style: &Style) -> Option<Parsed> {
    let core = text.trim_end_matches('%').trim();
    let parsed = number(core, style)?;
    let value = parsed.value.as_f64()?;
    (0.0..=100.0).contains(&value).then(|| Parsed { shape: if text.ends_with('%') { 1.0 } else { 0.6 }, ..parsed })
}

/// Letters and digits, at least one digit, at most three words.
fn id(text: &str) -> Option<Parsed> {
    // "NUMBER: A-17" holds its own label.
    let text = text
        .split_once(':')
        .filter(|(_, value)| value.chars().any(|c| c.is_ascii_digit()))
        .map_or(text, |(_, value)| value);
    let text = text.trim_start_matches(['#', ':', '.', ' ']).trim_end_matches([',', ';', '.', ':']).trim();
    let digits = text.chars().filter(char::is_ascii_digit).count();
    let letters = text.chars().filter(|c| c.is_alphabetic()).count();
    let words = text.split_whitespace().count();
    let odd = text.chars().any(|c| matches!(c, '$' | '€' | '£' | '%' | '?' | '!' | ';'));
    if digits == 0 || odd || words > 4 || text.chars().count() > 40 || letters > 3 * digits + 12 {
        return None;
    }
    let long_words = text
        .split_whitespace()
        .filter(|w| w.chars().filter(|c| c.is_alphabetic()).count() > 3 && !w.contains(|c: char| c.is_ascii_digit()))
        .count();
    if long_words > 0 && words > 1 {
        // "12 Market Street" is no number; "ACME 00123" may be.
        return (long_words == 1 && words == 2).then(|| Parsed::text(text, 0.3)).flatten();
    }
    Parsed::text(text, if digits >= 3 { 0.9 } else { 0.6 })
}

/// A taxpayer number, also with the first digits hidden.
fn tin(text: &str) -> Option<Parsed> {
    let plain = text.trim_matches(|c: char| !c.is_alphanumeric() && c != '*');
    let joined: String = plain.split_whitespace().collect::<Vec<_>>().join("");
    let ok = |c: char| c.is_ascii_digit() || matches!(c, '-' | '*' | 'X' | 'x' | '–' | '•' | '#');
    let digits = joined.chars().filter(char::is_ascii_digit).count();
    if validate::ssn_shape(&joined) || validate::ein_shape(&joined) {
        return Parsed::text(joined, 1.0);
    }
    if joined.chars().all(ok) && (4..=14).contains(&joined.len()) && digits >= 4 {
        let shape = match (joined.len(), joined.contains('-')) {
            (9, false) | (10 | 11, true) => 0.95,
            _ if joined.len() >= 7 => 0.6,
            _ => 0.3,
        };
        return Parsed::text(joined, shape);
    }
    // A number misread in a letter or two still stands for what is printed.
    let letters = joined.chars().filter(|c| c.is_alphabetic()).count();
    (letters <= 5 && digits >= 4 && joined.contains('-') && joined.len() >= 9 && joined.len() <= 14)
        .then(|| Parsed::text(joined, 0.35))
        .flatten()
}

fn phone(text: &str) -> Option<Parsed> {
    let text = text.trim_start_matches(|c: char| c.is_alphabetic() || matches!(c, '.' | ':' | ' ')).trim();
    let text = text.trim_end_matches(|c: char| !c.is_ascii_digit());
    // An extension stands behind an "x" or "ext".
    let number = text.split_once(['x', 'e']).map_or(text, |(number, _)| number.trim());
    let digits = number.chars().filter(char::is_ascii_digit).count();
    let ok = number.chars().all(|c| c.is_ascii_digit() || matches!(c, '+' | '(' | ')' | '-' | '.' | ' ' | '/' | '–'));
    let groups = number.contains(['-', '(', '+', ' ', '.', '/']);
    let decimal = money::looks_like_money(number) || date::parse(number, Order::Unknown).is_some();
    ((7..=15).contains(&digits) && ok && !decimal)
        .then(|| Parsed::text(text, if groups { 0.95 } else { 0.6 }))
        .flatten()
}

fn email(text: &str) -> Option<Parsed> {
    let word = text.split_whitespace().find(|w| w.contains('@'))?;
    let word = word.trim_matches(|c: char| !c.is_alphanumeric());
    let (user, host) = word.split_once('@')?;
    (!user.is_empty() && host.contains('.') && !host.starts_with('.')).then(|| Parsed::text(word, 1.0)).flatten()
}

fn iban(text: &str) -> Option<Parsed> {
    let joined: String = text.chars().filter(|c| c.is_ascii_alphanumeric()).collect::<String>().to_ascii_uppercase();
    let start =
        (0..joined.len()).find(|&i| joined.is_char_boundary(i) && joined.get(i..i + 4).is_some_and(looks_like_iban))?;
    let tail = joined.get(start..)?;
    // The number ends where its checksum holds; text may follow on the same line.
    let valid = (15..=34).rev().filter_map(|n| tail.get(..n)).find(|t| validate::iban(t));
    match valid {
        Some(valid) => Parsed::text(valid, 1.0),
        None => (15..=34).contains(&tail.len()).then(|| Parsed::text(tail, 0.3)).flatten(),
    }
}

fn looks_like_iban(start: &str) -> bool {
    let b = start.as_bytes();
    b[..2].iter().all(u8::is_ascii_uppercase) && b[2..].iter().all(u8::is_ascii_digit)
}

/// Countries whose banks write invoices and statements most often, ISO 3166-1; a word in capitals is no BIC without one.
const COUNTRIES: &str = "AD AE AR AT AU BE BG BR CA CH CL CN CO CY CZ DE DK EE EG ES FI FR GB GR HK HR HU ID IE IL IN IS IT JP KE KR LI LT LU LV MA MC MT MX MY NG NL NO NZ PE PH PK PL PT QA RO RS SA SE SG SI SK SM TH TN TR TW UA US VN ZA";

fn swift(text: &str) -> Option<Parsed> {
    let word = text.split_whitespace().find(|w| {
        let plain = w.trim_matches(|c: char| !c.is_alphanumeric());
        let country = plain.get(4..6).is_some_and(|code| COUNTRIES.split(' ').any(|c| c == code));
        matches!(plain.len(), 8 | 11)
            && country
            && plain.bytes().take(6).all(|b| b.is_ascii_uppercase())
            && plain.bytes().all(|b| b.is_ascii_alphanumeric())
    })?;
    Parsed::text(word.trim_matches(|c: char| !c.is_alphanumeric()), 0.95)
}

fn currency(text: &str) -> Option<Parsed> {
    let code = super::style::currency_of(text)?;
    Parsed::text(code, 0.9)
}

fn state(text: &str) -> Option<Parsed> {
    let word = text.trim_matches(|c: char| !c.is_alphanumeric());
    if validate::state_code(&word.to_ascii_uppercase()) {
        return Parsed::text(word.to_ascii_uppercase(), 1.0);
    }
    // The line beside a narrow box is read as a letter.
    if let Some(code) = word
        .get(..2)
        .filter(|code| word.len() == 3 && word.ends_with(['I', 'l', '1', 'L']) && validate::state_code(code))
    {
        return Parsed::text(code, 0.8);
    }
    // Not a state, but what the page says.
    let letters = word.chars().filter(|c| c.is_alphabetic()).count();
    (letters >= 2 && letters + 3 >= word.chars().count() && word.chars().count() <= 20)
        .then(|| Parsed::text(word, 0.3))
        .flatten()
}

fn code(text: &str) -> Option<Parsed> {
    let word = text.trim_matches(|c: char| !c.is_alphanumeric());
    ((1..=3).contains(&word.chars().count()) && word.chars().all(|c| c.is_ascii_alphanumeric()))
        .then(|| Parsed::text(word.to_ascii_uppercase(), 0.8))
        .flatten()
}

fn routing(text: &str) -> Option<Parsed> {
    let digits: String = text.chars().filter(char::is_ascii_digit).collect();
    (digits.len() == 9).then(|| Parsed::text(digits.clone(), if validate::aba(&digits) { 1.0 } else { 0.4 })).flatten()
}

fn last4(text: &str) -> Option<Parsed> {
    let tail: Vec<char> =
        text.chars().rev().skip_while(|c| !c.is_ascii_digit()).take_while(char::is_ascii_digit).collect();
    let hidden = text.contains(['*', 'X', 'x', '•', '#']) || fold::fold_text(text).contains("ending");
    let digits: String = tail.iter().take(4).rev().collect();
    (digits.len() == 4 && (hidden || tail.len() == 4 || tail.len() >= 12))
        .then(|| Parsed::text(digits, if hidden { 1.0 } else { 0.6 }))
        .flatten()
}

fn name(text: &str) -> Option<Parsed> {
    let text = super::address::without_registration(text);
    let text = text.trim_matches(|c: char| matches!(c, ',' | ':' | ';' | '-' | '|' | '_' | ' '));
    let letters = text.chars().filter(|c| c.is_alphabetic()).count();
    let digits = text.chars().filter(char::is_ascii_digit).count();
    (letters >= 2 && letters > digits && text.chars().count() <= 90)
        .then(|| Parsed::text(text, if digits == 0 { 0.9 } else { 0.6 }))
        .flatten()
}

fn words(text: &str) -> Option<Parsed> {
    let text = text.trim_matches(|c: char| matches!(c, ':' | '|' | '_' | ' '));
    text.chars().any(char::is_alphanumeric).then(|| Parsed::text(text, 0.7)).flatten()
}

fn amount_words(text: &str) -> Option<Parsed> {
    validate::cents_in_words(text).and_then(|_| Parsed::text(text, 1.0))
}

#[cfg(test)]
mod tests;
