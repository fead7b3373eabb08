//! The real client against our platform with our worker behind it.

use serde_json::{Value, json};
use tokio::process::Command;

use crate::support::{CLIENT_KEY, Local, PATIENCE, Worker, python};

/// What `client.py` prints when it does `what`.
async fn client(local: &Local, what: &str) -> Value {
    let mut command = Command::new(python::interpreter());
    command.arg(python::script("client.py")).arg(what).kill_on_drop(true);
    command.env("HOME", python::empty_home()).env("CLIENT_KEY", CLIENT_KEY);
    command.env("RUNPOD_ENDPOINT_BASE_URL", &local.base);
    let output = tokio::time::timeout(PATIENCE, command.output()).await.expect("the client hangs").unwrap();
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    serde_json::from_slice(&output.stdout).unwrap()
}

async fn with_worker(flags: &[&str]) -> (Local, Worker) {
    let local = Local::new().await;
    let worker = Worker::ours(&local.base, "w1", flags);
    (local, worker)
}

#[tokio::test]
async fn run_sync_brings_the_output() {
    let (local, _worker) = with_worker(&[]).await;
    assert_eq!(client(&local, "run_sync").await, json!({"text": "grüße ☃", "n": 1.5}));
}

#[tokio::test]
async fn run_and_polling_bring_the_output() {
    let (local, _worker) = with_worker(&[]).await;
    let polled = client(&local, "run_and_poll").await;
    assert!(["IN_QUEUE", "IN_PROGRESS"].contains(&polled["first"].as_str().unwrap()));
    assert_eq!((&polled["output"], &polled["last"]), (&json!([1, null, "two"]), &json!("COMPLETED")));
}

#[tokio::test]
async fn a_failed_job_is_failed_for_the_client() {
    let (local, _worker) = with_worker(&[]).await;
    // The SDK's own way: run_sync returns nothing and raises nothing.
    assert_eq!(client(&local, "failure").await, json!({"run_sync": null, "status": "FAILED"}));
}

#[tokio::test]
async fn cancelling_a_running_job_frees_its_worker() {
    let (local, _worker) = with_worker(&[]).await;
    let cancelled = client(&local, "cancel").await;
    assert_eq!(cancelled, json!({"answer": "CANCELLED", "status": "CANCELLED", "after": "free again"}));
}

#[tokio::test]
async fn a_stream_brings_each_chunk_and_then_ends() {
    let (local, _worker) = with_worker(&["--generator", "--return_aggregate_stream"]).await;
    let chunks = json!(["one", {"two": 2}, 3]);
    assert_eq!(client(&local, "stream").await, json!({"chunks": chunks, "output": chunks}));
}

#[tokio::test]
async fn health_has_the_counters_of_the_platform() {
    let (local, _worker) = with_worker(&[]).await;
    client(&local, "run_sync").await;
    let health = client(&local, "health").await;
    assert_eq!(health["jobs"], json!({"completed": 1, "failed": 0, "inProgress": 0, "inQueue": 0, "retried": 0}));
    assert_eq!(health["workers"]["idle"], 1);
}

#[tokio::test]
async fn a_wrong_key_is_what_the_client_calls_it() {
    let local = Local::new().await;
    let words = client(&local, "wrong_key").await;
    assert!(words.as_str().unwrap().starts_with("401 Unauthorized"), "{words}");
}
