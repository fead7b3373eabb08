//! What time does: lost workers, time limits, retention. The clock is paused, so minutes take no time and are exact.

use std::time::Duration;

use runpod::platform::{Options, Timing};
use tokio::time::sleep;

use crate::support::Local;

fn local() -> Local {
    Local::new(Options::default())
}

/// Pings every 10 s, listing `jobs`, for `seconds`.
async fn ping_for(local: &Local, worker: &str, jobs: &str, seconds: u64) {
    for _ in 0..seconds / 10 {
        sleep(Duration::from_secs(10)).await;
        local.ping(worker, jobs).await;
    }
}

#[tokio::test(start_paused = true)]
async fn a_job_that_pings_stop_listing_is_handed_out_once_more_and_then_fails() {
    let local = local();
    let id = local.run(r#"{"input":{"a":1}}"#).await;
    local.take("w1").await;
    ping_for(&local, "w1", &id, 60).await;
    assert_eq!(local.status(&id).await.json()["retries"], serde_json::Value::Null);

    ping_for(&local, "w1", "", 30).await;
    assert_eq!(local.status(&id).await.json()["retries"], serde_json::Value::Null);
    ping_for(&local, "w1", "", 20).await;
    let lost = local.status(&id).await.json();
    assert_eq!((lost["status"].as_str(), lost["retries"].as_u64()), (Some("IN_PROGRESS"), Some(1)));

    assert_eq!(local.take("w2").await.field("id"), id);
    ping_for(&local, "w2", "", 50).await;
    let failed = local.status(&id).await.json();
    assert_eq!(
        (failed["status"].as_str(), failed["error"].as_str()),
        (Some("FAILED"), Some("job timed out after 1 retries"))
    );
    assert_eq!(local.get("health").await.json()["jobs"]["retried"], 1);
}

#[tokio::test(start_paused = true)]
async fn a_worker_that_falls_silent_loses_its_job_to_a_second_one() {
    let local = local();
    let id = local.run(r#"{"input":{"a":1}}"#).await;
    local.take("w1").await;
    let second = loop {
        let taken = local.take("w2").await;
        if taken.status == 200 {
            break taken;
        }
    };
    assert_eq!(second.field("id"), id);
    local.done("w2", &id, r#"{"output":"second"}"#).await;
    let status = local.status(&id).await.json();
    assert_eq!((status["output"].as_str(), status["workerId"].as_str()), (Some("second"), Some("w2")));
    assert_eq!(local.get("health").await.json()["workers"]["running"], 0);
}

#[tokio::test(start_paused = true)]
async fn a_late_answer_of_a_worker_that_was_given_up_counts_and_stops_the_second_one() {
    let local = local();
    let id = local.run(r#"{"input":{"a":1}}"#).await;
    local.take("w1").await;
    sleep(Duration::from_secs(45)).await;
    assert_eq!(local.take("w2").await.field("id"), id);
    local.done("w1", &id, r#"{"output":"late"}"#).await;
    let status = local.status(&id).await;
    assert_eq!((status.field("output"), status.field("workerId")), ("late".into(), "w1".into()));
    assert_eq!(local.get("job-stop/w2?gpu=a").await.text, format!(r#"{{"jobsToStop":["{id}"]}}"#));
    assert_eq!(local.done("w2", &id, r#"{"output":"second"}"#).await.status, 200);
    assert_eq!(local.status(&id).await.field("output"), "late");
}

#[tokio::test(start_paused = true)]
async fn an_answer_while_the_job_waits_again_takes_it_out_of_the_queue() {
    let local = local();
    let id = local.run(r#"{"input":{"a":1}}"#).await;
    local.take("w1").await;
    sleep(Duration::from_secs(45)).await;
    local.done("w1", &id, r#"{"output":"late"}"#).await;
    assert_eq!(local.status(&id).await.field("status"), "COMPLETED");
    assert_eq!(local.take("w2").await.status, 204);
}

#[tokio::test(start_paused = true)]
async fn a_job_whose_worker_keeps_pinging_is_left_alone() {
    let local = local();
    let id = local.run(r#"{"input":{"a":1}}"#).await;
    local.take("w1").await;
    ping_for(&local, "w1", &format!("other%2C{id}"), 300).await;
    assert_eq!(local.status(&id).await.json()["retries"], serde_json::Value::Null);
    local.done("w1", &id, r#"{"output":1}"#).await;
    assert_eq!(local.status(&id).await.field("status"), "COMPLETED");
}

#[tokio::test(start_paused = true)]
async fn a_job_that_runs_too_long_fails_and_its_worker_is_told() {
    let local = local();
    let id = local.run(r#"{"input":{"a":1},"policy":{"executionTimeout":20000}}"#).await;
    // The queue's time does not count.
    sleep(Duration::from_secs(300)).await;
    local.take("w1").await;
    let worker = local.clone();
    let stop = tokio::spawn(async move { worker.get("job-stop/w1?gpu=a").await.text });
    sleep(Duration::from_secs(19)).await;
    assert_eq!(local.status(&id).await.field("status"), "IN_PROGRESS");
    sleep(Duration::from_secs(3)).await;
    let status = local.status(&id).await;
    assert_eq!((status.field("status"), status.field("error")), ("FAILED".into(), "executionTimeout exceeded".into()));
    assert_eq!(stop.await.unwrap(), format!(r#"{{"jobsToStop":["{id}"]}}"#));
    assert_eq!(local.done("w1", &id, r#"{"output":"late"}"#).await.status, 200);
    assert_eq!(local.status(&id).await.field("status"), "FAILED");
}

#[tokio::test(start_paused = true)]
async fn a_job_past_its_life_time_is_gone_in_any_state() {
    let local = local();
    let policy = r#"{"input":{"a":1},"policy":{"ttl":15000}}"#;
    let (running, waiting) = (local.run(policy).await, local.run(policy).await);
    assert_eq!(local.take("w1").await.field("id"), running);
    sleep(Duration::from_secs(17)).await;
    for id in [&running, &waiting] {
        assert_eq!(local.status(id).await.status, 404);
    }
    assert_eq!(local.done("w1", &running, r#"{"output":1}"#).await.status, 404);
    assert_eq!(local.take("w1").await.status, 204);
    let health = local.get("health").await.json();
    assert_eq!((health["jobs"]["inQueue"].as_u64(), health["jobs"]["inProgress"].as_u64()), (Some(0), Some(0)));
}

#[tokio::test(start_paused = true)]
async fn results_are_kept_thirty_minutes_or_one() {
    let local = local();
    let run = local.run(r#"{"input":{"a":1}}"#).await;
    let sync = local.post("runsync?wait=1000", r#"{"input":{"a":1}}"#).await.field("id");
    for id in [&run, &sync] {
        local.take("w1").await;
        local.done("w1", id, r#"{"output":1}"#).await;
    }
    sleep(Duration::from_secs(55)).await;
    assert_eq!(local.status(&sync).await.status, 200);
    sleep(Duration::from_secs(10)).await;
    assert_eq!(local.status(&sync).await.status, 404);
    sleep(Duration::from_secs(28 * 60)).await;
    assert_eq!(local.status(&run).await.status, 200);
    sleep(Duration::from_secs(120)).await;
    assert_eq!(local.status(&run).await.status, 404);
}

#[tokio::test(start_paused = true)]
async fn the_oldest_results_go_first_when_they_weigh_too_much() {
    let local = Local::new(Options { max_kept_bytes: 2500, ..Options::default() });
    let mut ids = Vec::new();
    for _ in 0..3 {
        let id = local.run(r#"{"input":{"a":1}}"#).await;
        local.take("w1").await;
        local.done("w1", &id, &format!(r#"{{"output":"{}"}}"#, "x".repeat(998))).await;
        ids.push(id);
    }
    let mut known = Vec::new();
    for id in &ids {
        known.push(local.status(id).await.status.as_u16());
    }
    assert_eq!(known, [404, 200, 200]);
}

#[tokio::test(start_paused = true)]
async fn workers_that_fall_silent_leave_the_counts() {
    let timing = Timing { lost_after: Duration::from_secs(8), ..Timing::default() };
    let local = Local::new(Options { timing, ..Options::default() });
    local.ping("w1", "").await;
    assert_eq!(local.get("health").await.json()["workers"]["initializing"], 1);
    sleep(Duration::from_secs(10)).await;
    assert_eq!(local.get("health").await.json()["workers"]["initializing"], 0);
}
