//! Two readings of each single value, and the one that is taken.

use std::collections::BTreeMap;

use contract::catalog::{Kind, TypeEntry};
use serde_json::Value;

use super::alike::{alike, is_text};
use super::ask::{Named, named};
use super::ground::{self, Spot};
use super::paper::{Paper, value_of};
use super::said::{ModelAnswer, Quote, Said};
use crate::extract::candidate::{Candidate, Draft, Second, Signals, Source};
use crate::extract::confidence::{self, Sort};
use crate::extract::kind;
use crate::extract::style::Style;
use crate::layout::Rect;

/// Brings a model's answer and the reading of the same pages together.
pub struct Merger<'a> {
    /// What the model says.
    pub answer: &'a ModelAnswer,
    /// What the catalog knows of the type.
    pub entry: &'a TypeEntry,
    /// The pages.
    pub paper: Paper<'a>,
    /// How the document writes numbers and dates.
    pub style: &'a Style,
    /// A page speaks to the model.
    pub planted: bool,
}

/// A value in the model's words and as the catalog has it.
#[derive(Clone, Debug)]
pub struct Spoken {
    /// The value of its kind.
    pub value: Value,
    /// As the model wrote it, on one line.
    pub text: String,
    /// How much the text looks like the kind.
    pub shape: f32,
    /// What the model said.
    pub quote: Quote,
}

impl Merger<'_> {
    /// Settles the value of a name.
    pub fn single(&mut self, draft: &mut Draft, name: &str) {
        let kind = match named(self.entry, name) {
            Some(Named::Field(field)) => field.kind,
            Some(Named::Part(kind, _)) => kind,
            _ => return,
        };
        let Some(said) = self.answer.get(name).and_then(|node| self.answer.said(node)) else { return };
        let read = draft.get(name).cloned();
        let Said::Value(quote) = said else {
            let denied = read.map(|r| denied(r, self.planted));
            return draft.set(name, denied);
        };
        let Some(spoken) = self.spoken(kind, quote) else { return };
        draft.dismissed.push((name.to_owned(), spoken.value.clone()));
        draft.dismissed.extend(read.iter().map(|r| (name.to_owned(), r.value.clone())));
        let read = read.map(|first| self.agreeing(kind, draft, name, first, &spoken));
        let model = self.place_single(kind, name, &spoken, read.as_ref());
        let field = matches!(named(self.entry, name), Some(Named::Field(_)));
        let sort = Sort { kind: field.then_some(kind), listed: false };
        let (taken, other) = self.settle(kind, sort, read, Some((spoken, model)));
        let agreed = taken.as_ref().and_then(|c| c.second).is_some_and(|s| s.source == Source::Both);
        if agreed || self.planted {
            // An equation may hold by chance; two readings that agree outweigh it, and no page talks a value in.
            draft.alternatives.retain(|(n, _)| n != name);
        } else if let Some(other) = other {
            match draft.alternatives.iter_mut().find(|(n, _)| n == name) {
                Some((_, others)) => {
                    others
                        .iter_mut()
                        .for_each(|c| c.second = other.second.map(|s| Second { source: Source::Reading, ..s }));
                    others.push(other);
                }
                None => draft.alternatives.push((name.to_owned(), vec![other])),
            }
        }
        draft.set(name, taken);
    }

    /// The reading's candidate that says what the model says, else its first.
    fn agreeing(&self, kind: Kind, draft: &Draft, name: &str, first: Candidate, spoken: &Spoken) -> Candidate {
        if alike(kind, &first.value, &spoken.value, &spoken.text) {
            return first;
        }
        let others = draft.alternatives.iter().filter(|(n, _)| n == name).flat_map(|(_, others)| others);
        others.into_iter().find(|c| alike(kind, &c.value, &spoken.value, &spoken.text)).cloned().unwrap_or(first)
    }

    /// What the model says as a value of a kind; `None` if it is none.
    pub fn spoken(&self, kind: Kind, quote: Quote) -> Option<Spoken> {
        let text = quote.text();
        if kind == Kind::Bool {
            let value = quote.value.is_boolean().then(|| quote.value.clone())?;
            return Some(Spoken { value, text, shape: 0.8, quote });
        }
        if quote.value.is_boolean() {
            return None;
        }
        let value = value_of(kind, &text, self.style)?;
        let shape = kind::parse(kind, &text, self.style).map_or(0.5, |p| p.shape);
        Some(Spoken { value, text, shape, quote })
    }

    /// The model's value where it stands on the pages, or nowhere.
    fn place_single(&mut self, kind: Kind, name: &str, spoken: &Spoken, read: Option<&Candidate>) -> Candidate {
        let places = match kind {
            Kind::Bool => self.paper.label_places(name),
            _ => self.paper.find(kind, &spoken.value, &spoken.text),
        };
        let spot = ground::single(&self.paper, places, name, kind, &spoken.text, read);
        self.placed(spoken, spot.as_ref())
    }

    /// The model's value at a place, or nowhere.
    pub fn placed(&self, spoken: &Spoken, spot: Option<&Spot>) -> Candidate {
        let second = Second {
            source: Source::Vlm,
            probability: spoken.quote.probability,
            grounded: true,
            contested: false,
            denied: false,
            planted: self.planted,
        };
        let placed = spot.and_then(|s| s.candidate(&self.paper, spoken.value.clone(), spoken.shape, second));
        placed.unwrap_or_else(|| Candidate {
            value: spoken.value.clone(),
            raw: spoken.text.clone(),
            page: 0,
            polygon: [[0.0; 2]; 4],
            rect: Rect { x0: 0.0, y0: 0.0, x1: 0.0, y1: 0.0 },
            signals: Signals { label: 0.3, read: 0.5, near: 0.0, shape: spoken.shape, agree: 1.0 },
            second: Some(Second { grounded: false, ..second }),
        })
    }

    /// The value that is taken, and the other one if it stands on a page too.
    pub fn settle(
        &self,
        kind: Kind,
        sort: Sort,
        read: Option<Candidate>,
        model: Option<(Spoken, Candidate)>,
    ) -> (Option<Candidate>, Option<Candidate>) {
        let (read, (spoken, model)) = match (read, model) {
            (None, None) => return (None, None),
            (Some(read), None) => return (Some(denied(read, self.planted)), None),
            (None, Some((_, model))) => return (Some(model), None),
            (Some(read), Some(model)) => (read, model),
        };
        if alike(kind, &read.value, &spoken.value, &spoken.text) {
            let both = Second { source: Source::Both, grounded: true, ..second(&model, self.planted) };
            let value = if is_text(kind) { model.value } else { read.value };
            return (Some(Candidate { value, second: Some(both), ..read }), None);
        }
        let contested =
            |source, grounded, c: &Candidate| Second { source, grounded, contested: true, ..second(c, self.planted) };
        let grounded = model.second.is_some_and(|s| s.grounded);
        let wins =
            grounded && !self.planted && weight(&model) > confidence::of(&read, sort, &BTreeMap::new(), self.entry);
        let read =
            Candidate { second: Some(Second { probability: None, ..contested(Source::Reading, true, &read) }), ..read };
        let model = Candidate { second: Some(contested(Source::Vlm, grounded, &model)), ..model };
        match (wins, grounded) {
            (true, _) => (Some(model), Some(read)),
            (false, true) => (Some(read), Some(model)),
            (false, false) => (Some(read), None),
        }
    }
}

/// A value that was read where the model says that there is none.
pub fn denied(read: Candidate, planted: bool) -> Candidate {
    let second = Second { denied: true, ..second(&read, planted) };
    Candidate { second: Some(second), ..read }
}

fn second(candidate: &Candidate, planted: bool) -> Second {
    candidate.second.unwrap_or(Second {
        source: Source::Reading,
        probability: None,
        grounded: true,
        contested: false,
        denied: false,
        planted,
    })
}

/// How much the model's reading weighs: its own probability, and how well it stands by its label.
fn weight(model: &Candidate) -> f64 {
    let probability = model.second.map_or(0.0, |s| s.joint());
    probability * f64::from(0.5 + 0.5 * model.signals.near) * f64::from(model.signals.read.max(0.5))
}
