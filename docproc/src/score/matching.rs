//! What counts as a right value: labelled values paired with answered ones, and compared by the kind of the field.
//!
//! Money, dates, flags, codes and identifiers must be the same after normalisation (identifiers may be masked to their last
//! characters); names, addresses and descriptions may differ by a fifth of their letters.

use serde_json::{Map, Value};

/// Smallest similarity at which two texts are the same.
const SAME_TEXT: f64 = 0.8;
/// Largest difference at which two numbers are the same.
const SAME_NUMBER: f64 = 0.005;
/// Lists whose length is labelled as `n_<list>`.
const COUNTED: [&str; 4] = ["line_items", "transactions", "items", "accounts"];

/// Words of field names that hold free text.
const TEXT: [&str; 16] = [
    "name",
    "address",
    "description",
    "payee",
    "payer",
    "bank",
    "product",
    "locality",
    "label",
    "words",
    "memo",
    "method",
    "terms",
    "country",
    "type",
    "unit",
];
/// Words of field names that hold identifiers.
const IDENTIFIER: [&str; 17] = [
    "ssn", "ein", "tin", "number", "id", "order", "iban", "swift", "last4", "code", "codes", "phone", "rtn", "cusip",
    "email", "state", "currency",
];

/// A labelled value and the one that was answered.
pub(super) struct Leaf<'a> {
    /// Where the answered value stands: `state_taxes[1].tax`.
    pub(super) path: String,
    pub(super) want: &'a Value,
    pub(super) given: Option<Value>,
}

/// Pairs every labelled value with its answer. Lists of box-12 codes and states are paired by these, others in order.
pub(super) fn align<'a>(want: &'a Map<String, Value>, got: &Value) -> Vec<Leaf<'a>> {
    let mut leaves = Vec::new();
    for (key, value) in want {
        let given = got.get(key);
        match value {
            _ if key.strip_prefix("n_").is_some_and(|list| COUNTED.contains(&list)) => {
                let list = key.strip_prefix("n_").and_then(|list| got.get(list)).and_then(Value::as_array);
                leaves.push(Leaf { path: key.clone(), want: value, given: list.map(|l| l.len().into()) });
            }
            Value::Array(items) => {
                align_list(key, items, given.and_then(Value::as_array).map_or(&[], Vec::as_slice), &mut leaves)
            }
            Value::Object(nested) => leaves.extend(prefixed(key, align(nested, given.unwrap_or(&Value::Null)))),
            _ => leaves.push(Leaf { path: key.clone(), want: value, given: given.cloned() }),
        }
    }
    leaves
}

fn align_list<'a>(key: &str, want: &'a [Value], got: &[Value], leaves: &mut Vec<Leaf<'a>>) {
    let natural_key = match key {
        "box_12" => Some("code"),
        "state_taxes" => Some("state"),
        _ => None,
    };
    for (index, item) in want.iter().enumerate() {
        let Value::Object(fields) = item else {
            leaves.push(Leaf { path: format!("{key}[{index}]"), want: item, given: got.get(index).cloned() });
            continue;
        };
        let place = match natural_key {
            Some(name) => got.iter().position(|g| g.is_object() && folded(g.get(name)) == folded(item.get(name))),
            None => Some(index),
        };
        let given = place.and_then(|place| got.get(place)).unwrap_or(&Value::Null);
        leaves.extend(prefixed(&format!("{key}[{}]", place.unwrap_or(index)), align(fields, given)));
    }
}

fn prefixed<'a>(prefix: &str, leaves: Vec<Leaf<'a>>) -> impl Iterator<Item = Leaf<'a>> {
    leaves.into_iter().map(move |leaf| Leaf { path: format!("{prefix}.{}", leaf.path), ..leaf })
}

/// Whether an answer is right. `None`: there is no answer.
pub(super) fn matches(path: &str, want: &Value, given: Option<&Value>) -> Option<bool> {
    let given = given.filter(|g| !g.is_null() && g.as_str() != Some(""))?;
    Some(match (want, given) {
        (Value::Bool(_), _) | (_, Value::Bool(_)) => truth(want) == truth(given) && truth(want).is_some(),
        (Value::Number(number), _) => {
            number.as_f64().zip(to_number(given)).is_some_and(|(w, g)| (g - w).abs() < SAME_NUMBER)
        }
        _ => match kind(path) {
            Kind::Identifier => same_identifier(&text(want), &text(given)),
            Kind::Text => similarity(&text(want), &text(given)) >= SAME_TEXT,
            Kind::Exact if is_iso_date(&text(want)) => text(given).chars().take(10).collect::<String>() == text(want),
            Kind::Exact => fold(&text(want)) == fold(&text(given)),
        },
    })
}

#[derive(Debug, PartialEq, Eq)]
enum Kind {
    Identifier,
    Text,
    Exact,
}

/// The kind of a field by the words of its name.
fn kind(path: &str) -> Kind {
    let leaf = path.rsplit('.').next().unwrap_or(path);
    let leaf = leaf.split('[').next().unwrap_or(leaf);
    let has = |words: &[&str]| leaf.split('_').any(|part| words.contains(&part));
    if has(&IDENTIFIER) && !has(&["name"]) {
        return Kind::Identifier;
    }
    if has(&TEXT) { Kind::Text } else { Kind::Exact }
}

/// A flag; 1 and 0 count as flags.
fn truth(value: &Value) -> Option<bool> {
    match value {
        Value::Bool(flag) => Some(*flag),
        Value::Number(n) if n.as_f64() == Some(1.0) => Some(true),
        Value::Number(n) if n.as_f64() == Some(0.0) => Some(false),
        _ => None,
    }
}

fn to_number(value: &Value) -> Option<f64> {
    text(value).replace(',', "").trim().parse().ok()
}

fn same_identifier(want: &str, given: &str) -> bool {
    let want = fold(want);
    want == fold(given) || masked_tail(given).is_some_and(|tail| want.ends_with(&fold(&tail)))
}

/// The two to six characters behind a mask of `*`, `x` or bullets at the end of a text.
fn masked_tail(text: &str) -> Option<String> {
    let chars: Vec<char> = text.chars().collect();
    let hides = |c: &char| matches!(c, '*' | 'x' | 'X' | '•');
    let starts = (0..chars.len()).filter(|&at| chars.get(at).is_some_and(hides));
    starts.into_iter().find_map(|start| {
        let run = chars.iter().skip(start).take_while(|c| hides(c)).count();
        (1..=run).rev().find_map(|hidden| {
            let rest = chars.iter().skip(start + hidden).skip_while(|c| **c == '-' || c.is_whitespace());
            let tail: String = rest.collect();
            let plain = tail.chars().all(|c| c.is_ascii_alphanumeric());
            (plain && (2..=6).contains(&tail.len())).then_some(tail)
        })
    })
}

fn is_iso_date(text: &str) -> bool {
    let shape: String = text.chars().map(|c| if c.is_ascii_digit() { '9' } else { c }).collect();
    shape == "9999-99-99"
}

/// The share of letters and digits that two texts have in common: 1 - edits / length of the longer one.
pub(super) fn similarity(a: &str, b: &str) -> f64 {
    let (a, b) = (fold(a).into_bytes(), fold(b).into_bytes());
    if a.is_empty() || b.is_empty() {
        return if a == b { 1.0 } else { 0.0 };
    }
    let mut row: Vec<usize> = (0..=b.len()).collect();
    for (i, ca) in a.iter().enumerate() {
        let mut diagonal = i;
        let mut left = i + 1;
        for (cell, cb) in row.iter_mut().skip(1).zip(&b) {
            let next = (*cell + 1).min(left + 1).min(diagonal + usize::from(ca != cb));
            (diagonal, *cell, left) = (*cell, next, next);
        }
    }
    1.0 - super::figures::ratio(row.last().copied().unwrap_or(0), a.len().max(b.len()))
}

fn folded(value: Option<&Value>) -> String {
    fold(&value.map_or_else(|| String::from("none"), text))
}

/// Lower case, letters and digits of ASCII only.
fn fold(text: &str) -> String {
    text.to_lowercase().chars().filter(char::is_ascii_alphanumeric).collect()
}

fn text(value: &Value) -> String {
    match value {
        Value::String(text) => text.clone(),
        Value::Null => String::from("none"),
        other => other.to_string(),
    }
}
