//! Lists on forms: rows of state boxes, coded boxes, and labels with amounts.

use contract::catalog::{Kind, List, ListLayout};

use super::{Sheet, Target};
use crate::extract::candidate::{Candidate, Entry, Signals};
use crate::extract::kind;
use crate::extract::style::Style;
use crate::layout::label::{Label, Piece};
use crate::layout::rows;

/// The entries of a list, once per copy of the form on the page.
pub(super) fn entries(sheet: &Sheet, index: usize, list: &List, style: &Style) -> Vec<Vec<Entry>> {
    match list.layout {
        ListLayout::Boxes => copies(sheet, index).iter().map(|labels| box_rows(sheet, labels, list, style)).collect(),
        ListLayout::Coded => vec![coded(sheet, index, list, style)],
        ListLayout::Labelled => vec![labelled(sheet, index, list, style)],
        ListLayout::Table | ListLayout::Ledger => Vec::new(),
    }
}

/// The labels of a list in sets, one per copy: a copy ends where a field's label comes again.
fn copies(sheet: &Sheet, list: usize) -> Vec<Vec<(usize, usize)>> {
    let em = sheet.page.em;
    let labels: Vec<(usize, usize)> = (0..sheet.labels.len())
        .filter_map(|l| match sheet.labels[l].target {
            Target::Item(i, field) if i == list => Some((l, field)),
            _ => None,
        })
        .collect();
    // Labels of two lines count as one row, so boxes are made taller before they are grouped.
    let tall = labels.iter().map(|&(l, _)| {
        let rect = sheet.labels[l].rect;
        crate::layout::Rect { y0: rect.y0 - 0.8 * em, y1: rect.y1 + 0.8 * em, ..rect }
    });
    let mut copies: Vec<Vec<(usize, usize)>> = Vec::new();
    for row in rows(tall) {
        let mut set: Vec<(usize, usize)> = Vec::new();
        for member in row {
            if set.iter().any(|&(_, field)| field == labels[member].1) {
                copies.push(std::mem::take(&mut set));
            }
            set.push(labels[member]);
        }
        copies.push(set);
    }
    copies
}

fn box_rows(sheet: &Sheet, labels: &[(usize, usize)], list: &List, style: &Style) -> Vec<Entry> {
    let owned: Vec<(usize, usize, f32, usize)> = labels
        .iter()
        .flat_map(|&(l, field)| sheet.owned[l].iter().map(move |&(piece, cost)| (piece, field, cost, l)))
        .collect();
    let lines = rows(owned.iter().map(|o| sheet.pieces[o.0].rect));
    let mut entries: Vec<Entry> = Vec::new();
    for line in lines {
        let mut entry: Entry = Vec::new();
        for k in line {
            let (piece, field, cost, label) = owned[k];
            let (piece, field) = (&sheet.pieces[piece], &list.fields[field]);
            let state =
                list.fields.iter().find(|f| f.kind == Kind::State && contract::validate::state_code(piece.text.trim()));
            let (field, parsed) = match (kind::parse(field.kind, &piece.text, style), state) {
                (_, Some(state)) => (state, kind::parse(Kind::State, &piece.text, style)),
                (parsed, None) => (field, parsed),
            };
            let Some(parsed) = parsed else { continue };
            if entry.iter().any(|(name, _)| *name == field.name) {
                continue;
            }
            let signals = Signals::new(Some(&sheet.labels[label]), piece.score, cost, parsed.shape);
            entry.push((field.name.clone(), Candidate::from_piece(sheet.page, piece, parsed.value, signals)));
        }
        split_state(&mut entry, list);
        let id = |name: &str| list.fields.iter().any(|f| f.name == name && matches!(f.kind, Kind::Id | Kind::Text));
        if entry.iter().any(|(name, c)| !id(name) && c.signals.shape > 0.5) {
            entries.push(entry);
        }
    }
    entries.truncate(list.max.unwrap_or(usize::MAX));
    entries
}

/// "CA 123-456" in the box of the state number holds the state too.
fn split_state(entry: &mut Entry, list: &List) {
    let Some(state) = list.fields.iter().find(|f| f.kind == Kind::State) else { return };
    if entry.iter().any(|(name, _)| *name == state.name) {
        return;
    }
    let Some(at) = entry
        .iter()
        .position(|(name, c)| list.fields.iter().any(|f| f.name == *name && f.kind == Kind::Id) && c.value.is_string())
    else {
        return;
    };
    let text = entry[at].1.raw.clone();
    let (head, rest) = text.split_once([' ', '/', '-']).unwrap_or((text.as_str(), ""));
    if !contract::validate::state_code(head) {
        return;
    }
    let mut own = entry[at].1.clone();
    own.value = head.to_owned().into();
    own.raw = head.to_owned();
    if rest.is_empty() {
        entry.remove(at);
    } else {
        entry[at].1.value = rest.trim().to_owned().into();
    }
    entry.insert(0, (state.name.clone(), own));
}

/// Pieces that the labels of a list's head own, in rows.
fn head_rows(sheet: &Sheet, index: usize) -> Vec<Vec<(usize, f32, usize)>> {
    let heads = |l: &usize| matches!(sheet.labels[*l].target, Target::List(i) | Target::Item(i, _) if i == index);
    let owned: Vec<(usize, f32, usize)> = (0..sheet.labels.len())
        .filter(heads)
        .flat_map(|l| sheet.owned[l].iter().map(move |&(piece, cost)| (piece, cost, l)))
        .collect();
    let lines = rows(owned.iter().map(|o| sheet.pieces[o.0].rect));
    lines.into_iter().map(|line| line.into_iter().map(|k| owned[k]).collect()).collect()
}

/// Code and amount stand side by side in a column of small boxes. The boxes' own labels ("12b") are often unreadable, so every
/// code in the column of one that was read counts.
fn coded(sheet: &Sheet, index: usize, list: &List, style: &Style) -> Vec<Entry> {
    let (Some(code), Some(amount)) = (field(list, Kind::Code), field(list, Kind::Money)) else { return Vec::new() };
    let em = sheet.page.em;
    let heads: Vec<&Label<Target>> = sheet
        .labels
        .iter()
        .filter(|l| matches!(l.target, Target::List(i) | Target::Item(i, _) if i == index))
        .collect();
    let in_column = |p: &Piece| {
        heads
            .iter()
            .find(|l| (p.rect.x0 - l.rect.x0).abs() < 5.0 * em && (-9.0..9.0).contains(&((p.rect.y0 - l.rect.y0) / em)))
    };
    let lines = rows(sheet.pieces.iter().map(|p| p.rect));
    let mut entries = Vec::new();
    for line in lines {
        for (n, &i) in line.iter().enumerate() {
            let piece = &sheet.pieces[i];
            let Some(head) = in_column(piece) else { continue };
            let (letters, tail) = piece.text.split_once([' ', '|']).unwrap_or((piece.text.as_str(), ""));
            let is_code = (1..=2).contains(&letters.len()) && letters.bytes().all(|b| b.is_ascii_uppercase());
            let Some(parsed) = is_code.then(|| kind::parse(Kind::Code, letters, style)).flatten() else { continue };
            let near = |k: &&usize| sheet.pieces[**k].rect.x0 - piece.rect.x1 < 10.0 * em;
            let next = line.get(n + 1).filter(near).map(|&k| &sheet.pieces[k]);
            let inline = kind::parse(Kind::Money, tail, style).map(|p| (piece, p));
            let beside = || next.and_then(|p| Some((p, kind::parse(Kind::Money, &p.text, style)?)));
            let Some((at, money)) = inline.or_else(beside) else { continue };
            let signals = |p: &Piece, shape| Signals::new(Some(*head), p.score, 1.0, shape);
            entries.push(vec![
                (
                    code.name.clone(),
                    Candidate::from_piece(sheet.page, piece, parsed.value, signals(piece, parsed.shape)),
                ),
                (amount.name.clone(), Candidate::from_piece(sheet.page, at, money.value, signals(at, money.shape))),
            ]);
        }
    }
    entries.truncate(list.max.unwrap_or(usize::MAX));
    entries
}

fn labelled(sheet: &Sheet, index: usize, list: &List, style: &Style) -> Vec<Entry> {
    let (Some(label_field), Some(amount)) = (field(list, Kind::Text), field(list, Kind::Money)) else {
        return Vec::new();
    };
    let mut entries = Vec::new();
    for line in head_rows(sheet, index) {
        let pieces: Vec<&Piece> = line.iter().map(|o| &sheet.pieces[o.0]).collect();
        let Some(&(_, cost, at)) = line.first() else { continue };
        let text = pieces.iter().map(|p| p.text.as_str()).collect::<Vec<_>>().join(" ");
        let Some((name, money)) = text.rsplit_once(' ').map(|(n, m)| (n.trim_end_matches('$').trim(), m)) else {
            continue;
        };
        let (Some(parsed), true) = (kind::parse(Kind::Money, money, style), name.chars().any(char::is_alphabetic))
        else {
            continue;
        };
        let signals = Signals::new(Some(&sheet.labels[at]), pieces[0].score, cost, parsed.shape);
        let label = Candidate::from_pieces(sheet.page, &pieces, name.to_owned().into(), signals);
        let value = Candidate::from_pieces(sheet.page, &pieces, parsed.value, signals);
        if let (Some(label), Some(value)) = (label, value) {
            entries.push(vec![(label_field.name.clone(), label), (amount.name.clone(), value)]);
        }
    }
    entries
}

fn field(list: &List, kind: Kind) -> Option<&contract::catalog::Field> {
    list.fields.iter().find(|f| f.kind == kind)
}
