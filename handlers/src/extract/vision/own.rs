//! The answer in the shape of a caller's schema. Names of the catalog come from both readings; the caller's own come from the
//! model, looked up on the pages. A value that the caller's schema has no room for is null where it may be, else absent.

use std::collections::BTreeMap;

use contract::catalog::{Kind, List, Mask};
use contract::date::Date;
use contract::{FieldEvidence, mask};
use reading::PageText;
use serde_json::{Map, Value};

pub mod fit;

use super::ask::{Named, named};
use super::caller::{self, is_free, takes_scalar, types};
use super::ground::{self, Spot};
use super::json::{Json, Node};
use super::merge::{Merger, Spoken};
use super::rows::Merged;
use super::said::{Quote, Said};
use super::secret;
use crate::extract::Extraction;
use crate::extract::answer::{self, Secrets};
use crate::extract::candidate::Candidate;
use crate::extract::confidence::{self, Sort};
use fit::{Fit, branches, entries};

/// What a value needs on its way out.
#[derive(Clone, Copy)]
pub struct Ends<'a> {
    /// The pages as they were read.
    pub texts: &'a [PageText],
    /// What must not be shown.
    pub secrets: &'a Secrets,
}

/// Gives an answer the names of a caller's schema.
pub fn shape(
    extraction: &mut Extraction,
    schema: &Value,
    merger: &mut Merger,
    lists: &BTreeMap<String, Merged>,
    ends: Ends,
) {
    let whole = std::mem::replace(
        extraction,
        Extraction { data: Value::Null, confidence: BTreeMap::new(), fields: BTreeMap::new(), findings: Vec::new() },
    );
    let Extraction { data, confidence, fields, findings } = whole;
    let descriptions = caller::bounded(schema, merger.entry).map_or_else(|_| Vec::new(), |b| b.descriptions);
    let mut shaper = Shaper {
        fit: Fit::new(schema),
        descriptions,
        merger,
        ends,
        found: Extraction { data, confidence, fields, findings: Vec::new() },
        confidence: BTreeMap::new(),
        fields: BTreeMap::new(),
    };
    let mut data = Map::new();
    for (name, wanted) in caller::properties(schema).into_iter().flatten() {
        let wanted = shaper.fit.resolve(wanted);
        let value = match named(shaper.merger.entry, name) {
            Some(Named::List(list)) if is_free(wanted) => shaper.keep_list(list),
            Some(Named::List(list)) if shaper.entry_names(wanted).is_some() => {
                shaper.list(list, wanted, lists.get(name).map(|m| m.origins.as_slice()).unwrap_or_default())
            }
            Some(Named::Field(field)) if takes_scalar(wanted) => shaper.keep_single(name, field.kind, wanted),
            Some(Named::Part(kind, _)) if takes_scalar(wanted) => shaper.keep_single(name, kind, wanted),
            // In another shape the mask would find nothing to hide.
            Some(Named::Field(field)) if field.mask.is_some() => None,
            _ => {
                let answer = shaper.merger.answer;
                answer.get(name).and_then(|node| shaper.own(name, wanted, node))
            }
        };
        let value = value.or_else(|| shaper.fit.allows_null(wanted).then_some(Value::Null));
        data.extend(value.map(|v| (name.clone(), v)));
    }
    let Shaper { confidence, fields, .. } = shaper;
    *extraction = Extraction { data: Value::Object(data), confidence, fields, findings };
}

struct Shaper<'s, 'm, 'a> {
    fit: Fit<'s>,
    /// What the caller says of names, by path; a list's entries are `[]`.
    descriptions: Vec<(String, String)>,
    merger: &'m mut Merger<'a>,
    ends: Ends<'s>,
    /// The answer with the catalog's names.
    found: Extraction,
    confidence: BTreeMap<String, f64>,
    fields: BTreeMap<String, FieldEvidence>,
}

impl<'s> Shaper<'s, '_, '_> {
    /// The schemas of an entry's names, if the schema is a list of objects.
    fn entry_names(&self, node: &'s Value) -> Option<&'s Map<String, Value>> {
        self.fit.resolve(self.fit.list(node)?.get("items")?).get("properties")?.as_object()
    }

    fn keep_single(&mut self, name: &str, kind: Kind, wanted: &'s Value) -> Option<Value> {
        let value = self.found.data.get(name).cloned();
        self.keep(name, value, kind, wanted)
    }

    /// A value of the catalog at a path, in the caller's type.
    fn keep(&mut self, path: &str, value: Option<Value>, kind: Kind, wanted: &'s Value) -> Option<Value> {
        let value = self.fit.value(value?, Some(kind), wanted)?;
        if !value.is_null() {
            self.confidence.extend(self.found.confidence.get(path).map(|c| (path.to_owned(), *c)));
            self.fields.extend(self.found.fields.get(path).map(|f| (path.to_owned(), f.clone())));
        }
        Some(value)
    }

    /// A list as the catalog has it.
    fn keep_list(&mut self, list: &List) -> Option<Value> {
        let own = |path: &String| path.strip_prefix(&list.name).is_some_and(|rest| rest.starts_with('['));
        self.confidence.extend(self.found.confidence.iter().filter(|(p, _)| own(p)).map(|(p, c)| (p.clone(), *c)));
        self.fields.extend(self.found.fields.iter().filter(|(p, _)| own(p)).map(|(p, f)| (p.clone(), f.clone())));
        self.found.data.get(&list.name).cloned()
    }

    /// A list of the catalog whose entries have the caller's names.
    fn list(&mut self, list: &List, wanted: &'s Value, origins: &[Option<usize>]) -> Option<Value> {
        let names = self.entry_names(wanted)?;
        let bounds = self.fit.list(wanted)?;
        let answer = self.merger.answer;
        let nodes = answer.get(&list.name).and_then(Node::entries).unwrap_or_default();
        let most = entries(bounds, "maxItems").unwrap_or(usize::MAX);
        let mut all = Vec::new();
        for (i, origin) in origins.iter().enumerate().take(most) {
            let mut entry = Map::new();
            for (name, wanted) in names {
                let wanted = self.fit.resolve(wanted);
                let path = format!("{}[{i}].{name}", list.name);
                let field = list.fields.iter().find(|f| f.name == *name).filter(|_| takes_scalar(wanted));
                let value = if let Some(field) = field {
                    let value = self.found.data[list.name.as_str()][i].get(name).cloned();
                    self.keep(&path, value, field.kind, wanted)
                } else {
                    let node = origin.and_then(|m| nodes.get(m)?.get(name));
                    node.and_then(|node| self.own(&path, wanted, node))
                };
                let value = value.or_else(|| self.fit.allows_null(wanted).then_some(Value::Null));
                entry.extend(value.map(|v| (name.clone(), v)));
            }
            all.push(Value::Object(entry));
        }
        self.long_enough(&list.name, bounds, all)
    }

    /// A list, unless it has fewer entries than the caller's schema wants: then nothing of it is told.
    fn long_enough(&mut self, path: &str, bounds: &Value, all: Vec<Value>) -> Option<Value> {
        if entries(bounds, "minItems").is_none_or(|least| all.len() >= least) {
            return Some(Value::Array(all));
        }
        let below = format!("{path}[");
        self.confidence.retain(|at, _| !at.starts_with(&below));
        self.fields.retain(|at, _| !at.starts_with(&below));
        None
    }

    /// A value of the caller's own as the model has it.
    fn own(&mut self, path: &str, wanted: &'s Value, node: &Node) -> Option<Value> {
        let wanted = self.fit.resolve(wanted);
        if let Some(branches) = branches(wanted) {
            // Of two objects the one whose names the model wrote.
            let mut likely: Vec<(i64, &Value)> =
                branches.iter().filter_map(|b| Some((self.fit.likeness(b, node)?, b))).collect();
            likely.sort_by_key(|(likeness, _)| std::cmp::Reverse(*likeness));
            return likely.into_iter().find_map(|(_, b)| self.own(path, b, node));
        }
        match &node.kind {
            Json::Object(_) => {
                let properties = wanted.get("properties")?.as_object()?;
                let mut object = Map::new();
                for (name, wanted) in properties {
                    let value = node.get(name).and_then(|n| self.own(&format!("{path}.{name}"), wanted, n));
                    let value = value.or_else(|| self.fit.allows_null(wanted).then_some(Value::Null));
                    object.extend(value.map(|v| (name.clone(), v)));
                }
                Some(Value::Object(object))
            }
            Json::List(nodes) => {
                static FREE: Value = Value::Bool(true);
                let bounds = self.fit.list(wanted)?;
                let items = bounds.get("items").unwrap_or(&FREE);
                let most = entries(bounds, "maxItems").unwrap_or(usize::MAX);
                let mut all = Vec::new();
                for node in nodes {
                    if all.len() < most {
                        all.extend(self.own(&format!("{path}[{}]", all.len()), items, node));
                    }
                }
                self.long_enough(path, bounds, all)
            }
            _ => match self.merger.answer.said(node)? {
                Said::Nothing => self.fit.allows_null(wanted).then_some(Value::Null),
                Said::Value(quote) => self.leaf(path, wanted, quote),
            },
        }
    }

    /// A single value of the caller's own, with its place and its confidence.
    fn leaf(&mut self, path: &str, wanted: &'s Value, quote: Quote) -> Option<Value> {
        let chosen = wanted.get("enum").is_some() || wanted.get("const").is_some();
        let value = self.fit.value(quote.value.clone(), None, wanted)?;
        let kind = match &value {
            Value::Number(_) => Kind::Number,
            Value::Bool(_) => Kind::Bool,
            _ if wanted["format"] == "date" => Kind::Date,
            _ => Kind::Text,
        };
        let spoken = Spoken { text: quote.text(), value, shape: 0.7, quote };
        let spot = self.spot(path, kind, &spoken);
        let mut candidate = self.merger.placed(&spoken, spot.as_ref());
        // What the caller lets the model choose or judge need not be printed.
        let judged = chosen || kind == Kind::Bool;
        if let Some(second) = candidate.second.as_mut().filter(|_| judged) {
            second.grounded = true;
        }
        let hide = self.mask_of(path).filter(|_| !judged && (kind != Kind::Date || !is_day(&candidate.value)));
        // A masked text may be none that the caller's pattern takes.
        let value = self.shown(&candidate, chosen, hide, wanted).filter(|value| self.fit.holds(wanted, value))?;
        self.note(path, kind, &candidate, Noted { placed: spot.is_some(), judged, hide });
        Some(value)
    }

    /// How a value of the caller's own is masked.
    fn mask_of(&self, path: &str) -> Option<Mask> {
        let plain: String = path.split('[').map(|part| part.split_once(']').map_or(part, |(_, rest)| rest)).collect();
        let told = self.descriptions.iter().filter(|(at, _)| {
            let rest = plain.strip_prefix(at.replace("[]", "").as_str());
            rest.is_some_and(|rest| rest.is_empty() || rest.starts_with('.'))
        });
        secret::mask_of(path, told.map(|(_, text)| text.as_str()))
    }

    fn spot(&mut self, path: &str, kind: Kind, spoken: &Spoken) -> Option<Spot> {
        let paper = &mut self.merger.paper;
        let places = match kind {
            Kind::Bool => return None,
            // An amount is no quantity, and the other way round; the caller's schema does not tell which it is.
            Kind::Number => {
                let money = paper.find(Kind::Money, &spoken.value, &spoken.text);
                if money.is_empty() { paper.find(kind, &spoken.value, &spoken.text) } else { money }
            }
            _ => paper.find(kind, &spoken.value, &spoken.text),
        };
        ground::single(paper, places, path, kind, &spoken.text, None)
    }

    /// The value as it may leave the service.
    fn shown(&self, candidate: &Candidate, chosen: bool, hide: Option<Mask>, wanted: &'s Value) -> Option<Value> {
        let secrets = self.ends.secrets;
        match (&candidate.value, hide) {
            (Value::String(text), _) if !chosen => Some(Value::String(self.covered(candidate, text, hide))),
            (Value::Number(_), Some(hide)) if secret::is_whole(&candidate.value, hide) => {
                let masked = Value::String(masked(&candidate.value.to_string(), hide));
                types(wanted).contains(&"string").then_some(masked)
            }
            (Value::Number(n), _) => {
                let digits: String = n.to_string().chars().filter(char::is_ascii_digit).collect();
                (!secrets.quoted(&digits, true)).then(|| candidate.value.clone())
            }
            (other, _) => Some(other.clone()),
        }
    }

    /// A text of the model without what must not be shown.
    fn covered(&self, candidate: &Candidate, text: &str, hide: Option<Mask>) -> String {
        let hidden = match hide.filter(|_| secret::is_number(text)) {
            Some(hide) => answer::concealed(candidate, text, Some(hide)),
            None => answer::hidden(text, None),
        };
        self.ends.secrets.covered(hidden, true)
    }

    fn note(&mut self, path: &str, kind: Kind, candidate: &Candidate, noted: Noted) {
        let Noted { placed, judged, hide } = noted;
        let sort = Sort { kind: Some(kind), listed: path.contains('[') };
        let confidence = confidence::of(candidate, sort, &BTreeMap::new(), self.merger.entry);
        self.confidence.insert(path.to_owned(), confidence);
        let mut checks = BTreeMap::new();
        if !placed && !judged {
            checks.insert(answer::GROUNDED.to_owned(), "fail".to_owned());
        }
        let evidence = FieldEvidence {
            raw: self.covered(candidate, &candidate.raw, hide),
            page: placed.then_some(candidate.page),
            polygon: placed.then(|| answer::given(self.ends.texts, candidate.page, candidate.polygon)),
            source: crate::extract::candidate::Source::Vlm.name().to_owned(),
            checks,
        };
        self.fields.insert(path.to_owned(), evidence);
    }
}

/// What is told of a value of the caller's own.
#[derive(Clone, Copy)]
struct Noted {
    /// It stands on a page.
    placed: bool,
    /// It is the model's choice or judgement.
    judged: bool,
    /// How it is masked.
    hide: Option<Mask>,
}

fn masked(text: &str, hide: Mask) -> String {
    match hide {
        Mask::Ssn => mask::ssn(text),
        Mask::Account => mask::account(text),
    }
}

/// Whether a value is a day as the caller's format asks for it, which has more digits than a mask leaves.
fn is_day(value: &Value) -> bool {
    value.as_str().is_some_and(|text| text.parse::<Date>().is_ok())
}

#[cfg(test)]
mod tests;
