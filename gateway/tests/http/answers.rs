//! What a well-behaved caller gets from a well-behaved platform.

use std::time::Duration;

use serde_json::json;

use crate::support::{
    BODY, Gateway, KEY, Platform, Reply, completed, config, exchange, get, in_queue, post, post_request,
};

#[tokio::test]
async fn a_quick_job_is_one_call_and_bytes_pass_untouched_both_ways() {
    let answer = r#"{"id":"sync-1-u1","output":{ "type" : "W2", "confidence":0.990 },"status":"COMPLETED"}"#;
    let platform = Platform::start(move |_| Reply::Text(200, "", answer.to_owned())).await;
    let gateway = Gateway::start(&platform).await;
    let got = post(gateway.address, "/v1/classify", BODY).await;
    assert_eq!((got.status, got.body.as_str()), (200, r#"{ "type" : "W2", "confidence":0.990 }"#));
    assert_eq!(got.header("content-type"), Some("application/json"));
    let calls = platform.seen();
    assert_eq!(calls.len(), 1);
    assert_eq!(calls[0].target, "/v2/c1/runsync?wait=1000");
    assert!(calls[0].body.starts_with(&format!(r#"{{"input":{BODY},"policy":{{"#)), "{}", calls[0].body);
    assert!(calls[0].head.contains("authorization: Bearer platform-key-9876543210"));
    assert!(!calls[0].head.contains(KEY));
}

#[tokio::test]
async fn a_slow_job_costs_one_call_more_and_goes_to_its_own_endpoint() {
    let platform = Platform::start(|call| match call.verb.as_str() {
        "runsync" => in_queue(),
        _ => Reply::After(Duration::from_millis(200), Box::new(completed(json!({"data": {}})))),
    })
    .await;
    let gateway = Gateway::start(&platform).await;
    let got = post(gateway.address, "/v1/extract", BODY).await;
    assert_eq!((got.status, got.body.as_str()), (200, r#"{"data":{}}"#));
    let targets: Vec<String> = platform.seen().into_iter().map(|call| call.target).collect();
    assert_eq!(targets.len(), 2, "{targets:?}");
    assert_eq!(targets[0], "/v2/e1/runsync?wait=1000");
    assert!(targets[1].starts_with("/v2/e1/status-sync/sync-1-u1?wait="), "{targets:?}");
}

#[tokio::test]
async fn a_platform_without_status_sync_is_polled_by_status() {
    let platform = Platform::start(|call| match call.verb.as_str() {
        "runsync" => in_queue(),
        "status-sync" => Reply::Json(404, json!({"status": 404, "title": "Not Found"})),
        _ if call.nth < 3 => in_queue(),
        _ => completed(json!({})),
    })
    .await;
    let gateway = Gateway::start(&platform).await;
    assert_eq!(post(gateway.address, "/v1/extract", BODY).await.status, 200);
    assert_eq!((platform.count("runsync"), platform.count("status-sync"), platform.count("status")), (1, 1, 4));
}

#[tokio::test]
async fn a_request_id_of_the_caller_comes_back_and_a_bad_one_is_replaced() {
    let platform = Platform::start(|_| completed(json!({}))).await;
    let gateway = Gateway::start(&platform).await;
    let with_id =
        |id: &str| post_request("/v1/classify", BODY).replacen("Host", &format!("X-Request-ID: {id}\r\nHost"), 1);
    let kept = exchange(gateway.address, with_id("order-77").as_bytes()).await.unwrap();
    assert_eq!(kept.header("x-request-id"), Some("order-77"));
    let replaced = exchange(gateway.address, with_id("a b").as_bytes()).await.unwrap();
    assert_eq!(replaced.header("x-request-id").map(str::len), Some(32));
    let refused = post(gateway.address, "/v1/classify", "{}").await;
    assert_eq!(refused.json()["error"]["request_id"].as_str(), refused.header("x-request-id"));
}

#[tokio::test]
async fn a_key_over_its_limit_is_told_when_to_return_and_other_keys_are_served() {
    let platform = Platform::start(|_| completed(json!({}))).await;
    let mut limited = config(&platform.base_url());
    (limited.rate_requests, limited.rate_window) = (2, Duration::from_secs(60));
    let gateway = Gateway::with(limited).await;
    let first = post(gateway.address, "/v1/classify", BODY).await;
    assert_eq!((first.header("ratelimit-limit"), first.header("ratelimit-remaining")), (Some("2"), Some("1")));
    assert_eq!(post(gateway.address, "/v1/classify", BODY).await.status, 200);
    let third = post(gateway.address, "/v1/extract", BODY).await;
    assert_eq!((third.status, third.code().as_str()), (429, "rate_limited"));
    assert_eq!((third.header("retry-after"), third.header("ratelimit-remaining")), (Some("30"), Some("0")));
    let other = post_request("/v1/classify", BODY).replace(KEY, "another-key");
    assert_eq!(exchange(gateway.address, other.as_bytes()).await.unwrap().status, 200);
}

#[tokio::test]
async fn a_full_gateway_sheds_documents_and_still_says_that_it_lives() {
    let platform = Platform::start(|_| Reply::After(Duration::from_millis(500), Box::new(completed(json!({}))))).await;
    let mut small = config(&platform.base_url());
    small.max_in_flight = 1;
    let gateway = Gateway::with(small).await;
    let late = async {
        platform.call("runsync", 0).await;
        (post(gateway.address, "/v1/classify", BODY).await, get(gateway.address, "/live").await)
    };
    let (first, (shed, live)) = tokio::join!(post(gateway.address, "/v1/classify", BODY), late);
    assert_eq!((first.status, live.status), (200, 200));
    assert_eq!((shed.status, shed.code().as_str(), shed.header("retry-after")), (503, "unavailable", Some("1")));
}

#[tokio::test]
async fn bodies_beyond_the_room_for_them_are_shed_and_the_room_is_free_once_the_platform_has_them() {
    let platform = Platform::start(|call| match call.verb.as_str() {
        "runsync" => Reply::After(Duration::from_millis(300), Box::new(in_queue())),
        _ => Reply::After(Duration::from_millis(900), Box::new(completed(json!({})))),
    })
    .await;
    let mut small = config(&platform.base_url());
    small.max_body_memory = 1500;
    let gateway = Gateway::with(small).await;
    let late = async {
        platform.call("runsync", 0).await;
        let shed = post(gateway.address, "/v1/classify", BODY).await;
        platform.call("status-sync", 0).await;
        (shed, post(gateway.address, "/v1/classify", BODY).await)
    };
    let (first, (shed, served)) = tokio::join!(post(gateway.address, "/v1/classify", BODY), late);
    assert_eq!((first.status, served.status), (200, 200));
    assert_eq!((shed.status, shed.code().as_str(), shed.header("retry-after")), (503, "unavailable", Some("1")));
}

#[tokio::test]
async fn a_caller_who_asks_before_sending_is_refused_before_sending() {
    let platform = Platform::start(|_| completed(json!({}))).await;
    let gateway = Gateway::start(&platform).await;
    let asking = |key: &str| {
        let head =
            post_request("/v1/classify", "").replace("Content-Length: 0", "Expect: 100-continue\r\nContent-Length: 9");
        let request = head.replace(KEY, key);
        async move {
            let mut stream = tokio::net::TcpStream::connect(gateway.address).await.unwrap();
            tokio::io::AsyncWriteExt::write_all(&mut stream, request.as_bytes()).await.unwrap();
            let mut answer = [0; 12];
            tokio::io::AsyncReadExt::read_exact(&mut stream, &mut answer).await.unwrap();
            String::from_utf8(answer.to_vec()).unwrap()
        }
    };
    assert_eq!(asking("wrong").await, "HTTP/1.1 401");
    assert_eq!(asking(KEY).await, "HTTP/1.1 100");
}

#[tokio::test]
async fn health_asks_the_platform_once_for_many_and_needs_no_key() {
    let platform = Platform::start(|call| {
        let worker = json!({"jobs": {}, "workers": {"idle": 1, "ready": 1, "running": 2}});
        let broken = json!({"jobs": {}, "workers": {"unhealthy": 1}});
        let body = if call.target.contains("/c1/") { worker } else { broken };
        Reply::After(Duration::from_millis(100), Box::new(Reply::Json(200, body)))
    })
    .await;
    let gateway = Gateway::start(&platform).await;
    let answers = futures_util::future::join_all((0..20).map(|_| get(gateway.address, "/health"))).await;
    assert!(answers.iter().all(|answer| answer.status == 200));
    let expected = json!({"status": "degraded", "gateway": "healthy", "endpoints": {
        "classify": {"status": "healthy", "workers": {"idle": 1, "running": 2}},
        "extract": {"status": "unhealthy", "workers": {"idle": 0, "running": 0}}}});
    assert_eq!(answers[19].json(), expected);
    assert_eq!(platform.count("health"), 2);
}

#[tokio::test]
async fn methods_and_paths_are_answered_as_http_asks() {
    let platform = Platform::start(|_| completed(json!({}))).await;
    let gateway = Gateway::start(&platform).await;
    let send = |method: &str, path: &str| {
        let request = format!("{method} {path} HTTP/1.1\r\nHost: h\r\nConnection: close\r\n\r\n");
        async move { exchange(gateway.address, request.as_bytes()).await.unwrap() }
    };
    assert_eq!(send("GET", "/live").await.json(), json!({"status": "live"}));
    assert_eq!(send("GET", "/ready").await.json(), json!({"status": "ready"}));
    let head = send("HEAD", "/live").await;
    assert_eq!((head.status, head.body.as_str()), (200, ""));
    let options = send("OPTIONS", "/v1/classify").await;
    assert_eq!((options.status, options.header("allow")), (204, Some("POST, OPTIONS")));
    let wrong = send("DELETE", "/v1/classify").await;
    assert_eq!(
        (wrong.status, wrong.code().as_str(), wrong.header("allow")),
        (405, "method_not_allowed", Some("POST, OPTIONS"))
    );
    assert_eq!(send("GET", "/v2").await.code(), "not_found");
}

#[tokio::test]
async fn metrics_count_answers_and_calls() {
    let platform = Platform::start(|_| completed(json!({}))).await;
    let gateway = Gateway::start(&platform).await;
    post(gateway.address, "/v1/classify", BODY).await;
    post(gateway.address, "/v1/classify", "{}").await;
    let text = get(gateway.address, "/metrics").await.body;
    for line in [
        r#"docproc_gateway_requests_total{route="/v1/classify",status="200"} 1"#,
        r#"docproc_gateway_requests_total{route="/v1/classify",status="422"} 1"#,
        r#"docproc_gateway_upstream_calls_total{endpoint="classify",call="runsync"} 1"#,
    ] {
        assert!(text.contains(line), "{line} is not in\n{text}");
    }
}
