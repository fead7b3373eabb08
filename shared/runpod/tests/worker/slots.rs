//! Concurrency: how many jobs at a time, and how soon a free slot takes again.

use std::num::NonZeroUsize;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use runpod::Job;
use tokio::sync::Notify;

use crate::platform::{Platform, Reply};
use crate::support::{Worker, echo, handler, millis};

fn three(settings: &mut runpod::Settings) {
    settings.concurrency = NonZeroUsize::new(3).expect("not zero");
}

#[tokio::test]
async fn free_slots_are_asked_for_in_one_batch() {
    let platform = Platform::start().await;
    platform.next("take", Reply::json(r#"[{"id":"j1","input":{}},{"id":"j2","input":{}}]"#));
    let work = |_: Job, _| std::future::pending();
    let _worker = Worker::configured(&platform, three, async move { Ok(handler(work)) });
    let takes = platform.wait_for("take", 2).await;
    let batch = "/v2/ep1/job-take-batch/pod-1?gpu=NVIDIA+A40&batch_size=3&job_in_progress=0";
    assert_eq!(takes[0].path_and_query, batch);
    let single = "/v2/ep1/job-take/pod-1?gpu=NVIDIA+A40&job_in_progress=1";
    assert_eq!(takes[1].path_and_query, single);
}

#[tokio::test]
async fn jobs_beyond_the_slots_wait_their_turn() {
    let platform = Platform::start().await;
    let jobs: Vec<_> = (0..7).map(|n| format!(r#"{{"id":"j{n}","input":{{}}}}"#)).collect();
    platform.next("take", Reply::json(format!("[{}]", jobs.join(","))));
    let (now, most) = (Arc::new(AtomicUsize::new(0)), Arc::new(AtomicUsize::new(0)));
    let work = {
        let most = Arc::clone(&most);
        move |job: Job, _| {
            let (now, most) = (Arc::clone(&now), Arc::clone(&most));
            async move {
                most.fetch_max(now.fetch_add(1, Ordering::SeqCst) + 1, Ordering::SeqCst);
                tokio::time::sleep(millis(20)).await;
                now.fetch_sub(1, Ordering::SeqCst);
                Ok(job.input)
            }
        }
    };
    let _worker = Worker::configured(&platform, three, async move { Ok(handler(work)) });
    let done = platform.wait_for("done", 7).await;
    assert_eq!(most.load(Ordering::SeqCst), 3);
    let takes = platform.wait_for("take", 2).await;
    assert!(takes[1].at >= done[4].at, "a slot took a new job before those at hand had theirs");
}

#[tokio::test]
async fn a_busy_worker_does_not_ask_for_more() {
    let platform = Platform::start().await;
    platform.next("take", Reply::job("j1"));
    let go = Arc::new(Notify::new());
    let work = {
        let go = Arc::clone(&go);
        move |job: Job, _| {
            let go = Arc::clone(&go);
            async move {
                go.notified().await;
                Ok(job.input)
            }
        }
    };
    let _worker = Worker::start(&platform, handler(work));
    tokio::time::sleep(millis(200)).await;
    assert_eq!(platform.seen("take").len(), 1);
    go.notify_one();
    platform.wait_for("take", 2).await;
}

#[tokio::test]
async fn a_free_slot_takes_again_at_once() {
    const JOBS: usize = 200;
    let platform = Platform::start().await;
    for n in 0..JOBS {
        platform.next("take", Reply::job(&format!("j{n}")));
    }
    let _worker = Worker::start(&platform, echo());
    let takes = platform.wait_for("take", JOBS + 1).await;
    let done = platform.seen("done");
    // From the take that brings a job to its result, and from there to the next take: all that a job costs.
    let mut whole: Vec<_> = takes.windows(2).map(|pair| pair[1].at - pair[0].at).collect();
    let mut idle: Vec<_> = done.iter().zip(&takes[1..]).map(|(done, take)| take.at - done.at).collect();
    whole.sort();
    idle.sort();
    let (whole, idle) = (whole[JOBS / 2], idle[JOBS / 2]);
    println!("median of {JOBS} jobs: {whole:?} from take to take, {idle:?} of it from result to take");
    // The SDK idles up to a second here; the bounds leave room for a busy machine.
    assert!(whole < millis(10) && idle < millis(5), "{whole:?} per job, {idle:?} idle");
}
