//! What a caller gets when the platform fails, and that no fault makes a second job.

use std::time::{Duration, Instant};

use serde_json::json;

use crate::support::{Answer, BODY, Gateway, Platform, Reply, Seen, completed, config, in_queue, post};

/// The answer to one request, and the platform with what it saw.
async fn answer_of(script: impl Fn(&Seen) -> Reply + Send + Sync + 'static) -> (Answer, Platform) {
    let platform = Platform::start(script).await;
    let gateway = Gateway::start(&platform).await;
    let answer = post(gateway.address, "/v1/classify", BODY).await;
    (answer, platform)
}

#[tokio::test]
async fn a_platform_that_is_not_there_is_a_502() {
    let unused = Platform::start(|_| Reply::Hang).await.base_url();
    let gateway = Gateway::with(config(&unused)).await;
    let answer = post(gateway.address, "/v1/classify", BODY).await;
    assert_eq!((answer.status, answer.code().as_str()), (502, "upstream_unavailable"));
}

#[tokio::test]
async fn a_busy_platform_is_asked_again_when_it_says() {
    let (answer, platform) = answer_of(|call| match call.nth {
        0 => Reply::Text(429, "Retry-After: 1\r\n", String::new()),
        1 => Reply::Text(503, "", "starting".to_owned()),
        _ => completed(json!({})),
    })
    .await;
    assert_eq!(answer.status, 200);
    let calls = platform.seen();
    assert_eq!(calls.len(), 3);
    assert!(calls[1].at - calls[0].at >= Duration::from_secs(1));
}

#[tokio::test]
async fn a_platform_busy_beyond_the_deadline_is_a_503_at_once() {
    let started = Instant::now();
    let (answer, platform) = answer_of(|_| Reply::Text(429, "Retry-After: 600\r\n", String::new())).await;
    assert_eq!(
        (answer.status, answer.code().as_str(), answer.header("retry-after")),
        (503, "upstream_busy", Some("600"))
    );
    assert_eq!(platform.count("runsync"), 1);
    assert!(started.elapsed() < Duration::from_secs(5));
}

#[tokio::test]
async fn a_failure_after_which_a_job_may_exist_is_a_502_and_never_a_second_submission() {
    let html = "<html>bad gateway</html>";
    let faults = [
        Reply::Text(500, "", String::new()),
        Reply::Text(502, "Content-Type: text/html\r\n", html.to_owned()),
        Reply::Text(200, "", html.to_owned()),
        Reply::Raw("HTTP/1.1 200 OK\r\nContent-Length: 500\r\n\r\n{\"id\":\"sync-"),
        Reply::Raw(""),
        Reply::Json(200, json!({"status": "IN_QUEUE"})),
    ];
    for fault in faults {
        let (answer, platform) = answer_of({
            let fault = fault.clone();
            move |_| fault.clone()
        })
        .await;
        assert_eq!((answer.status, answer.code().as_str()), (502, "upstream_unavailable"), "{fault:?}");
        assert_eq!(platform.count("runsync"), 1, "{fault:?}");
        assert!(!answer.body.contains("html"), "{answer:?}");
    }
}

#[tokio::test]
async fn a_platform_that_refuses_our_credentials_is_a_502_of_its_own() {
    let (answer, platform) = answer_of(|_| Reply::Json(401, json!({"status": 401, "detail": "invalid api key"}))).await;
    assert_eq!((answer.status, answer.code().as_str()), (502, "upstream_rejected"));
    assert_eq!(platform.seen().len(), 1);
}

#[tokio::test]
async fn a_body_that_only_the_platform_finds_too_large_is_a_413() {
    let detail = "bad request: body: exceeded max body size of 10MiB";
    let (answer, _platform) = answer_of(move |_| Reply::Json(400, json!({"status": 400, "detail": detail}))).await;
    assert_eq!((answer.status, answer.code().as_str()), (413, "body_too_large"));
}

#[tokio::test]
async fn faults_while_a_job_runs_are_waited_out() {
    let (answer, platform) = answer_of(|call| match (call.verb.as_str(), call.nth) {
        ("runsync", _) => in_queue(),
        (_, 0) => Reply::Text(500, "", String::new()),
        (_, 1) => Reply::Raw(""),
        (_, 2) => Reply::Text(429, "", String::new()),
        (_, 3) => Reply::Raw("HTTP/1.1 200 OK\r\nContent-Length: 500\r\n\r\n{"),
        _ => completed(json!({"ok": true})),
    })
    .await;
    assert_eq!((answer.status, answer.body.as_str()), (200, r#"{"ok":true}"#));
    assert_eq!((platform.count("runsync"), platform.count("cancel")), (1, 0));
}

#[tokio::test]
async fn a_job_that_the_platform_lost_is_a_502() {
    let (answer, platform) = answer_of(|call| match call.verb.as_str() {
        "runsync" => in_queue(),
        _ => Reply::Json(404, json!({"status": 404, "detail": "job not found"})),
    })
    .await;
    assert_eq!((answer.status, answer.code().as_str()), (502, "upstream_unavailable"));
    assert_eq!(platform.count("runsync"), 1);
}

#[tokio::test]
async fn a_fault_of_the_document_found_by_the_worker_keeps_its_code() {
    let report = json!({"error_type": "too_many_pages", "error_message": "21 pages, limit is 20"}).to_string();
    let (answer, _platform) =
        answer_of(move |_| Reply::Json(200, json!({"id": "a", "status": "FAILED", "error": report.clone()}))).await;
    assert_eq!((answer.status, answer.code().as_str()), (422, "too_many_pages"));
    assert_eq!(answer.json()["error"]["message"], "21 pages, limit is 20");
}

/// The time that a deadline of a second took, with this platform.
async fn deadline(script: impl Fn(&Seen) -> Reply + Send + Sync + 'static) -> (Duration, Platform) {
    let platform = Platform::start(script).await;
    let mut short = config(&platform.base_url());
    short.timeout = Duration::from_secs(2);
    let gateway = Gateway::with(short).await;
    let started = Instant::now();
    let answer = post(gateway.address, "/v1/classify", BODY).await;
    let took = started.elapsed();
    assert_eq!((answer.status, answer.code().as_str()), (504, "deadline_exceeded"));
    (took, platform)
}

#[tokio::test]
async fn a_worker_that_hangs_is_a_504_within_the_deadline_and_its_job_is_cancelled() {
    let (took, platform) = deadline(|call| match call.verb.as_str() {
        "runsync" => in_queue(),
        "cancel" => Reply::Json(200, json!({"id": "sync-1-u1", "status": "CANCELLED"})),
        _ => Reply::Hang,
    })
    .await;
    assert!((2000..2300).contains(&took.as_millis()), "{took:?}");
    assert_eq!(platform.call("cancel", 0).await.target, "/v2/c1/cancel/sync-1-u1");
}

#[tokio::test]
async fn a_queue_that_never_moves_is_a_504_and_is_not_polled_in_a_hurry() {
    let (took, platform) = deadline(|call| match call.verb.as_str() {
        "status-sync" => Reply::After(Duration::from_millis(300), Box::new(in_queue())),
        "cancel" => Reply::Text(500, "", String::new()),
        _ => in_queue(),
    })
    .await;
    assert!((2000..2300).contains(&took.as_millis()), "{took:?}");
    assert!(platform.count("status-sync") <= 8, "{}", platform.count("status-sync"));
    platform.call("cancel", 3).await;
}

#[tokio::test]
async fn a_platform_that_never_answers_is_a_504_within_the_deadline() {
    let (took, _platform) = deadline(|_| Reply::Hang).await;
    assert!((2000..2300).contains(&took.as_millis()), "{took:?}");
}
