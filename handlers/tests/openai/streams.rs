//! Streams that end well, if strangely.

use std::time::{Duration, Instant};

use handlers::engine::vision::Finish;
use serde_json::json;

use crate::server::Reply;
use crate::support::{engine, engine_with, generate};

#[tokio::test]
async fn the_answer_comes_with_the_probabilities_of_its_tokens() {
    let reply = Reply::stream().token("{\"a\":", -0.25, &[]).token("\"\u{fc}\"}", -0.5, &[]).finish("stop");
    let (engine, server) = engine(vec![reply]).await;
    let generated = generate(&engine).await.unwrap();
    assert_eq!((generated.text.as_str(), generated.finish), ("{\"a\":\"\u{fc}\"}", Finish::Stop));
    let tokens: Vec<_> = generated.tokens.iter().map(|token| (token.end, token.logprob)).collect();
    assert_eq!(tokens, [(5, Some(-0.25)), (10, Some(-0.5))]);
    let request = &server.requests()[0];
    assert_eq!(request["model"], "tiny");
    assert_eq!(request["temperature"], 0);
    assert_eq!(request["max_tokens"], 100);
    assert_eq!(request["response_format"]["json_schema"]["schema"]["type"], "object");
    assert!(request["messages"][0]["content"][0]["image_url"]["url"].as_str().unwrap().starts_with("data:image/png;"));
}

#[tokio::test]
async fn comments_line_ends_and_cuts_anywhere_make_no_difference() {
    let event =
        json!({"choices": [{"delta": {"content": "{\"a\":\"\u{4f60}\"}"}, "finish_reason": "stop"}]}).to_string();
    let cut = event.find('\u{4f60}').unwrap() + 1;
    let reply = Reply::stream()
        .send(": keep-alive\r\n\r\nevent: message\r\ndata:")
        .send(&event.as_bytes()[..cut])
        .wait(Duration::from_millis(30))
        .send(&event.as_bytes()[cut..])
        .send("\r\n\r\n");
    let (engine, _server) = engine(vec![reply]).await;
    assert_eq!(generate(&engine).await.unwrap().text, "{\"a\":\"\u{4f60}\"}");
}

#[tokio::test]
async fn without_log_probabilities_the_tokens_are_unknown() {
    let (engine, _server) = engine(vec![Reply::stream().text("{\"a\":\"b\"}").finish("stop")]).await;
    assert!(generate(&engine).await.unwrap().tokens.is_empty());
}

#[tokio::test]
async fn an_answer_in_one_piece_is_read_as_well() {
    let whole = json!({"choices": [{"message": {"role": "assistant", "content": "{}"}, "finish_reason": "length"}]});
    let (engine, _server) = engine(vec![Reply::json(&whole)]).await;
    let generated = generate(&engine).await.unwrap();
    assert_eq!((generated.text.as_str(), generated.finish), ("{}", Finish::Length));
}

#[tokio::test]
async fn a_slow_first_token_is_waited_for() {
    let reply = Reply::stream().wait(Duration::from_millis(400)).text("{}").finish("stop");
    let (engine, server) = engine_with(vec![reply], |settings| settings.timeout = Duration::from_secs(1)).await;
    assert_eq!(generate(&engine).await.unwrap().text, "{}");
    assert_eq!(server.requests().len(), 1);
}

#[tokio::test]
async fn endless_repetition_is_stopped_and_the_server_told() {
    let reply = Reply::stream().text("{\"a\":\"").text_forever("and so on and so on and so on and so on ");
    let (engine, server) = engine(vec![reply]).await;
    let generated = generate(&engine).await.unwrap();
    assert_eq!(generated.finish, Finish::Repetition);
    assert!(generated.text.len() < 5_000);
    tokio::time::sleep(Duration::from_millis(200)).await;
    assert!(server.seen(|seen| seen.closed.is_some()));
}

#[tokio::test]
async fn a_long_ruled_table_is_read_to_its_end() {
    let rows = "{\"quantity\":\"1\",\"amount\":\"0\"},{\"quantity\":\"0\",\"amount\":\"1\"},".repeat(100);
    let (engine, _server) =
        engine(vec![Reply::stream().text("{\"rows\":[").text(&rows).text("]}").finish("stop")]).await;
    let generated = generate(&engine).await.unwrap();
    assert_eq!((generated.text.len(), generated.finish), (rows.len() + 11, Finish::Stop));
}

#[tokio::test]
async fn dropping_the_future_closes_the_connection_within_200_ms() {
    let reply = Reply::stream().text("{\"a\":\"").text_forever("x1 ");
    let (engine, server) = engine(vec![reply]).await;
    assert!(tokio::time::timeout(Duration::from_millis(300), generate(&engine)).await.is_err());
    let dropped = Instant::now();
    while server.seen(|seen| seen.closed.is_none()) {
        assert!(dropped.elapsed() < Duration::from_millis(200), "the connection is still open");
        tokio::time::sleep(Duration::from_millis(5)).await;
    }
}

#[tokio::test]
async fn no_more_requests_than_allowed_are_at_the_server() {
    let reply = Reply::stream().wait(Duration::from_millis(150)).text("{}").finish("stop");
    let (engine, server) = engine_with(vec![reply], |settings| settings.concurrency = 2).await;
    let answers = futures_util::future::join_all((0..6).map(|_| generate(&engine))).await;
    assert!(answers.iter().all(Result::is_ok));
    assert_eq!(server.seen(|seen| seen.most_in_flight), 2);
}
