//! The draft as an answer: nested data, confidence and evidence by path, findings, masks.

use std::collections::BTreeMap;

use contract::catalog::{Field, Mask, TypeEntry};
use contract::date::Date;
use contract::rules::{self, Checked};
use contract::{FieldEvidence, mask, validate};
use reading::{PageText, Polygon};
use serde_json::{Map, Value};

use super::Extraction;
use super::candidate::{Candidate, Draft, Second, Source};
use super::confidence::{self, Sort};
use super::vision::alike::is_text;

/// Name of the check that a value stands on a page.
pub const GROUNDED: &str = "grounded";

/// Turns a draft into the answer.
pub fn answer(draft: Draft, entry: &TypeEntry, texts: &[PageText], today: Date) -> Extraction {
    let data = data(&draft, entry);
    let checked = rules::evaluate(&entry.rules, &data, today);
    let secrets = Secrets::of(&draft, entry);
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
    secrets: Secrets,
    confidence: BTreeMap<String, f64>,
    fields: BTreeMap<String, FieldEvidence>,
}

impl Builder<'_> {
    /// Notes a value's confidence and evidence; the value as it leaves the service.
    fn add(&mut self, path: String, field: Option<&Field>, candidate: &Candidate) -> Value {
        let mut checks = self.checked.checks.get(&path).cloned().unwrap_or_default();
        let sort = Sort { kind: field.map(|f| f.kind), listed: path.contains('[') };
        self.confidence.insert(path.clone(), confidence::of(candidate, sort, &checks, self.entry));
        let hide = field.and_then(|f| f.mask);
        // What a model writes in a field without a mask may be what a page told it to copy there.
        let text = field.is_none_or(|f| is_text(f.kind));
        let written = |s: Second| s.source == Source::Vlm || (s.source == Source::Both && text);
        let strict = hide.is_none() && candidate.second.is_some_and(written);
        let grounded = candidate.second.is_none_or(|s| s.grounded);
        if !grounded {
            checks.insert(GROUNDED.to_owned(), "fail".to_owned());
        }
        let evidence = FieldEvidence {
            raw: self.secrets.covered(concealed(candidate, &candidate.raw, hide), strict),
            page: grounded.then_some(candidate.page),
            polygon: grounded.then(|| given(self.texts, candidate.page, candidate.polygon)),
            source: candidate.second.map_or(Source::Reading, |s| s.source).name().to_owned(),
            checks,
        };
        self.fields.insert(path, evidence);
        match &candidate.value {
            Value::String(text) => Value::String(self.secrets.covered(concealed(candidate, text, hide), strict)),
            Value::Number(_) if field.is_some_and(|f| f.unsigned) => magnitude(&candidate.value),
            other => other.clone(),
        }
    }
}

/// A polygon of an upright page on the page as it was given, as it is answered.
pub fn given(texts: &[PageText], page: usize, polygon: Polygon) -> Polygon {
    let polygon = texts.get(page.saturating_sub(1)).map_or(polygon, |t| t.to_given(polygon));
    polygon.map(|p| p.map(|v| (v.clamp(0.0, 1.0) * 1e4).round() / 1e4))
}

/// The digits of the values that leave masked.
#[derive(Debug, Default)]
pub struct Secrets(Vec<String>);

impl Secrets {
    /// Those of a draft, with the readings that were not taken.
    pub fn of(draft: &Draft, entry: &TypeEntry) -> Secrets {
        let mut all = Vec::new();
        for field in entry.fields.iter().filter(|f| f.mask.is_some()) {
            let dismissed = draft.dismissed.iter().filter(|(name, _)| *name == field.name).map(|(_, value)| value);
            all.extend(secrets(field, draft.get(&field.name).into_iter(), dismissed));
        }
        for (list, entries) in &draft.lists {
            let fields = entry.lists.iter().filter(|l| l.name == *list).flat_map(|l| &l.fields);
            for field in fields.filter(|f| f.mask.is_some()) {
                let own = entries.iter().flatten().filter(|(name, _)| *name == field.name).map(|(_, c)| c);
                all.extend(secrets(field, own, std::iter::empty()));
            }
        }
        all.retain(|digits| digits.len() > 4);
        Secrets(all)
    }

    /// A text that quotes a masked number of another field, such as the line that both were read from, without it. Another field's
    /// own number may happen to be the same digits; only a text with more around it quotes, unless `strict`.
    pub fn covered(&self, text: String, strict: bool) -> String {
        let digits: String = text.chars().filter(char::is_ascii_digit).collect();
        match self.quoted(&digits, strict) {
            true => text.chars().map(|c| if c.is_ascii_digit() { '*' } else { c }).collect(),
            false => text,
        }
    }

    /// Whether digits hold those of a masked number, and more digits around them unless `strict`.
    pub fn quoted(&self, digits: &str, strict: bool) -> bool {
        self.0.iter().any(|secret| (strict || digits.len() > secret.len()) && digits.contains(secret.as_str()))
    }
}

/// The digits of a field's values that leave masked: those that were taken, and others, of which nobody knows how they are printed.
fn secrets<'a>(
    field: &'a Field,
    taken: impl Iterator<Item = &'a Candidate>,
    dismissed: impl Iterator<Item = &'a Value>,
) -> Vec<String> {
    let digits = |text: &str| text.chars().filter(char::is_ascii_digit).collect::<String>();
    let (mut public, mut secret) = (Vec::new(), Vec::new());
    for candidate in taken {
        let Some(text) = candidate.value.as_str() else { continue };
        match concealed(candidate, text, field.mask) == text {
            true => public.push(digits(text)),
            false => secret.push(digits(text)),
        }
    }
    secret.extend(dismissed.filter_map(Value::as_str).map(digits).filter(|d| !public.contains(d)));
    secret
}

/// A number without its sign.
fn magnitude(value: &Value) -> Value {
    value.to_string().trim_start_matches('-').parse::<serde_json::Number>().map_or(Value::Null, Value::Number)
}

/// A candidate's text as it may leave the service. An employer's number is one by its hyphen, which a model may have put there:
/// it has to be printed so.
pub fn concealed(candidate: &Candidate, text: &str, hide: Option<Mask>) -> String {
    let bare = |text: &str| text.split_whitespace().collect::<String>();
    let printed = candidate
        .second
        .is_none_or(|s| s.source != Source::Vlm || (s.grounded && bare(&candidate.raw).contains(&bare(text))));
    match hide {
        Some(Mask::Ssn) if !printed => mask::ssn(text),
        _ => hidden(text, hide),
    }
}

/// A text as it may leave the service.
pub fn hidden(text: &str, hide: Option<Mask>) -> String {
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
