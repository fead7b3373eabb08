//! A worker that is asked to end loses nothing; one that is killed loses a job only to the next worker.

use std::time::Duration;

use runpod::client::JobStatus;
use runpod::platform::Timing;
use rustix::process::Signal;

use crate::support::{Local, Worker};

#[tokio::test]
async fn a_terminated_worker_finishes_its_job_and_leaves_the_queued_one_to_the_next() {
    let local = Local::new().await;
    let mut first = Worker::ours(&local.base, "w1", &[]);
    let running = local.run(r#"{"mock_delay": 2, "mock_return": "ran on"}"#).await;
    local.until(&running, JobStatus::InProgress).await;
    let queued = local.run(r#"{"mock_return": "came later"}"#).await;
    first.signal(Signal::TERM);

    assert!(first.ended().await.success());
    let done = local.endpoint.status(&running).await.unwrap();
    assert_eq!((done.status, done.output.unwrap().get()), (JobStatus::Completed, r#""ran on""#));
    assert_eq!(local.endpoint.status(&queued).await.unwrap().status, JobStatus::InQueue);

    let _second = Worker::ours(&local.base, "w2", &[]);
    let done = local.finished(&queued).await;
    assert_eq!((done.status, done.retries, done.worker_id.as_deref()), (JobStatus::Completed, 0, Some("w2")));
}

#[tokio::test]
async fn an_idle_worker_that_is_terminated_ends_at_once_and_swallows_nothing() {
    let local = Local::new().await;
    let mut worker = Worker::ours(&local.base, "w1", &[]);
    let id = local.run(r#"{"mock_return": 1}"#).await;
    local.finished(&id).await;
    let start = std::time::Instant::now();
    worker.signal(Signal::TERM);
    let later = local.run(r#"{"mock_return": 2}"#).await;
    assert!(worker.ended().await.success());
    assert!(start.elapsed() < Duration::from_secs(5));
    let _second = Worker::ours(&local.base, "w2", &[]);
    assert_eq!(local.finished(&later).await.status, JobStatus::Completed);
}

/// Detection in 3 s instead of 40: the workers ping every second.
fn soon() -> Timing {
    Timing { lost_after: Duration::from_secs(3), sweep: Duration::from_millis(100), ..Timing::default() }
}

#[tokio::test]
async fn a_killed_worker_s_job_is_answered_by_a_second_worker() {
    let local = Local::with(soon()).await;
    let mut first = Worker::ours(&local.base, "w1", &[]);
    let id = local.run(r#"{"mock_delay": 5, "mock_return": "answered"}"#).await;
    local.until(&id, JobStatus::InProgress).await;
    first.signal(Signal::KILL);
    first.ended().await;

    let _second = Worker::ours(&local.base, "w2", &[]);
    let done = local.finished(&id).await;
    assert_eq!((done.status, done.retries, done.worker_id.as_deref()), (JobStatus::Completed, 1, Some("w2")));
    assert_eq!(local.endpoint.health().await.unwrap().jobs.retried, 1);
}

#[tokio::test]
async fn a_killed_worker_s_job_is_answered_by_the_same_worker_after_its_restart() {
    let local = Local::with(soon()).await;
    let mut first = Worker::ours(&local.base, "w1", &[]);
    let id = local.run(r#"{"mock_delay": 2, "mock_return": "answered"}"#).await;
    local.until(&id, JobStatus::InProgress).await;
    first.signal(Signal::KILL);
    first.ended().await;

    let _restarted = Worker::ours(&local.base, "w1", &[]);
    let done = local.finished(&id).await;
    assert_eq!((done.status, done.retries), (JobStatus::Completed, 1));
}

#[tokio::test]
async fn a_job_that_kills_every_worker_fails_after_the_second() {
    let local = Local::with(soon()).await;
    let id = local.run(r#"{"mock_delay": 60}"#).await;
    for (attempt, worker) in ["w1", "w2"].into_iter().enumerate() {
        let mut worker = Worker::ours(&local.base, worker, &[]);
        let start = std::time::Instant::now();
        loop {
            let job = local.endpoint.status(&id).await.unwrap();
            let health = local.endpoint.health().await.unwrap();
            if job.retries as usize == attempt && health.jobs.in_progress == 1 {
                break;
            }
            assert!(start.elapsed() < Duration::from_secs(20));
            tokio::time::sleep(Duration::from_millis(20)).await;
        }
        worker.signal(Signal::KILL);
        worker.ended().await;
    }
    let failed = local.finished(&id).await;
    assert_eq!((failed.status, failed.error.unwrap()), (JobStatus::Failed, "job timed out after 1 retries".into()));
}
