//! Reads forms: a grid of boxes, each with its label printed inside, above the value.
//!
//! Every piece of text that is no label belongs to the nearest label above it or to its left; what a label owns is parsed by the
//! kind of its field. Copies of the form on one page vote.

mod boxes;
mod year;

use contract::catalog::{Field, Kind, TypeEntry};

use super::candidate::{Candidate, Draft, Signals, vote};
use super::ink::Ink;
use super::pairs::issuer;
use super::style::Style;
use super::{address, kind};
use crate::layout::label::{Label, Lexicon, Piece, is_box_number, pieces};
use crate::layout::{Page, rows};

/// What a printed phrase of a form stands for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Target {
    /// A field, by index.
    Field(usize),
    /// A block, by index.
    Block(usize),
    /// A field of a list, both by index.
    Item(usize, usize),
    /// The head of a list, by index.
    List(usize),
    /// No value.
    Noise,
}

/// Everything that the reader of forms needs of a type, prepared once.
pub fn lexicon(entry: &TypeEntry) -> Lexicon<Target> {
    let mut lexicon = Lexicon::default();
    for (i, field) in entry.fields.iter().enumerate() {
        field.labels.iter().for_each(|l| lexicon.add(Target::Field(i), l));
    }
    for (i, block) in entry.blocks.iter().enumerate() {
        block.labels.iter().for_each(|l| lexicon.add(Target::Block(i), l));
    }
    for (i, list) in entry.lists.iter().enumerate() {
        list.labels.iter().for_each(|l| lexicon.add(Target::List(i), l));
        // A box for "state / number" is the number's: the state in front of it is told by itself.
        let mut fields: Vec<usize> = (0..list.fields.len()).collect();
        fields.sort_by_key(|&k| list.fields[k].kind == Kind::State);
        for k in fields {
            list.fields[k].labels.iter().for_each(|l| lexicon.add(Target::Item(i, k), l));
        }
    }
    let not = entry.fields.iter().chain(entry.lists.iter().flat_map(|l| &l.fields)).flat_map(|f| &f.not);
    entry.noise.iter().chain(not).for_each(|l| lexicon.add(Target::Noise, l));
    lexicon
}

/// A page with its labels and what each owns.
pub struct Sheet<'a> {
    /// The page.
    pub page: &'a Page,
    /// Its labels.
    pub labels: Vec<Label<Target>>,
    /// The other text.
    pub pieces: Vec<Piece>,
    /// For each label, the pieces it owns with what the way there costs, cheapest first.
    pub owned: Vec<Vec<(usize, f32)>>,
}

/// Reads a form.
pub fn read(pages: &[Page], entry: &TypeEntry, lexicon: &Lexicon<Target>, style: &Style, ink: &Ink) -> Draft {
    let style = &Style { boxed: true, ..style.clone() };
    let sheets: Vec<Sheet> = pages.iter().map(|page| Sheet::new(page, lexicon)).collect();
    let mut draft = Draft::default();
    for (i, field) in entry.fields.iter().enumerate() {
        let found: Vec<Candidate> = match field.kind {
            Kind::Year => year::find(pages),
            _ => sheets
                .iter()
                .flat_map(|s| s.of(Target::Field(i)).filter_map(|l| s.value(l, field, style, ink)))
                .collect(),
        };
        let labelled = sheets.iter().any(|s| s.of(Target::Field(i)).next().is_some());
        match vote(found) {
            Some(best) => draft.single.push((field.name.clone(), best)),
            None if labelled => draft.empty.push(field.name.clone()),
            None => {}
        }
    }
    for (i, block) in entry.blocks.iter().enumerate() {
        let mut found: Vec<Vec<(&str, Candidate)>> = sheets
            .iter()
            .flat_map(|s| s.blocks(i).into_iter().map(|(label, lines)| block_values(s, block, label, &lines, style)))
            .collect();
        found.retain(|values| !values.is_empty());
        for name in block.names() {
            let candidates = found.iter().flatten().filter(|(n, _)| *n == name).map(|(_, c)| c.clone()).collect();
            if let Some(best) = vote(candidates) {
                draft.single.push((name.to_owned(), best));
            }
        }
    }
    // Substitute forms look like letters: the payer's head and the recipient's address stand above the table, without labels.
    if let Some(sheet) = sheets.first() {
        let pieces = sheet.unowned();
        let mut taken = vec![false; pieces.len()];
        for block in entry.blocks.iter().filter(|b| b.at.is_some()) {
            if block.name.as_deref().is_some_and(|name| draft.get(name).is_none()) {
                issuer::fill(&mut draft, sheet.page, &pieces, block, style, &mut taken);
            }
        }
    }
    for (i, list) in entry.lists.iter().enumerate() {
        let best = sheets
            .iter()
            .flat_map(|s| boxes::entries(s, i, list, style))
            .max_by_key(|entries| entries.iter().map(Vec::len).sum::<usize>());
        if let Some(entries) = best.filter(|entries| !entries.is_empty()) {
            draft.lists.push((list.name.clone(), entries));
        }
    }
    draft
}

impl<'a> Sheet<'a> {
    fn new(page: &'a Page, lexicon: &Lexicon<Target>) -> Sheet<'a> {
        let mut labels = lexicon.find(page, |_| false);
        labels.dedup_by(|b, a| a.segment == b.segment && a.range == b.range && a.also == b.also);
        let mut pieces = pieces(page, &labels, |_| false);
        pieces.retain(|p| !is_stray_number(p, &labels, page.em));
        let mut owned = vec![Vec::new(); labels.len()];
        for (i, piece) in pieces.iter().enumerate() {
            let best = (0..labels.len())
                .filter_map(|l| Some((l, cost(page.em, &labels, l, piece)?)))
                .min_by(|a, b| a.1.total_cmp(&b.1));
            if let Some((label, cost)) = best {
                owned[label].push((i, cost));
            }
        }
        owned.iter_mut().for_each(|o| o.sort_by(|a, b| a.1.total_cmp(&b.1)));
        Sheet { page, labels, pieces, owned }
    }

    /// The labels that stand for a target.
    pub fn of(&self, target: Target) -> impl Iterator<Item = usize> + '_ {
        (0..self.labels.len()).filter(move |&l| self.labels[l].target == target)
    }

    /// The value of a field under one of its labels.
    fn value(&self, label: usize, field: &Field, style: &Style, ink: &Ink) -> Option<Candidate> {
        let at = &self.labels[label];
        if field.kind == Kind::Bool {
            return super::checkbox::read(self.page, at, &self.pieces, ink);
        }
        let owned: Vec<(&Piece, f32)> = self.owned[label].iter().map(|&(i, c)| (&self.pieces[i], c)).collect();
        if matches!(field.kind, Kind::Text | Kind::Name | Kind::Address) {
            let (first, cost) = *owned.first()?;
            let mut line: Vec<&Piece> = owned.iter().map(|o| o.0).filter(|p| p.rect.same_row(&first.rect)).collect();
            line.sort_by(|a, b| a.rect.x0.total_cmp(&b.rect.x0));
            let text = line.iter().map(|p| p.text.as_str()).collect::<Vec<_>>().join(" ");
            let parsed = kind::parse(field.kind, &text, style)?;
            return Candidate::from_pieces(
                self.page,
                &line,
                parsed.value,
                Signals::new(Some(at), first.score, cost, parsed.shape),
            );
        }
        let candidates = owned.iter().filter_map(|(piece, cost)| {
            // The number of a box whose own label was not read stands where a label begins.
            let numbering = is_box_number(&piece.text) && (piece.rect.x0 - at.rect.x0).abs() < 3.0 * self.page.em;
            let parsed =
                kind::parse(field.kind, &piece.text, style).filter(|_| field.kind != Kind::Money || !numbering)?;
            Some(Candidate::from_piece(
                self.page,
                piece,
                parsed.value,
                Signals::new(Some(at), piece.score, *cost, parsed.shape),
            ))
        });
        candidates.max_by(|a, b| a.signals.rank().total_cmp(&b.signals.rank()))
    }

    /// For each copy of a block its first label and the lines that its labels own, top to bottom.
    fn blocks(&self, block: usize) -> Vec<(usize, Vec<Vec<usize>>)> {
        let em = self.page.em;
        let mut copies: Vec<Vec<usize>> = Vec::new();
        for label in self.of(Target::Block(block)) {
            let rect = self.labels[label].rect;
            let home = copies.iter_mut().find(|copy| {
                let last = self.labels[copy[copy.len() - 1]].rect;
                rect.y0 - last.y1 < 9.0 * em && (rect.x0 - last.x0).abs() < 12.0 * em && rect.y0 >= last.y0 - em
            });
            match home {
                Some(copy) => copy.push(label),
                None => copies.push(vec![label]),
            }
        }
        copies
            .into_iter()
            .map(|copy| {
                let owned: Vec<usize> = copy.iter().flat_map(|&l| self.owned[l].iter().map(|o| o.0)).collect();
                let left = copy.iter().map(|&l| self.labels[l].rect.x0).fold(f32::INFINITY, f32::min);
                let lines = rows(owned.iter().map(|&i| self.pieces[i].rect)).into_iter();
                let lines = lines.map(|line| line.into_iter().map(|k| owned[k]).collect::<Vec<_>>());
                let lines = lines
                    .enumerate()
                    .filter_map(|(n, line)| self.block_line(left, if n == 0 { 14.0 } else { 4.0 }, line));
                (copy[0], lines.collect())
            })
            .collect()
    }
}

impl Sheet<'_> {
    /// The pieces of a block's line that begin at its left and follow without a gap wider than `reach` text heights. First and
    /// last name stand in boxes of their own, so the first line may have a wide one.
    fn block_line(&self, left: f32, reach: f32, line: Vec<usize>) -> Option<Vec<usize>> {
        let em = self.page.em;
        let mut kept: Vec<usize> = Vec::new();
        for i in line {
            let rect = self.pieces[i].rect;
            let near = match kept.last() {
                Some(&last) => rect.x0 - self.pieces[last].rect.x1 < reach * em,
                None => rect.x0 - left < 12.0 * em,
            };
            if !near {
                break;
            }
            kept.push(i);
        }
        (!kept.is_empty()).then_some(kept)
    }

    /// The pieces that no label owns.
    fn unowned(&self) -> Vec<Piece> {
        let owned: Vec<usize> = self.owned.iter().flatten().map(|o| o.0).collect();
        self.pieces.iter().enumerate().filter(|(i, _)| !owned.contains(i)).map(|(_, p)| p.clone()).collect()
    }
}

/// The parts of a block as values.
fn block_values<'b>(
    sheet: &Sheet,
    block: &'b contract::catalog::Block,
    label: usize,
    lines: &[Vec<usize>],
    style: &Style,
) -> Vec<(&'b str, Candidate)> {
    let pieces: Vec<Vec<&Piece>> = lines.iter().map(|line| line.iter().map(|&i| &sheet.pieces[i]).collect()).collect();
    super::block::values(sheet.page, block, Some(&sheet.labels[label]), &pieces, style, |lines| {
        address::parts(lines, style)
    })
}

/// What the way from a label to a piece costs, in text heights; `None` if the piece can't belong to it.
fn cost(em: f32, labels: &[Label<Target>], label: usize, piece: &Piece) -> Option<f32> {
    let at = &labels[label];
    let (l, p) = (at.rect, piece.rect);
    let reach = match at.target {
        Target::Block(_) => 11.0,
        // What stands under an instruction belongs to the label above it.
        Target::Noise => return None,
        Target::List(_) => 3.5,
        _ => 4.5,
    };
    let blocked = labels.iter().enumerate().any(|(i, other)| {
        let b = other.rect;
        i != label
            && other.target != Target::Noise
            && b.x0 > l.x0 + em
            && b.x0 <= p.center_x()
            && b.center_y() <= p.center_y() + 0.3 * em
            && b.y0 >= l.y0 - 0.8 * em
            && b.x0 > l.x1 - em
    });
    if blocked {
        return None;
    }
    if l.same_row(&p) && p.x0 >= l.x1 - 0.5 * em {
        let gap = (p.x0 - l.x1) / em;
        // A label above the piece, between the two, is nearer.
        let nearer = |b: &Label<Target>| {
            let above = p.center_y() - b.rect.center_y();
            b.target != Target::Noise
                && b.rect.x0 > l.x1 - 0.5 * em
                && b.rect.x0 <= p.center_x()
                && (0.0..4.0 * em).contains(&above)
                && p.x0 - b.rect.x1 < 6.0 * em
        };
        if labels.iter().enumerate().any(|(i, b)| i != label && nearer(b)) {
            return None;
        }
        // Substitute forms print a column of labels and a column of amounts far to the right.
        return Some(0.4 + (0.2 * gap.max(0.0)).min(1.6));
    }
    let gap = (p.y0 - l.y1) / em;
    let above = l.center_y() < p.center_y() - 0.3 * em;
    let column = p.center_x() >= l.x0 - 1.5 * em || p.overlap_x(&l) > 0.5 * p.width();
    (above && column && gap < reach).then(|| {
        let aside = ((p.x0 - l.x1) / em).max(0.0);
        gap.max(0.0) + if aside > 0.0 { 1.2 + 0.1 * aside } else { 0.0 }
    })
}

/// A box number that recognition split from its label.
fn is_stray_number(piece: &Piece, labels: &[Label<Target>], em: f32) -> bool {
    is_box_number(&piece.text)
        && labels
            .iter()
            .any(|l| l.rect.same_row(&piece.rect) && l.rect.x0 > piece.rect.x0 && l.rect.x0 - piece.rect.x1 < 2.0 * em)
}

#[cfg(test)]
mod tests;
