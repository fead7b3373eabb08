//! The draft as an answer: nested data, confidence and evidence by path, findings, masks.

use std::collections::BTreeMap;

use contract::catalog::{Field, Mask, TypeEntry};
use contract::date::Date;
use contract::rules::{self, Checked};
use contract::{FieldEvidence, mask, validate};
use reading::PageText;
use serde_json::{Map, Value};

use super::Extraction;
use super::candidate::{Candidate, Draft};
use super::confidence::{self, Sort};

/// Turns a draft into the answer.
pub fn answer(draft: Draft, entry: &TypeEntry, texts: &[PageText], today: Date) -> Extraction {
    let data = data(&draft, entry);
    let checked = rules::evaluate(&entry.rules, &data, today);
    let secrets = secrets(&draft, entry);
    let mut builder = Builder { entry, texts, checked, secrets, confidence: BTreeMap::new(), fields: BTreeMap::new() };
    let mut masked = data;
    for (name, candidate) in &draft.single {
        let field = entry.fields.iter().find(|f| f.name == *name);
        let value = builder.add(name.clone(), field, candidate);
        masked[name.as_str()] = value;
    }
    for (list, entries) in &draft.lists {
        let fields = entry.lists.iter().find(|l| l.name == *list).map(|l| l.fields.as_slice()).unwrap_or_default();
        for (i, item) in entries.iter().enumerate() {
            for (name, candidate) in item {
                let field = fields.iter().find(|f| f.name == *name);
                let value = builder.add(format!("{list}[{i}].{name}"), field, candidate);
                masked[list.as_str()][i][name.as_str()] = value;
            }
        }
    }
    Extraction {
        data: masked,
        confidence: builder.confidence,
        fields: builder.fields,
        findings: builder.checked.findings,
    }
}

/// The values in the catalog's order, before masking: rules look at what was read.
pub fn data(draft: &Draft, entry: &TypeEntry) -> Value {
    let mut data = Map::new();
    for name in entry.names() {
        if let Some(candidate) = draft.get(name) {
            let unsigned = entry.fields.iter().any(|f| f.name == name && f.unsigned) && candidate.value.is_number();
            data.insert(name.to_owned(), if unsigned { magnitude(&candidate.value) } else { candidate.value.clone() });
        } else if let Some((_, entries)) = draft.lists.iter().find(|(list, _)| list == name) {
            let item = |item: &super::candidate::Entry| {
                Value::Object(item.iter().map(|(n, c)| (n.clone(), c.value.clone())).collect())
            };
            data.insert(name.to_owned(), entries.iter().map(item).collect());
        } else if draft.empty.iter().any(|e| e == name) {
            data.insert(name.to_owned(), Value::Null);
        }
    }
    Value::Object(data)
}

struct Builder<'a> {
    entry: &'a TypeEntry,
    texts: &'a [PageText],
    checked: Checked,
    secrets: Vec<String>,
    confidence: BTreeMap<String, f64>,
    fields: BTreeMap<String, FieldEvidence>,
}

impl Builder<'_> {
    /// Notes a value's confidence and evidence; the value as it leaves the service.
    fn add(&mut self, path: String, field: Option<&Field>, candidate: &Candidate) -> Value {
        let checks = self.checked.checks.get(&path).cloned().unwrap_or_default();
        let sort = Sort { kind: field.map(|f| f.kind), listed: path.contains('[') };
        self.confidence.insert(path.clone(), confidence::of(candidate, sort, &checks, self.entry));
        let hide = field.and_then(|f| f.mask);
        let polygon = self
            .texts
            .get(candidate.page.saturating_sub(1))
            .map_or(candidate.polygon, |t| t.to_given(candidate.polygon));
        let evidence = FieldEvidence {
            raw: self.covered(hidden(&candidate.raw, hide)),
            page: candidate.page,
            polygon: polygon.map(|p| p.map(|v| (v.clamp(0.0, 1.0) * 1e4).round() / 1e4)),
            source: "reading".to_owned(),
            checks,
        };
        self.fields.insert(path, evidence);
        match &candidate.value {
            Value::String(text) => Value::String(self.covered(hidden(text, hide))),
            Value::Number(_) if field.is_some_and(|f| f.unsigned) => magnitude(&candidate.value),
            other => other.clone(),
        }
    }
}

impl Builder<'_> {
    /// A text that quotes a masked number of another field, such as the line that both were read from, without it.
    fn covered(&self, text: String) -> String {
        let digits: String = text.chars().filter(char::is_ascii_digit).collect();
        // Another field's own number may happen to be the same digits; only a text with more around it quotes.
        let quoted = |secret: &String| digits.len() > secret.len() && digits.contains(secret.as_str());
        match self.secrets.iter().any(quoted) {
            true => text.chars().map(|c| if c.is_ascii_digit() { '*' } else { c }).collect(),
            false => text,
        }
    }
}

/// The digits of the values that leave masked.
fn secrets(draft: &Draft, entry: &TypeEntry) -> Vec<String> {
    let masked = entry.fields.iter().filter(|f| f.mask.is_some()).filter_map(|f| {
        let text = draft.get(&f.name)?.value.as_str()?;
        (hidden(text, f.mask) != text).then_some(text)
    });
    let digits = masked.map(|text| text.chars().filter(char::is_ascii_digit).collect::<String>());
    digits.filter(|digits| digits.len() > 4).collect()
}

/// A number without its sign.
fn magnitude(value: &Value) -> Value {
    value.to_string().trim_start_matches('-').parse::<serde_json::Number>().map_or(Value::Null, Value::Number)
}

/// A text as it may leave the service.
fn hidden(text: &str, hide: Option<Mask>) -> String {
    match hide {
        // An employer's number is public; printed in the box of a person's number it still is one.
        Some(Mask::Ssn) if validate::ein_shape(text.trim()) && text.contains('-') => text.to_owned(),
        Some(Mask::Ssn) => mask::ssn(text),
        // Four digits are all that the page itself shows of a longer number.
        Some(Mask::Account) if text.len() == 4 && text.bytes().all(|b| b.is_ascii_digit()) => format!("****{text}"),
        Some(Mask::Account) => mask::account(text),
        None => mask::find_and_mask(text).into_owned(),
    }
}
