//! Written answers, against transformers under the same grammar, and many of them.

use std::sync::Arc;
use std::time::{Duration, Instant};

use handlers::engine::mistralrs::MistralRs;
use handlers::engine::vision::{Finish, Generated, Picture, Question};
use serde_json::{Value, json};

use crate::support::{REFERENCES, drawn, numbers, page, qwen3, text};

/// Natural log-probabilities are this near to those of transformers.
const TOLERANCE: f64 = 5e-3;

async fn ask(engine: &MistralRs, pages: &[Picture], schema: &Value, max_tokens: usize) -> Generated {
    let instruction = text(&REFERENCES["extract"], "instruction");
    engine.generate(Question { pages, instruction, schema, max_tokens }).await.unwrap()
}

fn schema() -> &'static Value {
    &REFERENCES["extract"]["schema"]
}

#[tokio::test(flavor = "multi_thread")]
async fn one_two_and_three_pages_get_the_tokens_of_transformers() {
    let engine = qwen3().await;
    for case in REFERENCES["extract"]["cases"].as_array().unwrap() {
        let name = text(case, "name");
        let pages: Vec<Picture> = case["pages"].as_array().unwrap().iter().map(drawn).collect();
        let generated = ask(&engine, &pages, schema(), 160).await;
        let expected = &case["constrained"];
        // Each character is one token of these models: equal texts are equal tokens.
        assert_eq!(generated.text, text(expected, "text"), "{name}");
        let finish = if expected["closed"] == true { Finish::Stop } else { Finish::Length };
        assert_eq!(generated.finish, finish, "{name}");
        let forced = text(expected, "forced").chars().map(|c| c == '1');
        let mut worst = 0.0_f64;
        let mut compared = 0;
        for ((token, theirs), forced) in
            generated.tokens.iter().zip(numbers(&expected["log_probabilities"])).zip(forced)
        {
            if let (Some(ours), false) = (token.logprob, forced) {
                worst = worst.max((ours - theirs).abs());
                compared += 1;
            }
        }
        eprintln!("{name}: {compared} free tokens, largest difference of a log-probability {worst:.1e}");
        assert!(compared > 20 && worst < TOLERANCE, "{name}: {compared} tokens, {worst}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn fifty_of_fifty_answers_are_valid_json_of_their_schema() {
    let engine = qwen3().await;
    let validator = jsonschema::validator_for(schema()).unwrap();
    let mut tokens = 0;
    for seed in 0..50 {
        let (width, height) = (256 + 32 * (seed % 3), 256 + 32 * (seed % 4));
        let generated = ask(&engine, &[page(seed, width, height)], schema(), 400).await;
        assert_eq!(generated.finish, Finish::Stop, "page {seed}: {}", generated.text);
        let value: Value = serde_json::from_str(&generated.text).unwrap();
        let error = validator.iter_errors(&value).next().map(|e| e.to_string());
        assert_eq!(error, None, "page {seed}: {}", generated.text);
        assert_eq!(generated.tokens.last().unwrap().end, generated.text.len());
        tokens += generated.tokens.len();
    }
    eprintln!("50 of 50 answers are valid, {tokens} tokens");
}

#[tokio::test(flavor = "multi_thread")]
async fn requests_at_the_same_time_get_the_answers_of_requests_one_after_the_other() {
    let engine = Arc::new(qwen3().await);
    let pages =
        |seed: u32| -> Vec<Picture> { (0..=seed % 3).map(|i| page(seed * 10 + i, 256, 256 + 32 * i)).collect() };
    let mut alone = Vec::new();
    for seed in 0..6 {
        alone.push(ask(&engine, &pages(seed), schema(), 200).await);
    }
    let together = (0..6).map(|seed| {
        let engine = Arc::clone(&engine);
        tokio::spawn(async move { ask(&engine, &pages(seed), schema(), 200).await })
    });
    let together: Vec<_> = together.collect();
    for (alone, task) in alone.into_iter().zip(together) {
        assert_eq!(task.await.unwrap(), alone);
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn an_answer_that_runs_out_of_tokens_says_so() {
    let engine = qwen3().await;
    let cut = ask(&engine, &[page(1, 256, 256)], schema(), 12).await;
    assert_eq!((cut.finish, cut.tokens.len()), (Finish::Length, 12));
    assert!(serde_json::from_str::<Value>(&cut.text).is_err(), "{}", cut.text);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_model_in_a_loop_is_stopped() {
    let engine = qwen3().await;
    let loops = json!({"type": "string", "pattern": "^(ab){4000}$", "x-guidance": {"whitespace_flexible": false}});
    let stopped = ask(&engine, &[page(1, 256, 256)], &loops, 9000).await;
    assert_eq!(stopped.finish, Finish::Repetition);
    assert!(stopped.text.len() < 4000, "{} bytes", stopped.text.len());
    // The engine is free for the next request, which is answered as ever.
    let (first, second) = (ask(&engine, &[page(2, 256, 256)], schema(), 200).await, qwen3().await);
    assert_eq!(first, ask(&second, &[page(2, 256, 256)], schema(), 200).await);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_cancelled_request_frees_the_model_within_a_fifth_of_a_second() {
    let engine = Arc::new(qwen3().await);
    let pages = [page(1, 256, 256)];
    let long = json!({"type": "string", "pattern": "^[a-z]{20000}$", "x-guidance": {"whitespace_flexible": false}});
    let codes = ['A', 'B'];
    engine.choose(&pages[0], "Which?", &codes).await.unwrap();
    let start = Instant::now();
    engine.choose(&pages[0], "Which?", &codes).await.unwrap();
    let alone = start.elapsed();
    let expected = ask(&engine, &pages, schema(), 200).await;

    let running = {
        let (engine, pages) = (Arc::clone(&engine), pages.clone());
        tokio::spawn(async move { ask(&engine, &pages, &long, 20_000).await })
    };
    tokio::time::sleep(Duration::from_millis(500)).await;
    assert!(!running.is_finished(), "the request is long enough to be cancelled");
    let start = Instant::now();
    running.abort();
    engine.choose(&pages[0], "Which?", &codes).await.unwrap();
    let waited = start.elapsed().saturating_sub(alone);
    eprintln!("the next request began {} ms after the cancel", waited.as_millis());
    assert!(waited < Duration::from_millis(200), "{waited:?}");
    assert_eq!(ask(&engine, &pages, schema(), 200).await, expected, "nothing of the cancelled one is left");
}
