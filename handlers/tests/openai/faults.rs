//! Servers that fail, and what the caller is told.

use std::time::Duration;

use contract::{Error, ErrorCode};
use handlers::engine::openai::OpenAi;
use serde_json::json;

use crate::server::{Reply, Server};
use crate::support::{engine, engine_with, generate, generate_from, settings};

fn good() -> Reply {
    Reply::stream().text("{}").finish("stop")
}

/// The error after one try, and that there was no other.
async fn fails_at_once(reply: Reply) -> Error {
    let (engine, server) = engine(vec![reply, good()]).await;
    let error = generate(&engine).await.unwrap_err();
    assert_eq!(server.requests().len(), 1, "{error}");
    error
}

#[tokio::test]
async fn a_busy_server_is_asked_again() {
    let replies = vec![Reply::status("429 Too Many Requests"), Reply::status("503 Service Unavailable"), good()];
    let (engine, server) = engine(replies).await;
    assert_eq!(generate(&engine).await.unwrap().text, "{}");
    assert_eq!(server.requests().len(), 3);
}

#[tokio::test]
async fn a_server_that_stays_busy_is_unavailable() {
    let busy = vec![Reply::status("429 Too Many Requests")];
    let (engine, _server) = engine_with(busy, |settings| settings.timeout = Duration::from_millis(900)).await;
    let error = generate(&engine).await.unwrap_err();
    assert_eq!(error.code, ErrorCode::ModelUnavailable);
    assert!(error.message.contains("busy") && error.message.contains("429"), "{error}");
}

#[tokio::test]
async fn a_server_that_fails_is_asked_again_but_not_for_ever() {
    let replies = vec![Reply::status("500 Internal Server Error"), Reply::status("502 Bad Gateway"), good()];
    let (well, _server) = engine(replies).await;
    assert_eq!(generate(&well).await.unwrap().text, "{}");
    let (ill, server) = engine(vec![Reply::status("500 Internal Server Error")]).await;
    let error = generate(&ill).await.unwrap_err();
    assert_eq!((error.code, server.requests().len()), (ErrorCode::WorkerFailed, 4));
}

#[tokio::test]
async fn a_failure_reported_in_the_stream_is_tried_again_before_the_first_token_only() {
    let failed = || Reply::stream().send("data: {\"error\": \"SECRET-OF-THE-PAGE\"}\n\n");
    let (engine, server) = engine(vec![failed(), good()]).await;
    assert_eq!(generate(&engine).await.unwrap().text, "{}");
    assert_eq!(server.requests().len(), 2);
    let late = Reply::stream().text("{").send("data: {\"error\": \"SECRET-OF-THE-PAGE\"}\n\n");
    assert_eq!(fails_at_once(late).await.code, ErrorCode::WorkerFailed);
}

#[tokio::test]
async fn a_refusal_is_final_and_says_which_without_the_servers_words() {
    for (status, code, word) in [
        ("401", ErrorCode::ModelUnavailable, "key"),
        ("403", ErrorCode::ModelUnavailable, "key"),
        ("404", ErrorCode::ModelUnavailable, "model"),
        ("413", ErrorCode::WorkerFailed, "large"),
    ] {
        let error = fails_at_once(Reply::status(&format!("{status} No"))).await;
        assert_eq!(error.code, code, "{status}");
        assert!(error.message.contains(word) && error.message.contains(status), "{error}");
        assert!(!error.message.contains("SECRET"), "{error}");
    }
}

#[tokio::test]
async fn a_document_beyond_the_servers_context_has_too_many_pages_and_is_sent_once() {
    for said in [
        "This model's maximum context length is 4096 tokens. SECRET-OF-THE-PAGE",
        "The decoder prompt is longer than the Maximum Model Length of 4096. SECRET-OF-THE-PAGE",
        "the request exceeds the available context size. SECRET-OF-THE-PAGE",
        "At most 8 image(s) may be provided in one prompt.",
    ] {
        let in_stream = Reply::stream().event(&json!({"error": {"message": said, "code": 400}}));
        for reply in [Reply::refusal("400 Bad Request", said), in_stream] {
            let (engine, server) = engine(vec![reply, good()]).await;
            let error = generate_from(&engine, 9, &json!({})).await.unwrap_err();
            assert_eq!((error.code, server.requests().len()), (ErrorCode::TooManyPages, 1), "{said}");
            assert!(error.message.contains("9 pages") && !error.message.contains("SECRET"), "{error}");
        }
    }
}

#[tokio::test]
async fn a_single_page_beyond_the_servers_context_is_no_fault_of_its_sender() {
    let error = fails_at_once(Reply::refusal("400 Bad Request", "maximum context length is 512")).await;
    assert_eq!(error.code, ErrorCode::WorkerFailed);
    assert!(error.message.contains("context"), "{error}");
}

#[tokio::test]
async fn a_refusal_that_quotes_a_schema_is_not_taken_for_one_of_its_length() {
    let schema = json!({"type": "object", "description": "Shorten what is too long"});
    let refusal = Reply::refusal("400 Bad Request", &format!("no grammar for {schema}"));
    let (engine, server) = engine(vec![refusal, good()]).await;
    assert_eq!(generate_from(&engine, 2, &schema).await.unwrap().text, "{}");
    assert_eq!(server.requests().len(), 2);
}

#[tokio::test]
async fn a_refusal_without_an_end_is_read_in_part() {
    let endless = Reply::refusal("400 Bad Request", "no").text_forever("SECRET-OF-THE-PAGE");
    let (engine, _server) = engine(vec![endless, good()]).await;
    assert_eq!(generate(&engine).await.unwrap().text, "{}");
}

#[tokio::test]
async fn a_stream_that_stalls_in_the_middle_fails_and_is_not_tried_again() {
    let reply = Reply::stream().text("{\"a\":").wait(Duration::from_secs(9));
    let (engine, server) =
        engine_with(vec![reply, good()], |settings| settings.timeout = Duration::from_millis(800)).await;
    let error = generate(&engine).await.unwrap_err();
    assert_eq!((error.code, server.requests().len()), (ErrorCode::WorkerFailed, 1));
    assert!(error.message.contains("middle"), "{error}");
}

#[tokio::test]
async fn a_stream_that_is_cut_in_the_middle_of_an_event_fails() {
    let reply = Reply::stream().text("{\"a\":").send("data: {\"choices\": [{\"delta\": {\"cont");
    assert_eq!(fails_at_once(reply).await.code, ErrorCode::WorkerFailed);
    let without_reason = Reply::stream().text("{\"a\":");
    assert!(fails_at_once(without_reason).await.message.contains("middle"));
}

#[tokio::test]
async fn a_connection_that_breaks_before_the_first_token_is_tried_again() {
    let (engine, server) = engine(vec![Reply::stream(), good()]).await;
    assert_eq!(generate(&engine).await.unwrap().text, "{}");
    assert_eq!(server.requests().len(), 2);
}

#[tokio::test]
async fn a_server_that_never_begins_to_answer_is_a_deadline() {
    let reply = Reply::stream().wait(Duration::from_secs(9));
    let (engine, _server) = engine_with(vec![reply], |settings| settings.timeout = Duration::from_millis(500)).await;
    assert_eq!(generate(&engine).await.unwrap_err().code, ErrorCode::DeadlineExceeded);
}

#[tokio::test]
async fn an_answer_that_never_ends_is_a_deadline() {
    let reply = Reply::stream().text("{\"a\":\"").text_forever("");
    let (engine, _server) = engine_with(vec![reply], |settings| settings.timeout = Duration::from_millis(500)).await;
    assert_eq!(generate(&engine).await.unwrap_err().code, ErrorCode::DeadlineExceeded);
}

#[tokio::test]
async fn garbage_an_endless_line_and_an_unknown_end_are_no_answers() {
    for reply in [
        Reply::stream().send("data: <html>SECRET-OF-THE-PAGE</html>\n\n"),
        Reply::stream().send("data: {\"choices\": 7}\n\n"),
        Reply::stream().send(b"data: \xff\xfe\n\n".to_vec()),
        Reply::stream().send(vec![b'x'; 3 << 20]),
        Reply::stream().text("{}").finish("content_filter"),
    ] {
        let error = fails_at_once(reply).await;
        assert_eq!(error.code, ErrorCode::WorkerFailed, "{error}");
        assert!(!error.message.contains("SECRET"), "{error}");
    }
}

#[tokio::test]
async fn nobody_at_the_address_is_unavailable_at_the_start_and_later() {
    let (engine, server) = engine_with(vec![good()], |settings| settings.timeout = Duration::from_millis(900)).await;
    let port = server.port;
    drop(server);
    tokio::time::sleep(Duration::from_millis(50)).await;
    let error = generate(&engine).await.unwrap_err();
    assert_eq!(error.code, ErrorCode::ModelUnavailable);
    assert!(error.message.contains("reached"), "{error}");
    let mut settings = settings(port);
    settings.start_timeout = Duration::from_millis(500);
    let error = OpenAi::start(settings).await.err().unwrap();
    assert_eq!(error.code, ErrorCode::ModelUnavailable);
}

#[tokio::test]
async fn a_server_that_comes_back_in_time_is_no_failure() {
    let first = Server::start(vec![good()]).await;
    let engine = OpenAi::start(settings(first.port)).await.unwrap();
    let port = first.port;
    drop(first);
    let (answer, _server) = tokio::join!(generate(&engine), async {
        tokio::time::sleep(Duration::from_millis(300)).await;
        Server::start_at(port, vec![good()]).await
    });
    assert_eq!(answer.unwrap().text, "{}");
}
