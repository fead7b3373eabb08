//! Ledgers: rows that begin with a date and end in amounts, as on statements.

mod section;

use contract::catalog::{Kind, List};
use contract::date;
use contract::money::{self, Side};
use serde_json::Value;

use super::table::{self, Column, Heading};
use crate::extract::candidate::{Candidate, Entry, Signals};
use crate::extract::style::Style;
use crate::layout::fold::fold_text;
use crate::layout::label::{Label, Lexicon, Piece};
use crate::layout::{Page, Rect};
use section::{IN, OUT, Section, is_balance_row};

/// What the columns of a ledger mean.
struct Sheet<'a> {
    page: &'a Page,
    columns: Vec<Column>,
    labels: &'a [Label<Heading>],
    list: &'a List,
}

/// The entries of a document's ledger. Marks the segments that it used.
pub fn entries(
    pages: &[Page],
    list: &List,
    lexicon: &Lexicon<Heading>,
    style: &Style,
    used: &mut [Vec<bool>],
) -> Vec<Entry> {
    let mut entries = Vec::new();
    let mut columns: Vec<Column> = Vec::new();
    for (p, page) in pages.iter().enumerate() {
        let rows = page.rows();
        let labels = lexicon.find(page, |_| false);
        let mut headings = table::headings(page, &rows, &labels, list).into_iter().peekable();
        let mut sheet = Sheet { page, columns: std::mem::take(&mut columns), labels: &labels, list };
        let left = page.segments.iter().map(|s| s.rect.x0).fold(f32::INFINITY, f32::min);
        let mut section = Section::Plain;
        let mut above: Option<(f32, Candidate)> = None;
        for (r, row) in rows.iter().enumerate() {
            if let Some((_, found)) = headings.next_if(|(at, _)| *at == r) {
                sheet.columns = found;
                continue;
            }
            let text = row.iter().map(|&s| page.segments[s].text()).collect::<Vec<_>>().join(" ");
            // A title begins at the left; further in, the same word is a description.
            if page.segments[row[0]].rect.x0 < left + 6.0 * page.em {
                section = Section::opened_by(&text, list.owed).unwrap_or(section);
            }
            // Above the first heading there are summaries, no transactions.
            if sheet.columns.is_empty() && headings.peek().is_some() {
                continue;
            }
            if is_balance_row(&text) {
                continue;
            }
            let (top, bottom) = (page.segments[row[0]].rect.y0, page.segments[row[0]].rect.y1);
            let date = above.as_ref().filter(|(last, _)| top - last < 2.5 * page.em).map(|(_, date)| date);
            let parts = side_by_side(page, row, style);
            let found: Vec<Entry> = parts.iter().filter_map(|part| sheet.row(part, style, section, date)).collect();
            if !found.is_empty() {
                row.iter().for_each(|&s| used[p][s] = true);
                above = found[0].first().map(|(_, date)| (bottom, date.clone()));
                entries.extend(found);
            } else if let Some((last, _)) = above.as_mut().filter(|(last, _)| top - *last < 1.5 * page.em) {
                // A second line of the description.
                *last = bottom;
            }
        }
        // A table goes on over the page without its heading.
        columns = sheet.columns;
    }
    entries
}

/// The amount of a row of a debt: a credit, or an unsigned amount among the payments, lowers it.
fn owed(amount: &Amount, head: Option<&str>, section: Section) -> i64 {
    let lowers =
        |text: &str| ["payment", "credit", "refund"].iter().any(|w| text.contains(w)) && !text.contains("debit");
    match (amount.side, amount.signed) {
        (Some(Side::Credit), _) => -amount.cents.abs(),
        (Some(Side::Debit), _) => amount.cents.abs(),
        (None, true) => amount.cents,
        (None, false) if head.is_some_and(lowers) || section == Section::Lowers => -amount.cents,
        (None, false) => amount.cents,
    }
}

/// The parts of a row that holds several entries beside each other, as lists of checks do: each begins with a date and ends with
/// an amount.
fn side_by_side(page: &Page, row: &[usize], style: &Style) -> Vec<Vec<usize>> {
    let mut parts: Vec<Vec<usize>> = vec![Vec::new()];
    let mut paid = false;
    for &s in row {
        let text = page.segments[s].text();
        if paid && leading_date(&text, style).is_some() {
            parts.push(Vec::new());
            paid = false;
        }
        paid |= text.split_whitespace().any(money::looks_like_money);
        if let Some(part) = parts.last_mut() {
            part.push(s);
        }
    }
    parts
}

/// An amount of a row.
struct Amount {
    piece: Piece,
    cents: i64,
    signed: bool,
    side: Option<Side>,
}

impl Sheet<'_> {
    /// A row that begins with a date and holds an amount. Under a heading a row without a date is of the day `above`.
    fn row(&self, row: &[usize], style: &Style, section: Section, above: Option<&Candidate>) -> Option<Entry> {
        let field = |kind: Kind| self.list.fields.iter().filter(move |f| f.kind == kind);
        let first = row[0];
        let text = self.page.segments[first].text();
        let own = leading_date(&text, style);
        let undated = || {
            above.filter(|_| {
                !self.columns.is_empty()
                    && text.chars().any(char::is_alphabetic)
                    && !fold_text(&text).starts_with("total")
            })
        };
        let (day, rest) = match (own, undated()) {
            (Some((day, rest)), _) => (Some(day), rest),
            (None, Some(_)) => (None, 0),
            (None, None) => return None,
        };
        let mut amounts: Vec<Amount> = Vec::new();
        let mut words: Vec<Piece> = Vec::new();
        for (k, &s) in row.iter().enumerate() {
            let from = if k == 0 { text.chars().count() - text.get(rest..).unwrap_or("").chars().count() } else { 0 };
            self.sort_out(s, from, style, &mut amounts, &mut words);
        }
        if amounts.is_empty() {
            return None;
        }
        let dates = field(Kind::Date).next()?;
        let date = match (day, above) {
            (Some(day), _) => {
                let whole = piece(self.page, first, 0..text.chars().count().min(rest.max(1)));
                Candidate::from_piece(self.page, &whole, day, signals(whole.score, 0.9))
            }
            (None, Some(above)) => above.clone(),
            (None, None) => return None,
        };
        let mut entry: Entry = vec![(dates.name.clone(), date)];
        self.take_posting_date(&mut words, &mut entry, style);
        self.take_check_number(&mut words, &mut entry);
        self.describe(&words, &mut entry);
        let (amount, balance) = self.roles(amounts, section)?;
        let names: Vec<&str> = field(Kind::Money).map(|f| f.name.as_str()).collect();
        let value = |a: &Amount| {
            let cents = money::Cents(a.cents).to_json();
            Candidate::from_piece(self.page, &a.piece, cents, signals(a.piece.score, 0.9))
        };
        entry.push(((*names.first()?).to_owned(), value(&amount)));
        if let (Some(name), Some(balance)) = (names.get(1), balance) {
            entry.push(((*name).to_owned(), value(&balance)));
        }
        Some(entry)
    }

    fn field(&self, kind: Kind, n: usize) -> Option<&contract::catalog::Field> {
        self.list.fields.iter().filter(|f| f.kind == kind).nth(n)
    }

    /// A second date is the day of posting.
    fn take_posting_date(&self, words: &mut Vec<Piece>, entry: &mut Entry, style: &Style) {
        let whole =
            |w: &Piece| leading_date(&w.text, style).filter(|(_, n)| *n >= w.text.trim().len()).map(|(day, _)| day);
        let found = words.iter().enumerate().find_map(|(i, w)| Some((i, whole(w)?)));
        if let (Some(post), Some((at, day))) = (self.field(Kind::Date, 1), found) {
            let piece = words.remove(at);
            let candidate = Candidate::from_piece(self.page, &piece, day, signals(piece.score, 0.9));
            entry.push((post.name.clone(), candidate));
        }
    }

    /// What is left of a check is its number alone.
    fn take_check_number(&self, words: &mut Vec<Piece>, entry: &mut Entry) {
        let number = |w: &Piece| {
            let digits = w.text.trim_start_matches(['*', '#', ' ']);
            ((3..=8).contains(&digits.len()) && digits.bytes().all(|b| b.is_ascii_digit())).then(|| digits.to_owned())
        };
        if let (Some(check), [only]) = (self.field(Kind::Id, 0), words.as_slice())
            && let Some(digits) = number(only)
        {
            let candidate = Candidate::from_piece(self.page, only, digits.into(), signals(only.score, 0.9));
            entry.push((check.name.clone(), candidate));
            words.clear();
        }
    }

    /// The other words are the description.
    fn describe(&self, words: &[Piece], entry: &mut Entry) {
        let (Some(text), Some(first)) = (self.field(Kind::Text, 0), words.first()) else { return };
        let pieces: Vec<&Piece> = words.iter().collect();
        let joined = pieces.iter().map(|p| p.text.as_str()).collect::<Vec<_>>().join(" ");
        let candidate = Candidate::from_pieces(self.page, &pieces, joined.into(), signals(first.score, 0.7));
        entry.extend(candidate.map(|c| (text.name.clone(), c)));
    }

    /// Splits a segment into its amounts, at its end, and its words.
    fn sort_out(&self, s: usize, from: usize, style: &Style, amounts: &mut Vec<Amount>, words: &mut Vec<Piece>) {
        let segment = &self.page.segments[s];
        let text: Vec<char> = segment.chars.iter().map(|c| c.c).collect();
        let mut end = text.len();
        let mut own: Vec<Amount> = Vec::new();
        while end > from {
            let start = (from..end).rev().find(|&i| text[i].is_whitespace()).map_or(from, |i| i + 1);
            let mut at = start;
            let mut word: String = text[start..end].iter().collect();
            // "12.00 CR" and "- 12.00" are one amount.
            if matches!(word.to_ascii_uppercase().as_str(), "CR" | "DR") && start > from {
                at = (from..start - 1).rev().find(|&i| text[i].is_whitespace()).map_or(from, |i| i + 1);
                word = text[at..end].iter().collect();
            }
            if at > from + 1 && matches!(text[at - 2], '-' | '+' | '$') && text[at - 1].is_whitespace() {
                at -= 2;
                word = text[at..end].iter().collect();
            }
            let compact: String = word.chars().filter(|c| !c.is_whitespace()).collect();
            // A whole number is an amount only with a sign, at the end of its line.
            let whole = at == from && end == text.len() && compact.starts_with(['-', '+', '−']);
            let Some(read) =
                money::parse(&compact, style.mark).filter(|m| m.decimals == 2 || m.currency.is_some() || whole)
            else {
                break;
            };
            let signed = read.cents.0 < 0 || compact.contains('+') || read.side.is_some();
            let cents = match read.side {
                Some(Side::Credit) => read.cents.0.abs(),
                Some(Side::Debit) => -read.cents.0.abs(),
                None => read.cents.0,
            };
            own.push(Amount { piece: piece(self.page, s, at..end), cents, signed, side: read.side });
            end = (from..at).rev().find(|&i| !text[i].is_whitespace()).map_or(from, |i| i + 1);
        }
        own.reverse();
        amounts.extend(own);
        if end > from && text[from..end].iter().any(|c| c.is_alphanumeric()) {
            words.push(piece(self.page, s, from..end));
        }
    }

    /// Which of a row's amounts is the transaction, with its sign, and which the balance.
    fn roles(&self, amounts: Vec<Amount>, section: Section) -> Option<(Amount, Option<Amount>)> {
        let mut amount: Option<Amount> = None;
        let mut balance: Option<Amount> = None;
        let n = amounts.len();
        let heads = |words: &[&str]| {
            self.columns.iter().filter_map(|c| self.head(&c.rect)).any(|h| words.iter().any(|w| h.contains(w)))
        };
        let in_and_out = heads(IN) && heads(OUT);
        for (i, mut a) in amounts.into_iter().enumerate() {
            let head = self.head(&a.piece.rect);
            let is_balance = match &head {
                Some(head) => {
                    // Beside columns for money in and out, a column of any other name holds the balance.
                    let other = in_and_out && !self.list.owed && !IN.iter().chain(OUT).any(|w| head.contains(w));
                    other || ["balance", "saldo", "kontostand", "solde"].iter().any(|w| head.contains(w))
                }
                None => n > 1 && i == n - 1,
            };
            if is_balance {
                balance = Some(a);
            } else if amount.is_none() {
                if self.list.owed {
                    a.cents = owed(&a, head.as_deref(), section);
                    amount = Some(a);
                    continue;
                }
                let out = head.as_ref().is_some_and(|h| OUT.iter().any(|w| h.contains(w)));
                let inward = head.as_ref().is_some_and(|h| IN.iter().any(|w| h.contains(w)));
                let leaves = if out == inward { !out && section == Section::Out } else { out };
                if !a.signed && leaves {
                    a.cents = -a.cents;
                }
                amount = Some(a);
            }
        }
        match (amount, balance) {
            (Some(amount), balance) => Some((amount, balance)),
            (None, Some(only)) if self.columns.is_empty() => Some((only, None)),
            _ => None,
        }
    }

    /// The folded heading of the column over a box.
    fn head(&self, rect: &Rect) -> Option<String> {
        let near = |c: &&Column| {
            (c.rect.x1 - rect.x1)
                .abs()
                .min((c.rect.center_x() - rect.center_x()).abs())
                .min((c.rect.x0 - rect.x0).abs())
        };
        let column = self
            .columns
            .iter()
            .filter(|c| c.field.is_some_and(|f| self.list.fields[f].kind == Kind::Money))
            .min_by(|a, b| near(a).total_cmp(&near(b)))?;
        let label = self.labels.iter().find(|l| l.rect == column.rect)?;
        Some(fold_text(&self.page.segments[label.segment].slice(label.range.clone())))
    }
}

/// What speaks for a value of a row whose place in the ledger is its only label.
fn signals(read: f32, shape: f32) -> Signals {
    Signals { label: 0.7, read, near: 0.8, shape, agree: 1.0 }
}

fn piece(page: &Page, s: usize, range: std::ops::Range<usize>) -> Piece {
    let segment = &page.segments[s];
    Piece {
        segment: s,
        text: segment.slice(range.clone()),
        rect: segment.rect_of(range.clone()),
        range,
        score: segment.score,
    }
}

/// The date at the start of a text, and how many bytes it takes. Without a year the text itself stands for it, until the
/// statement's period is known.
fn leading_date(text: &str, style: &Style) -> Option<(Value, usize)> {
    if let Some(found) = date::find(text, style.order).filter(|f| f.span.start <= 1) {
        return Some((found.parsed.date.to_string().into(), found.span.end));
    }
    let (partial, n) = date::partial_prefix(text, style.order)?;
    let next = text.get(n..)?.chars().next();
    (next.is_none_or(char::is_whitespace))
        .then(|| (Value::String(format!("--{:02}-{:02}", partial.month, partial.day)), n))
}

#[cfg(test)]
mod tests;
