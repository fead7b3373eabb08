//! The real worker behind our platform, used through our client.

use std::time::Duration;

use runpod::client::JobStatus;
use serde_json::{Value, json};

use crate::support::{CLIENT_KEY, Local, Worker};

fn output(job: &runpod::client::JobView) -> Value {
    serde_json::from_str(job.output.as_ref().unwrap().get()).unwrap()
}

#[tokio::test]
async fn jobs_succeed_fail_report_progress_and_stop() {
    let local = Local::new().await;
    let _worker = Worker::python(&local.base, "w1", &[]);

    let id = local.run(r#"{"mock_return": {"text": "grüße ☃"}}"#).await;
    let done = local.finished(&id).await;
    assert_eq!((done.status, output(&done)), (JobStatus::Completed, json!({"text": "grüße ☃"})));
    assert_eq!((done.worker_id.as_deref(), done.retries), (Some("w1"), 0));

    let id = local.run(r#"{"mock_error": "no luck"}"#).await;
    let failed = local.finished(&id).await;
    let error: Value = serde_json::from_str(failed.error.unwrap().as_str().unwrap()).unwrap();
    assert_eq!((failed.status, &error["error_message"]), (JobStatus::Failed, &json!("no luck")));

    let id = local.run(r#"{"mock_progress": {"updates": 1, "wait_time": 2}, "mock_return": "end"}"#).await;
    local.until(&id, JobStatus::InProgress).await;
    tokio::time::sleep(Duration::from_secs(1)).await;
    assert_eq!(output(&local.endpoint.status(&id).await.unwrap()), json!("Update 0"));
    assert_eq!(output(&local.finished(&id).await), json!("end"));

    let id = local.run(r#"{"mock_delay": 60}"#).await;
    local.until(&id, JobStatus::InProgress).await;
    // The SDK ignores a stop for a job that it has taken and not started yet, which lasts up to 0.1 s on a quiet machine.
    tokio::time::sleep(Duration::from_secs(2)).await;
    local.endpoint.cancel(&id).await.unwrap();
    let next = local.run(r#"{"mock_return": "free again"}"#).await;
    assert_eq!(output(&local.finished(&next).await), json!("free again"));
    assert_eq!(local.endpoint.status(&id).await.unwrap().status, JobStatus::Cancelled);
    assert_eq!(local.endpoint.health().await.unwrap().jobs.completed, 3);
}

#[tokio::test]
async fn a_generator_streams_its_chunks() {
    let local = Local::new().await;
    let _worker = Worker::python(&local.base, "w1", &["--generator", "--return_aggregate_stream"]);
    let id = local.run(r#"{"mock_stream": ["one", {"two": 2}], "mock_delay": 1}"#).await;
    let done = local.finished(&id).await;
    assert_eq!(output(&done), json!(["one", {"two": 2}]));
    let http = runpod::client::http_client(&local.base).unwrap();
    let url = format!("{}/classify/stream/{id}", local.base);
    let answer = http.get(url).bearer_auth(CLIENT_KEY).send().await.unwrap().bytes().await.unwrap();
    let stream: Value = serde_json::from_slice(&answer).unwrap();
    assert_eq!(stream, json!({"status": "COMPLETED", "stream": [{"output": "one"}, {"output": {"two": 2}}]}));
}
