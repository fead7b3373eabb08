//! The answer in the shape of a caller's schema. Names of the catalog come from both readings; the caller's own come from the
//! model, looked up on the pages. A value that the caller's schema has no room for is null where it may be, else absent.

use std::collections::BTreeMap;

use contract::catalog::{Kind, List, Mask};
use contract::date::Date;
use contract::{FieldEvidence, mask};
use reading::PageText;
use serde_json::{Map, Number, Value};

use super::ask::{Named, named};
use super::caller::{self, is_free, resolve, takes_scalar, types};
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
        root: schema,
        descriptions,
        merger,
        ends,
        found: Extraction { data, confidence, fields, findings: Vec::new() },
        confidence: BTreeMap::new(),
        fields: BTreeMap::new(),
    };
    let mut data = Map::new();
    let top = resolve(schema, schema);
    for (name, wanted) in top["properties"].as_object().into_iter().flatten() {
        let wanted = resolve(schema, wanted);
        let value = match named(shaper.merger.entry, name) {
            Some(Named::List(list)) if is_free(wanted) => shaper.keep_list(list),
            Some(Named::List(list)) if shaper.entry_names(wanted).is_some() => {
                shaper.list(list, wanted, lists.get(name).map(|m| m.origins.as_slice()).unwrap_or_default())
            }
            Some(Named::Field(_) | Named::Part(..)) if takes_scalar(wanted) => {
                let value = shaper.found.data.get(name).cloned();
                shaper.keep(name, name, value, wanted)
            }
            // In another shape the mask would find nothing to hide.
            Some(Named::Field(field)) if field.mask.is_some() => None,
            _ => {
                let answer = shaper.merger.answer;
                answer.get(name).and_then(|node| shaper.own(name, wanted, node))
            }
        };
        let value = value.or_else(|| shaper.allows_null(wanted).then_some(Value::Null));
        data.extend(value.map(|v| (name.clone(), v)));
    }
    let Shaper { confidence, fields, .. } = shaper;
    *extraction = Extraction { data: Value::Object(data), confidence, fields, findings };
}

struct Shaper<'s, 'm, 'a> {
    root: &'s Value,
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
    fn resolve(&self, node: &'s Value) -> &'s Value {
        resolve(self.root, node)
    }

    fn branches(&self, node: &'s Value) -> Option<&'s Vec<Value>> {
        node.get("anyOf").or_else(|| node.get("oneOf")).and_then(Value::as_array)
    }

    fn allows_null(&self, node: &'s Value) -> bool {
        let node = self.resolve(node);
        let branch = self.branches(node).is_some_and(|b| b.iter().any(|b| self.allows_null(b)));
        is_free(node)
            || branch
            || types(node).contains(&"null")
            || node["enum"].as_array().is_some_and(|v| v.contains(&Value::Null))
    }

    /// The schemas of an entry's names, if the schema is a list of objects.
    fn entry_names(&self, node: &'s Value) -> Option<&'s Map<String, Value>> {
        if let Some(branches) = self.branches(node) {
            return branches.iter().find_map(|b| self.entry_names(self.resolve(b)));
        }
        self.resolve(node.get("items")?).get("properties")?.as_object()
    }

    /// A value of the catalog at a path of its own answer, under the caller's path and in the caller's type.
    fn keep(&mut self, from: &str, to: &str, value: Option<Value>, wanted: &'s Value) -> Option<Value> {
        let value = self.fit(value?, wanted)?;
        if !value.is_null() {
            self.confidence.extend(self.found.confidence.get(from).map(|c| (to.to_owned(), *c)));
            self.fields.extend(self.found.fields.get(from).map(|f| (to.to_owned(), f.clone())));
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
        let answer = self.merger.answer;
        let nodes = answer.get(&list.name).and_then(Node::entries).unwrap_or_default();
        let mut entries = Vec::new();
        for (i, origin) in origins.iter().enumerate() {
            let mut entry = Map::new();
            for (name, wanted) in names {
                let wanted = self.resolve(wanted);
                let path = format!("{}[{i}].{name}", list.name);
                let value = if list.fields.iter().any(|f| f.name == *name) && takes_scalar(wanted) {
                    let value = self.found.data[list.name.as_str()][i].get(name).cloned();
                    self.keep(&path, &path, value, wanted)
                } else {
                    let node = origin.and_then(|m| nodes.get(m)?.get(name));
                    node.and_then(|node| self.own(&path, wanted, node))
                };
                let value = value.or_else(|| self.allows_null(wanted).then_some(Value::Null));
                entry.extend(value.map(|v| (name.clone(), v)));
            }
            entries.push(Value::Object(entry));
        }
        Some(Value::Array(entries))
    }

    /// A value in a type that the schema has room for.
    fn fit(&self, value: Value, wanted: &'s Value) -> Option<Value> {
        let wanted = self.resolve(wanted);
        if let Some(branches) = self.branches(wanted) {
            return branches.iter().find_map(|b| self.fit(value.clone(), b));
        }
        let types = types(wanted);
        let has = |name: &str| types.is_empty() || types.contains(&name);
        match value {
            Value::Null => self.allows_null(wanted).then_some(Value::Null),
            Value::Number(n) if has("number") || (has("integer") && n.as_f64().is_some_and(|v| v.fract() == 0.0)) => {
                // Money has decimals; a caller who asks for whole units gets them where nothing is lost.
                let whole = n.as_f64().filter(|v| !has("number") && v.abs() < 1e15).map(|v| Value::from(v as i64));
                Some(whole.unwrap_or(Value::Number(n)))
            }
            Value::Number(n) if has("string") => {
                Some(Value::String(n.as_f64().map_or(n.to_string(), |v| format!("{v:.2}"))))
            }
            Value::String(text) if has("string") => Some(Value::String(text)),
            Value::String(text) if has("number") || has("integer") => number(&text, wanted).map(Value::Number),
            Value::Bool(value) if has("boolean") => Some(Value::Bool(value)),
            _ => None,
        }
    }

    /// A value of the caller's own as the model has it.
    fn own(&mut self, path: &str, wanted: &'s Value, node: &Node) -> Option<Value> {
        let wanted = self.resolve(wanted);
        if let Some(branches) = self.branches(wanted) {
            return branches.iter().find_map(|b| self.own(path, b, node));
        }
        match &node.kind {
            Json::Object(_) => {
                let properties = wanted.get("properties")?.as_object()?;
                let mut object = Map::new();
                for (name, wanted) in properties {
                    let value = node.get(name).and_then(|n| self.own(&format!("{path}.{name}"), wanted, n));
                    let value = value.or_else(|| self.allows_null(wanted).then_some(Value::Null));
                    object.extend(value.map(|v| (name.clone(), v)));
                }
                Some(Value::Object(object))
            }
            Json::List(entries) => {
                static FREE: Value = Value::Bool(true);
                let items = wanted.get("items").unwrap_or(&FREE);
                let mut list = Vec::new();
                for entry in entries {
                    let path = format!("{path}[{}]", list.len());
                    list.extend(self.own(&path, items, entry));
                }
                Some(Value::Array(list))
            }
            _ => match self.merger.answer.said(node)? {
                Said::Nothing => self.allows_null(wanted).then_some(Value::Null),
                Said::Value(quote) => self.leaf(path, wanted, quote),
            },
        }
    }

    /// A single value of the caller's own, with its place and its confidence.
    fn leaf(&mut self, path: &str, wanted: &'s Value, quote: Quote) -> Option<Value> {
        let chosen = wanted.get("enum").is_some() || wanted.get("const").is_some();
        let value = match (chosen, &quote.value) {
            (true, value) => listed(wanted, value).then(|| value.clone())?,
            (false, Value::String(text)) if numeric(wanted) => Value::Number(number(text, wanted)?),
            (false, value) => self.fit(value.clone(), wanted)?,
        };
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
        let value = self.shown(&candidate, chosen, hide, wanted)?;
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

/// Whether a schema wants a number, which the model writes as a text.
fn numeric(wanted: &Value) -> bool {
    let types = types(wanted);
    !types.contains(&"string") && types.iter().any(|t| matches!(*t, "number" | "integer"))
}

/// Whether a value is one of those that a schema lists.
fn listed(wanted: &Value, value: &Value) -> bool {
    match wanted.get("const") {
        Some(only) => only == value,
        None => wanted["enum"].as_array().is_some_and(|values| values.contains(value)),
    }
}

/// A text as a number within a schema's bounds.
fn number(text: &str, wanted: &Value) -> Option<Number> {
    let number: Number = serde_json::from_str(text.trim()).ok()?;
    let value = number.as_f64()?;
    let bound = |name: &str| wanted.get(name).and_then(Value::as_f64);
    let fits = bound("minimum").is_none_or(|b| value >= b)
        && bound("maximum").is_none_or(|b| value <= b)
        && bound("exclusiveMinimum").is_none_or(|b| value > b)
        && bound("exclusiveMaximum").is_none_or(|b| value < b)
        && (types(wanted).contains(&"number") || value.fract() == 0.0);
    fits.then_some(number)
}

#[cfg(test)]
mod tests;
