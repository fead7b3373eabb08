//! `ENGINE=mistralrs`: gateway, platform, worker, and the model in the worker.

use contract::DocType;
use serde_json::json;

use crate::shape::{classified, extracted};
use crate::support::{Up, about, labels};
use crate::tiny;

fn up() -> Up {
    let model = tiny::folder("qwen3_vl");
    Up::start_with(&[("ENGINE", "mistralrs"), ("MODEL_DIR", model.to_str().unwrap())])
}

#[tokio::test]
async fn both_workers_answer_in_the_contracts_shape_with_a_model_of_their_own() {
    let up = up();
    let class = classified(&up, "invoice_two_pages.pdf").await;
    assert_eq!(class.pages.len(), 2, "one question for each page");
    let answer = extracted(&up, "w2.png", DocType::W2, None).await;
    assert!(answer.fields.values().any(|f| f.source != "vlm"), "what was read stays, whatever the model says");
    // The number of a person stays masked, whoever read it.
    let ssn = labels::all()["w2.png"]["fields"]["employee_ssn"].as_str().unwrap().to_owned();
    assert!(!serde_json::to_string(&answer).unwrap().contains(&ssn));
    let log = up.log();
    assert!(log.contains("the vision model is loaded"), "{log}");
    assert!(!log.contains(&ssn), "the log holds a number of a person");
}

#[tokio::test]
async fn a_callers_own_schema_is_kept() {
    let up = up();
    let schema = json!({
        "type": "object",
        "properties": {
            "colour": {"enum": ["red", "green"]},
            "notes": {"type": "array", "items": {"type": "string", "maxLength": 5}, "maxItems": 2},
        },
        "required": ["colour"],
        "additionalProperties": false,
    });
    let answer = extracted(&up, "w2.png", DocType::Other, Some(schema)).await;
    let colour = answer.data["colour"].as_str().unwrap();
    assert!(["red", "green"].contains(&colour), "{}", answer.data);
    assert!(answer.data.as_object().unwrap().keys().all(|k| ["colour", "notes"].contains(&k.as_str())));
}

#[tokio::test]
async fn a_worker_whose_model_is_not_there_fails_the_job_with_the_reason() {
    let missing = tempfile::tempdir().unwrap();
    let up = Up::start_with(&[("ENGINE", "mistralrs"), ("MODEL_DIR", missing.path().to_str().unwrap())]);
    let (status, answer) = up.post("/v1/extract", &about(&labels::data_url("w2.png"))).await;
    assert_eq!((status, &answer["error"]["code"]), (503, &json!("model_unavailable")), "{answer}");
    assert!(answer["error"]["message"].as_str().unwrap().contains("MODEL_DIR lacks config.json"), "{answer}");
}
