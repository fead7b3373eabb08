//! Signs of a page's layout that the catalog may name as evidence.

use contract::date::{self, Order};
use contract::money;

use crate::layout::{Page, median};

/// The signs of a page, each 0..1.
#[derive(Debug)]
pub struct Signals {
    narrow_page: f64,
    many_amounts: f64,
    few_words: f64,
    micr_line: f64,
    ledger: f64,
    table: f64,
}

impl Signals {
    /// The signs of a page.
    pub fn of(page: &Page) -> Signals {
        let texts: Vec<String> = page.segments.iter().map(|s| s.text()).collect();
        let amounts = texts.iter().flat_map(|t| t.split_whitespace()).filter(|w| money::looks_like_money(w)).count();
        let words = texts.iter().map(|t| t.split_whitespace().count()).sum::<usize>();
        let rows = page.rows();
        let row_texts: Vec<String> =
            rows.iter().map(|r| r.iter().map(|&s| texts[s].as_str()).collect::<Vec<_>>().join(" ")).collect();
        let dated = row_texts
            .iter()
            .filter(|t| starts_with_date(t) && t.split_whitespace().any(money::looks_like_money))
            .count();
        let wide = rows.iter().filter(|r| r.len() >= 4).count();
        Signals {
            narrow_page: narrow(page),
            many_amounts: (amounts as f64 / 25.0).min(1.0),
            few_words: if words < 60 { 1.0 - words as f64 / 60.0 } else { 0.0 },
            micr_line: f64::from(u8::from(micr(page, &rows, &texts))),
            ledger: (dated as f64 / 6.0).min(1.0),
            table: (wide as f64 / 4.0).min(1.0),
        }
    }

    /// The strength of a sign by its name in the catalog, 0 if there is no such sign.
    pub fn strength(&self, name: &str) -> f64 {
        match name {
            "narrow_page" => self.narrow_page,
            "many_amounts" => self.many_amounts,
            "few_words" => self.few_words,
            "micr_line" => self.micr_line,
            "ledger" => self.ledger,
            "table" => self.table,
            _ => 0.0,
        }
    }
}

/// The sign in words for the reasoning.
pub fn describe(name: &str) -> &'static str {
    match name {
        "narrow_page" => "a narrow slip",
        "many_amounts" => "many amounts",
        "few_words" => "few words",
        "micr_line" => "a MICR line",
        "ledger" => "rows of dates and amounts",
        "table" => "a table",
        _ => "the form's own labels",
    }
}

/// A till slip is a column of text no wider than about fifty of its letters.
fn narrow(page: &Page) -> f64 {
    let (x0, x1) =
        page.segments.iter().fold((f32::INFINITY, 0.0_f32), |(a, b), s| (a.min(s.rect.x0), b.max(s.rect.x1)));
    let letter =
        median(page.segments.iter().filter(|s| s.chars.len() >= 4).map(|s| s.rect.width() / s.chars.len() as f32))
            .unwrap_or(1.0);
    let columns = f64::from((x1 - x0) / letter.max(1.0));
    if page.segments.len() < 5 { 0.0 } else { ((62.0 - columns) / 16.0).clamp(0.0, 1.0) }
}

/// The bank's code line: a row at the foot of the text with a dozen digits and more, and next to no letters.
fn micr(page: &Page, rows: &[Vec<usize>], texts: &[String]) -> bool {
    rows.iter().any(|row| {
        let text = row.iter().map(|&s| texts[s].as_str()).collect::<Vec<_>>().join(" ");
        let digits = text.chars().filter(char::is_ascii_digit).count();
        let letters = text.chars().filter(|c| c.is_alphabetic()).count();
        let last = page.segments[row[row.len() - 1]].rect.x1;
        let wide = last - page.segments[row[0]].rect.x0 > 0.3 * page.width || digits >= 16;
        let amount = text.split_whitespace().any(money::looks_like_money);
        digits >= 13 && letters <= 3 && wide && !amount && page.segments[row[0]].rect.y0 > 0.55 * lowest(page)
    })
}

fn lowest(page: &Page) -> f32 {
    page.segments.iter().map(|s| s.rect.y1).fold(0.0, f32::max)
}

fn starts_with_date(text: &str) -> bool {
    date::find(text, Order::Unknown).is_some_and(|f| f.span.start <= 1)
        || date::partial_prefix(text, Order::Unknown)
            .is_some_and(|(_, n)| text.get(n..).is_some_and(|rest| rest.starts_with(' ')))
}
