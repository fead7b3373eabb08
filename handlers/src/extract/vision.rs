//! A vision model beside the reading: what it is asked for, and one answer of the two.
//!
//! [`Extractor::ask`] makes the question (`ask`, `caller`). The model's answer (`said`) is looked up on the read pages (`paper`,
//! `ground`) and merged with the draft of the reading, value by value (`merge`) and entry by entry (`rows`). From there on the
//! way is that of the reading alone: rules, choice, confidence, masks. A caller's own names are filled in at the end (`own`). What a
//! page says to the model (`planted`) can lower its weight; nothing that it says can change the type, the names or the masks.

pub mod alike;
pub mod ask;
pub mod caller;
pub mod chain;
pub mod fuzzy;
pub mod ground;
pub mod json;
pub mod merge;
pub mod near;
pub mod own;
pub mod paper;
pub mod pattern;
mod planted;
pub mod rows;
pub mod said;
pub mod secret;
pub mod shape;
mod transcribed;

use std::collections::{BTreeMap, BTreeSet};

use contract::catalog::Layout;
use contract::date::Date;
use contract::{DocType, Error, Finding, Severity};
use reading::PageText;
use serde_json::Value;

use super::answer::{self, Secrets};
use super::candidate::{Candidate, Draft, Source};
use super::ink::Ink;
use super::style::Style;
use super::{Extraction, Extractor, choose, ledger_dates};
use crate::layout::Page;

pub use ask::Ask;
pub use planted::planted;
pub use said::ModelAnswer;

use merge::Merger;
use paper::Paper;

/// What was read of a document's pages.
#[derive(Clone, Copy, Debug)]
pub struct Reading<'a> {
    /// Their texts.
    pub texts: &'a [PageText],
    /// The same as geometry.
    pub pages: &'a [Page],
    /// Their pixels, where check boxes and signatures matter.
    pub ink: &'a Ink,
}

impl Extractor {
    /// What to ask a vision model for: the fields of a type, or the names of a caller's JSON schema. `prompt` replaces the
    /// instruction, never the schema.
    ///
    /// # Errors
    /// `invalid_request` for a schema that can't be used; the message has the JSON pointer of the place.
    pub fn ask(&self, doc_type: DocType, schema: Option<&Value>, prompt: Option<&str>) -> Result<Ask, Error> {
        ask::ask(self.catalog.get(doc_type), schema, prompt)
    }

    /// Reads a document as a type, with a vision model's answer as the second reading. `today` is the day by which dates are
    /// judged. With a `schema`, one that [`Extractor::ask`] took, the data has its names.
    pub fn extract_with(
        &self,
        read: Reading,
        doc_type: DocType,
        today: Date,
        answer: &ModelAnswer,
        schema: Option<&Value>,
    ) -> Extraction {
        let entry = self.catalog.get(doc_type);
        let style = Style { boxed: entry.layout == Layout::Form, ..Style::of(read.pages) };
        let paper = Paper::new(read.pages, entry, &style);
        let mut merger = Merger { answer, entry, paper, style: &style, planted: planted(read.pages) };
        let mut draft = self.draft(read.pages, read.ink, doc_type);
        let names: BTreeSet<&str> = entry.names().collect();
        names.into_iter().for_each(|name| merger.single(&mut draft, name));
        ledger_dates::complete(&mut draft);
        let period = ledger_dates::period(&draft);
        let mut lists: BTreeMap<String, rows::Merged> =
            entry.lists.iter().map(|list| (list.name.clone(), merger.list(&mut draft, list, period))).collect();
        choose::choose(&mut draft, entry, today);
        let others = lists.values_mut().flat_map(|merged| std::mem::take(&mut merged.others)).collect();
        choose::choose_listed(&mut draft, entry, today, others);
        let secrets = Secrets::of(&draft, entry);
        conceal(&mut draft, &secrets);
        let contested = contested(&draft);
        let mut extraction = answer::answer(draft, entry, read.texts, today);
        if let Some(schema) = schema.filter(|s| caller::properties(s).is_some()) {
            own::shape(
                &mut extraction,
                schema,
                &mut merger,
                &lists,
                own::Ends { texts: read.texts, secrets: &secrets },
            );
        }
        let kept = |path: &String| extraction.fields.contains_key(path);
        let contested = contested.into_iter().filter(kept).collect();
        let dropped = lists.iter().filter(|(_, merged)| merged.dropped).map(|(name, _)| name.clone());
        let failed = |checks: &BTreeMap<String, String>| checks.get(answer::GROUNDED).is_some();
        let nowhere = extraction.fields.iter().filter(|(_, f)| failed(&f.checks)).map(|(path, _)| path.clone());
        let ungrounded = nowhere.chain(dropped).collect();
        extraction.findings.extend(findings(contested, ungrounded, merger.planted, answer.is_complete()));
        extraction
    }
}

/// Leaves out numbers of the model alone that hold a masked number: of a text its digits can be covered, of a number they can't.
fn conceal(draft: &mut Draft, secrets: &Secrets) {
    let shown = |c: &Candidate| {
        let digits: String = c.value.to_string().chars().filter(char::is_ascii_digit).collect();
        let model = c.second.is_some_and(|s| s.source == Source::Vlm);
        !(model && c.value.is_number() && secrets.quoted(&digits, true))
    };
    draft.single.retain(|(_, c)| shown(c));
    draft.lists.iter_mut().flat_map(|(_, entries)| entries).for_each(|entry| entry.retain(|(_, c)| shown(c)));
}

/// Paths of the values for which the model and the reading say different things.
fn contested(draft: &Draft) -> Vec<String> {
    let differs = |c: &Candidate| c.second.is_some_and(|s| s.contested);
    let single = draft.single.iter().filter(|(_, c)| differs(c)).map(|(name, _)| name.clone());
    let listed = draft.lists.iter().flat_map(|(list, entries)| {
        entries.iter().enumerate().flat_map(move |(i, entry)| {
            entry.iter().filter(move |(_, c)| differs(c)).map(move |(name, _)| format!("{list}[{i}].{name}"))
        })
    });
    single.chain(listed).collect()
}

/// What the two readings together found.
fn findings(
    contested: Vec<String>,
    ungrounded: Vec<String>,
    planted: bool,
    complete: bool,
) -> impl Iterator<Item = Finding> {
    let finding = |rule: &str, holds: bool, fields: Vec<String>, message: &str| {
        let (rule, message) = (rule.to_owned(), message.to_owned());
        holds.then_some(Finding { rule, severity: Severity::Warn, fields, message })
    };
    let differ = !contested.is_empty();
    let nowhere = !ungrounded.is_empty();
    [
        finding("readings_differ", differ, contested, "the model and the reading of the page have different values"),
        finding("ungrounded", nowhere, ungrounded, "the model has values that are on no page"),
        finding(
            "page_instructs",
            planted,
            Vec::new(),
            "a page holds text that gives instructions to a model; it was not followed",
        ),
        finding("answer_incomplete", !complete, Vec::new(), "the model's answer ends early; values may be missing"),
    ]
    .into_iter()
    .flatten()
}
