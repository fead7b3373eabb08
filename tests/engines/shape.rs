//! What every answer must be, whatever a model says.

use contract::{ClassifyResponse, DocType, ExtractResponse};
use serde_json::{Value, json};

use crate::support::{Up, about, labels};

/// Asks for the types of a sample.
pub(crate) async fn classified(up: &Up, sample: &str) -> ClassifyResponse {
    let (status, answer) = up.post("/v1/classify", &about(&labels::data_url(sample))).await;
    assert_eq!(status, 200, "{answer}");
    let answer: ClassifyResponse = serde_json::from_value(answer).unwrap();
    assert!((0.0..=1.0).contains(&answer.confidence) && !answer.reasoning.is_empty());
    let named = answer.confidence + answer.alternatives.iter().map(|a| a.confidence).sum::<f64>();
    assert!(named <= 1.001, "the probabilities add up to {named}");
    answer
}

/// Asks for the fields of a sample, as a type.
pub(crate) async fn extracted(up: &Up, sample: &str, doc_type: DocType, schema: Option<Value>) -> ExtractResponse {
    let mut body = about(&labels::data_url(sample));
    body["doc_type"] = json!(doc_type);
    if let Some(schema) = schema {
        body["schema"] = schema;
    }
    let (status, answer) = up.post("/v1/extract", &body).await;
    assert_eq!(status, 200, "{answer}");
    let answer: ExtractResponse = serde_json::from_value(answer).unwrap();
    assert_eq!(answer.doc_type, doc_type);
    for (path, field) in &answer.fields {
        assert!((0.0..=1.0).contains(&answer.confidence[path]), "{path}");
        assert!(["both", "vlm", "reading"].contains(&field.source.as_str()), "{path}: {}", field.source);
        if let Some(polygon) = field.polygon {
            assert!(field.page.is_some_and(|page| (1..=answer.page_count).contains(&page)), "{path}");
            assert!(polygon.iter().flatten().all(|x| (0.0..=1.0).contains(x)), "{path}");
        } else {
            assert_eq!(field.source, "vlm", "{path} has no place");
        }
    }
    answer
}
