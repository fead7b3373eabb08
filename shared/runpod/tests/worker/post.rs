//! Posting results: what is tried again, what becomes a small error, what is given up.

use crate::platform::{Platform, Reply};
use crate::support::{Worker, echo, handler, json, millis};

#[tokio::test]
async fn a_result_is_posted_until_the_platform_takes_it() {
    for trouble in [Reply::Cut, Reply::status(408), Reply::status(429), Reply::status(500), Reply::status(503)] {
        let platform = Platform::start().await;
        platform.next("take", Reply::job("j1"));
        for _ in 0..5 {
            platform.next("done", trouble.clone());
        }
        let _worker = Worker::start(&platform, echo());
        let done = platform.wait_for("done", 6).await;
        assert!(done.iter().all(|post| post.body == r#"{"output": {"n": 1}}"#), "{trouble:?}");
        // Taken at last: nothing more is posted.
        platform.wait_for("take", 2).await;
        assert_eq!(platform.seen("done").len(), 6, "{trouble:?}");
    }
}

#[tokio::test]
async fn pings_go_on_and_name_the_job_while_its_result_is_refused() {
    let platform = Platform::start().await;
    platform.next("take", Reply::job("j1")).always("done", Reply::status(500));
    let _worker = Worker::start(&platform, echo());
    platform.wait_for("done", 1).await;
    let before = platform.seen("ping").len();
    let pings = platform.wait_for("ping", before + 4).await;
    let later = &pings[before + 1..];
    assert!(later.iter().all(|ping| ping.path_and_query.contains("&job_id=j1&")), "{later:#?}");
    platform.always("done", Reply::status(200));
    platform
        .wait_until("a ping without jobs", |platform| {
            platform.seen("ping").last().is_some_and(|ping| !ping.path_and_query.contains("job_id"))
        })
        .await;
}

#[tokio::test]
async fn a_result_that_the_platform_refuses_becomes_a_small_error() {
    for status in [400, 413] {
        let platform = Platform::start().await;
        platform.next("take", Reply::job("j1")).next("done", Reply::status(status));
        let _worker = Worker::start(&platform, echo());
        let done = platform.wait_for("done", 2).await;
        assert!(done[1].body.starts_with(r#"{"error": "{\"error_type\": \"result_refused\""#), "{}", done[1].body);
        assert!(done[1].body.contains(&format!("20 bytes with status {status}")), "{}", done[1].body);
    }
}

#[tokio::test]
async fn an_oversize_result_is_not_even_sent() {
    let platform = Platform::start().await;
    platform.next("take", Reply::job("j1"));
    let work = |_, _| async { Ok(json("x".repeat(1000))) };
    let small = |settings: &mut runpod::Settings| settings.max_result_bytes = 1000;
    let _worker = Worker::configured(&platform, small, async move { Ok(handler(work)) });
    let done = platform.wait_for("done", 1).await;
    assert!(done[0].body.contains("result_too_large"), "{}", done[0].body);
    assert!(done[0].body.contains("the result has 1014 bytes, the limit is 1000"), "{}", done[0].body);
}

#[tokio::test]
async fn a_result_for_a_job_that_the_platform_has_forgotten_is_dropped() {
    for status in [401, 403, 404, 409] {
        let platform = Platform::start().await;
        platform.next("take", Reply::job("j1")).next("take", Reply::job("j2")).next("done", Reply::status(status));
        let _worker = Worker::start(&platform, echo());
        let done = platform.wait_for("done", 2).await;
        assert!(done[1].path_and_query.contains("/j2?"), "{status}: {}", done[1].path_and_query);
    }
}

#[tokio::test]
async fn posting_ends_some_day_and_the_next_job_is_served() {
    let platform = Platform::start().await;
    platform.next("take", Reply::job("j1")).next("take", Reply::job("j2")).always("done", Reply::status(500));
    let short = |settings: &mut runpod::Settings| settings.pace.post_give_up = millis(200);
    let _worker = Worker::configured(&platform, short, async { Ok(echo()) });
    platform
        .wait_until("a post for the second job", |platform| {
            platform.seen("done").iter().any(|post| post.path_and_query.contains("/j2?"))
        })
        .await;
}

#[tokio::test]
async fn a_chunk_that_cannot_be_sent_fails_the_job() {
    let platform = Platform::start().await;
    platform.next("take", Reply::job("j1")).next("stream", Reply::status(400));
    let work = |_, context: runpod::JobContext| async move {
        context.chunk("piece").await?;
        Ok(json(()))
    };
    let _worker = Worker::start(&platform, crate::support::Do { work, generator: true, aggregate: true });
    let done = platform.wait_for("done", 1).await;
    assert!(done[0].body.contains("the platform refused a chunk with status 400"), "{}", done[0].body);
}
