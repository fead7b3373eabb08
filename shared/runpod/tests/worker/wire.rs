//! What goes over the wire for each kind of job: the SDK's bytes.

use runpod::{Job, JobError};
use serde_json::json as value;

use crate::platform::{Platform, Reply, Seen};
use crate::support::{Do, Worker, echo, handler, json};

fn header<'a>(seen: &'a Seen, name: &str) -> Option<&'a str> {
    seen.headers.get(name).map(|value| value.to_str().expect("ASCII"))
}

#[tokio::test]
async fn a_job_is_taken_run_and_answered_as_the_sdk_does() {
    let platform = Platform::start().await;
    platform.next("take", Reply::json(r#"{"delayTime":7,"id":"j1-u1","input":{"text":"é☃","list":[1,2]}}"#));
    let _worker = Worker::start(&platform, echo());

    let done = platform.wait_for("done", 1).await;
    let done = done.first().expect("one post");
    assert_eq!(done.method, "POST");
    assert_eq!(done.path_and_query, "/v2/ep1/job-done/pod-1/j1-u1?gpu=NVIDIA+A40&isStream=false");
    assert_eq!(header(done, "content-type"), Some("application/x-www-form-urlencoded"));
    assert_eq!(header(done, "charset"), Some("utf-8"));
    assert_eq!(header(done, "authorization"), Some("KEY123"));
    assert_eq!(header(done, "x-request-id"), Some("j1-u1"));
    assert_eq!(header(done, "content-length"), Some(done.body.len().to_string().as_str()));
    assert_eq!(done.body, r#"{"output": {"text": "é☃", "list": [1, 2]}}"#);

    let takes = platform.wait_for("take", 2).await;
    let first = takes.first().expect("a take");
    assert_eq!(first.method, "GET");
    assert_eq!(first.path_and_query, "/v2/ep1/job-take/pod-1?gpu=NVIDIA+A40&job_in_progress=0");
    assert_eq!(header(first, "content-type"), Some("application/json"));
    assert_eq!(header(first, "authorization"), Some("KEY123"));
    let stops = platform.wait_for("stop", 1).await;
    assert_eq!(stops.first().expect("a stop poll").path_and_query, "/v2/ep1/job-stop/pod-1?gpu=NVIDIA+A40");
}

#[tokio::test]
async fn a_job_without_input_runs_with_an_empty_one() {
    let platform = Platform::start().await;
    platform.next("take", Reply::json(r#"{"id":"j1"}"#));
    let _worker = Worker::start(&platform, echo());
    assert_eq!(platform.wait_for("done", 1).await.first().expect("one post").body, r#"{"output": {}}"#);
}

#[tokio::test]
async fn an_error_is_posted_as_json_text_with_six_keys() {
    let platform = Platform::start().await;
    platform.next("take", Reply::job("j1"));
    let work = |_, _| async { Err(JobError::new("bad_page", "page 2 is é")) };
    let _worker = Worker::start(&platform, handler(work));

    let done = platform.wait_for("done", 1).await;
    let body: serde_json::Value = serde_json::from_str(&done.first().expect("one post").body).expect("JSON");
    let text = body.get("error").and_then(|error| error.as_str()).expect("an error text");
    let expected = concat!(
        r#"{"error_type": "bad_page", "error_message": "page 2 is \u00e9", "error_traceback": "", "#,
        r#""hostname": "unknown", "worker_id": "pod-1", "runpod_version": "1.12.0"}"#
    );
    assert_eq!(text, expected);
}

#[tokio::test]
async fn a_panic_is_an_error_without_its_message_and_the_worker_lives_on() {
    let platform = Platform::start().await;
    platform.next("take", Reply::job("j1")).next("take", Reply::job("j2"));
    let work = |job: Job, _| async move {
        assert_ne!(job.id, "j1", "private data");
        Ok(json("fine"))
    };
    let _worker = Worker::start(&platform, handler(work));

    let done = platform.wait_for("done", 2).await;
    let [first, second] = done.as_slice() else { panic!("two posts") };
    assert!(first.body.contains("the handler panicked"), "{}", first.body);
    assert!(!first.body.contains("private data"), "{}", first.body);
    assert_eq!(second.body, r#"{"output": "fine"}"#);
}

#[tokio::test]
async fn a_generator_posts_chunks_in_order_and_then_its_end() {
    for (aggregate, last) in [(false, r#"{"output": []}"#), (true, r#"{"output": [1, {"a": 2}]}"#)] {
        let platform = Platform::start().await;
        platform.next("take", Reply::job("j1"));
        let work = |_, context: runpod::JobContext| async move {
            context.chunk(&1).await?;
            context.chunk(&value!({ "a": 2 })).await?;
            Ok(json(()))
        };
        let _worker = Worker::start(&platform, Do { work, generator: true, aggregate });

        let done = platform.wait_for("done", 1).await;
        let done = done.first().expect("one post");
        assert_eq!(done.path_and_query, "/v2/ep1/job-done/pod-1/j1?gpu=NVIDIA+A40&isStream=true");
        assert_eq!(done.body, last);
        let chunks = platform.seen("stream");
        let bodies: Vec<_> = chunks.iter().map(|chunk| chunk.body.as_str()).collect();
        assert_eq!(bodies, [r#"{"output": 1}"#, r#"{"output": {"a": 2}}"#]);
        assert!(
            chunks
                .iter()
                .all(|chunk| chunk.path_and_query.ends_with("/job-stream/pod-1/j1?gpu=NVIDIA+A40&isStream=false"))
        );
    }
}

#[tokio::test]
async fn a_generator_that_fails_says_so_in_plain_text() {
    let platform = Platform::start().await;
    platform.next("take", Reply::job("j1"));
    let work = |_, _| async { Err(JobError::new("E", "no more pages")) };
    let _worker = Worker::start(&platform, Do { work, generator: true, aggregate: false });
    let done = platform.wait_for("done", 1).await;
    assert_eq!(done.first().expect("one post").body, r#"{"error": "handler: no more pages \ntraceback: "}"#);
}

#[tokio::test]
async fn a_handler_can_ask_for_a_fresh_worker() {
    let platform = Platform::start().await;
    platform.next("take", Reply::job("j1"));
    let work = |_, context: runpod::JobContext| async move {
        context.refresh_worker();
        Ok(json(1))
    };
    let _worker = Worker::start(&platform, handler(work));
    let done = platform.wait_for("done", 1).await;
    assert_eq!(done.first().expect("one post").body, r#"{"output": 1, "stopPod": true}"#);
}

#[tokio::test]
async fn a_worker_that_is_to_be_replaced_after_each_job_ends_after_its_first() {
    let platform = Platform::start().await;
    platform.next("take", Reply::job("j1")).next("take", Reply::job("j2"));
    let worker = Worker::configured(&platform, |settings| settings.refresh_worker = true, async { Ok(echo()) });
    worker.end().await.expect("an orderly end");
    let done = platform.seen("done");
    assert_eq!(done.len(), 1);
    assert!(done.first().expect("one post").body.ends_with(r#", "stopPod": true}"#));
}
