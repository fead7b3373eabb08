//! Pages, schemas and models that the engine must not run into.

use std::path::Path;
use std::sync::Arc;

use contract::ErrorCode;
use handlers::engine::mistralrs::{LoadError, MistralRs, Task};
use handlers::engine::vision::Question;
use image::{Rgb, RgbImage};
use serde_json::json;

use crate::support::{QWEN2_5, QWEN3, folder, load, page, qwen3, settings};

#[tokio::test(flavor = "multi_thread")]
async fn odd_pages_are_answered_or_refused_and_the_engine_goes_on() {
    for (model, task) in [(QWEN3, Task::Write), (QWEN2_5, Task::Choose)] {
        let engine = load(model, task).await.unwrap();
        let good = page(9, 256, 256);
        let before = engine.choose(&good, "Which?", &['A', 'B']).await.unwrap();
        let sizes =
            [(1, 1), (27, 27), (31, 33), (28, 2800), (4000, 30), (2000, 20), (20_000, 10), (10, 20_000), (0, 0)];
        for (width, height) in sizes {
            let odd = Arc::new(RgbImage::from_pixel(width, height, Rgb([200, 210, 220])));
            match engine.choose(&odd, "Which?", &['A', 'B']).await {
                Ok(choice) => assert!((choice.probabilities.iter().sum::<f64>() - 1.0).abs() < 1e-9),
                Err(error) => assert_eq!(error.code, ErrorCode::ImageSizeOutOfRange, "{width} x {height}: {error}"),
            }
        }
        assert_eq!(engine.choose(&good, "Which?", &['A', 'B']).await.unwrap(), before);
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn pages_of_equal_pixels_and_other_shapes_and_no_pages_at_all_do_no_harm() {
    let engine = qwen3().await;
    let schema = json!({"enum": ["yes", "no"]});
    let white = |width, height| Arc::new(RgbImage::from_pixel(width, height, Rgb([255; 3])));
    for pages in [vec![], vec![white(256, 320), white(320, 256)], vec![white(256, 256); 4]] {
        let question = Question { pages: &pages, instruction: "Is it?", schema: &schema, max_tokens: 10 };
        let generated = engine.generate(question).await.unwrap();
        assert!(["\"yes\"", "\"no\""].contains(&generated.text.as_str()), "{}", generated.text);
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_schema_that_is_no_grammar_is_the_callers_fault_and_leaves_the_engine_unharmed() {
    let engine = qwen3().await;
    let pages = [page(1, 256, 256)];
    for schema in [json!({"type": "colour"}), json!({"$ref": "#/nowhere"}), json!({"type": "string", "pattern": "("})] {
        let question = Question { pages: &pages, instruction: "Read.", schema: &schema, max_tokens: 20 };
        assert_eq!(engine.generate(question).await.unwrap_err().code, ErrorCode::InvalidRequest, "{schema}");
    }
    let schema = json!({"enum": ["a"]});
    let question = Question { pages: &pages, instruction: "Read.", schema: &schema, max_tokens: 20 };
    assert_eq!(engine.generate(question).await.unwrap().text, "\"a\"");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_prompt_longer_than_the_models_context_is_refused() {
    let engine = qwen3().await;
    let (pages, schema) = ([page(1, 256, 256)], json!({"enum": ["a"]}));
    let long = "x".repeat(400_000);
    let question = Question { pages: &pages, instruction: &long, schema: &schema, max_tokens: 5 };
    assert_eq!(engine.generate(question).await.unwrap_err().code, ErrorCode::TooManyPages);
}

fn copy(from: &Path, to: &Path) {
    for file in std::fs::read_dir(from).unwrap() {
        let file = file.unwrap();
        std::fs::copy(file.path(), to.join(file.file_name())).unwrap();
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn models_that_answer_wrongly_are_refused_before_they_are_loaded() {
    assert!(matches!(load(QWEN2_5, Task::Write).await, Err(LoadError::Unsound(_))));
    let dir = tempfile::tempdir().unwrap();
    copy(&folder(QWEN3), dir.path());
    let config = std::fs::read_to_string(dir.path().join("config.json")).unwrap();
    std::fs::write(dir.path().join("config.json"), config.replace("\"qwen3_vl\"", "\"gemma3\"")).unwrap();
    let error = MistralRs::load(settings(dir.path().to_owned()), Task::Write).await.err().unwrap().to_string();
    assert!(error.contains("gemma3") && error.contains("ENGINE=openai"), "{error}");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_model_that_is_not_whole_or_is_broken_says_what_is_wrong() {
    let dir = tempfile::tempdir().unwrap();
    copy(&folder(QWEN3), dir.path());
    std::fs::remove_file(dir.path().join("tokenizer.json")).unwrap();
    let error = MistralRs::load(settings(dir.path().to_owned()), Task::Choose).await.err().unwrap().to_string();
    assert!(error.contains("MODEL_DIR lacks tokenizer.json"), "{error}");

    copy(&folder(QWEN3), dir.path());
    std::fs::write(dir.path().join("model.safetensors"), b"cut").unwrap();
    let broken = MistralRs::load(settings(dir.path().to_owned()), Task::Choose).await;
    assert!(matches!(broken, Err(LoadError::Load(..))));

    let mut quantised = settings(folder(QWEN3));
    quantised.isq = Some("Q99".to_owned());
    assert!(matches!(MistralRs::load(quantised, Task::Choose).await, Err(LoadError::Quantisation)));
}
