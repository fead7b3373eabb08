//! Tables with a heading line: line items of invoices, items of receipts.

use std::ops::Range;

use contract::catalog::{Kind, List, ListLayout};

use crate::extract::candidate::{Candidate, Entry, Signals};
use crate::extract::kind;
use crate::extract::style::Style;
use crate::layout::label::{Label, Lexicon, Piece};
use crate::layout::{Page, Rect};

/// What a printed phrase of a table stands for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Heading {
    /// The heading of a column, by the index of its field.
    Column(usize),
    /// The title of the table.
    Title,
    /// The table ends here.
    End,
    /// No column of interest.
    Not,
}

/// The phrases of a list. The same word may head a column and end the table ("Total"), so both are looked for apart.
#[derive(Debug, Default)]
pub struct Phrases {
    /// Column headings and titles.
    pub headings: Lexicon<Heading>,
    /// Words that end the table.
    pub ends: Lexicon<Heading>,
}

/// Prepares the phrases of a list.
pub fn phrases(list: &List) -> Phrases {
    let mut phrases = Phrases::default();
    for (i, field) in list.fields.iter().enumerate() {
        field.labels.iter().for_each(|l| phrases.headings.add(Heading::Column(i), l));
        field.not.iter().for_each(|l| phrases.headings.add(Heading::Not, l));
    }
    list.labels.iter().for_each(|l| phrases.headings.add(Heading::Title, l));
    list.until.iter().for_each(|l| phrases.ends.add(Heading::End, l));
    phrases
}

/// A column: the index of its field, if it is one of the catalog's, and its heading's box.
#[derive(Clone, Copy, Debug)]
pub struct Column {
    /// The field.
    pub field: Option<usize>,
    /// The heading.
    pub rect: Rect,
}

/// A run of characters of a segment, under a column.
#[derive(Clone, Debug)]
pub struct Cell {
    /// The text with its place.
    pub piece: Piece,
    /// The column, by index.
    pub column: usize,
}

/// The heading row of a page with the most columns, and its index among the page's rows.
pub fn heading(
    page: &Page,
    rows: &[Vec<usize>],
    labels: &[Label<Heading>],
    list: &List,
) -> Option<(usize, Vec<Column>)> {
    let known = |columns: &[Column]| columns.iter().filter(|c| c.field.is_some()).count();
    let headings = headings(page, rows, labels, list);
    // Of equals the first: `max_by_key` would take the last.
    headings.into_iter().rev().max_by_key(|(_, columns)| known(columns))
}

/// Every row of a page that heads a table of this list, with its columns. A ledger's names a date.
pub fn headings(page: &Page, rows: &[Vec<usize>], labels: &[Label<Heading>], list: &List) -> Vec<(usize, Vec<Column>)> {
    let mut found = Vec::new();
    for (r, row) in rows.iter().enumerate() {
        let mut columns = columns(page, row, labels);
        name_last(&mut columns, list);
        let mut fields: Vec<usize> = columns.iter().filter_map(|c| c.field).collect();
        fields.sort_unstable();
        fields.dedup();
        let has = |kind: Kind| fields.iter().any(|&f| list.fields[f].kind == kind);
        let whole = has(Kind::Money) && (list.layout != ListLayout::Ledger || has(Kind::Date));
        let amounts =
            row.iter().any(|&s| page.segments[s].text().split_whitespace().any(contract::money::looks_like_money));
        if fields.len() >= 2 && whole && !amounts {
            found.push((r, columns));
        }
    }
    found
}

/// The rightmost column of a table of items holds the amounts, whatever its heading says ("USD").
fn name_last(columns: &mut [Column], list: &List) {
    let known = |f: usize| columns.iter().any(|c| c.field == Some(f));
    let amount = list.fields.iter().position(|f| f.name == "amount" && f.kind == Kind::Money);
    let described = list.fields.iter().position(|f| f.kind == Kind::Text).is_some_and(known);
    let Some(amount) = amount.filter(|&f| list.layout == ListLayout::Table && described && !known(f)) else { return };
    if let (3.., Some(last)) = (columns.len(), columns.last_mut().filter(|c| c.field.is_none())) {
        last.field = Some(amount);
    }
}

/// The columns that the labels of a row head, and those headed by unknown words.
fn columns(page: &Page, row: &[usize], labels: &[Label<Heading>]) -> Vec<Column> {
    let mut columns: Vec<Column> = Vec::new();
    for &segment in row {
        let own: Vec<&Label<Heading>> = labels.iter().filter(|l| l.segment == segment).collect();
        if own.is_empty() {
            columns.push(Column { field: None, rect: page.segments[segment].rect });
        }
        for label in &own {
            // The same words may be one field's heading and another's exception ("item code").
            let named = |l: &Label<Heading>| matches!(l.target, Heading::Column(_)) && l.range == label.range;
            if !matches!(label.target, Heading::Column(_)) && own.iter().any(|l| named(l)) {
                continue;
            }
            let field = match label.target {
                Heading::Column(f) => Some(f),
                Heading::End | Heading::Not | Heading::Title => None,
            };
            columns.push(Column { field, rect: label.rect });
        }
    }
    columns.sort_by(|a, b| a.rect.x0.total_cmp(&b.rect.x0));
    columns
}

/// The cells of a row: its segments, cut where they run across columns.
pub fn cells(page: &Page, row: &[usize], columns: &[Column]) -> Vec<Cell> {
    let mut cells: Vec<Cell> = Vec::new();
    for &s in row {
        let segment = &page.segments[s];
        for range in words(segment.chars.iter().map(|c| c.c)) {
            let rect = segment.rect_of(range.clone());
            let spanned = columns.iter().filter(|c| c.rect.overlap_x(&segment.rect) > 0.5 * c.rect.width()).count();
            let column = if spanned > 1 { column_of(columns, &rect) } else { column_of(columns, &segment.rect) };
            match cells.last_mut() {
                Some(last) if last.piece.segment == s && last.column == column => {
                    last.piece.range.end = range.end;
                    last.piece.rect = segment.rect_of(last.piece.range.clone());
                    last.piece.text = segment.slice(last.piece.range.clone());
                }
                _ => cells.push(Cell {
                    piece: Piece { segment: s, text: segment.slice(range.clone()), rect, range, score: segment.score },
                    column,
                }),
            }
        }
    }
    cells
}

/// The ranges of the words in a text.
fn words(chars: impl Iterator<Item = char>) -> Vec<Range<usize>> {
    let mut words: Vec<Range<usize>> = Vec::new();
    let mut open = false;
    for (i, c) in chars.enumerate() {
        match (c.is_whitespace(), open) {
            (true, _) => open = false,
            (false, true) => {
                if let Some(word) = words.last_mut() {
                    word.end = i + 1;
                }
            }
            (false, false) => {
                words.push(i..i + 1);
                open = true;
            }
        }
    }
    words
}

/// The column under whose heading a box stands: the one it overlaps most, else the nearest by left edge, right edge or middle.
fn column_of(columns: &[Column], rect: &Rect) -> usize {
    let overlap = |c: &Column| c.rect.overlap_x(rect);
    let distance = |c: &Column| {
        (c.rect.x0 - rect.x0).abs().min((c.rect.x1 - rect.x1).abs()).min((c.rect.center_x() - rect.center_x()).abs())
    };
    let key = |c: &Column| {
        if overlap(c) > 0.0 { -overlap(c) / c.rect.width().min(rect.width()).max(1.0) } else { distance(c) }
    };
    (0..columns.len()).min_by(|&a, &b| key(&columns[a]).total_cmp(&key(&columns[b]))).unwrap_or(0)
}

/// The entries of a list in a document. Marks the segments that it used.
pub fn entries(pages: &[Page], list: &List, phrases: &Phrases, style: &Style, used: &mut [Vec<bool>]) -> Vec<Entry> {
    let mut entries = Vec::new();
    for (p, page) in pages.iter().enumerate() {
        let rows = page.rows();
        if let Some((at, columns)) = heading(page, &rows, &phrases.headings.find(page, |_| false), list) {
            let ends = phrases.ends.find(page, |_| false);
            entries.extend(read(page, list, &rows, at, &columns, &ends, style, &mut used[p]));
        }
    }
    entries
}

/// Reads the rows under a heading until the words that end the table.
#[expect(
    clippy::too_many_arguments,
    reason = "the page, what is known of it and where to note what was used; a struct would only rename them"
)]
fn read(
    page: &Page,
    list: &List,
    rows: &[Vec<usize>],
    at: usize,
    columns: &[Column],
    labels: &[Label<Heading>],
    style: &Style,
    used: &mut [bool],
) -> Vec<Entry> {
    let mut entries: Vec<Entry> = Vec::new();
    let mut pending: Option<Candidate> = None;
    let mut last_bottom = rows[at].iter().map(|&s| page.segments[s].rect.y1).fold(0.0, f32::max);
    rows[at].iter().for_each(|&s| used[s] = true);
    for row in &rows[at + 1..] {
        let top = row.iter().map(|&s| page.segments[s].rect.y0).fold(f32::INFINITY, f32::min);
        if ends(page, row, labels) || (top - last_bottom > 9.0 * page.em && !entries.is_empty()) {
            break;
        }
        let entry = entry(page, list, &cells(page, row, columns), columns, style);
        let has = |kind: Kind| entry.iter().any(|(n, _)| list.fields.iter().any(|f| f.name == *n && f.kind == kind));
        let (priced, described) = (has(Kind::Money), has(Kind::Text));
        let description = list.fields.iter().find(|f| f.kind == Kind::Text);
        if priced {
            let mut entry = entry;
            if let (Some(field), Some(name), false) = (description, pending.take(), described) {
                entry.insert(0, (field.name.clone(), name));
            }
            entries.push(entry);
        } else if let Some((_, name)) = entry.into_iter().find(|(n, _)| description.is_some_and(|f| f.name == *n)) {
            pending = Some(name);
        }
        row.iter().for_each(|&s| used[s] = true);
        last_bottom = row.iter().map(|&s| page.segments[s].rect.y1).fold(last_bottom, f32::max);
    }
    entries
}

/// Whether a row begins with words that end the table.
fn ends(page: &Page, row: &[usize], labels: &[Label<Heading>]) -> bool {
    labels.iter().any(|l| {
        l.target == Heading::End && row.contains(&l.segment) && {
            let before = page.segments[l.segment].chars[..l.range.start].iter().filter(|c| c.c.is_alphabetic()).count();
            let after = page.segments[l.segment].chars[l.range.end..].iter().filter(|c| c.c.is_alphabetic()).count();
            before <= 2 && after <= 16
        }
    })
}

/// The values of a row.
fn entry(page: &Page, list: &List, cells: &[Cell], columns: &[Column], style: &Style) -> Entry {
    let mut entry: Entry = Vec::new();
    for (c, column) in columns.iter().enumerate() {
        let Some(field) = column.field.map(|f| &list.fields[f]) else { continue };
        let own: Vec<&Piece> = cells.iter().filter(|cell| cell.column == c).map(|cell| &cell.piece).collect();
        if own.is_empty() || entry.iter().any(|(name, _)| *name == field.name) {
            continue;
        }
        let text = own.iter().map(|p| p.text.as_str()).collect::<Vec<_>>().join(" ");
        let Some(parsed) = kind::parse(field.kind, &text, style) else { continue };
        let read = own.iter().map(|p| p.score).fold(1.0, f32::min);
        let signals = Signals { label: 0.9, read, near: 0.9, shape: parsed.shape, agree: 1.0 };
        if let Some(candidate) = Candidate::from_pieces(page, &own, parsed.value, signals) {
            entry.push((field.name.clone(), candidate));
        }
    }
    entry
}

#[cfg(test)]
mod tests;
