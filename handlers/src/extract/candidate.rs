//! A value with where it was read and what speaks for it.

use reading::Polygon;
use serde_json::Value;

use crate::layout::label::{Label, Piece};
use crate::layout::{Page, Rect};

/// A value that was read from a page.
#[derive(Clone, Debug)]
pub struct Candidate {
    /// The value, as it stands in the answer.
    pub value: Value,
    /// The text as read.
    pub raw: String,
    /// Number of the page, from 1.
    pub page: usize,
    /// Where it stands on the upright page, 0..1.
    pub polygon: Polygon,
    /// Its box in pixels of the deskewed page.
    pub rect: Rect,
    /// What speaks for it.
    pub signals: Signals,
    /// What a vision model's answer makes of it; `None` where no model was asked or its answer ends before.
    pub second: Option<Second>,
}

/// What a vision model's answer makes of a value, beside what was read on the page.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Second {
    /// Who read the value.
    pub source: Source,
    /// How likely the model held it to be; `None` if the model does not say, or the value is not its own.
    pub probability: Option<Probability>,
    /// It stands on a page. If not, its page and polygon mean nothing.
    pub grounded: bool,
    /// The other of the two has another value.
    pub contested: bool,
    /// The model says that there is no such value.
    pub denied: bool,
    /// A page speaks to the model, so that its word counts less.
    pub planted: bool,
}

/// Who read a value.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Source {
    /// The reading engine.
    Reading,
    /// The vision model.
    Vlm,
    /// Both of them.
    Both,
}

impl Source {
    /// Its name in an answer.
    pub fn name(self) -> &'static str {
        match self {
            Source::Reading => "reading",
            Source::Vlm => "vlm",
            Source::Both => "both",
        }
    }
}

/// The probability of the tokens that a value is written with, each 0..1.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Probability {
    /// Geometric mean.
    pub mean: f64,
    /// The least.
    pub least: f64,
}

/// How likely a model's value is taken to be whose tokens are not known. Set by judgement.
const USUAL_PROBABILITY: f64 = 0.8;

impl Second {
    /// How likely the model held the value to be, in one number.
    pub fn joint(&self) -> f64 {
        self.probability.map_or(USUAL_PROBABILITY, Probability::joint)
    }
}

impl Probability {
    /// One number: a digit that was a guess spoils an amount, however sure the others were.
    fn joint(self) -> f64 {
        (self.mean * self.least).sqrt()
    }
}

/// What speaks for a value, each 0..1.
#[derive(Clone, Copy, Debug)]
pub struct Signals {
    /// How well the label was read; low when there is none.
    pub label: f32,
    /// Score of the reading of the text.
    pub read: f32,
    /// How near the value stands to its label.
    pub near: f32,
    /// How much the text looks like a value of the kind.
    pub shape: f32,
    /// Share of the readings of this field, in copies of the form or on other pages, that agree.
    pub agree: f32,
}

impl Signals {
    /// What speaks for a value that stands at some cost (in text heights) from its label.
    pub fn new<T>(label: Option<&Label<T>>, read: f32, cost: f32, shape: f32) -> Signals {
        Signals {
            label: label.map_or(0.3, |l| l.score),
            read,
            near: 1.0 / (1.0 + (cost.max(0.0) / 4.0).powi(2)),
            shape,
            agree: 1.0,
        }
    }

    /// One number to rank candidates of a field by, 0..1.
    pub fn rank(&self) -> f32 {
        self.label * 0.3 + self.read * 0.15 + self.near * 0.25 + self.shape * 0.3
    }
}

impl Candidate {
    /// A value from one piece of text.
    pub fn from_piece(page: &Page, piece: &Piece, value: Value, signals: Signals) -> Candidate {
        Candidate {
            value,
            raw: piece.text.clone(),
            page: page.number,
            polygon: page.segments[piece.segment].polygon_of(piece.range.clone()),
            rect: piece.rect,
            signals,
            second: None,
        }
    }

    /// A value from several pieces of text that belong together.
    pub fn from_pieces(page: &Page, pieces: &[&Piece], value: Value, signals: Signals) -> Option<Candidate> {
        let first = pieces.first()?;
        let mut all = Candidate::from_piece(page, first, value, signals);
        for piece in &pieces[1..] {
            let polygon = page.segments[piece.segment].polygon_of(piece.range.clone());
            all.polygon = hull(all.polygon, polygon);
            all.rect = all.rect.union(&piece.rect);
            all.raw.push(' ');
            all.raw.push_str(&piece.text);
        }
        Some(all)
    }
}

/// A level box around two polygons.
fn hull(a: Polygon, b: Polygon) -> Polygon {
    let points = || a.iter().chain(b.iter());
    let x0 = points().map(|p| p[0]).fold(f32::INFINITY, f32::min);
    let x1 = points().map(|p| p[0]).fold(f32::NEG_INFINITY, f32::max);
    let y0 = points().map(|p| p[1]).fold(f32::INFINITY, f32::min);
    let y1 = points().map(|p| p[1]).fold(f32::NEG_INFINITY, f32::max);
    [[x0, y0], [x1, y0], [x1, y1], [x0, y1]]
}

/// What was read of a document: single values, and lists of entries.
#[derive(Debug, Default)]
pub struct Draft {
    /// Single values by name, in the catalog's order.
    pub single: Vec<(String, Candidate)>,
    /// Entries of each list by name; an entry is values by name.
    pub lists: Vec<(String, Vec<Entry>)>,
    /// Names whose label is on the page but whose place is empty.
    pub empty: Vec<String>,
    /// Other readings of a name, for the rules to choose from.
    pub alternatives: Vec<(String, Vec<Candidate>)>,
    /// Readings that were not taken, by name. What must be masked of them must not be shown elsewhere either.
    pub dismissed: Vec<(String, Value)>,
}

/// An entry of a list.
pub type Entry = Vec<(String, Candidate)>;

impl Draft {
    /// The value of a name.
    pub fn get(&self, name: &str) -> Option<&Candidate> {
        self.single.iter().find(|(n, _)| n == name).map(|(_, c)| c)
    }

    /// Sets a value in place of the one there is.
    pub fn set(&mut self, name: &str, candidate: Option<Candidate>) {
        if let Some(candidate) = candidate {
            self.single.retain(|(n, _)| n != name);
            self.single.push((name.to_owned(), candidate));
        }
    }

    /// Sets a value unless there is one.
    pub fn fill(&mut self, name: &str, candidate: Option<Candidate>) {
        if let Some(candidate) = candidate
            && self.get(name).is_none()
        {
            self.single.push((name.to_owned(), candidate));
        }
    }
}

/// Takes the value that most readings agree on, each counted by its rank.
pub fn vote(candidates: Vec<Candidate>) -> Option<Candidate> {
    let total = candidates.len() as f32;
    let mut groups: Vec<(f32, usize, Candidate)> = Vec::new();
    for candidate in candidates {
        let rank = candidate.signals.rank();
        match groups.iter_mut().find(|(_, _, first)| first.value == candidate.value) {
            Some((weight, n, best)) => {
                *weight += rank;
                *n += 1;
                if rank > best.signals.rank() {
                    *best = candidate;
                }
            }
            None => groups.push((rank, 1, candidate)),
        }
    }
    let (_, n, mut best) = groups.into_iter().max_by(|a, b| a.0.total_cmp(&b.0))?;
    best.signals.agree = n as f32 / total;
    Some(best)
}
