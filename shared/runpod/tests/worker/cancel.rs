//! The job-stop channel.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use runpod::{Job, JobContext};

use crate::platform::{Platform, Reply};
use crate::support::{Worker, echo, handler, json, millis};

/// Sets its flag when dropped: how a test sees that a future is gone.
struct Flag(Arc<AtomicBool>);

impl Drop for Flag {
    fn drop(&mut self) {
        self.0.store(true, Ordering::SeqCst);
    }
}

#[tokio::test]
async fn a_stopped_job_is_dropped_posts_nothing_and_frees_its_slot() {
    let platform = Platform::start().await;
    platform.next("take", Reply::job("j1"));
    let (dropped, told) = (Arc::new(AtomicBool::new(false)), Arc::new(AtomicBool::new(false)));
    let work = {
        let (dropped, told) = (Arc::clone(&dropped), Arc::clone(&told));
        move |job: Job, context: JobContext| {
            let (flag, told) = (Flag(Arc::clone(&dropped)), Arc::clone(&told));
            async move {
                if job.id == "j2" {
                    std::mem::forget(flag);
                    return Ok(json("served"));
                }
                let _flag = flag;
                let cancelled = context.cancelled();
                tokio::spawn(async move {
                    cancelled.cancelled().await;
                    told.store(true, Ordering::SeqCst);
                });
                std::future::pending().await
            }
        }
    };
    let _worker = Worker::start(&platform, handler(work));
    platform
        .wait_until("a ping with the job", |platform| {
            platform.seen("ping").iter().any(|ping| ping.path_and_query.contains("job_id=j1"))
        })
        .await;
    platform.next("stop", Reply::json(r#"{"jobsToStop": ["other", 7, "j1"]}"#)).next("take", Reply::job("j2"));

    let done = platform.wait_for("done", 1).await;
    assert_eq!(done.len(), 1);
    assert!(done[0].path_and_query.contains("/j2?"), "{}", done[0].path_and_query);
    assert!(dropped.load(Ordering::SeqCst) && told.load(Ordering::SeqCst));
    let pings = platform.seen("ping").len();
    let after = platform.wait_for("ping", pings + 2).await;
    assert!(!after.last().expect("a ping").path_and_query.contains("j1"));
}

#[tokio::test]
async fn a_stop_while_the_result_is_being_posted_ends_the_posts() {
    let platform = Platform::start().await;
    platform.next("take", Reply::job("j1")).always("done", Reply::status(500));
    let _worker = Worker::start(&platform, echo());
    platform.wait_for("done", 2).await;
    platform.next("stop", Reply::json(r#"{"jobsToStop": ["j1"]}"#));
    platform.wait_for("take", 2).await;
    let posts = platform.seen("done").len();
    tokio::time::sleep(millis(150)).await;
    assert_eq!(platform.seen("done").len(), posts);
}

#[tokio::test]
async fn stop_polls_are_slow_when_nothing_is_to_be_stopped() {
    for reply in
        [Reply::status(204), Reply::status(404), Reply::status(500), Reply::Cut, Reply::json("[]"), Reply::json("{}")]
    {
        let platform = Platform::start().await;
        platform.always("stop", reply.clone());
        let _worker = Worker::start(&platform, echo());
        platform.wait_for("stop", 1).await;
        tokio::time::sleep(millis(300)).await;
        let count = platform.seen("stop").len();
        assert!(count <= 2, "{count} stop polls in 0.3 s after {reply:?}");
    }
}

#[tokio::test]
async fn stop_polls_that_fail_back_off_further_and_further() {
    for reply in [Reply::status(404), Reply::status(500)] {
        let platform = Platform::start().await;
        platform.always("stop", reply.clone());
        let backoff = runpod::worker::Backoff { first: millis(20), most: millis(10_000) };
        let configure = |settings: &mut runpod::Settings| settings.pace.stop_failed = backoff;
        let _worker = Worker::configured(&platform, configure, async { Ok(echo()) });
        platform.wait_for("stop", 1).await;
        tokio::time::sleep(millis(600)).await;
        let count = platform.seen("stop").len();
        // 20, 40, 80, 160, 320 ms, each shortened by at most half.
        assert!((4..=7).contains(&count), "{count} stop polls in 0.6 s after {reply:?}");
    }
}
