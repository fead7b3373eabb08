//! The life of a job, as its client and its worker see it.

use std::time::Duration;

use runpod::platform::Options;
use serde_json::json;
use tokio::time::{Instant, sleep, timeout};

use crate::support::Local;

fn local() -> Local {
    Local::new(Options::default())
}

#[tokio::test(start_paused = true)]
async fn a_job_goes_from_the_queue_to_a_worker_and_its_output_back() {
    let local = local();
    let submitted = local.post("run", r#"{"input": {"x" : 1.50}, "unknown": 1}"#).await;
    let id = submitted.field("id");
    assert!(id.ends_with("-u1"));
    assert_eq!(submitted.text, format!(r#"{{"id":"{id}","status":"IN_QUEUE"}}"#));

    sleep(Duration::from_millis(1500)).await;
    let job = local.take("w1").await;
    assert_eq!(job.text, format!(r#"{{"delayTime":1500,"id":"{id}","input":{{"x" : 1.50}}}}"#));
    assert_eq!(
        local.status(&id).await.text,
        format!(r#"{{"delayTime":1500,"id":"{id}","status":"IN_PROGRESS","workerId":"w1"}}"#)
    );

    sleep(Duration::from_millis(250)).await;
    assert_eq!(local.done("w1", &id, r#"{"output": {"y" : 2.50}}"#).await.status, 200);
    assert_eq!(
        local.status(&id).await.text,
        format!(
            r#"{{"delayTime":1500,"executionTime":250,"id":"{id}","output":{{"y" : 2.50}},"status":"COMPLETED","workerId":"w1"}}"#
        )
    );
}

#[tokio::test(start_paused = true)]
async fn runsync_returns_the_moment_the_result_is_there() {
    let local = local();
    let client = local.clone();
    let start = Instant::now();
    let call = tokio::spawn(async move { client.post("runsync", r#"{"input":{"a":1}}"#).await });
    let id = local.take("w1").await.field("id");
    assert!(id.starts_with("sync-"));
    sleep(Duration::from_secs(20)).await;
    local.done("w1", &id, r#"{"output":"fine"}"#).await;
    let answer = call.await.unwrap().json();
    assert_eq!((answer["status"].as_str(), answer["output"].as_str()), (Some("COMPLETED"), Some("fine")));
    assert_eq!(start.elapsed().as_secs(), 20);
}

#[tokio::test(start_paused = true)]
async fn runsync_returns_after_its_wait_with_what_there_is() {
    let local = local();
    let start = Instant::now();
    let answer = local.post("runsync?wait=3000", r#"{"input":{"a":1}}"#).await;
    assert_eq!(answer.field("status"), "IN_QUEUE");
    assert_eq!(start.elapsed().as_secs(), 3);
    let start = Instant::now();
    let status = local.get(&format!("status-sync/{}?wait=2000", answer.field("id"))).await;
    assert_eq!((status.field("status").as_str(), start.elapsed().as_secs()), ("IN_QUEUE", 2));
}

#[tokio::test(start_paused = true)]
async fn a_wait_out_of_range_is_refused() {
    for wait in ["0", "999", "300001", "-1", "soon"] {
        let answer = local().post(&format!("runsync?wait={wait}"), r#"{"input":{"a":1}}"#).await;
        assert_eq!((answer.status.as_u16(), answer.json()["status"].as_u64()), (400, Some(400)), "{wait}");
    }
}

#[tokio::test(start_paused = true)]
async fn a_waiting_take_is_woken_by_a_job_and_an_idle_one_ends_empty() {
    let local = local();
    let start = Instant::now();
    assert_eq!(local.take("w1").await.status, 204);
    assert_eq!(start.elapsed(), Options::default().timing.take_hold);

    let worker = local.clone();
    let take = tokio::spawn(async move { worker.take("w1").await });
    sleep(Duration::from_secs(5)).await;
    let id = local.run(r#"{"input":{"a":1}}"#).await;
    assert_eq!(take.await.unwrap().field("id"), id);
}

#[tokio::test(start_paused = true)]
async fn jobs_are_handed_out_in_order_and_each_once() {
    let local = local();
    let mut submitted = Vec::new();
    for n in 0..5 {
        submitted.push(local.run(&format!(r#"{{"input":{{"n":{n}}}}}"#)).await);
    }
    let batch = local.get("job-take-batch/w1?gpu=a&batch_size=3&job_in_progress=0").await.json();
    let mut taken: Vec<String> =
        batch.as_array().unwrap().iter().map(|job| job["id"].as_str().unwrap().to_owned()).collect();
    assert_eq!(taken.len(), 3);
    taken.push(local.take("w2").await.field("id"));
    taken.push(local.take("w1").await.field("id"));
    assert_eq!(taken, submitted);
    assert_eq!(local.take("w1").await.status, 204);
}

#[tokio::test(start_paused = true)]
async fn many_takers_and_many_jobs_miss_nothing() {
    let local = local();
    let takers: Vec<_> = (0..20)
        .map(|n| {
            let local = local.clone();
            tokio::spawn(async move { local.take(&format!("w{n}")).await.field("id") })
        })
        .collect();
    tokio::task::yield_now().await;
    let mut submitted = Vec::new();
    for _ in 0..20 {
        submitted.push(local.run(r#"{"input":{"a":1}}"#).await);
    }
    let mut taken = Vec::new();
    for taker in takers {
        taken.push(timeout(Duration::from_secs(1), taker).await.unwrap().unwrap());
    }
    taken.sort();
    submitted.sort();
    assert_eq!(taken, submitted);
}

#[tokio::test(start_paused = true)]
async fn an_error_fails_the_job_and_its_output_is_kept() {
    let local = local();
    let id = local.run(r#"{"input":{"a":1}}"#).await;
    local.take("w1").await;
    local.done("w1", &id, r#"{"output": {"a": 1}, "error": {"code": 5}}"#).await;
    let status = local.status(&id).await.json();
    assert_eq!(status["status"], "FAILED");
    assert_eq!((&status["error"], &status["output"]), (&json!({"code": 5}), &json!({"a": 1})));
}

#[tokio::test(start_paused = true)]
async fn progress_shows_as_output_until_the_result_and_never_after_it() {
    let local = local();
    let id = local.run(r#"{"input":{"a":1}}"#).await;
    local.take("w1").await;
    local.done("w1", &id, r#"{"status": "IN_PROGRESS", "output": "half"}"#).await;
    assert_eq!(local.status(&id).await.field("output"), "half");
    local.done("w1", &id, r#"{"output": null}"#).await;
    local.done("w1", &id, r#"{"status": "IN_PROGRESS", "output": "late"}"#).await;
    let status = local.status(&id).await;
    assert_eq!(status.field("status"), "COMPLETED");
    assert!(status.text.contains(r#""output":null"#));
}

#[tokio::test(start_paused = true)]
async fn a_stream_is_drained_by_its_reader_and_ends_with_an_empty_list() {
    let local = local();
    let id = local.run(r#"{"input":{"a":1}}"#).await;
    assert_eq!(local.get(&format!("stream/{id}?wait=1000")).await.text, r#"{"status":"IN_QUEUE","stream":[]}"#);
    local.take("w1").await;
    let chunk = format!("job-stream/w1/{id}?gpu=a&isStream=false");
    local.post(&chunk, r#"{"output": 1}"#).await;
    local.post(&chunk, r#"{"output": "two", "metrics": {}}"#).await;
    let first = local.get(&format!("stream/{id}")).await.text;
    assert_eq!(first, r#"{"status":"IN_PROGRESS","stream":[{"output": 1},{"output": "two", "metrics": {}}]}"#);

    let (reader, path) = (local.clone(), format!("stream/{id}"));
    let held = tokio::spawn(async move { reader.get(&path).await.text });
    sleep(Duration::from_secs(4)).await;
    local.post(&chunk, r#"{"output": 3}"#).await;
    assert_eq!(held.await.unwrap(), r#"{"status":"IN_PROGRESS","stream":[{"output": 3}]}"#);

    local.post(&chunk, r#"{"output": 4}"#).await;
    local.post(&format!("job-done/w1/{id}?gpu=a&isStream=true"), r#"{"output": []}"#).await;
    assert_eq!(local.get(&format!("stream/{id}")).await.text, r#"{"status":"COMPLETED","stream":[{"output": 4}]}"#);
    assert_eq!(local.get(&format!("stream/{id}")).await.text, r#"{"status":"COMPLETED","stream":[]}"#);
}

#[tokio::test(start_paused = true)]
async fn cancelling_a_running_job_tells_its_worker_to_stop() {
    let local = local();
    let id = local.run(r#"{"input":{"a":1}}"#).await;
    local.take("w1").await;
    let (worker, other) = (local.clone(), local.clone());
    let stop = tokio::spawn(async move { worker.get("job-stop/w1?gpu=a").await });
    let nothing = tokio::spawn(async move { other.get("job-stop/w2?gpu=a").await });
    sleep(Duration::from_secs(3)).await;
    let cancelled = local.post(&format!("cancel/{id}"), "").await;
    assert_eq!(cancelled.text, format!(r#"{{"id":"{id}","status":"CANCELLED"}}"#));
    assert_eq!(stop.await.unwrap().text, format!(r#"{{"jobsToStop":["{id}"]}}"#));
    assert_eq!(nothing.await.unwrap().status, 204);
    assert_eq!(local.done("w1", &id, r#"{"output":1}"#).await.status, 404);
    assert_eq!(local.status(&id).await.field("status"), "CANCELLED");
}

#[tokio::test(start_paused = true)]
async fn a_cancelled_job_in_the_queue_is_never_handed_out() {
    let local = local();
    let id = local.run(r#"{"input":{"a":1}}"#).await;
    local.post(&format!("cancel/{id}"), "{}").await;
    assert_eq!(local.take("w1").await.status, 204);
    assert_eq!(
        local.post("cancel/unheard-of", "").await.text,
        r#"{"status":404,"title":"Not Found","detail":"job not found"}"#
    );
}

#[tokio::test(start_paused = true)]
async fn only_a_failed_job_can_be_retried_and_it_runs_as_if_new() {
    let local = local();
    let id = local.run(r#"{"input":{"keep":"me"}}"#).await;
    assert_eq!(local.post(&format!("retry/{id}"), "").await.status, 400);
    local.take("w1").await;
    local.done("w1", &id, r#"{"error":"bad luck"}"#).await;
    assert_eq!(local.post(&format!("retry/{id}"), "").await.text, format!(r#"{{"id":"{id}","status":"IN_QUEUE"}}"#));
    assert_eq!(local.take("w1").await.json()["input"], json!({"keep": "me"}));
    local.done("w1", &id, r#"{"output":1}"#).await;
    let status = local.status(&id).await.json();
    assert_eq!((&status["output"], &status["error"]), (&json!(1), &json!(null)));
    assert_eq!(local.post(&format!("retry/{id}"), "").await.status, 400);
}

#[tokio::test(start_paused = true)]
async fn purging_cancels_what_waits_and_leaves_what_runs() {
    let local = local();
    let running = local.run(r#"{"input":{"a":1}}"#).await;
    local.take("w1").await;
    let waiting = local.run(r#"{"input":{"a":2}}"#).await;
    local.run(r#"{"input":{"a":3}}"#).await;
    assert_eq!(local.post("purge-queue", "{}").await.text, r#"{"removed":2,"status":"completed"}"#);
    assert_eq!(local.status(&running).await.field("status"), "IN_PROGRESS");
    assert_eq!(local.status(&waiting).await.field("status"), "CANCELLED");
    assert_eq!(local.take("w1").await.status, 204);
}

#[tokio::test(start_paused = true)]
async fn health_counts_jobs_and_workers() {
    let local = local();
    local.ping("starting", "").await;
    local.get("ping/broken?gpu=a&status=unhealthy&check=gpu&reason=none").await;
    for _ in 0..3 {
        local.run(r#"{"input":{"a":1}}"#).await;
    }
    let first = local.take("w1").await.field("id");
    local.done("w1", &first, r#"{"output":1}"#).await;
    local.take("w2").await;
    assert_eq!(
        local.get("health").await.text,
        r#"{"jobs":{"completed":1,"failed":0,"inProgress":1,"inQueue":1,"retried":0},"workers":{"idle":1,"initializing":1,"ready":1,"running":1,"throttled":0,"unhealthy":1}}"#
    );
}
