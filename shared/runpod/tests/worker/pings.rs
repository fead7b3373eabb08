//! Pings and the unhealthy report.

use runpod::worker::FitnessCheck;
use runpod::{Job, PrepareError, ServeError};

use crate::platform::{Platform, Reply};
use crate::support::{Worker, echo, handler, json, millis};

#[tokio::test]
async fn the_first_ping_comes_at_once_and_names_no_job() {
    let platform = Platform::start().await;
    let _worker = Worker::start(&platform, echo());
    let pings = platform.wait_for("ping", 3).await;
    assert_eq!(pings[0].method, "GET");
    assert_eq!(pings[0].path_and_query, "/v2/ep1/ping/pod-1?gpu=NVIDIA+A40&runpod_version=1.12.0");
    assert_eq!(pings[0].headers["authorization"], "KEY123");
    assert!(!pings[0].headers.contains_key("content-type"));
}

#[tokio::test]
async fn pings_name_all_jobs_in_the_order_they_came() {
    let platform = Platform::start().await;
    platform.next("take", Reply::json(r#"[{"id":"c1"},{"id":"c2"},{"id":"c3"}]"#));
    let work = |_: Job, _| std::future::pending();
    let _worker = Worker::start(&platform, handler(work));
    platform
        .wait_until("a ping with three jobs", |platform| {
            platform.seen("ping").iter().any(|ping| {
                ping.path_and_query == "/v2/ep1/ping/pod-1?gpu=NVIDIA+A40&job_id=c1%2Cc2%2Cc3&runpod_version=1.12.0"
            })
        })
        .await;
}

/// The platform and the observer need a thread besides the one that the handler blocks.
#[tokio::test(flavor = "multi_thread", worker_threads = 1)]
async fn a_handler_that_blocks_every_thread_of_the_worker_does_not_stop_the_pings() {
    let platform = platform_on_its_own_thread();
    platform.next("take", Reply::job("j1"));
    let work = |_, _| async {
        std::thread::sleep(millis(700));
        Ok(json("done at last"))
    };
    let worker = Worker::start(&platform, handler(work));
    platform.wait_for("done", 1).await;
    let during = platform.seen("ping").iter().filter(|ping| ping.path_and_query.contains("job_id=j1")).count();
    assert!(during >= 4, "{during} pings in 0.7 s");
    worker.shut_down().await.expect("an orderly end");
}

fn platform_on_its_own_thread() -> Platform {
    let (send, receive) = std::sync::mpsc::channel();
    std::thread::spawn(move || {
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().expect("a runtime");
        runtime.block_on(async {
            send.send(Platform::start().await).expect("the test waits");
            tokio::time::sleep(millis(10_000)).await;
        });
    });
    receive.recv().expect("a platform")
}

#[tokio::test]
async fn failing_pings_are_tried_on() {
    let platform = Platform::start().await;
    platform.next("ping", Reply::status(500)).next("ping", Reply::Cut).next("ping", Reply::status(429));
    let _worker = Worker::start(&platform, echo());
    platform.wait_for("ping", 6).await;
}

#[tokio::test]
async fn without_a_worker_id_there_are_no_pings() {
    let platform = Platform::start().await;
    platform.next("take", Reply::job("j1"));
    let env = platform.env().into_iter().filter(|(name, _)| name != "RUNPOD_POD_ID");
    let settings = runpod::Settings::from_env(env).expect("a complete environment");
    let shutdown = tokio_util::sync::CancellationToken::new();
    let serving = tokio::spawn(runpod::serve(settings, async { Ok(echo()) }, shutdown.clone()));
    platform.wait_for("done", 1).await;
    tokio::time::sleep(millis(150)).await;
    shutdown.cancel();
    serving.await.expect("no panic").expect("an orderly end");
    assert!(platform.seen("ping").is_empty());
}

#[tokio::test]
async fn an_unfit_worker_reports_itself_and_takes_nothing() {
    let platform = Platform::start().await;
    let check = FitnessCheck::new("model_files", || async { Err("weights are missing & the disk is full".to_owned()) });
    let configure = |settings: &mut runpod::Settings| settings.add_check(check);
    let ended = Worker::configured(&platform, configure, async { Ok(echo()) }).end().await;
    assert!(matches!(ended, Err(ServeError::Unhealthy { .. })), "{ended:?}");
    let pings = platform.seen("ping");
    let report = concat!(
        "/v2/ep1/ping/pod-1?gpu=NVIDIA+A40&status=unhealthy&check=model_files",
        "&reason=RuntimeError%3A+weights+are+missing+%26+the+disk+is+full&runpod_version=1.12.0"
    );
    assert_eq!(pings.iter().map(|ping| ping.path_and_query.as_str()).collect::<Vec<_>>(), [report]);
    assert!(platform.seen("take").is_empty());
}

#[tokio::test]
async fn the_reason_of_an_unhealthy_report_is_short() {
    let platform = Platform::start().await;
    let quick = |settings: &mut runpod::Settings| settings.pace.explain_failure = millis(1);
    let prepare = async { Err(PrepareError::new("OSError", "x".repeat(1000))) };
    let ended = Worker::configured(&platform, quick, async { prepare.await.map(|()| echo()) }).end().await;
    assert!(matches!(ended, Err(ServeError::Prepare(_))));
    let pings = platform.seen("ping");
    let report = &pings.last().expect("a report").path_and_query;
    assert!(report.contains(&format!("&reason=OSError%3A+{}&", "x".repeat(256 - "OSError: ".len()))), "{report}");
}
