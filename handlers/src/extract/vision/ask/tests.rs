//! The question of each type: bounded everywhere, in the catalog's order.

use contract::DocType;
use contract::catalog::Catalog;

use super::*;

fn asked(doc_type: DocType) -> Ask {
    ask(Catalog::shipped().unwrap().get(doc_type), None, None).unwrap()
}

/// Calls `found` for each schema in a schema.
fn each(node: &Value, found: &mut impl FnMut(&Value)) {
    found(node);
    node["properties"].as_object().into_iter().flatten().for_each(|(_, n)| each(n, found));
    if node.get("items").is_some() {
        each(&node["items"], found);
    }
}

#[test]
fn every_text_and_list_is_bounded_and_every_object_closed() {
    for doc_type in DocType::ALL {
        each(&asked(doc_type).schema, &mut |node| {
            let types = node["type"].to_string();
            assert!(
                !types.contains("string") || node.get("maxLength").is_some() || node.get("pattern").is_some(),
                "{node}"
            );
            assert!(!types.contains("number") && !types.contains("integer"), "{node}");
            assert!(!types.contains("array") || node["maxItems"].as_u64().is_some_and(|n| n <= 60), "{node}");
            if let Some(pattern) = node["pattern"].as_str() {
                assert!(!pattern.contains(['*', '\\']) || pattern.contains("[0-9A-Z*"), "{pattern}");
                assert!(pattern.starts_with('^') && pattern.ends_with('$'), "{pattern}");
            }
            if let Some(properties) = node["properties"].as_object() {
                let required: Vec<&str> =
                    node["required"].as_array().unwrap().iter().filter_map(Value::as_str).collect();
                assert_eq!(properties.keys().collect::<Vec<_>>(), required);
                assert_eq!(node["additionalProperties"], false);
            }
        });
    }
}

#[test]
fn the_names_are_the_catalogs_in_its_order_and_the_instruction_tells_their_boxes() {
    let catalog = Catalog::shipped().unwrap();
    for doc_type in DocType::ALL {
        let mut names: Vec<&str> = Vec::new();
        catalog.get(doc_type).names().for_each(|name| {
            if !names.contains(&name) {
                names.push(name)
            }
        });
        let ask = asked(doc_type);
        assert_eq!(ask.schema["properties"].as_object().unwrap().keys().collect::<Vec<_>>(), names);
        assert_eq!(ask.is_empty(), names.is_empty());
        assert!((256..=8192).contains(&ask.max_tokens));
    }
    let ask = asked(DocType::W2);
    assert!(ask.instruction.contains("- wages: box 1, \"wages, tips, other compensation\""), "{}", ask.instruction);
    assert_eq!(ask.schema["x-guidance"]["whitespace_flexible"], false);
    assert_eq!(ask.schema["properties"]["box_12"]["maxItems"], 4);
}

#[test]
fn a_prompt_replaces_the_task_and_neither_the_schema_nor_the_warning() {
    let catalog = Catalog::shipped().unwrap();
    let own = ask(catalog.get(DocType::Receipt), None, Some("Read the slip.")).unwrap();
    let usual = asked(DocType::Receipt);
    assert!(own.instruction.starts_with("Read the slip.\n") && own.instruction.ends_with(SAFETY));
    assert_eq!((own.schema, own.max_tokens), (usual.schema, usual.max_tokens));
}
