//! Every class of answer to a take, and the pace that follows it.

use std::time::Duration;

use runpod::worker::Backoff;

use crate::platform::{Platform, Reply};
use crate::support::{Worker, echo, millis};

async fn takes_within(reply: Reply, window: Duration) -> usize {
    let platform = Platform::start().await;
    platform.always("take", reply);
    let _worker = Worker::start(&platform, echo());
    platform.wait_for("take", 1).await;
    tokio::time::sleep(window).await;
    platform.seen("take").len()
}

#[tokio::test]
async fn instant_empty_answers_never_become_a_hot_loop() {
    for reply in [Reply::status(204), Reply::status(400), Reply::json("null"), Reply::json("[]"), Reply::json("")] {
        let count = takes_within(reply.clone(), millis(500)).await;
        // 50, 100, 200, 400 ms, each shortened by at most half.
        assert!((3..=8).contains(&count), "{count} takes in half a second after {reply:?}");
    }
}

#[tokio::test]
async fn jobs_that_cannot_be_answered_never_become_a_hot_loop() {
    let count = takes_within(Reply::json(r#"{"input":{}}"#), millis(500)).await;
    assert!((3..=8).contains(&count), "{count} takes in half a second");
}

#[tokio::test]
async fn failures_back_off_further_and_further() {
    for status in [401, 403, 404, 500, 502] {
        let count = takes_within(Reply::status(status), millis(700)).await;
        // 200, 400, 800 ms, each shortened by at most half.
        assert!((2..=4).contains(&count), "{count} takes in 0.7 s after {status}");
    }
    let count = takes_within(Reply::Cut, millis(700)).await;
    // The HTTP library may repeat a request once when the connection it reused was cut.
    assert!((2..=8).contains(&count), "{count} takes in 0.7 s on a cut connection");
}

#[tokio::test]
async fn an_empty_answer_after_a_long_hold_is_followed_at_once() {
    let platform = Platform::start().await;
    platform.always("take", Reply::status(204).after(millis(150)));
    let _worker = Worker::configured(&platform, |settings| settings.pace.long_hold = millis(100), async { Ok(echo()) });
    let takes = platform.wait_for("take", 5).await;
    let gaps: Vec<_> = takes.windows(2).map(|pair| pair[1].at - pair[0].at - millis(150)).collect();
    assert!(gaps.iter().all(|gap| *gap < millis(60)), "{gaps:?}");
}

#[tokio::test]
async fn a_429_is_followed_by_its_own_pause() {
    let platform = Platform::start().await;
    platform.next("take", Reply::status(429));
    let _worker = Worker::configured(&platform, |settings| settings.pace.throttled = millis(400), async { Ok(echo()) });
    let takes = platform.wait_for("take", 2).await;
    let pause = takes[1].at - takes[0].at;
    assert!(pause >= millis(400) && pause < millis(800), "{pause:?}");
}

#[tokio::test]
async fn a_platform_that_recovers_gets_its_jobs_done() {
    let platform = Platform::start().await;
    for reply in [Reply::status(500), Reply::Cut, Reply::status(401), Reply::json("{\"broken"), Reply::job("j1")] {
        platform.next("take", reply);
    }
    let quick = Backoff { first: millis(5), most: millis(20) };
    let _worker = Worker::configured(&platform, |settings| settings.pace.take_failed = quick, async { Ok(echo()) });
    assert_eq!(platform.wait_for("done", 1).await[0].body, r#"{"output": {"n": 1}}"#);
}

#[tokio::test]
async fn a_poll_that_is_never_answered_is_given_up_and_repeated() {
    let platform = Platform::start().await;
    let quick = |settings: &mut runpod::Settings| settings.pace.poll_timeout = millis(100);
    let _worker = Worker::configured(&platform, quick, async { Ok(echo()) });
    platform.wait_for("take", 3).await;
}

#[tokio::test]
async fn a_job_that_cannot_be_read_is_answered_with_an_error() {
    let deep = format!(r#"{{"id":"j1","x":{}{},"input":{{}}}}"#, "[".repeat(200), "]".repeat(200));
    for unreadable in [deep.as_str(), r#"{"id":"j1","input":{"name":}}"#, r#"[{"id":"j1","input":{]"#] {
        let platform = Platform::start().await;
        platform.next("take", Reply::json(unreadable)).next("take", Reply::job("j2"));
        let _worker = Worker::start(&platform, echo());
        let done = platform.wait_for("done", 2).await;
        assert!(done[0].path_and_query.contains("/job-done/pod-1/j1?"), "{unreadable}");
        assert!(done[0].body.starts_with(r#"{"error": "{\"error_type\": \"unreadable_job\""#), "{}", done[0].body);
        assert!(done[1].path_and_query.contains("/job-done/pod-1/j2?"));
    }
}

#[tokio::test]
async fn a_job_without_an_id_harms_no_other() {
    let platform = Platform::start().await;
    platform.next("take", Reply::json(r#"[{"input":{}}, {"id":"j2","input":{}}]"#));
    let _worker = Worker::start(&platform, echo());
    assert!(platform.wait_for("done", 1).await[0].path_and_query.contains("/j2?"));
}

#[tokio::test]
async fn a_job_that_is_delivered_twice_is_answered_once() {
    let platform = Platform::start().await;
    platform.next("take", Reply::json(r#"[{"id":"j1"},{"id":"j1"}]"#)).next("take", Reply::job("j2"));
    let _worker = Worker::start(&platform, echo());
    platform.wait_for("take", 3).await;
    let done = platform.seen("done");
    assert_eq!(done.len(), 2);
    assert!(done[0].path_and_query.contains("/j1?") && done[1].path_and_query.contains("/j2?"));
}
