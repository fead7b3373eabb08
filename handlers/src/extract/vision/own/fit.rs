//! Values in the types and within the bounds of a caller's schema. A server may ignore the grammar that its model was given, and
//! what the catalog knows of a value need not be what the caller has room for: the caller's schema holds of whatever passes here.

use std::collections::BTreeMap;

use contract::catalog::Kind;
use regex::{Regex, RegexBuilder};
use serde_json::{Number, Value};

use crate::extract::vision::caller::{is_free, resolve, types};
use crate::extract::vision::json::{Json, Node};
use crate::extract::vision::pattern;

/// Bytes of a compiled pattern; more than any pattern takes that [`pattern::bounded`] lets through.
const COMPILED: usize = 1 << 20;

/// A caller's schema as a judge of values.
pub struct Fit<'s> {
    root: &'s Value,
    patterns: BTreeMap<&'s str, Option<Regex>>,
}

impl<'s> Fit<'s> {
    /// Judges by a schema.
    pub fn new(root: &'s Value) -> Fit<'s> {
        Fit { root, patterns: BTreeMap::new() }
    }

    /// The schema that a `$ref` leads to, itself if there is none.
    pub fn resolve(&self, node: &'s Value) -> &'s Value {
        resolve(self.root, node)
    }

    /// Whether a value may be null.
    pub fn allows_null(&self, node: &'s Value) -> bool {
        let node = self.resolve(node);
        let branch = branches(node).is_some_and(|b| b.iter().any(|b| self.allows_null(b)));
        is_free(node)
            || branch
            || types(node).contains(&"null")
            || node["enum"].as_array().is_some_and(|v| v.contains(&Value::Null))
    }

    /// The schema of a list, if there is room for one.
    pub fn list(&self, node: &'s Value) -> Option<&'s Value> {
        let node = self.resolve(node);
        match branches(node) {
            Some(branches) => branches.iter().find_map(|b| self.list(b)),
            None => has_list(node).then_some(node),
        }
    }

    /// A value of a kind in a type that the schema has room for.
    pub fn value(&mut self, value: Value, kind: Option<Kind>, wanted: &'s Value) -> Option<Value> {
        let wanted = self.resolve(wanted);
        if let Some(branches) = branches(wanted) {
            let as_it_is = branches.iter().any(|b| branches_hold(self, b, &value)).then(|| value.clone());
            return as_it_is.or_else(|| branches.iter().find_map(|b| self.value(value.clone(), kind, b)));
        }
        if value.is_null() {
            return self.allows_null(wanted).then_some(Value::Null);
        }
        let value = converted(value, kind, wanted)?;
        self.holds(wanted, &value).then_some(value)
    }

    /// Whether a schema without branches holds of a single value.
    pub fn holds(&mut self, wanted: &'s Value, value: &Value) -> bool {
        if wanted.get("enum").is_some() || wanted.get("const").is_some() {
            return listed(wanted, value);
        }
        if wanted.get("properties").is_some() || wanted.get("items").is_some() {
            return false;
        }
        let types = types(wanted);
        let has = |name: &str| types.is_empty() || types.contains(&name);
        match value {
            Value::String(text) => has("string") && self.text_holds(wanted, text),
            Value::Number(n) => {
                let value = n.as_f64().unwrap_or(f64::NAN);
                (has("number") || (has("integer") && value.fract() == 0.0)) && within(wanted, value)
            }
            Value::Bool(_) => has("boolean"),
            Value::Null => has("null"),
            Value::Array(_) | Value::Object(_) => false,
        }
    }

    fn text_holds(&mut self, wanted: &'s Value, text: &str) -> bool {
        let bound = |name: &str| wanted.get(name).and_then(Value::as_u64).and_then(|n| usize::try_from(n).ok());
        let length = text.chars().count();
        if bound("maxLength").is_some_and(|most| length > most)
            || bound("minLength").is_some_and(|least| length < least)
        {
            return false;
        }
        let Some(own) = wanted.get("pattern").and_then(Value::as_str) else { return true };
        let compiled = self.patterns.entry(own).or_insert_with(|| {
            // What the caller wrote; where that is none of this dialect, the narrower form that the model was given.
            compiled(own).or_else(|| compiled(&pattern::bounded(own).ok()?))
        });
        compiled.as_ref().is_some_and(|pattern| pattern.is_match(text))
    }

    /// How much a value of the model looks like a schema: names in common, less names that are missing; `None` where it can't be one.
    pub fn likeness(&self, wanted: &'s Value, node: &Node) -> Option<i64> {
        let wanted = self.resolve(wanted);
        if let Some(branches) = branches(wanted) {
            return branches.iter().filter_map(|b| self.likeness(b, node)).max();
        }
        match &node.kind {
            Json::Object(members) => {
                let names = wanted.get("properties")?.as_object()?;
                let common = members.iter().filter(|(name, _)| names.contains_key(name)).count();
                let apart = names.len() + members.len() - 2 * common;
                Some(2 * i64::try_from(common).ok()? - i64::try_from(apart).ok()?)
            }
            Json::List(entries) if has_list(wanted) => Some(match (entries.first(), wanted.get("items")) {
                (Some(first), Some(items)) => self.likeness(items, first).unwrap_or(i64::MIN),
                _ => 0,
            }),
            Json::List(_) => None,
            _ => Some(0),
        }
    }
}

/// The branches of a schema.
pub fn branches(node: &Value) -> Option<&Vec<Value>> {
    node.get("anyOf").or_else(|| node.get("oneOf")).and_then(Value::as_array)
}

/// A bound of a list's length.
pub fn entries(list: &Value, name: &str) -> Option<usize> {
    list.get(name).and_then(Value::as_u64).and_then(|n| usize::try_from(n).ok())
}

fn branches_hold<'s>(fit: &mut Fit<'s>, branch: &'s Value, value: &Value) -> bool {
    let branch = fit.resolve(branch);
    match branches(branch) {
        Some(branches) => branches.iter().any(|b| branches_hold(fit, b, value)),
        None => fit.holds(branch, value),
    }
}

/// Whether a schema without branches is one of a list.
fn has_list(node: &Value) -> bool {
    let types = types(node);
    types.contains(&"array") || (types.is_empty() && node.get("items").is_some() && node.get("properties").is_none())
}

/// A value in the type that a schema without branches asks for.
fn converted(value: Value, kind: Option<Kind>, wanted: &Value) -> Option<Value> {
    let types = types(wanted);
    let has = |name: &str| types.is_empty() || types.contains(&name);
    match value {
        Value::Number(n) if has("number") => Some(Value::Number(n)),
        Value::Number(n) if has("integer") && n.as_f64().is_some_and(|v| v.fract() == 0.0) => {
            // Money has decimals; a caller who asks for whole units gets them where nothing is lost.
            let whole = n.as_f64().filter(|v| v.abs() < 1e15).map(|v| Value::from(v as i64));
            Some(whole.unwrap_or(Value::Number(n)))
        }
        Value::Number(n) if has("string") => Some(Value::String(match (n.as_f64(), kind) {
            (Some(v), Some(Kind::Money)) => format!("{v:.2}"),
            (Some(v), _) if n.is_f64() => v.to_string(),
            _ => n.to_string(),
        })),
        Value::String(text) if !has("string") && (has("number") || has("integer")) => {
            converted(Value::Number(number(&text)?), kind, wanted)
        }
        other => Some(other),
    }
}

/// Whether a schema lists a value.
fn listed(wanted: &Value, value: &Value) -> bool {
    match wanted.get("const") {
        Some(only) => only == value,
        None => wanted["enum"].as_array().is_some_and(|values| values.contains(value)),
    }
}

/// Whether a number is within a schema's bounds.
fn within(wanted: &Value, value: f64) -> bool {
    let bound = |name: &str| wanted.get(name).and_then(Value::as_f64);
    bound("minimum").is_none_or(|b| value >= b)
        && bound("maximum").is_none_or(|b| value <= b)
        && bound("exclusiveMinimum").is_none_or(|b| value > b)
        && bound("exclusiveMaximum").is_none_or(|b| value < b)
}

/// A text as a number. Zeros may be printed before it, which JSON does not take.
fn number(text: &str) -> Option<Number> {
    let text = text.trim();
    let (sign, digits) = text.strip_prefix('-').map_or(("", text.trim_start_matches('+')), |digits| ("-", digits));
    let bare = digits.trim_start_matches('0');
    let zero = if bare.starts_with(|c: char| c.is_ascii_digit()) || bare.len() == digits.len() { "" } else { "0" };
    serde_json::from_str(&format!("{sign}{zero}{bare}")).ok()
}

fn compiled(pattern: &str) -> Option<Regex> {
    RegexBuilder::new(pattern).size_limit(COMPILED).build().ok()
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn fit(value: Value, kind: Option<Kind>, schema: &Value) -> Option<Value> {
        Fit::new(schema).value(value, kind, schema)
    }

    #[test]
    fn a_number_as_a_text_keeps_its_decimals_and_money_has_two() {
        let text = json!({"type": "string"});
        assert_eq!(fit(json!(0.125), Some(Kind::Percent), &text), Some(json!("0.125")));
        assert_eq!(fit(json!(3.0), Some(Kind::Number), &text), Some(json!("3")));
        assert_eq!(fit(json!(1234.5), Some(Kind::Money), &text), Some(json!("1234.50")));
    }

    #[test]
    fn a_text_as_a_number_may_begin_with_zeros() {
        for (text, number) in [("00.50", json!(0.5)), ("007", json!(7)), ("-012.5", json!(-12.5)), ("0", json!(0))] {
            assert_eq!(fit(json!(text), None, &json!({"type": "number"})), Some(number), "{text}");
        }
        assert_eq!(fit(json!("12.00"), None, &json!({"type": "integer"})), Some(json!(12)));
        for text in ["", "-", "null", "1e", "12.50 EUR"] {
            assert_eq!(fit(json!(text), None, &json!({"type": "number"})), None, "{text}");
        }
    }

    #[test]
    fn what_a_schema_has_no_room_for_does_not_pass() {
        for (schema, fits, not) in [
            (json!({"type": "string", "maxLength": 3}), json!("äöü"), json!("äöüß")),
            (json!({"type": "string", "minLength": 2}), json!("ab"), json!("a")),
            (json!({"type": "string", "pattern": "^[A-Z]{2}$"}), json!("AB"), json!("ab")),
            (json!({"type": "number", "maximum": 10}), json!(10.0), json!(10.5)),
            (json!({"type": "integer", "exclusiveMinimum": 0}), json!(1), json!(0)),
            (json!({"enum": ["a", 1]}), json!(1), json!("1")),
            (json!({"type": "boolean"}), json!(true), json!("true")),
            (json!({"anyOf": [{"type": "number", "maximum": 5}, {"type": "null"}]}), json!(5), json!(6)),
            (json!({"type": "array", "items": {}}), Value::Null, json!("text")),
        ] {
            assert_eq!(fit(not.clone(), None, &schema), None, "{schema}");
            assert!(fits.is_null() || fit(fits.clone(), None, &schema) == Some(fits), "{schema}");
        }
    }
}
