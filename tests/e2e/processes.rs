//! The processes of `docproc up`: what happens when one dies, and that none is left.

use std::time::{Duration, Instant};

use rustix::process::Signal;
use serde_json::json;

use crate::support::{PATIENCE, Up, about, labels, processes};

/// The process of `up` whose command line has this in it.
fn process(up: &Up, what: &str) -> u32 {
    let children = processes::children(up.id());
    let found = children.iter().find(|(_, line)| line.contains(what));
    found.unwrap_or_else(|| panic!("no {what} among {children:?}")).0
}

fn all(up: &Up) -> Vec<u32> {
    let children: Vec<_> = processes::children(up.id()).into_iter().map(|(id, _)| id).collect();
    assert_eq!(children.len(), 3);
    children
}

async fn until(what: &str, mut is: impl AsyncFnMut() -> bool) {
    let start = Instant::now();
    while !is().await {
        assert!(start.elapsed() < PATIENCE, "never: {what}");
        tokio::time::sleep(Duration::from_millis(20)).await;
    }
}

#[test]
fn a_sigterm_ends_every_process_in_order() {
    let mut up = Up::start();
    let children = all(&up);
    up.signal(Signal::TERM);
    assert!(up.ended().success(), "{}", up.log());
    let left: Vec<_> = children.into_iter().filter(|id| processes::runs(*id)).collect();
    assert_eq!(left, [0; 0]);
    let log = up.log();
    let gateway = log.find("\"stopped\"").expect("the gateway says that it stopped");
    let worker = log.find("Shutdown was asked for.").expect("the workers say that they stop");
    assert!(gateway < worker, "a worker stopped before the gateway:\n{log}");
}

#[tokio::test]
async fn a_request_in_flight_is_answered_before_a_sigterm_ends_the_service() {
    let mut up = Up::start();
    let body = about(&labels::data_url("check.png"));
    let (answer, ()) = tokio::join!(up.post("/v1/extract", &body), async {
        until("the job runs", async || up.endpoint_health("extract").await["jobs"]["inProgress"] == 1).await;
        up.signal(Signal::TERM);
    });
    assert_eq!(answer.0, 200, "{}", answer.1);
    assert!(up.ended().success(), "{}", up.log());
}

#[tokio::test]
async fn no_process_outlives_an_up_that_was_killed() {
    let mut up = Up::start();
    let children = all(&up);
    up.signal(Signal::KILL);
    up.ended();
    until("the children end too", async || children.iter().all(|id| !processes::runs(*id))).await;
}

#[tokio::test]
async fn a_worker_that_is_killed_during_a_job_is_started_again_and_the_job_is_answered() {
    let up = Up::start();
    let body = about(&labels::data_url("w2_photo.jpg"));
    let (answer, ()) = tokio::join!(up.post("/v1/extract", &body), async {
        until("the job runs", async || up.endpoint_health("extract").await["jobs"]["inProgress"] == 1).await;
        processes::signal(process(&up, "extract-worker"), Signal::KILL);
    });
    let (status, answer) = answer;
    assert_eq!((status, &answer["doc_type"]), (200, &json!("W2")), "{answer}");
    assert_eq!(up.endpoint_health("extract").await["jobs"]["retried"], 1, "dispatched again once");
    assert!(up.log().contains("will be started again"));
    assert_eq!(all(&up).len(), 3);
}

#[tokio::test]
async fn a_gateway_that_is_killed_is_started_again_at_the_same_address() {
    let up = Up::start();
    processes::signal(process(&up, "gateway"), Signal::KILL);
    let client = crate::support::client();
    until("the gateway is back", async || {
        client.get(format!("{}/ready", up.url)).send().await.is_ok_and(|answer| answer.status() == 200)
            && up.log().contains("will be started again")
    })
    .await;
}
