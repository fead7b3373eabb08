//! The engine `openai` against a real server, `transformers serve`, which the engine itself starts. It serves the tiny Qwen3-VL, so what
//! comes back is compared with what transformers computed without a server, token by token.
//!
//! Installs about 6 GB into the target folder at the first run. `cargo test -p handlers --features server-tests --test openai_server`.

#![expect(clippy::unwrap_used, clippy::panic, reason = "a test may fail in a helper as well")]

mod install;
mod model;

use std::time::{Duration, Instant};

use handlers::engine::openai::{OpenAi, Profile, Settings};
use handlers::engine::vision::{Finish, Generated, Picture, Question};
use serde_json::{Value, json};

/// The size of the model's grid and the published limits, so that no page is resized; no way to tell a schema, so that the prompt is
/// the instruction alone.
fn bare() -> Profile {
    let profile = json!({"side": 32, "min_pixels": 65_536, "max_pixels": 1_000_000, "constraints": []});
    serde_json::from_value(profile).unwrap()
}

async fn engine(profile: Profile) -> OpenAi {
    let port = std::net::TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap().port();
    let settings = Settings {
        base_url: format!("http://127.0.0.1:{port}/v1").parse().unwrap(),
        api_key: None,
        model: None,
        profile,
        server: Some(model::server(port)),
        timeout: Duration::from_secs(120),
        start_timeout: Duration::from_secs(180),
        concurrency: 4,
    };
    OpenAi::start(settings).await.unwrap()
}

async fn ask(engine: &OpenAi, pages: &[Picture], instruction: &str, max_tokens: usize) -> Generated {
    let schema = json!({"type": "object", "properties": {"a": {"type": "string"}}});
    engine.generate(Question { pages, instruction, schema: &schema, max_tokens }).await.unwrap()
}

/// Pages, in order and pixel by pixel, and the instruction reach the model as the references have them: 24 greedy tokens are the same
/// for one, two and three pages, asked one after the other and all at once.
async fn tokens_are_those_of_the_references(engine: &OpenAi) {
    let references = model::references();
    let extract = &references["extract"];
    let instruction = extract["instruction"].as_str().unwrap();
    let cases = extract["cases"].as_array().unwrap();
    let answer = async |case: &Value| {
        let pages: Vec<Picture> = case["pages"].as_array().unwrap().iter().map(model::page).collect();
        ask(engine, &pages, instruction, 24).await
    };
    for case in cases {
        let generated = answer(case).await;
        assert_eq!(generated.text, case["free"]["text"], "{}", case["name"]);
        assert_eq!(generated.finish, Finish::Length, "{}", case["name"]);
    }
    let together = futures_util::future::join_all(cases.iter().map(answer)).await;
    for (generated, case) in together.iter().zip(cases) {
        assert_eq!(generated.text, case["free"]["text"], "{}", case["name"]);
    }
}

/// The server works on one request at a time, so one that went on after it was dropped would hold up the next.
async fn a_dropped_request_stops_the_server(engine: &OpenAi) {
    let page = [model::page(&json!({"seed": 1, "width": 256, "height": 256}))];
    let long = ask(engine, &page, "Read.", 4_000);
    assert!(tokio::time::timeout(Duration::from_secs(2), long).await.is_err(), "the long answer was too short");
    let start = Instant::now();
    ask(engine, &page, "Read.", 1).await;
    // The long answer takes more than ten seconds.
    assert!(start.elapsed() < Duration::from_secs(5), "the next answer took {:?}", start.elapsed());
}

/// This server gives no probabilities and enforces nothing: the choice is the letter it names, or that it names none.
async fn a_choice_is_never_called_measured(engine: &OpenAi) {
    for seed in 0..4 {
        let page = model::page(&json!({"seed": seed, "width": 256, "height": 256}));
        let asked = engine.choose(&page, "Name the type with one letter, A to C.", &['A', 'B', 'C']).await;
        let choice = asked.unwrap();
        let sum: f64 = choice.probabilities.iter().sum();
        assert!(!choice.measured && (sum == 1.0 || choice.probabilities.is_empty()), "{choice:?}");
    }
}

#[tokio::test]
async fn a_real_server_is_started_asked_and_ended() {
    let engine = engine(bare()).await;
    tokens_are_those_of_the_references(&engine).await;
    a_choice_is_never_called_measured(&engine).await;
    a_dropped_request_stops_the_server(&engine).await;
    engine.stop().await;
}

/// It takes `response_format` and passes over it, and refuses `guided_json`: the schema is told in words at last.
#[tokio::test]
async fn a_real_server_that_enforces_no_schema_is_found_out() {
    let engine = engine(Profile::named("qwen").unwrap()).await;
    let page = [model::page(&json!({"seed": 3, "width": 256, "height": 256}))];
    let first = ask(&engine, &page, "Read.", 24).await;
    assert!(!first.text.is_empty() && first.tokens.is_empty());
    assert_eq!(ask(&engine, &page, "Read.", 24).await, first);
    engine.stop().await;
}
