//! Callers that go away, and a gateway that does.

use std::time::{Duration, Instant};

use serde_json::json;
use tokio::io::AsyncWriteExt;
use tokio::net::TcpStream;

use crate::support::{BODY, Gateway, Platform, Reply, completed, config, get, in_queue, post, post_request};

/// Long enough for a busy machine, short beside the waits that it must not take.
const SOON: Duration = Duration::from_millis(250);

#[tokio::test]
async fn a_caller_who_leaves_while_the_job_runs_cancels_it_at_once() {
    let platform = Platform::start(|call| match call.verb.as_str() {
        "runsync" => in_queue(),
        "cancel" => Reply::Json(200, json!({"id": "sync-1-u1", "status": "CANCELLED"})),
        _ => Reply::Hang,
    })
    .await;
    let gateway = Gateway::start(&platform).await;
    let mut caller = TcpStream::connect(gateway.address).await.unwrap();
    caller.write_all(post_request("/v1/extract", BODY).as_bytes()).await.unwrap();
    platform.call("status-sync", 0).await;
    let left = Instant::now();
    drop(caller);
    let cancel = platform.call("cancel", 0).await;
    assert_eq!(cancel.target, "/v2/e1/cancel/sync-1-u1");
    assert!(cancel.at - left < SOON, "{:?}", cancel.at - left);
    assert_eq!(gateway.stopped().await.cut, 0);
}

#[tokio::test]
async fn a_caller_who_leaves_before_the_id_is_known_cancels_as_soon_as_it_is() {
    let platform = Platform::start(|call| match call.verb.as_str() {
        "runsync" => Reply::After(Duration::from_millis(600), Box::new(in_queue())),
        _ => Reply::Json(200, json!({"id": "sync-1-u1", "status": "CANCELLED"})),
    })
    .await;
    let gateway = Gateway::start(&platform).await;
    let mut caller = TcpStream::connect(gateway.address).await.unwrap();
    caller.write_all(post_request("/v1/extract", BODY).as_bytes()).await.unwrap();
    let submitted = platform.call("runsync", 0).await.at;
    drop(caller);
    let cancel = platform.call("cancel", 0).await;
    assert!(cancel.at - submitted < Duration::from_millis(600) + SOON, "{:?}", cancel.at - submitted);
    assert_eq!((platform.count("runsync"), platform.count("cancel")), (1, 1));
}

#[tokio::test]
async fn a_caller_who_leaves_after_a_quick_job_cancels_nothing() {
    let platform = Platform::start(|_| Reply::After(Duration::from_millis(200), Box::new(completed(json!({}))))).await;
    let gateway = Gateway::start(&platform).await;
    let mut caller = TcpStream::connect(gateway.address).await.unwrap();
    caller.write_all(post_request("/v1/classify", BODY).as_bytes()).await.unwrap();
    platform.call("runsync", 0).await;
    drop(caller);
    gateway.stopped().await;
    assert_eq!(platform.seen().len(), 1);
}

#[tokio::test]
async fn shutdown_answers_what_is_in_flight_and_closes_the_door() {
    let platform = Platform::start(|_| Reply::After(Duration::from_millis(400), Box::new(completed(json!({}))))).await;
    let gateway = Gateway::start(&platform).await;
    let address = gateway.address;
    let stopping = async {
        platform.call("runsync", 0).await;
        gateway.stop();
        tokio::time::sleep(Duration::from_millis(50)).await;
        TcpStream::connect(address).await.is_err()
    };
    let (answer, closed) = tokio::join!(post(address, "/v1/classify", BODY), stopping);
    assert_eq!(answer.status, 200);
    assert!(closed);
    assert_eq!(gateway.stopped().await.cut, 0);
}

#[tokio::test]
async fn a_shutdown_that_must_cut_a_request_cancels_its_job() {
    let platform = Platform::start(|call| match call.verb.as_str() {
        "runsync" => in_queue(),
        "cancel" => Reply::Json(200, json!({"id": "sync-1-u1", "status": "CANCELLED"})),
        _ => Reply::Hang,
    })
    .await;
    let mut hasty = config(&platform.base_url());
    hasty.drain = Duration::from_millis(100);
    let gateway = Gateway::with(hasty).await;
    let mut caller = TcpStream::connect(gateway.address).await.unwrap();
    caller.write_all(post_request("/v1/classify", BODY).as_bytes()).await.unwrap();
    platform.call("status-sync", 0).await;
    assert_eq!(gateway.stopped().await.cut, 1);
    assert_eq!(platform.count("cancel"), 1);
}

#[tokio::test]
async fn many_callers_at_once_are_all_answered() {
    let platform = Platform::start(|_| completed(json!({}))).await;
    let gateway = Gateway::start(&platform).await;
    let answers = futures_util::future::join_all((0..50).map(|_| post(gateway.address, "/v1/classify", BODY))).await;
    assert!(answers.iter().all(|answer| answer.status == 200));
    assert_eq!(get(gateway.address, "/live").await.status, 200);
    assert_eq!(platform.count("runsync"), 50);
}
