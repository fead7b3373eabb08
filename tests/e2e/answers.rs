//! Documents in, right answers out, over HTTP.

use serde_json::{Value, json};

use crate::support::{about, labels, shared};

/// Of the documents, this share must get its type.
const TYPES_RIGHT: f64 = 0.93;
/// Of a document's labelled values, this share must come out right.
const VALUES_RIGHT: f64 = 0.6;

#[tokio::test]
async fn a_photo_of_a_w2_gets_its_type_and_its_wages() {
    let up = shared();
    let label = &labels::all()["w2_photo.jpg"];
    let body = about(&labels::data_url("w2_photo.jpg"));
    let (status, class) = up.post("/v1/classify", &body).await;
    assert_eq!((status, &class["type"]), (200, &label["type"]), "{class}");
    assert!(class["confidence"].as_f64().unwrap() > 0.5 && !class["reasoning"].as_str().unwrap().is_empty());
    let (status, answer) = up.post("/v1/extract", &body).await;
    assert_eq!((status, &answer["doc_type"], &answer["page_count"]), (200, &label["type"], &json!(1)));
    assert_eq!(answer["data"]["wages"], label["fields"]["wages"]);
    let wages = &answer["fields"]["wages"];
    assert_eq!((&wages["page"], wages["polygon"].as_array().unwrap().len()), (&json!(1), 4));
    assert!(answer["confidence"]["wages"].as_f64().unwrap() > 0.5, "{}", answer["confidence"]);
}

#[tokio::test]
async fn the_number_of_a_person_is_masked_in_the_answer() {
    let up = shared();
    let ssn = labels::all()["w2.png"]["fields"]["employee_ssn"].as_str().unwrap().to_owned();
    let (status, answer) = up.post("/v1/extract", &about(&labels::data_url("w2.png"))).await;
    assert_eq!(status, 200);
    assert!(!answer.to_string().contains(&ssn), "the whole number is in the answer");
    assert!(answer["data"]["employee_ssn"].as_str().unwrap().ends_with(ssn.rsplit('-').next().unwrap()));
}

#[tokio::test]
async fn a_pdf_of_two_pages_is_read_whole() {
    let up = shared();
    let (status, class) = up.post("/v1/classify", &about(&labels::data_url("invoice_two_pages.pdf"))).await;
    assert_eq!((status, &class["type"]), (200, &json!("invoice")), "{class}");
    assert_eq!(class["pages"].as_array().unwrap().len(), 2);
    let (status, answer) = up.post("/v1/extract", &about(&labels::data_url("invoice_two_pages.pdf"))).await;
    assert_eq!((status, &answer["page_count"]), (200, &json!(2)));
}

#[tokio::test]
async fn two_images_in_one_request_are_pages_of_one_document() {
    let up = shared();
    let urls = [labels::data_url("w2.png"), labels::data_url("w2_photo.jpg")];
    let (status, answer) = up.post("/v1/extract", &json!({"image_urls": urls, "doc_type": "W2"})).await;
    assert_eq!((status, &answer["page_count"]), (200, &json!(2)));
}

#[tokio::test]
async fn the_samples_get_their_types_and_each_most_of_its_values() {
    let up = shared();
    let (mut misread, mut problems) = (Vec::new(), Vec::new());
    let labels = labels::all();
    for (name, label) in &labels {
        // Without a type in the request, the worker classifies first and says as what it read the document.
        let (status, answer) = up.post("/v1/extract", &about(&labels::data_url(name))).await;
        assert_eq!(status, 200, "{name}: {answer}");
        if answer["doc_type"] != label["type"] {
            misread.push(format!("{name}: read as {}", answer["doc_type"]));
            continue;
        }
        let share = share_right(&label["fields"], &answer["data"]);
        if share < VALUES_RIGHT {
            problems.push(format!("{name}: {share:.2} of its values"));
        }
    }
    let types_right = 1.0 - misread.len() as f64 / labels.len() as f64;
    assert!(types_right >= TYPES_RIGHT, "{misread:#?}");
    assert!(problems.is_empty(), "{problems:#?}");
}

/// Of the labelled values, those that were answered right, 0..1.
fn share_right(fields: &Value, data: &Value) -> f64 {
    let (wanted, given) = (labels::leaves(fields), labels::leaves(data));
    let right = wanted.iter().filter(|(path, want)| given.iter().any(|(p, got)| p == path && same(want, got)));
    if wanted.is_empty() { 1.0 } else { right.count() as f64 / wanted.len() as f64 }
}

/// Equal numbers, or equal texts but for case, spaces, punctuation and masking.
fn same(want: &Value, got: &Value) -> bool {
    match (want, got) {
        (Value::Number(want), Value::Number(got)) => {
            want.as_f64().zip(got.as_f64()).is_some_and(|(want, got)| (want - got).abs() < 0.005)
        }
        (Value::String(want), Value::String(got)) => {
            let (want, got) = (letters(want), letters(got));
            want == got || (got.contains('*') && want.ends_with(got.trim_start_matches('*')))
        }
        (want, got) => want == got,
    }
}

fn letters(text: &str) -> String {
    text.chars().filter(|c| c.is_alphanumeric() || *c == '*').flat_map(char::to_lowercase).collect()
}
