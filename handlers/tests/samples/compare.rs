//! Whether a value that was read is the labelled one. Money, dates, flags and codes must be equal; identifiers may be masked to
//! their last characters; names, addresses and descriptions may differ in a fifth of their letters. Entries of `box_12` are
//! matched by code, of `state_taxes` by state, of other lists by their place.

use handlers::layout::fold::{fold_text, similarity};
use serde_json::Value;

/// Words in names of fields that hold running text.
const TEXT: &[&str] = &[
    "name",
    "address",
    "description",
    "payee",
    "product",
    "locality",
    "label",
    "words",
    "memo",
    "method",
    "terms",
    "type",
];
/// Words in names of fields that hold an identifier.
const IDENTIFIER: &[&str] =
    &["ssn", "ein", "tin", "number", "id", "order", "iban", "swift", "code", "codes", "phone", "rtn", "email"];

/// How a labelled value was answered.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Outcome {
    Right,
    Wrong,
    Missing,
}

/// A labelled value with what was answered, by its path in the answer.
#[derive(Debug)]
pub(crate) struct Compared {
    pub(crate) path: String,
    pub(crate) wanted: Value,
    pub(crate) given: Value,
    pub(crate) outcome: Outcome,
}

/// Compares every labelled value.
pub(crate) fn compare(wanted: &Value, given: &Value) -> Vec<Compared> {
    let mut all = Vec::new();
    object("", wanted, given, &mut all);
    all
}

fn object(prefix: &str, wanted: &Value, given: &Value, all: &mut Vec<Compared>) {
    for (name, want) in wanted.as_object().into_iter().flatten() {
        let path = format!("{prefix}{name}");
        if let Some(list) = name.strip_prefix("n_") {
            let count = given[list].as_array().map_or(Value::Null, |entries| entries.len().into());
            all.push(leaf(path, want, &count));
        } else if let Some(entries) = want.as_array() {
            for (i, entry) in entries.iter().enumerate() {
                let at = place(name, entry, &given[name], i);
                object(&format!("{path}[{at}]."), entry, &given[name][at], all);
            }
        } else {
            all.push(leaf(path, want, &given[name]));
        }
    }
}

/// The place of the entry that should hold a labelled one.
fn place(list: &str, wanted: &Value, given: &Value, i: usize) -> usize {
    let key = match list {
        "box_12" => "code",
        "state_taxes" => "state",
        _ => return i,
    };
    given.as_array().and_then(|entries| entries.iter().position(|e| e[key] == wanted[key])).unwrap_or(i)
}

fn leaf(path: String, wanted: &Value, given: &Value) -> Compared {
    let absent = given.is_null() || given.as_str() == Some("");
    let outcome = match (absent, equal(&path, wanted, given)) {
        (true, _) => Outcome::Missing,
        (_, true) => Outcome::Right,
        (_, false) => Outcome::Wrong,
    };
    Compared { path, wanted: wanted.clone(), given: given.clone(), outcome }
}

fn equal(path: &str, wanted: &Value, given: &Value) -> bool {
    match (wanted, given) {
        (Value::Number(w), Value::Number(g)) => {
            (w.as_f64().unwrap_or(f64::NAN) - g.as_f64().unwrap_or(f64::NAN)).abs() < 0.005
        }
        (Value::String(w), Value::String(g)) => equal_text(path, w, g),
        // A count may be labelled as it is printed.
        (Value::String(w), Value::Number(g)) => *w == g.to_string(),
        _ => wanted == given,
    }
}

fn equal_text(path: &str, wanted: &str, given: &str) -> bool {
    let name = path.rsplit('.').next().unwrap_or(path);
    let named = |words: &[&str]| name.split('_').any(|word| words.contains(&word));
    if named(IDENTIFIER) && !named(&["name"]) {
        let tail = given.rsplit(['*', 'X', '-']).next().unwrap_or(given);
        let masked =
            given.contains('*') && (2..=6).contains(&tail.len()) && fold_text(wanted).ends_with(&fold_text(tail));
        fold_text(wanted) == fold_text(given) || masked
    } else if named(TEXT) {
        similarity(wanted, given) >= 0.8
    } else {
        fold_text(wanted) == fold_text(given)
    }
}

#[test]
fn values_match_as_their_field_demands() {
    let wanted = serde_json::json!({
        "total": 12.5, "account_number": "0012345678", "vendor_name": "Harbor Mills LLC", "date": "2024-01-31",
        "paid": true, "n_items": 2, "state_taxes": [{"state": "OH", "tax": 3.0}],
    });
    let close = serde_json::json!({
        "total": 12.50, "account_number": "****5678", "vendor_name": "Harbour Mills LLC", "date": "2024-01-31",
        "paid": true, "items": [1, 2], "state_taxes": [{"state": "PA", "tax": 4.0}, {"state": "OH", "tax": 3.0}],
    });
    assert!(compare(&wanted, &close).iter().all(|c| c.outcome == Outcome::Right));
    let far = serde_json::json!({
        "total": 12.51, "account_number": "****5679", "vendor_name": "Quay Street", "date": "2024-01-30",
        "paid": false, "items": [1], "state_taxes": [],
    });
    assert!(compare(&wanted, &far).iter().all(|c| c.outcome != Outcome::Right));
}
