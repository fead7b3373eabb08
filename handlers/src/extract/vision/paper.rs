//! The read pages as a place to look values up: where a text stands, whichever way it is split into lines and columns.

use std::collections::HashMap;

use contract::catalog::{Kind, TypeEntry};
use contract::date;
use serde_json::Value;

use super::chain::{Chain, chains};
use super::fuzzy;
use crate::extract::kind;
use crate::extract::style::{self, Style};
use crate::layout::fold::{fold_text, letter_bit};
use crate::layout::label::{Label, Lexicon, Piece};
use crate::layout::{Page, Rect};

/// A value's place.
#[derive(Clone, Debug)]
pub struct Place {
    /// Index of the page.
    pub sheet: usize,
    /// The text that it covers.
    pub pieces: Vec<Piece>,
    /// The box around it.
    pub rect: Rect,
    /// How well the text fits the value, 0..1.
    pub score: f32,
}

/// The read pages.
pub struct Paper<'a> {
    pages: &'a [Page],
    style: &'a Style,
    labels: Vec<Vec<Label<String>>>,
    chains: Vec<Chain>,
    typed: HashMap<Kind, HashMap<String, Vec<Place>>>,
}

impl<'a> Paper<'a> {
    /// The pages of a document of a type.
    pub fn new(pages: &'a [Page], entry: &TypeEntry, style: &'a Style) -> Paper<'a> {
        let lexicon = lexicon(entry);
        let labels = pages.iter().map(|page| lexicon.find(page, |_| false)).collect();
        let chains = pages.iter().enumerate().flat_map(|(sheet, page)| chains(sheet, page)).collect();
        Paper { pages, style, labels, chains, typed: HashMap::new() }
    }

    /// A page by its index.
    pub fn page(&self, sheet: usize) -> &'a Page {
        &self.pages[sheet]
    }

    /// The labels of a name on a page.
    pub fn labels(&self, sheet: usize, name: &str) -> impl Iterator<Item = &Label<String>> {
        self.labels[sheet].iter().filter(move |l| l.target == name)
    }

    /// Every label of a name, as a place: where a check box is.
    pub fn label_places(&self, name: &str) -> Vec<Place> {
        let place = |sheet: usize, l: &Label<String>| {
            let segment = &self.pages[sheet].segments[l.segment];
            let text = segment.slice(l.range.clone());
            let piece = Piece { segment: l.segment, range: l.range.clone(), rect: l.rect, text, score: segment.score };
            Place { sheet, rect: l.rect, pieces: vec![piece], score: l.score }
        };
        (0..self.pages.len()).flat_map(|s| self.labels(s, name).map(move |l| place(s, l))).collect()
    }

    /// Where a value of a kind stands: as the same value in another form, else as nearly the same text.
    pub fn find(&mut self, kind: Kind, value: &Value, text: &str) -> Vec<Place> {
        if is_typed(kind) {
            let style = self.style;
            let (pages, key) = (self.pages, key(value));
            let known = self.typed.entry(kind).or_insert_with(|| typed(pages, kind, style));
            let partial = key.get(4..).filter(|_| kind == Kind::Date).map(|rest| format!("-{rest}"));
            let places = known.get(&key).or_else(|| known.get(&partial?));
            if let Some(places) = places {
                return places.clone();
            }
        }
        self.find_text(kind, text)
    }

    fn find_text(&self, kind: Kind, text: &str) -> Vec<Place> {
        let folded = fold_text(text);
        let wanted = folded.as_bytes();
        let n = wanted.len() as f32;
        let budget = match kind {
            Kind::Name | Kind::Address | Kind::Text | Kind::Words if wanted.len() > 3 => 0.2 * n,
            _ if wanted.len() > 4 => 0.1 * n,
            _ => 0.0,
        };
        let search = |chain: &Chain, budget: f32| {
            let found = fuzzy::find(wanted, &chain.folded, chain.first, budget)?;
            Some(self.place(chain, &found))
        };
        // Most values are read as they are printed; looking for errors takes a hundred times as long.
        let exact = self.chains.iter().filter(|c| c.text.contains(&folded));
        let mut places: Vec<Place> = exact.filter_map(|chain| search(chain, 0.0)).collect();
        if places.is_empty() {
            let letters = wanted.iter().fold(0, |set, &b| set | letter_bit(b));
            // Each character that looks alike may stand for another at a third of the cost.
            let missing = (budget * 3.4) as u32;
            let likely = self.chains.iter().filter(|c| (letters & !c.folded.letters).count_ones() <= missing);
            places = likely.filter_map(|chain| search(chain, budget)).collect();
        }
        places.sort_by(|a, b| b.score.total_cmp(&a.score));
        places
    }

    fn place(&self, chain: &Chain, found: &fuzzy::Found) -> Place {
        let page = &self.pages[chain.sheet];
        let (start, end) = (chain.folded.source[found.start], chain.folded.source[found.end - 1] + 1);
        let part = |&(s, offset): &(usize, usize)| {
            let segment = &page.segments[s];
            let range = start.saturating_sub(offset)..end.saturating_sub(offset).min(segment.chars.len());
            (range.start < range.end).then(|| piece(page, s, range))
        };
        let pieces: Vec<Piece> = chain.parts.iter().filter_map(part).collect();
        place(chain.sheet, pieces, found.score)
    }
}

/// The printed words of a type, each for the path of its value.
fn lexicon(entry: &TypeEntry) -> Lexicon<String> {
    let mut lexicon = Lexicon::default();
    for field in &entry.fields {
        field.labels.iter().for_each(|l| lexicon.add(field.name.clone(), l));
    }
    for block in &entry.blocks {
        block.labels.iter().for_each(|l| block.names().for_each(|name| lexicon.add(name.to_owned(), l)));
    }
    for list in &entry.lists {
        for field in &list.fields {
            field.labels.iter().for_each(|l| lexicon.add(format!("{}.{}", list.name, field.name), l));
        }
    }
    let not = entry.fields.iter().flat_map(|f| &f.not);
    entry.noise.iter().chain(not).for_each(|l| lexicon.add(String::new(), l));
    lexicon
}

fn piece(page: &Page, segment: usize, range: std::ops::Range<usize>) -> Piece {
    let s = &page.segments[segment];
    Piece { segment, rect: s.rect_of(range.clone()), text: s.slice(range.clone()), range, score: s.score }
}

fn place(sheet: usize, pieces: Vec<Piece>, score: f32) -> Place {
    let rect = pieces.iter().map(|p| p.rect).reduce(|a, b| a.union(&b));
    Place { sheet, rect: rect.unwrap_or(Rect { x0: 0.0, y0: 0.0, x1: 0.0, y1: 0.0 }), pieces, score }
}

/// Kinds whose values are compared as values: the same day or amount is written in many ways.
fn is_typed(kind: Kind) -> bool {
    words_of(kind) > 0
}

/// Most words of a value of a kind that is compared as a value.
fn words_of(kind: Kind) -> usize {
    match kind {
        Kind::Date => 5,
        Kind::Money | Kind::Number | Kind::Percent | Kind::Time => 3,
        Kind::Year | Kind::Currency | Kind::State | Kind::Last4 | Kind::Code => 2,
        _ => 0,
    }
}

/// A value without its sign, which may stand elsewhere or follow from the column.
fn key(value: &Value) -> String {
    match value {
        Value::Number(n) => n.as_f64().map_or_else(String::new, |v| format!("{:.4}", v.abs())),
        Value::String(text) => text.to_lowercase(),
        other => other.to_string(),
    }
}

/// Every value of a kind on the pages, in as few words as show it.
fn typed(pages: &[Page], kind: Kind, style: &Style) -> HashMap<String, Vec<Place>> {
    let mut all: HashMap<String, Vec<Place>> = HashMap::new();
    for (sheet, page) in pages.iter().enumerate() {
        for s in 0..page.segments.len() {
            let words = words(page, s);
            for n in 1..=words_of(kind) {
                for window in words.windows(n) {
                    let range = window[0].start..window[n - 1].end;
                    let text = page.segments[s].slice(range.clone());
                    let Some(value) = value_of(kind, &text, style) else { continue };
                    let places = all.entry(key(&value)).or_default();
                    // Places come segment by segment, so that those of this one are the last.
                    let here = places.iter().rev().take_while(|p| p.sheet == sheet && p.pieces[0].segment == s);
                    let inside = |own: &Piece| own.range.start >= range.start && own.range.end <= range.end;
                    let known = here.map(|p| &p.pieces[0]).any(inside);
                    if !known {
                        places.push(place(sheet, vec![piece(page, s, range)], 1.0));
                    }
                }
            }
        }
    }
    all
}

/// A text as a value of a kind; a day without its year as `--MM-DD`.
pub fn value_of(kind: Kind, text: &str, style: &Style) -> Option<Value> {
    if kind == Kind::Currency && text.contains('$') && style::currency_of(text).is_none() {
        return style.currency.map(Value::from);
    }
    let parsed = kind::parse(kind, text, style).map(|p| p.value);
    if parsed.is_none() && kind == Kind::Date {
        let partial = date::parse_partial(text.trim(), style.order)?;
        return Some(Value::String(format!("--{:02}-{:02}", partial.month, partial.day)));
    }
    parsed
}

/// The words of a segment as ranges of its characters.
fn words(page: &Page, segment: usize) -> Vec<std::ops::Range<usize>> {
    let chars = &page.segments[segment].chars;
    let mut words = Vec::new();
    let mut start = None;
    for (i, c) in chars.iter().enumerate() {
        match (c.c.is_whitespace(), start) {
            (false, None) => start = Some(i),
            (true, Some(from)) => {
                words.push(from..i);
                start = None;
            }
            _ => {}
        }
    }
    words.extend(start.map(|from| from..chars.len()));
    words
}
