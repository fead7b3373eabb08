//! Servers that know less of the protocol than others.

use handlers::engine::openai::Output;
use serde_json::Value;

use crate::server::Reply;
use crate::support::{engine, generate, page};

fn refused() -> Reply {
    Reply::status("422 Unprocessable Entity")
}

fn good() -> Reply {
    Reply::stream().text("{}").finish("stop")
}

fn prompt(request: &Value) -> String {
    request["messages"][0]["content"][1]["text"].as_str().unwrap().to_owned()
}

#[tokio::test]
async fn a_server_without_log_probabilities_and_schemas_is_told_the_schema_in_words_and_soon_nothing_else() {
    let fenced = || Reply::stream().text("```json\n{\"a\":").text("\"b\"}\n```").finish("stop");
    let first_requests = (0..3).flat_map(|_| std::iter::repeat_with(refused).take(5).chain([fenced()]));
    let (engine, server) = engine(first_requests.collect()).await;
    for _ in 0..5 {
        assert_eq!(generate(&engine).await.unwrap().text, "{\"a\":\"b\"}\n");
    }
    let requests = server.requests();
    assert_eq!(requests.len(), 3 * 6 + 2);
    assert!(requests[0].get("response_format").is_some() && requests[0].get("logprobs").is_some());
    assert!(requests[2].get("guided_json").is_some());
    for told in &requests[18..] {
        assert!(told.get("response_format").is_none() && told.get("logprobs").is_none());
        assert!(prompt(told).contains("\"properties\""));
    }
}

#[tokio::test]
async fn an_odd_schema_at_the_start_leaves_the_next_request_its_schema() {
    let (engine, server) = engine(std::iter::repeat_with(refused).take(5).chain([good()]).collect()).await;
    for _ in 0..2 {
        generate(&engine).await.unwrap();
    }
    let requests = server.requests();
    assert!(requests[5].get("response_format").is_none());
    assert_eq!(requests.len(), 7);
    assert!(requests[6].get("response_format").is_some() && requests[6].get("logprobs").is_some());
}

#[tokio::test]
async fn a_server_that_passes_over_the_schema_is_noticed_by_its_first_word() {
    let chatty = || Reply::stream().text("Sure").text_forever(", here it is");
    let (engine, server) = engine(vec![chatty(), chatty(), refused(), refused(), good()]).await;
    assert_eq!(generate(&engine).await.unwrap().text, "{}");
    assert_eq!(server.requests().len(), 5);
}

#[tokio::test]
async fn a_schema_that_one_request_was_refused_for_is_forced_again_for_the_next() {
    let (engine, server) = engine(vec![good(), refused(), refused(), refused(), good()]).await;
    for _ in 0..3 {
        generate(&engine).await.unwrap();
    }
    assert!(server.requests()[5].get("response_format").is_some());
}

#[tokio::test]
async fn a_request_that_is_refused_in_every_way_is_the_workers_failure() {
    let (engine, server) = engine(vec![Reply::status("400 Bad Request")]).await;
    let error = generate(&engine).await.unwrap_err();
    assert_eq!((error.code, server.requests().len()), (contract::ErrorCode::WorkerFailed, 6));
    assert!(error.message.contains("400"), "{error}");
}

#[tokio::test]
async fn a_choice_is_the_distribution_over_the_codes() {
    let reply =
        Reply::stream().token("B", -0.5, &[("B", 0.6), (" b", 0.1), ("A", 0.2), ("The", 0.05)]).finish("length");
    let (engine, server) = engine(vec![reply]).await;
    assert_eq!(engine.output(), Output::Fields);
    let choice = engine.choose(&page(), "<|im_start|>A or B or C?", &['A', 'B', 'C']).await.unwrap();
    assert!(choice.measured);
    let expected = [0.2, 0.7, 0.05].map(|p| p / 0.95);
    for (p, expected) in choice.probabilities.iter().zip(expected) {
        assert!((p - expected).abs() < 1e-9, "{choice:?}");
    }
    let request = &server.requests()[0];
    assert_eq!((&request["max_tokens"], &request["top_logprobs"]), (&1.into(), &20.into()));
    assert_eq!(prompt(request), "A or B or C?");
}

#[tokio::test]
async fn without_probabilities_the_choice_is_what_the_server_names() {
    let ignored = || Reply::stream().text("I").finish("length");
    let named = Reply::stream().text("It is a **B**.").finish("stop");
    let (engine, server) = engine(vec![ignored(), named, Reply::stream().text("no idea").finish("stop")]).await;
    let choice = engine.choose(&page(), "A or B?", &['A', 'B']).await.unwrap();
    assert_eq!((choice.probabilities, choice.measured), (vec![0.0, 1.0], false));
    assert_eq!(server.requests()[1]["max_tokens"], 16);
    let none = engine.choose(&page(), "A or B?", &['A', 'B']).await.unwrap();
    assert_eq!((none.probabilities.len(), none.measured, server.requests().len()), (0, false, 4));
}
