//! Values without a label: an e-mail address is one wherever it stands, a slip prints its items without a heading.

use contract::catalog::{Field, Kind, Layout, List, TypeEntry};
use contract::money;
use serde_json::Value;

use super::Sheet;
use super::table::Heading;
use crate::extract::candidate::{Candidate, Draft, Entry, Signals};
use crate::extract::kind;
use crate::extract::style::Style;
use crate::layout::Page;
use crate::layout::label::{Label, Lexicon, Piece};

/// Fills the fields that show themselves by their shape alone.
pub fn fill(draft: &mut Draft, sheets: &[Sheet], entry: &TypeEntry, style: &Style) {
    for field in &entry.fields {
        if draft.get(&field.name).is_none() {
            let found = find(sheets, field, entry, draft, style);
            draft.fill(&field.name, found);
        }
    }
}

fn find(sheets: &[Sheet], field: &Field, entry: &TypeEntry, draft: &Draft, style: &Style) -> Option<Candidate> {
    let slip = entry.layout == Layout::Slip;
    // Anything else needs words to tell it from its like: of the dates on an invoice only the label says which is the due date.
    let threshold = match field.kind {
        Kind::Currency => return currency(sheets, style),
        Kind::Time => return time(sheets, draft, style),
        Kind::Email | Kind::Iban | Kind::Swift => 0.75,
        Kind::Date if matches!(field.name.as_str(), "date" | "invoice_date") => 0.75,
        Kind::Last4 | Kind::Phone if slip => 0.95,
        _ => return None,
    };
    sheets.iter().find_map(|sheet| {
        let upper = |y: f32| field.kind != Kind::Phone || y < 0.45 * sheet.page.height;
        (0..sheet.page.segments.len()).filter(|&i| upper(sheet.page.segments[i].rect.y0)).find_map(|i| {
            let piece = piece(sheet.page, i);
            let parsed = kind::parse(field.kind, &piece.text, style).filter(|p| p.shape >= threshold)?;
            let signals = Signals { label: 0.4, read: piece.score, near: 0.6, shape: parsed.shape, agree: 1.0 };
            Some(Candidate::from_piece(sheet.page, &piece, parsed.value, signals))
        })
    })
}

/// The time that stands nearest to the date: a phone's clock or opening hours are further away.
fn time(sheets: &[Sheet], draft: &Draft, style: &Style) -> Option<Candidate> {
    let date = draft.get("date").map(|c| (c.page, c.rect.center_y()));
    let times = sheets.iter().flat_map(|sheet| (0..sheet.page.segments.len()).map(move |i| (sheet.page, i)));
    let found = times.filter_map(|(page, i)| {
        let piece = piece(page, i);
        let parsed = kind::parse(Kind::Time, &piece.text, style)?;
        let away = date.map_or(piece.rect.center_y(), |(number, y)| {
            if number == page.number { (piece.rect.center_y() - y).abs() } else { page.height }
        });
        let signals = Signals {
            label: 0.4,
            read: piece.score,
            near: if away < 3.0 * page.em { 0.9 } else { 0.5 },
            shape: 0.9,
            agree: 1.0,
        };
        Some((away, Candidate::from_piece(page, &piece, parsed.value, signals)))
    });
    found.min_by(|a, b| a.0.total_cmp(&b.0)).map(|(_, candidate)| candidate)
}

/// The document's currency, shown by the first text that names it.
fn currency(sheets: &[Sheet], style: &Style) -> Option<Candidate> {
    let code = style.currency?;
    sheets.iter().find_map(|sheet| {
        (0..sheet.page.segments.len()).find_map(|i| {
            let segment = &sheet.page.segments[i];
            let text = segment.text();
            let names = crate::extract::style::currency_of(&text) == Some(code)
                || (text.contains('$') && text.chars().any(|c| c.is_ascii_digit()));
            let piece =
                Piece { segment: i, range: 0..segment.chars.len(), rect: segment.rect, text, score: segment.score };
            let signals = Signals { label: 0.6, read: piece.score, near: 0.8, shape: 0.9, agree: 1.0 };
            names.then(|| Candidate::from_piece(sheet.page, &piece, code.into(), signals))
        })
    })
}

/// Items of a slip without a heading: lines that end in an amount, before the totals.
pub fn items(
    pages: &[Page],
    list: &List,
    lexicon: &Lexicon<Heading>,
    style: &Style,
    used: &mut [Vec<bool>],
) -> Vec<Entry> {
    let field = |kind: Kind| list.fields.iter().find(|f| f.kind == kind);
    let (Some(description), Some(amount)) = (field(Kind::Text), list.fields.iter().rfind(|f| f.kind == Kind::Money))
    else {
        return Vec::new();
    };
    let mut entries = Vec::new();
    for (p, page) in pages.iter().enumerate() {
        let labels = lexicon.find(page, |_| false);
        let mut pending: Option<(usize, Candidate)> = None;
        for row in page.rows() {
            if !entries.is_empty() && ends(&row, &labels) {
                break;
            }
            if ends(&row, &labels) {
                pending = None;
                continue;
            }
            let text = row.iter().map(|&s| page.segments[s].text()).collect::<Vec<_>>().join(" ");
            let Some(split) = split_row(&text, style) else {
                pending = row.first().and_then(|&s| Some((s, whole(page, s, description, style)?)));
                continue;
            };
            let (last, first) = (row[row.len() - 1], row[0]);
            let money = Candidate::from_piece(
                page,
                &piece(page, last),
                split.amount,
                Signals { label: 0.5, read: page.segments[last].score, near: 0.7, shape: 0.8, agree: 1.0 },
            );
            let mut entry: Entry = Vec::new();
            let name = if split.name.is_empty() {
                pending.take().map(|(s, candidate)| {
                    used[p][s] = true;
                    candidate
                })
            } else {
                let mut own =
                    Candidate::from_piece(page, &piece(page, first), split.name.clone().into(), money.signals);
                own.raw = split.name;
                Some(own)
            };
            let Some(name) = name else { continue };
            entry.push((description.name.clone(), name));
            if let (Some(quantity), Some(value)) = (field(Kind::Number), split.quantity) {
                entry.push((
                    quantity.name.clone(),
                    Candidate::from_piece(page, &piece(page, first), value, money.signals),
                ));
            }
            if let (Some(price), Some(value)) = (list.fields.iter().find(|f| f.name == "unit_price"), split.unit_price)
            {
                entry
                    .push((price.name.clone(), Candidate::from_piece(page, &piece(page, first), value, money.signals)));
            }
            entry.push((amount.name.clone(), money));
            row.iter().for_each(|&s| used[p][s] = true);
            entries.push(entry);
            pending = None;
        }
    }
    entries
}

fn piece(page: &Page, s: usize) -> Piece {
    let segment = &page.segments[s];
    Piece { segment: s, range: 0..segment.chars.len(), rect: segment.rect, text: segment.text(), score: segment.score }
}

fn whole(page: &Page, s: usize, field: &Field, style: &Style) -> Option<Candidate> {
    let piece = piece(page, s);
    let parsed = kind::parse(field.kind, &piece.text, style)
        .filter(|_| piece.text.chars().filter(|c| c.is_alphabetic()).count() >= 3)?;
    Some(Candidate::from_piece(
        page,
        &piece,
        parsed.value,
        Signals { label: 0.4, read: piece.score, near: 0.5, shape: parsed.shape, agree: 1.0 },
    ))
}

fn ends(row: &[usize], labels: &[Label<Heading>]) -> bool {
    labels.iter().any(|l| l.target == Heading::End && row.contains(&l.segment))
}

/// A row as "quantity name amount".
struct Row {
    quantity: Option<Value>,
    unit_price: Option<Value>,
    name: String,
    amount: Value,
}

fn split_row(text: &str, style: &Style) -> Option<Row> {
    let words: Vec<&str> = text.split_whitespace().collect();
    // A tax code may stand behind the amount.
    let at = (1..=2).filter_map(|n| words.len().checked_sub(n)).find(|&i| money::looks_like_money(words[i]))?;
    if words.len() - at > 1 && words[at + 1].chars().count() > 3 {
        return None;
    }
    let amount = kind::parse(Kind::Money, words[at], style)?.value;
    let mut head = &words[..at];
    let sign = |w: &str| matches!(w, "$" | "RM" | "€" | "£" | "x" | "X" | "×" | "@" | "*");
    let unit_price = unit_price(head, &amount, style);
    while head.len() > 1 && head.last().is_some_and(|w| money::parse(w, style.mark).is_some() || sign(w)) {
        head = &head[..head.len() - 1];
    }
    let count = |w: &&str| {
        let digits = w.trim_end_matches(['x', 'X', '×', '*']);
        (digits.len() <= 3 && !digits.is_empty() && digits.bytes().all(|b| b.is_ascii_digit()))
            .then(|| digits.parse::<i64>().ok())
            .flatten()
    };
    let first = head.first().and_then(count);
    let mut name = &head[usize::from(first.is_some() || unit_price.is_some()).min(head.len())..];
    if unit_price.is_some() {
        // "10 PCS X 0.70 7.00": what is left is the unit.
        name = if name.len() == 1 && name[0].len() <= 4 { &[] } else { name };
    }
    let name = name.join(" ");
    let letters = name.chars().filter(|c| c.is_alphabetic()).count();
    let (quantity, unit_price) = match unit_price {
        Some((quantity, price)) => (Some(quantity), Some(price)),
        None => (first.map(Value::from), None),
    };
    Some(Row { quantity, unit_price, name: if letters >= 2 { name } else { String::new() }, amount })
}

/// The quantity and the unit price before an amount, told by their product.
fn unit_price(head: &[&str], amount: &Value, style: &Style) -> Option<(Value, Value)> {
    let number =
        |w: &str| kind::parse(Kind::Number, w.trim_matches(['x', 'X', '@', '*']), style).and_then(|p| p.value.as_f64());
    let numbers: Vec<f64> = head.iter().filter_map(|w| number(w)).collect();
    let total = amount.as_f64()?;
    let (quantity, price) = numbers
        .windows(2)
        .map(|w| (w[0], w[1]))
        .find(|(q, p)| *q > 0.0 && *p > 0.0 && (q * p - total).abs() < 0.011)?;
    let whole = if quantity.fract() == 0.0 { Value::from(quantity as i64) } else { Value::from(quantity) };
    Some((whole, contract::money::Cents((price * 100.0).round() as i64).to_json()))
}
