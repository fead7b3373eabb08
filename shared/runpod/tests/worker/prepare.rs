//! Preparation while jobs are already taken.

use runpod::{PrepareError, ServeError};

use crate::platform::{Platform, Reply};
use crate::support::{Worker, echo, millis};

#[tokio::test]
async fn a_job_that_comes_during_the_preparation_waits_for_it() {
    let platform = Platform::start().await;
    platform.next("take", Reply::job("j1"));
    let prepare = async {
        tokio::time::sleep(millis(300)).await;
        Ok(echo())
    };
    let _worker = Worker::configured(&platform, |_| {}, prepare);
    let takes = platform.wait_for("take", 1).await;
    let done = platform.wait_for("done", 1).await;
    let waited = done[0].at - takes[0].at;
    assert!(waited >= millis(250), "{waited:?}");
    assert_eq!(done[0].body, r#"{"output": {"n": 1}}"#);
    assert!(platform.seen("ping").iter().any(|ping| ping.path_and_query.contains("job_id=j1")));
}

#[tokio::test]
async fn a_failed_preparation_is_told_to_the_job_that_waits_and_to_the_platform() {
    let platform = Platform::start().await;
    platform.next("take", Reply::job("j1"));
    let prepare = async {
        tokio::time::sleep(millis(100)).await;
        Err(PrepareError::new("model_missing", "no weights"))
    };
    let worker = Worker::configured(&platform, |_| {}, async { prepare.await.map(|()| echo()) });
    let ended = worker.end().await;
    assert!(matches!(ended, Err(ServeError::Prepare(_))), "{ended:?}");
    let done = platform.seen("done");
    assert_eq!(done.len(), 1);
    let expected = concat!(
        r#"{"error": "{\"event\": \"prestart_failed\", \"error_type\": \"model_missing\", "#,
        r#"\"error_message\": \"no weights\", \"error_traceback\": \"\", \"worker_id\": \"pod-1\", "#,
        r#"\"runpod_version\": \"1.12.0\"}"}"#
    );
    assert_eq!(done[0].body, expected);
    let report = "&status=unhealthy&check=prepare&reason=model_missing%3A+no+weights&runpod_version=1.12.0";
    assert!(platform.seen("ping").last().expect("a report").path_and_query.ends_with(report));
    assert_eq!(platform.seen("take").len(), 1);
}

#[tokio::test]
async fn a_worker_that_fails_with_no_job_at_hand_waits_for_one_to_tell() {
    let platform = Platform::start().await;
    platform.next("take", Reply::job("j1").after(millis(300)));
    let prepare = async { Err(PrepareError::new("model_missing", "no weights")) };
    let worker = Worker::configured(&platform, |_| {}, async { prepare.await.map(|()| echo()) });
    worker.end().await.expect_err("it cannot serve");
    assert!(platform.seen("done")[0].body.contains("no weights"));
}

#[tokio::test]
async fn a_worker_that_fails_and_finds_no_job_ends_all_the_same() {
    let platform = Platform::start().await;
    let short = |settings: &mut runpod::Settings| settings.pace.explain_failure = millis(200);
    let prepare = async { Err(PrepareError::new("model_missing", "no weights")) };
    Worker::configured(&platform, short, async { prepare.await.map(|()| echo()) }).end().await.expect_err("it fails");
    assert!(platform.seen("done").is_empty());
}

#[tokio::test]
async fn a_preparation_that_panics_has_failed() {
    let platform = Platform::start().await;
    platform.next("take", Reply::job("j1"));
    let prepare = async {
        assert!(platform_is_never_right(), "private path");
        Ok(echo())
    };
    Worker::configured(&platform, |_| {}, prepare).end().await.expect_err("it fails");
    let body = &platform.seen("done")[0].body;
    assert!(body.contains("the preparation panicked") && !body.contains("private path"), "{body}");
}

fn platform_is_never_right() -> bool {
    std::hint::black_box(false)
}

#[tokio::test]
async fn a_shutdown_during_the_preparation_loses_no_job() {
    let platform = Platform::start().await;
    platform.next("take", Reply::job("j1"));
    let prepare = async {
        tokio::time::sleep(millis(300)).await;
        Ok(echo())
    };
    let worker = Worker::configured(&platform, |_| {}, prepare);
    platform
        .wait_until("a ping with the job", |platform| {
            platform.seen("ping").iter().any(|ping| ping.path_and_query.contains("job_id=j1"))
        })
        .await;
    worker.shut_down().await.expect("an orderly end");
    assert_eq!(platform.seen("done")[0].body, r#"{"output": {"n": 1}}"#);
}

#[tokio::test]
async fn a_shutdown_during_the_preparation_with_no_job_is_quick() {
    let platform = Platform::start().await;
    let short = |settings: &mut runpod::Settings| settings.pace.shutdown_grace = millis(20);
    let prepare = async {
        tokio::time::sleep(millis(60_000)).await;
        Ok(echo())
    };
    let worker = Worker::configured(&platform, short, prepare);
    platform.wait_for("take", 1).await;
    worker.shut_down().await.expect("an orderly end");
}
