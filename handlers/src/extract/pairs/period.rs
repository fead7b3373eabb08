//! The period of a statement: two dates on one line, "from 1 March to 31 March".

use contract::catalog::TypeEntry;
use contract::date::{self, Date};

use super::Sheet;
use crate::extract::candidate::{Candidate, Draft, Signals};
use crate::extract::style::Style;
use crate::layout::Page;
use crate::layout::label::Piece;

/// Names of the first and last day, by type.
const NAMES: &[(&str, &str)] = &[("statement_start", "statement_end"), ("period_start", "period_end")];

/// Longest period in days: a year and a bit.
const LONGEST: i64 = 400;

/// Longest text between the two dates, in bytes: " through ".
const BETWEEN: usize = 12;

/// Fills both ends of the period from the first line that holds two dates.
pub fn fill(draft: &mut Draft, sheets: &[Sheet], entry: &TypeEntry, style: &Style) {
    let named = |name: &str| entry.fields.iter().any(|f| f.name == name);
    let Some((start, end)) = NAMES.iter().find(|(start, end)| named(start) && named(end)) else { return };
    let both = sheets.iter().find_map(|sheet| sheet.page.rows().iter().find_map(|row| on_row(sheet.page, row, style)));
    let Some((first, last)) = both else { return };
    // One date found by its label alone may be the wrong end of the two, so the pair replaces it.
    draft.set(start, Some(first));
    draft.set(end, Some(last));
}

fn on_row(page: &Page, row: &[usize], style: &Style) -> Option<(Candidate, Candidate)> {
    let text = row.iter().map(|&s| page.segments[s].text()).collect::<Vec<_>>().join(" ");
    let first = date::find(&text, style.order)?;
    let rest = text.get(first.span.end..)?;
    let second = date::find(rest, style.order)?;
    let between = rest.get(..second.span.start)?.trim();
    let (from, to) = (first.parsed.date, second.parsed.date);
    let joined = !between.is_empty() && between.len() <= BETWEEN && !between.chars().any(|c| c.is_ascii_digit());
    let days = from.days_until(to);
    if !joined || !(1..=LONGEST).contains(&days) {
        return None;
    }
    let segment =
        row.iter().copied().max_by_key(|&s| page.segments[s].chars.iter().filter(|c| c.c.is_ascii_digit()).count())?;
    let at = &page.segments[segment];
    let piece = Piece { segment, range: 0..at.chars.len(), rect: at.rect, text, score: at.score };
    let candidate = |date: Date| {
        let signals = Signals { label: 0.7, read: piece.score, near: 0.9, shape: 0.95, agree: 1.0 };
        Candidate::from_piece(page, &piece, date.to_string().into(), signals)
    };
    Some((candidate(from), candidate(to)))
}
