//! Progress and chunks before the final post, never after it.

use std::sync::{Arc, Mutex};

use runpod::JobContext;

use crate::platform::{Platform, Reply};
use crate::support::{Do, Worker, handler, json, millis};

#[tokio::test]
async fn progress_comes_in_order_and_before_the_result() {
    let platform = Platform::start().await;
    platform.next("take", Reply::job("j1"));
    let work = |_, context: JobContext| async move {
        context.progress("page 1").await;
        context.progress(&50).await;
        Ok(json("all"))
    };
    let _worker = Worker::start(&platform, handler(work));
    let done = platform.wait_for("done", 3).await;
    let bodies: Vec<_> = done.iter().map(|post| post.body.as_str()).collect();
    let expected = [
        r#"{"status": "IN_PROGRESS", "output": "page 1"}"#,
        r#"{"status": "IN_PROGRESS", "output": 50}"#,
        r#"{"output": "all"}"#,
    ];
    assert_eq!(bodies, expected);
    assert!(done.iter().all(|post| post.path_and_query.ends_with("/j1?gpu=NVIDIA+A40&isStream=false")));
}

#[tokio::test]
async fn a_slow_progress_post_left_behind_is_waited_for() {
    let platform = Platform::start().await;
    platform.next("take", Reply::job("j1")).next("done", Reply::status(200).after(millis(200)));
    let work = |_, context: JobContext| async move {
        tokio::spawn(async move { context.progress("left behind").await });
        tokio::time::sleep(millis(50)).await;
        Ok(json("all"))
    };
    let _worker = Worker::start(&platform, handler(work));
    let done = platform.wait_for("done", 2).await;
    assert!(done[0].body.contains("left behind"));
    assert_eq!(done[1].body, r#"{"output": "all"}"#);
    assert!(done[1].at - done[0].at >= millis(200), "the result overtook the progress");
}

#[tokio::test]
async fn nothing_is_reported_after_the_result() {
    let platform = Platform::start().await;
    platform.next("take", Reply::job("j1"));
    let late = Arc::new(Mutex::new(None));
    let keep = Arc::clone(&late);
    let work = move |_, context: JobContext| {
        *keep.lock().expect("one job") = Some(context);
        async { Ok(json("all")) }
    };
    let _worker = Worker::start(&platform, Do { work, generator: true, aggregate: false });
    platform.wait_for("take", 2).await;
    let context = late.lock().expect("one job").take().expect("the handler ran");
    context.progress("too late").await;
    context.chunk("too late").await.expect_err("the job is finished");
    assert_eq!((platform.seen("done").len(), platform.seen("stream").len()), (1, 0));
}

#[tokio::test]
async fn progress_that_the_platform_refuses_does_not_hold_the_result_back() {
    let platform = Platform::start().await;
    platform.next("take", Reply::job("j1"));
    for _ in 0..3 {
        platform.next("done", Reply::status(500));
    }
    let work = |_, context: JobContext| async move {
        tokio::spawn(async move { context.progress("in vain").await });
        tokio::time::sleep(millis(20)).await;
        Ok(json("all"))
    };
    let _worker = Worker::start(&platform, handler(work));
    platform
        .wait_until("the result", |platform| {
            platform.seen("done").last().is_some_and(|post| post.body == r#"{"output": "all"}"#)
        })
        .await;
}

#[tokio::test]
async fn a_handler_that_is_no_generator_cannot_send_chunks() {
    let platform = Platform::start().await;
    platform.next("take", Reply::job("j1"));
    let work = |_, context: JobContext| async move {
        context.chunk("piece").await?;
        Ok(json(()))
    };
    let _worker = Worker::start(&platform, handler(work));
    assert!(platform.wait_for("done", 1).await[0].body.contains("not_a_generator"));
    assert!(platform.seen("stream").is_empty());
}
