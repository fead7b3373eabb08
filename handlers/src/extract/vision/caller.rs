//! A caller's JSON schema as one that a vision model can be held to: everything bounded, every name required, numbers as digits
//! in quotes. What it can't be is refused with the place that is to blame. [`super::own`] turns the model's answer back into the
//! caller's shape.

use contract::catalog::{Field, TypeEntry};
use contract::{Error, ErrorCode};
use serde_json::{Map, Value, json};

pub mod scalar;

use super::ask::{self, Named, list_schema, named};
use super::shape;
use scalar::{choice, free, or_null, scalar};

/// Bytes of a schema.
const MAX_BYTES: usize = 64 * 1024;
/// Names of a schema, all levels together.
const MAX_NAMES: usize = 300;
/// Levels of a schema.
const MAX_DEPTH: usize = 8;
/// Branches of an `anyOf`.
const MAX_BRANCHES: usize = 8;
/// Characters of a name.
const MAX_NAME: usize = 120;
/// Bounds of lists that the caller leaves unbounded, and of those that the caller bounds.
const ITEMS: u64 = 60;
const MAX_ITEMS: u64 = 200;

/// Schemas and bytes that a schema may grow to where its references are followed: a few references to references multiply.
const MAX_NODES: usize = 2_000;
const MAX_GROWN: usize = 256 * 1024;

/// Keywords that restrict values in ways that no grammar here can keep.
const REFUSED: &[&str] = &[
    "not",
    "if",
    "then",
    "else",
    "allOf",
    "patternProperties",
    "propertyNames",
    "dependentSchemas",
    "dependentRequired",
    "dependencies",
    "unevaluatedItems",
    "unevaluatedProperties",
    "prefixItems",
    "additionalItems",
    "contains",
    "uniqueItems",
    "minProperties",
    "multipleOf",
    "$dynamicRef",
    "$recursiveRef",
];

/// A caller's schema, bounded.
pub struct Bounded {
    /// What the model may say of each top-level name.
    pub properties: Map<String, Value>,
    /// What the caller says of names, by path.
    pub descriptions: Vec<(String, String)>,
}

/// The top-level names of a schema, a `$ref` at its top followed. One that names none asks for what the catalog has.
pub fn properties(schema: &Value) -> Option<&Map<String, Value>> {
    resolve(schema, schema).get("properties").and_then(Value::as_object).filter(|p| !p.is_empty())
}

/// Bounds a caller's schema. Names of the catalog keep the catalog's form, as far as the caller's type has room for it.
///
/// # Errors
/// `invalid_request` with the JSON pointer of what can't be used.
pub fn bounded(schema: &Value, entry: &TypeEntry) -> Result<Bounded, Error> {
    if schema.to_string().len() > MAX_BYTES {
        return Err(refused("", &format!("is larger than {MAX_BYTES} bytes")));
    }
    let mut walk = Walk::new(schema);
    let top = walk.node(schema, "", "", 0)?;
    let Value::Object(mut properties) = top["properties"].clone() else {
        return Err(refused("", "is not the schema of an object"));
    };
    let own = self::properties(schema);
    for (name, node) in &mut properties {
        let Some(wanted) = own.and_then(|own| own.get(name)).map(|wanted| resolve(schema, wanted)) else { continue };
        match named(entry, name) {
            // A number that is masked is asked for in the form in which the mask knows it.
            Some(Named::Field(field)) if field.mask.is_some() || takes_scalar(wanted) => {
                *node = shape::printed(field.kind)
            }
            Some(Named::Part(kind, _)) if takes_scalar(wanted) => *node = shape::printed(kind),
            Some(Named::List(list)) if is_free(wanted) => *node = list_schema(list),
            Some(Named::List(list)) => {
                let own = |field: &Field| Some((entry_node(node, &field.name)?, field.kind));
                let kinds: Vec<_> = list.fields.iter().filter_map(own).collect();
                kinds.into_iter().for_each(|(place, kind)| {
                    if let Some(own) = node.pointer_mut(&place).filter(|own| takes_scalar(own)) {
                        *own = shape::printed(kind);
                    }
                });
            }
            _ => {}
        }
    }
    Ok(Bounded { properties, descriptions: walk.descriptions })
}

/// The JSON pointer of a name of a list's entries in a bounded schema, which may have room for null beside the list.
fn entry_node(node: &Value, name: &str) -> Option<String> {
    let places = [format!("/items/properties/{name}"), format!("/anyOf/0/items/properties/{name}")];
    places.into_iter().find(|place| node.pointer(place).is_some())
}

/// The schema that a `$ref` leads to, itself if there is none.
pub fn resolve<'a>(root: &'a Value, node: &'a Value) -> &'a Value {
    let mut node = node;
    for _ in 0..MAX_DEPTH {
        let Some(target) = node.get("$ref").and_then(Value::as_str) else { break };
        let Some(found) = target.strip_prefix('#').and_then(|pointer| root.pointer(pointer)) else { break };
        node = found;
    }
    node
}

/// Whether a schema leaves the form of a value open.
pub fn is_free(node: &Value) -> bool {
    ["type", "properties", "items", "enum", "const", "anyOf", "oneOf", "$ref"].iter().all(|k| node.get(k).is_none())
}

/// Whether a schema has room for a single value of the catalog. A choice of values is the caller's own.
pub fn takes_scalar(node: &Value) -> bool {
    let structured = ["properties", "items", "enum", "const"].iter().any(|k| node.get(k).is_some());
    let types = types(node);
    let branches = node.get("anyOf").or_else(|| node.get("oneOf")).and_then(Value::as_array);
    let scalar = types.is_empty() || types.iter().any(|t| !matches!(*t, "object" | "array" | "null"));
    !structured && scalar && branches.is_none_or(|b| b.iter().any(takes_scalar))
}

/// The types that a schema names.
pub fn types(node: &Value) -> Vec<&str> {
    match node.get("type") {
        Some(Value::String(one)) => vec![one],
        Some(Value::Array(many)) => many.iter().filter_map(Value::as_str).collect(),
        _ => Vec::new(),
    }
}

/// Tokens that an answer to a bounded schema usually takes, with room to spare. Lists in lists multiply.
pub fn tokens(node: &Value) -> usize {
    if let Some(properties) = node["properties"].as_object() {
        let each = properties.iter().map(|(name, node)| tokens(node).saturating_add(name.len() / 3 + 4));
        return each.fold(4, usize::saturating_add);
    }
    if node.get("items").is_some() {
        let most = usize::try_from(node["maxItems"].as_u64().unwrap_or(ITEMS)).unwrap_or(60);
        return most.saturating_mul(tokens(&node["items"])).saturating_add(4);
    }
    if let Some(branches) = node["anyOf"].as_array() {
        return branches.iter().map(tokens).max().unwrap_or(4);
    }
    match node["maxLength"].as_u64() {
        Some(most) => (usize::try_from(most).unwrap_or(200) / 3).clamp(8, 120),
        None => 16,
    }
}

fn refused(pointer: &str, why: &str) -> Error {
    let place = if pointer.is_empty() { "schema" } else { pointer };
    Error::new(ErrorCode::InvalidRequest, format!("`schema`: {place} {why}"))
}

struct Walk<'a> {
    root: &'a Value,
    names: usize,
    /// Schemas so far, each as often as it is referred to, and the bytes of what was made of them.
    nodes: usize,
    grown: usize,
    refs: Vec<String>,
    descriptions: Vec<(String, String)>,
}

impl<'a> Walk<'a> {
    fn new(root: &'a Value) -> Walk<'a> {
        Walk { root, names: 0, nodes: 0, grown: 0, refs: Vec::new(), descriptions: Vec::new() }
    }

    /// Counts bytes that were made of the schema at a JSON pointer.
    fn grow(&mut self, bytes: usize, at: &str) -> Result<(), Error> {
        self.grown = self.grown.saturating_add(bytes);
        match self.grown > MAX_GROWN {
            true => Err(refused(at, &format!("makes the schema grow above {MAX_GROWN} bytes, references followed"))),
            false => Ok(()),
        }
    }

    /// Counts a single value, which is written down whole.
    fn leaf(&mut self, node: Value, at: &str) -> Result<Value, Error> {
        self.grow(node.to_string().len(), at)?;
        Ok(node)
    }

    /// Bounds the schema at a JSON pointer, whose values stand at a path of the answer.
    fn node(&mut self, node: &Value, at: &str, path: &str, depth: usize) -> Result<Value, Error> {
        if depth > MAX_DEPTH {
            return Err(refused(at, &format!("is deeper than {MAX_DEPTH} levels")));
        }
        self.nodes += 1;
        if self.nodes > MAX_NODES {
            return Err(refused(at, &format!("makes the schema grow above {MAX_NODES} parts, references followed")));
        }
        let keywords = match node {
            Value::Object(keywords) => keywords,
            Value::Bool(true) => return self.leaf(free(), at),
            _ => return Err(refused(at, "is not a schema")),
        };
        if let Some(bad) = REFUSED.iter().find(|k| keywords.get(**k).is_some_and(|v| *v != json!(false))) {
            return Err(refused(&format!("{at}/{bad}"), "is a keyword that can't be kept"));
        }
        if let Some(text) = keywords.get("description").and_then(Value::as_str).filter(|_| !path.is_empty()) {
            self.grow(path.len() + text.len(), at)?;
            self.descriptions.push((path.to_owned(), text.to_owned()));
        }
        if let Some(target) = keywords.get("$ref") {
            return self.reference(target, at, path, depth);
        }
        if let Some(branches) = keywords.get("anyOf").or_else(|| keywords.get("oneOf")) {
            return self.branches(branches, &format!("{at}/anyOf"), path, depth);
        }
        if let Some(values) = keywords.get("enum").cloned().or_else(|| keywords.get("const").map(|c| json!([c]))) {
            return self.leaf(choice(&values, at)?, at);
        }
        let types = types(node);
        let null = types.contains(&"null");
        let has = |name: &str| types.contains(&name);
        if has("object") || (types.is_empty() && keywords.contains_key("properties")) {
            return Ok(or_null(self.object(node, at, path, depth)?, null));
        }
        if has("array") || (types.is_empty() && keywords.contains_key("items")) {
            return Ok(or_null(self.array(node, at, path, depth)?, null));
        }
        self.leaf(scalar(node, &types, at)?, at)
    }

    fn reference(&mut self, target: &Value, at: &str, path: &str, depth: usize) -> Result<Value, Error> {
        let target = target.as_str().unwrap_or_default();
        let place = format!("{at}/$ref");
        let found = target.strip_prefix('#').and_then(|pointer| self.root.pointer(pointer));
        let Some(found) = found else { return Err(refused(&place, "leads nowhere in this schema")) };
        if self.refs.iter().any(|open| open == target) {
            return Err(refused(&place, "leads back to itself"));
        }
        self.refs.push(target.to_owned());
        let node = self.node(found, target.trim_start_matches('#'), path, depth + 1);
        self.refs.pop();
        node
    }

    fn branches(&mut self, branches: &Value, at: &str, path: &str, depth: usize) -> Result<Value, Error> {
        let branches = branches.as_array().filter(|b| (1..=MAX_BRANCHES).contains(&b.len()));
        let Some(branches) = branches else {
            return Err(refused(at, &format!("is not a list of 1 to {MAX_BRANCHES}")));
        };
        let each = branches.iter().enumerate().map(|(i, b)| self.node(b, &format!("{at}/{i}"), path, depth + 1));
        let each: Vec<Value> = each.collect::<Result<_, _>>()?;
        Ok(if each.len() == 1 { each[0].clone() } else { json!({"anyOf": each}) })
    }

    fn object(&mut self, node: &Value, at: &str, path: &str, depth: usize) -> Result<Value, Error> {
        let properties = node.get("properties").and_then(Value::as_object).filter(|p| !p.is_empty());
        let Some(properties) = properties else { return Err(refused(at, "is an object that names no properties")) };
        self.names += properties.len();
        if self.names > MAX_NAMES {
            return Err(refused(at, &format!("brings the schema above {MAX_NAMES} names")));
        }
        let required = |name: &str| node["required"].as_array().is_some_and(|r| r.iter().any(|n| n == name));
        let mut bounded = Map::new();
        for (name, property) in properties {
            let pointer = format!("{at}/properties/{}", name.replace('~', "~0").replace('/', "~1"));
            if name.is_empty() || name.chars().count() > MAX_NAME {
                return Err(refused(&pointer, &format!("has a name of no, or more than {MAX_NAME}, characters")));
            }
            let below = if path.is_empty() { name.clone() } else { format!("{path}.{name}") };
            self.grow(2 * name.len(), at)?;
            let own = self.node(property, &pointer, &below, depth + 1)?;
            // A model that must write something invents it; what the caller can do without may be null.
            bounded.insert(name.clone(), or_null(own, !required(name)));
        }
        Ok(ask::object(bounded))
    }

    fn array(&mut self, node: &Value, at: &str, path: &str, depth: usize) -> Result<Value, Error> {
        let items = match node.get("items") {
            Some(items) => self.node(items, &format!("{at}/items"), &format!("{path}[]"), depth + 1)?,
            None => self.leaf(free(), at)?,
        };
        let most = node.get("maxItems").and_then(Value::as_u64).unwrap_or(ITEMS).min(MAX_ITEMS);
        let least = node.get("minItems").and_then(Value::as_u64).unwrap_or(0);
        if least > most {
            return Err(refused(&format!("{at}/minItems"), &format!("is above {most}")));
        }
        let mut array = json!({"type": "array", "maxItems": most, "items": items});
        if least > 0 {
            array["minItems"] = least.into();
        }
        Ok(array)
    }
}

#[cfg(test)]
mod tests;
