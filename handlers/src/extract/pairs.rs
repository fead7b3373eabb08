//! Reads invoices, receipts, statements and checks: labels with values to the right or below, blocks of lines, and tables.
//!
//! Tables are found first, and their text is left out of the rest. Then every label proposes the values near it, and each piece
//! of text goes to the field that it fits best.

pub mod issuer;
pub mod ledger;
pub mod loose;
pub mod period;
pub mod slip;
pub mod table;

use contract::catalog::{Field, Kind, Layout, ListLayout, Pick, Place, TypeEntry};

use super::candidate::{Candidate, Draft, Signals};
use super::style::Style;
use super::{address, block, kind};
use crate::layout::label::{Label, Lexicon, Piece, pieces};
use crate::layout::{Page, rows};

/// What a printed phrase stands for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Target {
    /// A field, by index.
    Field(usize),
    /// A block, by index.
    Block(usize),
    /// No value.
    Noise,
}

/// The phrases of a type.
#[derive(Debug, Default)]
pub struct Lexicons {
    /// Labels of fields and blocks.
    labels: Lexicon<Target>,
    /// For each list its column headings and the words at which it ends.
    lists: Vec<table::Phrases>,
}

/// Prepares the phrases of a type.
pub fn lexicons(entry: &TypeEntry) -> Lexicons {
    let mut labels = Lexicon::default();
    for (i, field) in entry.fields.iter().enumerate() {
        field.labels.iter().for_each(|l| labels.add(Target::Field(i), l));
    }
    for (i, block) in entry.blocks.iter().enumerate() {
        block.labels.iter().for_each(|l| labels.add(Target::Block(i), l));
    }
    entry.noise.iter().chain(entry.fields.iter().flat_map(|f| &f.not)).for_each(|l| labels.add(Target::Noise, l));
    Lexicons { labels, lists: entry.lists.iter().map(table::phrases).collect() }
}

/// A page with its labels and the text between them.
pub struct Sheet<'a> {
    /// The page.
    pub page: &'a Page,
    /// Its labels.
    pub labels: Vec<Label<Target>>,
    /// The other text.
    pub pieces: Vec<Piece>,
}

/// Reads a document.
pub fn read(pages: &[Page], entry: &TypeEntry, lexicons: &Lexicons, style: &Style) -> Draft {
    let mut draft = Draft::default();
    let mut used: Vec<Vec<bool>> = pages.iter().map(|p| vec![false; p.segments.len()]).collect();
    for (list, phrases) in entry.lists.iter().zip(&lexicons.lists) {
        let mut entries = match list.layout {
            ListLayout::Ledger => ledger::entries(pages, list, &phrases.headings, style, &mut used),
            _ => table::entries(pages, list, phrases, style, &mut used),
        };
        if entries.is_empty() && entry.layout == Layout::Slip {
            entries = loose::items(pages, list, &phrases.ends, style, &mut used);
        }
        if !entries.is_empty() {
            draft.lists.push((list.name.clone(), entries));
        }
    }
    let sheets: Vec<Sheet> = pages
        .iter()
        .zip(&used)
        .map(|(page, used)| {
            let labels = lexicons.labels.find(page, |i| used[i]);
            let pieces = pieces(page, &labels, |i| used[i]);
            Sheet { page, labels, pieces }
        })
        .collect();
    let mut taken: Vec<Vec<bool>> = sheets.iter().map(|s| vec![false; s.pieces.len()]).collect();
    blocks(&mut draft, &sheets, entry, style, &mut taken);
    fields(&mut draft, &sheets, entry, style, &mut taken);
    period::fill(&mut draft, &sheets, entry, style);
    if entry.layout == Layout::Slip {
        slip::complete(&mut draft, &sheets, style);
    }
    loose::fill(&mut draft, &sheets, entry, style);
    for block in entry.blocks.iter().filter(|b| b.at.is_some()) {
        if let (Some(sheet), Some(taken)) = (sheets.first(), taken.first_mut()) {
            issuer::fill(&mut draft, sheet.page, &sheet.pieces, block, style, taken);
        }
    }
    draft
}

/// A value proposed for a field.
struct Proposal {
    field: usize,
    sheet: usize,
    piece: usize,
    candidate: Candidate,
}

fn fields(draft: &mut Draft, sheets: &[Sheet], entry: &TypeEntry, style: &Style, taken: &mut [Vec<bool>]) {
    let mut proposals: Vec<Proposal> = Vec::new();
    for (s, sheet) in sheets.iter().enumerate() {
        for label in &sheet.labels {
            let Target::Field(f) = label.target else { continue };
            let near = near(sheet, label, &entry.fields[f], style, &taken[s]);
            proposals.extend(near.into_iter().map(|(piece, candidate)| Proposal {
                field: f,
                sheet: s,
                piece,
                candidate,
            }));
        }
    }
    for proposal in &mut proposals {
        prefer(&mut proposal.candidate, entry.fields[proposal.field].pick, sheets, proposal.sheet);
    }
    proposals.sort_by(|a, b| b.candidate.signals.rank().total_cmp(&a.candidate.signals.rank()));
    let mut done = vec![false; entry.fields.len()];
    for (f, field) in entry.fields.iter().enumerate().filter(|(_, f)| f.kind == Kind::Money) {
        let mut own: Vec<Candidate> = Vec::new();
        for p in proposals.iter().filter(|p| p.field == f) {
            if own.len() < 6 && own.iter().all(|c| c.value != p.candidate.value) {
                own.push(p.candidate.clone());
            }
        }
        draft.alternatives.push((field.name.clone(), own));
    }
    // The largest of the well placed readings, where the catalog asks for it.
    for (f, field) in entry.fields.iter().enumerate().filter(|(_, f)| f.pick == Pick::Largest) {
        let best = proposals.iter().filter(|p| p.field == f).map(|p| p.candidate.signals.rank()).fold(0.0, f32::max);
        let largest = proposals
            .iter()
            .filter(|p| p.field == f && p.candidate.signals.rank() > best - 0.15)
            .max_by(|a, b| amount(&a.candidate).total_cmp(&amount(&b.candidate)));
        if let Some(p) = largest {
            taken[p.sheet][p.piece] = true;
            done[f] = true;
            draft.single.push((field.name.clone(), p.candidate.clone()));
        }
    }
    for p in proposals {
        if done[p.field] || taken[p.sheet][p.piece] {
            continue;
        }
        done[p.field] = true;
        taken[p.sheet][p.piece] = true;
        draft.single.push((entry.fields[p.field].name.clone(), p.candidate));
    }
}

fn amount(candidate: &Candidate) -> f64 {
    candidate.value.as_f64().unwrap_or(0.0)
}

/// A field that stands several times is taken from the first or the last place: a small push, so that a better reading wins.
fn prefer(candidate: &mut Candidate, pick: Pick, sheets: &[Sheet], sheet: usize) {
    let place = (sheet as f32 + candidate.rect.center_y() / sheets[sheet].page.height) / sheets.len() as f32;
    let push = match pick {
        Pick::First => 1.0 - place,
        Pick::Last => place,
        Pick::Best | Pick::Largest => 0.5,
    };
    candidate.signals.near = (candidate.signals.near * (0.8 + 0.2 * push)).min(1.0);
}

/// The values near a label.
fn near(sheet: &Sheet, label: &Label<Target>, field: &Field, style: &Style, taken: &[bool]) -> Vec<(usize, Candidate)> {
    let em = sheet.page.em;
    let mut found = Vec::new();
    let trust = label_trust(sheet, label);
    let mut propose = |piece: usize, cost: f32| {
        let p = &sheet.pieces[piece];
        let Some(parsed) = kind::parse(field.kind, &p.text, style) else { return };
        let mut signals = Signals::new(Some(label), p.score, cost, parsed.shape);
        signals.label *= trust;
        found.push((piece, Candidate::from_piece(sheet.page, p, parsed.value, signals)));
    };
    if field.place != Place::Below {
        // The first two to the right: a colon or a currency may stand alone between label and value.
        let mut right: Vec<(usize, f32)> = (0..sheet.pieces.len())
            .filter(|&i| !taken[i])
            .filter_map(|i| {
                let p = &sheet.pieces[i];
                let right = label.rect.same_row(&p.rect) && p.rect.x0 >= label.rect.x1 - 0.6 * em;
                let between = |l: &Label<Target>| {
                    l.target != Target::Noise
                        && l.rect.same_row(&label.rect)
                        && l.rect.x0 >= label.rect.x1
                        && l.rect.x1 <= p.rect.x0 + em
                };
                (right && !sheet.labels.iter().any(between)).then(|| (i, (p.rect.x0 - label.rect.x1).max(0.0) / em))
            })
            .collect();
        right.sort_by(|a, b| a.1.total_cmp(&b.1));
        for (rank, &(i, gap)) in right.iter().take(3).enumerate() {
            let money = matches!(field.kind, Kind::Money | Kind::Percent);
            propose(i, (gap * if money { 0.06 } else { 0.15 }).min(5.0) + rank as f32 * 0.6);
        }
    }
    if field.place != Place::Right {
        let below = (0..sheet.pieces.len()).filter(|&i| !taken[i]).filter_map(|i| {
            let p = &sheet.pieces[i];
            let gap = (p.rect.y0 - label.rect.y1) / em;
            let aligned = (p.rect.x0 - label.rect.x0)
                .abs()
                .min((p.rect.x1 - label.rect.x1).abs())
                .min((p.rect.center_x() - label.rect.center_x()).abs())
                / em;
            let under = (-0.4..3.2).contains(&gap)
                && p.rect.center_y() > label.rect.y1
                && (p.rect.overlap_x(&label.rect) > 0.0 || aligned < 1.0);
            under.then(|| (i, gap.max(0.0) + 0.25 * aligned.min(4.0)))
        });
        let mut below: Vec<(usize, f32)> = below.collect();
        below.sort_by(|a, b| a.1.total_cmp(&b.1));
        for (i, cost) in below.into_iter().take(2) {
            propose(i, cost + 0.9);
        }
    }
    found
}

/// A label in the middle of running text is worth less than one that begins its line.
fn label_trust(sheet: &Sheet, label: &Label<Target>) -> f32 {
    let before = label.range.start;
    let letters = sheet.page.segments[label.segment].chars[..before].iter().filter(|c| c.c.is_alphabetic()).count();
    match letters {
        0..=3 => 1.0,
        4..=12 => 0.8,
        _ => 0.5,
    }
}

/// A block as read under one of its headings: how much it is worth, its sheet, its pieces and its values.
type Reading<'a> = (f32, usize, Vec<usize>, Vec<(&'a str, Candidate)>);

/// Blocks under their headings.
fn blocks(draft: &mut Draft, sheets: &[Sheet], entry: &TypeEntry, style: &Style, taken: &mut [Vec<bool>]) {
    for (b, definition) in entry.blocks.iter().enumerate() {
        let mut best: Option<Reading> = None;
        for (s, sheet) in sheets.iter().enumerate() {
            for label in sheet.labels.iter().filter(|l| l.target == Target::Block(b)) {
                let lines = lines_under(sheet, label, &taken[s]);
                let members: Vec<usize> = lines.iter().flatten().copied().collect();
                let pieces: Vec<Vec<&Piece>> =
                    lines.iter().map(|line| line.iter().map(|&i| &sheet.pieces[i]).collect()).collect();
                let mut values = block::values(sheet.page, definition, Some(label), &pieces, style, |lines| {
                    address::parts(lines, style)
                });
                values.iter_mut().for_each(|(_, c)| c.signals.label *= label_trust(sheet, label));
                let worth = values.len() as f32 + values.iter().map(|(_, c)| c.signals.rank()).sum::<f32>();
                if best.as_ref().is_none_or(|(most, ..)| worth > *most) {
                    best = Some((worth, s, members, values));
                }
            }
        }
        let Some((worth, s, members, values)) = best else { continue };
        if worth <= 0.0 {
            continue;
        }
        members.into_iter().for_each(|i| taken[s][i] = true);
        for (name, candidate) in values {
            draft.fill(name, Some(candidate));
        }
    }
}

/// The lines that hang together beside or under a heading.
fn lines_under(sheet: &Sheet, label: &Label<Target>, taken: &[bool]) -> Vec<Vec<usize>> {
    let em = sheet.page.em;
    let free = |i: &usize| !taken[*i];
    let inline: Vec<usize> = (0..sheet.pieces.len())
        .filter(free)
        .filter(|&i| {
            let p = &sheet.pieces[i];
            label.rect.same_row(&p.rect)
                && p.rect.x0 >= label.rect.x1 - 0.5 * em
                && p.rect.x0 - label.rect.x1 < 8.0 * em
                && !sheet
                    .labels
                    .iter()
                    .any(|l| l.rect.same_row(&label.rect) && l.rect.x0 >= label.rect.x1 && l.rect.x1 <= p.rect.x0)
        })
        .take(1)
        .collect();
    let mut lines: Vec<Vec<usize>> = Vec::new();
    let (mut left, mut bottom) = (label.rect.x0, label.rect.y1);
    if let Some(&first) = inline.first() {
        left = sheet.pieces[first].rect.x0;
        bottom = sheet.pieces[first].rect.y1.max(bottom);
        lines.push(inline);
    }
    let candidates: Vec<usize> =
        (0..sheet.pieces.len()).filter(free).filter(|&i| sheet.pieces[i].rect.center_y() > bottom).collect();
    let starts_here = |i: &usize| {
        let p = sheet.pieces[*i].rect;
        (p.x0 - left).abs() < 2.5 * em
            || (p.x0 - label.rect.x0).abs() < 2.5 * em
            || (lines_center(&p, &label.rect) < 1.5 * em)
    };
    let column: Vec<usize> = candidates.into_iter().filter(starts_here).collect();
    for row in rows(column.iter().map(|&i| sheet.pieces[i].rect)) {
        let line: Vec<usize> = row.into_iter().map(|k| column[k]).take(1).collect();
        let rect = sheet.pieces[line[0]].rect;
        let gap = (rect.y0 - bottom) / em;
        let heading = sheet.labels.iter().any(|l| {
            l.target != Target::Noise
                && l.rect.y0 > label.rect.y1
                && l.rect.y1 < rect.y0 + 0.5 * em
                && l.rect.center_y() < rect.center_y()
                && l.rect.x0 < rect.x1
                && l.rect.x1 > rect.x0 - 3.0 * em
        });
        if gap > if lines.is_empty() { 2.5 } else { 1.5 } || heading || lines.len() >= 7 {
            break;
        }
        bottom = rect.y1;
        lines.push(line);
    }
    lines
}

fn lines_center(a: &crate::layout::Rect, b: &crate::layout::Rect) -> f32 {
    (a.center_x() - b.center_x()).abs()
}
