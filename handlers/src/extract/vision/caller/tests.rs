//! A caller's schema is bounded or refused.

use contract::DocType;
use contract::catalog::Catalog;
use serde_json::json;

use super::scalar::{INTEGER, NUMBER};
use super::*;

fn invoice(schema: &Value) -> Result<Map<String, Value>, String> {
    let catalog = Catalog::shipped().unwrap();
    bounded(schema, catalog.get(DocType::Invoice)).map(|b| b.properties).map_err(|e| e.to_string())
}

fn property(schema: Value) -> Result<Value, String> {
    invoice(&json!({"type": "object", "required": ["x"], "properties": {"x": schema}}))
        .map(|mut p| p.remove("x").unwrap())
}

#[test]
fn what_is_unbounded_gets_a_bound() {
    for (own, wanted) in [
        (json!({"type": "string"}), json!({"type": "string", "maxLength": 200})),
        (json!({"type": "string", "maxLength": 5000}), json!({"type": "string", "maxLength": 1000})),
        (
            json!({"type": "string", "format": "date"}),
            json!({"type": "string", "pattern": "^[0-9]{4}-[0-9]{2}-[0-9]{2}$"}),
        ),
        (json!({"type": "number"}), json!({"type": "string", "pattern": NUMBER})),
        (
            json!({"type": ["integer", "null"], "minimum": 0}),
            json!({"type": ["integer", "null"], "minimum": 0, "maximum": INTEGER}),
        ),
        (
            json!({"type": "integer", "exclusiveMinimum": 0, "maximum": 9.5}),
            json!({"type": "integer", "minimum": 1, "maximum": 9}),
        ),
        (json!({"enum": ["a", 1, null]}), json!({"enum": ["a", 1, null]})),
        (json!({"const": "a"}), json!({"enum": ["a"]})),
        (
            json!({"type": "array", "items": {"type": "boolean"}}),
            json!({"type": "array", "maxItems": 60, "items": {"type": "boolean"}}),
        ),
        (
            json!({"oneOf": [{"type": "null"}, {"type": "boolean"}]}),
            json!({"anyOf": [{"type": "null"}, {"type": "boolean"}]}),
        ),
        (json!(true), free()),
    ] {
        assert_eq!(property(own.clone()), Ok(wanted), "{own}");
    }
}

#[test]
fn what_a_caller_can_do_without_may_be_null() {
    let schema = json!({"properties": {"a": {"type": "string"}, "b": {"enum": ["x"]}, "c": {"type": "array", "items": {"type": "boolean"}}}});
    let properties = invoice(&schema).unwrap();
    assert_eq!(properties["a"]["type"], json!(["string", "null"]));
    assert_eq!(properties["b"]["enum"], json!(["x", null]));
    assert_eq!(properties["c"]["anyOf"][1], json!({"type": "null"}));
}

#[test]
fn names_of_the_catalog_keep_its_form() {
    let schema = json!({"properties": {
        "total": {"type": "number"}, "vendor_name": {}, "currency": {"enum": ["EUR", "USD"]},
        "line_items": {"type": "array", "items": {"properties": {"amount": {"type": "number"}, "colour": {"type": "string"}}}},
    }});
    let properties = invoice(&schema).unwrap();
    assert_eq!(properties["total"], shape::printed(contract::catalog::Kind::Money));
    assert_eq!(properties["vendor_name"], shape::printed(contract::catalog::Kind::Name));
    assert_eq!(properties["currency"]["enum"], json!(["EUR", "USD", null]));
    let line = &properties["line_items"]["anyOf"][0]["items"]["properties"];
    assert_eq!(line["colour"]["maxLength"], 200);
    assert_eq!(line["amount"], shape::printed(contract::catalog::Kind::Money));
}

#[test]
fn references_are_followed_but_not_in_circles() {
    let schema = json!({"$defs": {"m": {"type": "boolean"}, "loop": {"properties": {"again": {"$ref": "#/$defs/loop"}}}},
        "required": ["a"], "properties": {"a": {"$ref": "#/$defs/m"}}});
    assert_eq!(invoice(&schema).unwrap()["a"], json!({"type": "boolean"}));
    let mut circle = schema.clone();
    circle["properties"]["a"]["$ref"] = json!("#/$defs/loop");
    let error = invoice(&circle).unwrap_err();
    assert!(error.contains("/$defs/loop/properties/again/$ref leads back to itself"), "{error}");
    circle["properties"]["a"]["$ref"] = json!("https://example.org/schema.json");
    assert!(invoice(&circle).unwrap_err().contains("leads nowhere"));
}

#[test]
fn what_can_not_be_kept_is_refused_with_its_place() {
    let deep = (0..9).fold(json!({"type": "string"}), |inner, _| json!({"type": "array", "items": inner}));
    for (own, place) in [
        (json!({"not": {}}), "/properties/x/not"),
        (json!({"if": {}}), "/properties/x/if"),
        (json!({"type": "object", "patternProperties": {"a": {}}}), "/properties/x/patternProperties"),
        (json!({"type": "object"}), "/properties/x is an object that names no properties"),
        (json!({"type": "strange"}), "/properties/x/type"),
        (json!({"type": "string", "pattern": "(?=a)"}), "/properties/x/pattern"),
        (json!({"type": "string", "minLength": 9, "maxLength": 3}), "/properties/x/minLength"),
        (json!({"type": "integer", "minimum": 9, "maximum": 3}), "/properties/x has a minimum"),
        (json!({"enum": []}), "/properties/x/enum"),
        (json!({"properties": {"a/b": 7}}), "/properties/x/properties/a~1b is not a schema"),
        (deep, "is deeper than 8 levels"),
    ] {
        let error = property(own.clone()).unwrap_err();
        assert!(error.contains("invalid_request") || error.contains(place), "{error}");
        assert!(error.contains(place), "{own}: {error}");
    }
}

#[test]
fn schemas_that_are_too_large_are_refused() {
    let many: Map<String, Value> = (0..301).map(|i| (format!("n{i}"), json!({"type": "boolean"}))).collect();
    assert!(invoice(&json!({"properties": many})).unwrap_err().contains("above 300 names"));
    let long = "x".repeat(70_000);
    assert!(invoice(&json!({"description": long, "properties": {"a": {}}})).unwrap_err().contains("65536 bytes"));
}

#[test]
fn a_schema_that_grows_by_its_references_is_refused_at_once() {
    let words: Vec<String> = (0..190).map(|i| format!("word number {i:03} of a long choice")).collect();
    let eight = |to: &str| json!({"anyOf": vec![json!({"$ref": format!("#/$defs/{to}")}); 8]});
    let many: Map<String, Value> = (0..299).map(|i| (format!("n{i}"), json!({"$ref": "#/$defs/a"}))).collect();
    let bomb = json!({
        "$defs": {"a": eight("b"), "b": eight("c"), "c": eight("d"), "d": {"enum": words}}, "properties": many,
    });
    let start = std::time::Instant::now();
    assert!(invoice(&bomb).unwrap_err().contains("references followed"));
    assert!(start.elapsed().as_millis() < 1000, "{:?}", start.elapsed());
    // The same with descriptions, which the instruction repeats.
    let mut told = bomb.clone();
    told["$defs"]["a"] = json!({"type": "string", "description": "x".repeat(2000)});
    assert!(invoice(&told).unwrap_err().contains("references followed"));
}

#[test]
fn lists_in_lists_count_no_more_tokens_than_there_are_numbers() {
    let list = |items: Value| json!({"type": "array", "maxItems": u64::MAX, "items": items});
    assert_eq!(tokens(&list(list(json!({"type": "string", "maxLength": 200})))), usize::MAX);
}
