//! Two readings of a list: its entries are aligned in order, and each pair is settled value by value.

use contract::catalog::{Field, Kind, List};
use contract::date::Date;
use serde_json::Value;

use super::alike::{alike, is_text};
use super::ground::{self, Row};
use super::merge::{Merger, Spoken, denied};
use super::said::Said;
use crate::extract::candidate::{Candidate, Draft, Entry};
use crate::extract::choose::Listed;
use crate::extract::confidence::Sort;
use crate::extract::ledger_dates;
use crate::layout::fold::{fold_text, similarity};

/// Least likeness at which two entries are one.
const PAIR: f32 = 0.3;
/// Letters and digits that the values of an entry must have together to be told from chance.
const TELLING: usize = 4;

/// What the model says of one entry, a value for each field of the list.
type Line = Vec<Word>;

/// What the model says of one field of an entry.
enum Word {
    /// Its answer ends before, or says what is no such value.
    Unsaid,
    /// That there is none.
    Nothing,
    /// This.
    Value(Spoken),
}

/// How a merged list came to be.
#[derive(Debug, Default)]
pub struct Merged {
    /// For each entry the index of the model's entry that it holds.
    pub origins: Vec<Option<usize>>,
    /// The readings of contested values that were not taken.
    pub others: Vec<Listed>,
    /// The model named entries that stand on no page; they were left out.
    pub dropped: bool,
}

impl Merger<'_> {
    /// Settles the entries of a list.
    pub fn list(&mut self, draft: &mut Draft, list: &List, period: Option<(Date, Date)>) -> Merged {
        let Some(nodes) = self.answer.get(&list.name).and_then(|node| node.entries()) else {
            let kept = draft.lists.iter().find(|(name, _)| *name == list.name).map_or(0, |(_, entries)| entries.len());
            return Merged { origins: vec![None; kept], ..Merged::default() };
        };
        let word =
            |field: &Field, node: &super::json::Node| match node.get(&field.name).and_then(|n| self.answer.said(n)) {
                None => Word::Unsaid,
                Some(Said::Nothing) => Word::Nothing,
                Some(Said::Value(quote)) => match self.spoken(field.kind, quote).and_then(|s| dated(s, period)) {
                    Some(spoken) => Word::Value(spoken),
                    None => Word::Unsaid,
                },
            };
        let lines: Vec<Line> = nodes.iter().map(|node| list.fields.iter().map(|f| word(f, node)).collect()).collect();
        let at = draft.lists.iter().position(|(name, _)| *name == list.name);
        let read: Vec<Entry> = at.map(|at| draft.lists.remove(at).1).unwrap_or_default();
        let (mut entries, mut merged, mut before) = (Vec::new(), Merged::default(), None);
        for (r, m) in align(list, &read, &lines) {
            let read = r.map(|r| read[r].clone());
            let mut others = Vec::new();
            let entry = match m {
                Some(m) => self.entry_of(list, read, &lines[m], &mut before, &mut others),
                None => read.map(|entry| self.unconfirmed(entry)),
            };
            match entry.filter(|e| !e.is_empty()) {
                Some(entry) => {
                    let listed =
                        |(name, candidate)| Listed { list: list.name.clone(), entry: entries.len(), name, candidate };
                    merged.others.extend(others.into_iter().map(listed));
                    entries.push(entry);
                    merged.origins.push(m);
                }
                None => merged.dropped |= m.is_some_and(|m| lines[m].iter().any(|w| matches!(w, Word::Value(_)))),
            }
        }
        if !entries.is_empty() {
            draft.lists.push((list.name.clone(), entries));
        }
        merged
    }

    /// An entry that only the reading has.
    fn unconfirmed(&self, entry: Entry) -> Entry {
        match self.answer.is_complete() {
            true => entry.into_iter().map(|(name, c)| (name, denied(c, self.planted))).collect(),
            false => entry,
        }
    }

    /// An entry of both, or of the model alone if it stands on a page.
    fn entry_of(
        &mut self,
        list: &List,
        read: Option<Entry>,
        line: &Line,
        before: &mut Option<Row>,
        others: &mut Entry,
    ) -> Option<Entry> {
        let mut places: Vec<Vec<_>> = Vec::new();
        for (field, word) in list.fields.iter().zip(line) {
            places.push(match word {
                Word::Value(s) if field.kind != Kind::Bool => self.paper.find(field.kind, &s.value, &s.text),
                _ => Vec::new(),
            });
        }
        let row = match &read {
            Some(entry) => Row::of(entry),
            None => ground::row(&self.paper, &places, before.as_ref()),
        };
        *before = row.or(*before);
        let spots: Vec<_> = places.into_iter().map(|p| ground::in_row(&self.paper, p, row.as_ref()?)).collect();
        if read.is_none() && !stands(line, spots.iter().map(Option::is_some)) {
            return None;
        }
        let mut read = read.unwrap_or_default();
        let mut entry = Entry::new();
        for ((field, word), spot) in list.fields.iter().zip(line).zip(&spots) {
            let own = read.iter().position(|(name, _)| *name == field.name).map(|i| read.remove(i).1);
            let taken = match word {
                Word::Unsaid => own,
                Word::Nothing => own.map(|c| denied(c, self.planted)),
                Word::Value(spoken) => {
                    let model = self.placed(spoken, spot.as_ref());
                    let sort = Sort { kind: Some(field.kind), listed: true };
                    let (taken, other) = self.settle(field.kind, sort, own, Some((spoken.clone(), model)));
                    // No page talks a value in.
                    others.extend(other.filter(|_| !self.planted).map(|c| (field.name.clone(), c)));
                    taken
                }
            };
            entry.extend(taken.map(|c| (field.name.clone(), c)));
        }
        Some(entry)
    }
}

/// Whether enough of an entry's values stand in one row.
fn stands(line: &Line, placed: impl Iterator<Item = bool>) -> bool {
    let (mut all, mut found, mut letters) = (0, 0, 0);
    for (word, placed) in line.iter().zip(placed) {
        let Word::Value(spoken) = word else { continue };
        all += 1;
        if placed {
            found += 1;
            letters += fold_text(&spoken.text).len();
        }
    }
    found > 0 && 2 * found >= all && letters >= TELLING
}

/// The year that the statement's period gives a day; `None` for a day that no period completes.
fn dated(spoken: Spoken, period: Option<(Date, Date)>) -> Option<Spoken> {
    match ledger_dates::completed(&spoken.value, period) {
        None => Some(spoken),
        Some(date) => Some(Spoken { value: Value::String(date?.to_string()), ..spoken }),
    }
}

/// The entries of both in order, each with its counterpart if it has one: the alignment with the most likeness.
fn align(list: &List, read: &[Entry], lines: &[Line]) -> Vec<(Option<usize>, Option<usize>)> {
    let (n, m) = (read.len(), lines.len());
    let likeness: Vec<Vec<f32>> =
        read.iter().map(|entry| lines.iter().map(|line| like(list, entry, line)).collect()).collect();
    let mut best = vec![vec![0.0_f32; m + 1]; n + 1];
    for i in (0..n).rev() {
        for k in (0..m).rev() {
            let pair = if likeness[i][k] > PAIR { best[i + 1][k + 1] + likeness[i][k] } else { 0.0 };
            best[i][k] = pair.max(best[i + 1][k]).max(best[i][k + 1]);
        }
    }
    let (mut i, mut k, mut pairs) = (0, 0, Vec::new());
    while i < n || k < m {
        let here = best[i][k];
        if i < n && k < m && likeness[i][k] > PAIR && here == best[i + 1][k + 1] + likeness[i][k] {
            pairs.push((Some(i), Some(k)));
            (i, k) = (i + 1, k + 1);
        } else if i < n && here == best[i + 1][k] {
            pairs.push((Some(i), None));
            i += 1;
        } else {
            pairs.push((None, Some(k)));
            k += 1;
        }
    }
    pairs
}

/// How much an entry and a line of the model are the same: equal values speak for it, others against.
fn like(list: &List, entry: &Entry, line: &Line) -> f32 {
    let read = |name: &str| entry.iter().find(|(n, _)| n == name).map(|(_, c): &(String, Candidate)| c);
    list.fields
        .iter()
        .zip(line)
        .filter_map(|(field, word)| {
            let (Word::Value(spoken), Some(read)) = (word, read(&field.name)) else { return None };
            let same = alike(field.kind, &read.value, &spoken.value, &spoken.text);
            Some(match (same, read.value.as_str().filter(|_| is_text(field.kind))) {
                (true, _) => 1.0,
                (false, Some(text)) => similarity(text, &spoken.text) - 0.5,
                (false, None) => -0.4,
            })
        })
        .sum()
}
