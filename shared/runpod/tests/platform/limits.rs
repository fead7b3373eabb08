//! What is refused: keys, sizes, shapes, routes, full queues.

use bytes::Bytes;
use http::Request;
use http::header::AUTHORIZATION;
use http_body_util::Full;
use runpod::platform::{Keys, Options, StopPod};

use crate::support::Local;

fn request(path: &str, key: Option<&str>) -> Request<Full<Bytes>> {
    let request = Request::post(path);
    let request = if let Some(key) = key { request.header(AUTHORIZATION, key) } else { request };
    request.body(Full::from(r#"{"input":{"a":1}}"#)).unwrap()
}

#[tokio::test(start_paused = true)]
async fn each_side_has_its_own_keys() {
    let options = Options {
        client_keys: Some(Keys::new(["client", "other"])),
        worker_keys: Some(Keys::new(["worker"])),
        ..Options::default()
    };
    assert!(!format!("{options:?}").contains("other"));
    let local = Local::new(options);
    for (path, key, status) in [
        ("/v2/classify/run", Some("Bearer client"), 200),
        ("/v2/classify/run", Some("other"), 200),
        ("/v2/classify/run", Some("Bearer worker"), 401),
        ("/v2/classify/run", Some("Bearer clien"), 401),
        ("/v2/classify/run", None, 401),
        ("/v2/classify/job-done/w1/none", Some("worker"), 404),
        ("/v2/classify/job-done/w1/none", Some("client"), 401),
        ("/v2/classify/job-done/w1/none", None, 401),
    ] {
        let answer = local.send(request(path, key)).await;
        assert_eq!(answer.status.as_u16(), status, "{path} {key:?}");
    }
    let none = local.send(request("/v2/classify/run", None)).await.text;
    assert_eq!(none, r#"{"status":401,"title":"Unauthorized","detail":"no token provided"}"#);
    let bad = local.send(request("/v2/classify/run", Some("Bearer x"))).await.text;
    assert_eq!(bad, r#"{"status":401,"title":"Unauthorized","detail":"invalid api key"}"#);
}

#[tokio::test(start_paused = true)]
async fn bodies_have_limits_in_the_platform_s_words() {
    let local = Local::new(Options::default());
    let large = |mib: usize| format!(r#"{{"input":{{"a":"{}"}}}}"#, "x".repeat(mib << 20));
    let answer = local.post("run", &large(10)).await;
    assert_eq!(
        answer.text,
        r#"{"status":400,"title":"Bad Request","detail":"bad request: body: exceeded max body size of 10MiB"}"#
    );
    assert_eq!(local.post("runsync?wait=1000", &large(10)).await.status, 200);
    assert_eq!(local.post("runsync?wait=1000", &large(20)).await.status, 400);
    let id = local.run(r#"{"input":{"a":1}}"#).await;
    let output = format!(r#"{{"output":"{}"}}"#, "x".repeat(10 << 20));
    assert_eq!(local.done("w1", &id, &output).await.status, 400);
    let chunk = format!(r#"{{"output":"{}"}}"#, "x".repeat(1 << 20));
    assert_eq!(local.post(&format!("job-stream/w1/{id}"), &chunk).await.status, 400);
}

#[tokio::test(start_paused = true)]
async fn what_makes_no_sense_is_a_400_and_what_is_not_there_a_404() {
    let local = Local::new(Options::default());
    for body in ["", "{", "[]", "1", "{}", r#"{"input":null}"#, r#"{"input":{},"policy":7}"#, r#"{"input":{}}x"#] {
        assert_eq!(local.post("run", body).await.status, 400, "{body}");
    }
    let id = local.run(r#"{"input":{"a":1}}"#).await;
    for body in ["", "{", "[]", r#"{"output":NaN}"#] {
        assert_eq!(local.done("w1", &id, body).await.status, 400, "{body}");
    }
    assert_eq!(local.post(&format!("job-stream/w1/{id}"), "[1]").await.status, 400);
    assert_eq!(local.get("job-take-batch/w1?batch_size=x").await.status, 400);
    assert_eq!(local.done("w1", "unheard-of", r#"{"output":1}"#).await.status, 404);
    assert_eq!(local.get("nonsense").await.status, 404);
    assert_eq!(local.get("run").await.status, 405);
    let elsewhere = Request::get("/v2/unheard-of/health").body(Full::default()).unwrap();
    assert_eq!(local.send(elsewhere).await.text, r#"{"status":404,"title":"Not Found","detail":"endpoint not found"}"#);
}

#[tokio::test(start_paused = true)]
async fn a_full_queue_answers_429_and_takes_jobs_again_when_there_is_room() {
    let local = Local::new(Options { workers_max: 0, ..Options::default() });
    for _ in 0..50 {
        local.run(r#"{"input":{"a":1}}"#).await;
    }
    assert_eq!(local.post("run", r#"{"input":{"a":1}}"#).await.status, 429);
    local.take("w1").await;
    local.run(r#"{"input":{"a":1}}"#).await;
    local.post("purge-queue", "").await;
    local.run(r#"{"input":{"a":1}}"#).await;

    let local = Local::new(Options { max_queued_bytes: 20, ..Options::default() });
    let first = local.run(r#"{"input":{"a":"12345"}}"#).await;
    assert_eq!(local.post("run", r#"{"input":{"a":"12345"}}"#).await.status, 429);
    local.post(&format!("cancel/{first}"), "").await;
    local.run(r#"{"input":{"a":"12345"}}"#).await;
}

#[tokio::test(start_paused = true)]
async fn an_empty_input_is_dropped_only_where_that_is_asked_for() {
    let friendly = Local::new(Options::default());
    friendly.run(r#"{"input": { } }"#).await;
    assert!(friendly.take("w1").await.text.contains(r#""input":{ }"#));
    let faithful = Local::new(Options { drop_empty_input: true, ..Options::default() });
    faithful.run(r#"{"input": { } }"#).await;
    assert!(!faithful.take("w1").await.text.contains("input"));
}

#[tokio::test(start_paused = true)]
async fn a_result_with_stop_pod_tells_whoever_runs_the_workers() {
    let (stop_pod, mut told) = tokio::sync::mpsc::unbounded_channel();
    let local = Local::new(Options { stop_pod: Some(stop_pod), ..Options::default() });
    let id = local.run(r#"{"input":{"a":1}}"#).await;
    local.take("w1").await;
    local.done("w1", &id, r#"{"output":1,"stopPod":true}"#).await;
    assert_eq!(told.recv().await, Some(StopPod { endpoint: "classify".into(), worker: "w1".into() }));
}
