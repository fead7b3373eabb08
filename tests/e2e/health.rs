//! The routes without documents, and who may call.

use std::io::{Read, Write};
use std::net::TcpStream;
use std::time::Duration;

use serde_json::json;

use crate::support::{answer, client, shared};

#[tokio::test]
async fn a_started_service_is_live_ready_and_healthy_with_a_worker_at_each_endpoint() {
    let up = shared();
    assert_eq!(up.get("/live").await, (200, json!({"status": "live"})));
    assert_eq!(up.get("/ready").await, (200, json!({"status": "ready"})));
    let (status, health) = up.get("/health").await;
    assert_eq!((status, &health["status"], &health["gateway"]), (200, &json!("healthy"), &json!("healthy")));
    for endpoint in ["classify", "extract"] {
        let workers = &health["endpoints"][endpoint]["workers"];
        assert_eq!(workers["idle"].as_u64().unwrap() + workers["running"].as_u64().unwrap(), 1, "{health}");
    }
}

#[tokio::test]
async fn without_a_key_or_with_a_wrong_one_a_request_is_refused() {
    let up = shared();
    for key in [None, Some("wrong"), Some("local-dev-key"), Some("")] {
        let mut request = client().post(format!("{}/v1/classify", up.url)).body("{}");
        if let Some(key) = key {
            request = request.header("X-API-Key", key);
        }
        let (status, body) = answer(request.header("Content-Type", "application/json")).await;
        assert_eq!((status, &body["error"]["code"]), (401, &json!("unauthorized")), "{key:?}");
        assert!(body["error"]["request_id"].is_string());
    }
}

#[test]
fn a_caller_without_a_key_is_refused_before_the_body_is_sent() {
    let up = shared();
    let mut stream = TcpStream::connect(up.url.trim_start_matches("http://")).unwrap();
    stream.set_read_timeout(Some(Duration::from_secs(10))).unwrap();
    let head =
        "POST /v1/extract HTTP/1.1\r\nHost: x\r\nContent-Type: application/json\r\nContent-Length: 15000000\r\n\r\n";
    stream.write_all(head.as_bytes()).unwrap();
    let mut first = [0; 12];
    stream.read_exact(&mut first).unwrap();
    assert_eq!(&first, b"HTTP/1.1 401");
}

#[tokio::test]
async fn the_second_of_several_keys_is_as_good_as_the_first() {
    let up = shared();
    let request = client().post(format!("{}/v1/classify", up.url)).header("X-API-Key", "another-key");
    let (status, _) = answer(request.header("Content-Type", "application/json").body("{}")).await;
    assert_eq!(status, 422, "let in, and then told that image_urls is missing");
}
