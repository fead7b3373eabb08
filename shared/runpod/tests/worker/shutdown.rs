//! Shutdown: nothing that was handed out is lost.

use std::time::{Duration, Instant};

use runpod::Job;

use crate::platform::{Platform, Reply};
use crate::support::{Worker, echo, handler, millis};

fn slow_echo() -> impl runpod::Handler {
    handler(|job: Job, _| async move {
        tokio::time::sleep(millis(400)).await;
        Ok(job.input)
    })
}

#[tokio::test]
async fn an_idle_worker_ends_at_once() {
    let platform = Platform::start().await;
    let worker = Worker::start(&platform, echo());
    platform.wait_for("take", 1).await;
    let asked = Instant::now();
    worker.shut_down().await.expect("an orderly end");
    assert!(asked.elapsed() < Duration::from_secs(1), "{:?}", asked.elapsed());
}

#[tokio::test]
async fn a_running_job_is_finished_and_posted() {
    let platform = Platform::start().await;
    platform.next("take", Reply::job("j1"));
    let worker = Worker::start(&platform, slow_echo());
    platform
        .wait_until("a ping with the job", |platform| {
            platform.seen("ping").iter().any(|ping| ping.path_and_query.contains("job_id=j1"))
        })
        .await;
    worker.shut_down().await.expect("an orderly end");
    assert_eq!(platform.seen("done")[0].body, r#"{"output": {"n": 1}}"#);
    assert_eq!(platform.seen("take").len(), 1, "a worker that ends takes no more");
}

#[tokio::test]
async fn a_job_that_arrives_just_after_the_signal_is_run() {
    let platform = Platform::start().await;
    let worker = Worker::start(&platform, slow_echo());
    platform.wait_for("take", 1).await;
    worker.shutdown.cancel();
    tokio::time::sleep(millis(100)).await;
    platform.next("take", Reply::job("j1"));
    worker.end().await.expect("an orderly end");
    assert_eq!(platform.seen("done")[0].body, r#"{"output": {"n": 1}}"#);
}

#[tokio::test]
async fn an_answer_that_has_begun_is_read_to_its_end() {
    let platform = Platform::start().await;
    let worker = Worker::start(&platform, echo());
    platform.wait_for("take", 1).await;
    platform.next("take", Reply::SlowBody { after: millis(800), body: r#"{"id":"j1","input":{"n":1}}"#.to_owned() });
    tokio::time::sleep(millis(50)).await;
    worker.shut_down().await.expect("an orderly end");
    assert_eq!(platform.seen("done")[0].body, r#"{"output": {"n": 1}}"#);
}

#[tokio::test]
async fn a_running_and_a_waiting_job_are_both_answered() {
    let platform = Platform::start().await;
    platform.next("take", Reply::json(r#"[{"id":"j1","input":1},{"id":"j2","input":2}]"#));
    let worker = Worker::start(&platform, slow_echo());
    platform
        .wait_until("a ping with both", |platform| {
            platform.seen("ping").iter().any(|ping| ping.path_and_query.contains("job_id=j1%2Cj2"))
        })
        .await;
    worker.shut_down().await.expect("an orderly end");
    let mut bodies: Vec<_> = platform.seen("done").into_iter().map(|post| post.body).collect();
    bodies.sort();
    assert_eq!(bodies, [r#"{"output": 1}"#, r#"{"output": 2}"#]);
}

#[tokio::test]
async fn a_result_that_is_hard_to_post_is_still_posted_at_the_end() {
    let platform = Platform::start().await;
    platform.next("take", Reply::job("j1")).next("done", Reply::status(500)).next("done", Reply::Cut);
    let worker = Worker::start(&platform, slow_echo());
    platform.wait_for("take", 1).await;
    tokio::time::sleep(millis(100)).await;
    worker.shut_down().await.expect("an orderly end");
    let pings_at_end = platform.seen("ping").len();
    assert_eq!(platform.seen("done").len(), 3);
    tokio::time::sleep(millis(250)).await;
    assert_eq!(platform.seen("ping").len(), pings_at_end, "a worker that has ended does not ping");
}
