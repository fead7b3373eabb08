//! The single values of a caller's schema, bounded: texts by length or pattern, integers by their limits, numbers as digits in quotes.

use contract::Error;
use serde_json::{Value, json};

use super::{refused, types};
use crate::extract::vision::pattern;

/// Values of an `enum`, and characters of one.
const MAX_VALUES: usize = 200;
const MAX_WORD: usize = 120;
/// Characters of a text that the caller leaves unbounded, and of one that the caller bounds.
const LENGTH: u64 = 200;
const MAX_LENGTH: u64 = 1000;
/// Limit of an integer that the caller leaves unbounded.
pub const INTEGER: i64 = 999_999_999_999;
/// A number in quotes: as JSON, one could run for ever behind its point.
pub const NUMBER: &str = "^-?[0-9]{1,12}([.][0-9]{1,6})?$";

/// A value of which the caller says nothing.
pub fn free() -> Value {
    json!({"type": ["string", "null"], "maxLength": LENGTH})
}

/// The schema, or null as well.
pub fn or_null(node: Value, null: bool) -> Value {
    let has = types(&node).contains(&"null") || node["enum"].as_array().is_some_and(|v| v.contains(&Value::Null));
    let branch = node["anyOf"].as_array().is_some_and(|b| b.iter().any(|b| types(b).contains(&"null")));
    if !null || has || branch {
        return node;
    }
    match (node.get("type").and_then(Value::as_str), node.get("enum").and_then(Value::as_array)) {
        (Some(one @ ("string" | "integer" | "boolean")), _) => {
            let types = json!([one, "null"]);
            let mut node = node;
            node["type"] = types;
            node
        }
        (_, Some(values)) => json!({"enum": values.iter().cloned().chain([Value::Null]).collect::<Vec<_>>()}),
        _ => json!({"anyOf": [node, {"type": "null"}]}),
    }
}

/// One of some values.
pub fn choice(values: &Value, at: &str) -> Result<Value, Error> {
    let values = values.as_array().filter(|v| (1..=MAX_VALUES).contains(&v.len()));
    let Some(values) = values else {
        return Err(refused(&format!("{at}/enum"), &format!("is not a list of 1 to {MAX_VALUES}")));
    };
    let fine = |v: &Value| match v {
        Value::String(text) => text.chars().count() <= MAX_WORD,
        other => !other.is_array() && !other.is_object(),
    };
    match values.iter().all(fine) {
        true => Ok(json!({"enum": values})),
        false => Err(refused(&format!("{at}/enum"), "holds a list, an object or a long text")),
    }
}

/// A single value of one of some types.
pub fn scalar(node: &Value, types: &[&str], at: &str) -> Result<Value, Error> {
    let known = ["string", "number", "integer", "boolean", "null"];
    if let Some(bad) = types.iter().find(|t| !known.contains(t)) {
        return Err(refused(&format!("{at}/type"), &format!("is {bad:?}, which is no type")));
    }
    let has = |name: &str| types.contains(&name);
    let null = types.is_empty() || has("null");
    let mut branches: Vec<Value> = Vec::new();
    if types.is_empty() || has("string") {
        branches.push(text(node, at)?);
    } else if has("number") {
        branches.push(json!({"type": "string", "pattern": NUMBER}));
    } else if has("integer") {
        branches.push(integer(node, at)?);
    }
    if has("boolean") {
        branches.push(json!({"type": "boolean"}));
    }
    Ok(match branches.len() {
        0 => json!({"type": "null"}),
        1 => or_null(branches.remove(0), null),
        _ => or_null(json!({"anyOf": branches}), null),
    })
}

fn text(node: &Value, at: &str) -> Result<Value, Error> {
    let most = node.get("maxLength").and_then(Value::as_u64);
    let least = node.get("minLength").and_then(Value::as_u64).unwrap_or(0);
    let bound = most.unwrap_or(LENGTH.max(least)).min(MAX_LENGTH);
    if least > bound {
        return Err(refused(&format!("{at}/minLength"), &format!("is above {bound}")));
    }
    if let Some(own) = node.get("pattern") {
        let own = own.as_str().unwrap_or_default();
        let pattern = pattern::bounded(own).map_err(|why| refused(&format!("{at}/pattern"), why))?;
        let mut text = json!({"type": "string", "pattern": pattern});
        if most.is_some() {
            text["maxLength"] = bound.into();
        }
        return Ok(text);
    }
    if let Some(pattern) = node.get("format").and_then(Value::as_str).and_then(pattern::of_format) {
        return Ok(json!({"type": "string", "pattern": pattern}));
    }
    let mut text = json!({"type": "string", "maxLength": bound});
    if least > 0 {
        text["minLength"] = least.into();
    }
    Ok(text)
}

fn integer(node: &Value, at: &str) -> Result<Value, Error> {
    let bound = |name: &str| node.get(name).and_then(Value::as_f64).map(|v| v.clamp(-INTEGER as f64, INTEGER as f64));
    let least = bound("minimum").map(f64::ceil).or_else(|| bound("exclusiveMinimum").map(|v| v.floor() + 1.0));
    let most = bound("maximum").map(f64::floor).or_else(|| bound("exclusiveMaximum").map(|v| v.ceil() - 1.0));
    let (least, most) = (least.unwrap_or(-INTEGER as f64) as i64, most.unwrap_or(INTEGER as f64) as i64);
    if least > most {
        return Err(refused(at, "has a minimum above its maximum"));
    }
    Ok(json!({"type": "integer", "minimum": least, "maximum": most}))
}
