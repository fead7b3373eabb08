//! `ENGINE=openai`: gateway, platform, workers, and a real server of OpenAI's protocol with a tiny model of random weights.

#![expect(clippy::unwrap_used, clippy::panic, reason = "a helper that fails must fail its test")]

#[path = "../../handlers/tests/openai/real/install.rs"]
mod install;
#[path = "../../handlers/tests/openai/real/model.rs"]
#[expect(dead_code, reason = "shared with the test of the engine alone, which compares with references")]
mod model;
mod shape;
#[path = "../e2e/support/mod.rs"]
#[expect(dead_code, reason = "shared with the tests of the reading engine, which ask for more")]
mod support;

use std::net::TcpListener;
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

use contract::DocType;
use serde_json::json;

use crate::shape::{classified, extracted};
use crate::support::{PATIENCE, Up, about, labels};

/// The server, ended when it is dropped.
struct Server(Child);

impl Drop for Server {
    fn drop(&mut self) {
        let _gone = self.0.kill();
        let _gone = self.0.wait();
    }
}

/// Starts the server and waits until it lists its model.
async fn serve(port: u16) -> Server {
    // `exec`, so that what is killed is the server.
    let command = format!("exec {}", model::server(port));
    let child = Command::new("sh").args(["-c", &command]).stdout(Stdio::null()).stderr(Stdio::null()).spawn().unwrap();
    let server = Server(child);
    let start = Instant::now();
    let models = format!("http://127.0.0.1:{port}/v1/models");
    while !support::client().get(&models).send().await.is_ok_and(|answer| answer.status().is_success()) {
        assert!(start.elapsed() < PATIENCE, "the server does not answer");
        tokio::time::sleep(Duration::from_millis(200)).await;
    }
    server
}

#[tokio::test]
async fn both_workers_answer_in_the_contracts_shape_with_a_model_behind_a_server() {
    let port = TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap().port();
    let server = serve(port).await;
    let base_url = format!("http://127.0.0.1:{port}/v1");
    let settings = [
        ("ENGINE", "openai"),
        ("OPENAI_BASE_URL", base_url.as_str()),
        ("OPENAI_TIMEOUT", "60"),
        // A CPU sees small pages.
        ("MODEL_MAX_PIXELS", "262144"),
    ];
    let up = Up::start_with(&settings);
    let class = classified(&up, "w2.png").await;
    assert_eq!(class.pages.len(), 1);
    let answer = extracted(&up, "w2.png", DocType::W2, None).await;
    assert!(answer.fields.values().any(|f| f.source != "vlm"), "what was read stays, whatever the model says");
    let ssn = labels::all()["w2.png"]["fields"]["employee_ssn"].as_str().unwrap().to_owned();
    assert!(!serde_json::to_string(&answer).unwrap().contains(&ssn));

    // Without the server a request fails with a code that says so, in time.
    drop(server);
    let (status, answer) = up.post("/v1/extract", &about(&labels::data_url("w2.png"))).await;
    assert_eq!((status, &answer["error"]["code"]), (503, &json!("model_unavailable")), "{answer}");
    let _again = serve(port).await;
    let (status, answer) = up.post("/v1/classify", &about(&labels::data_url("w2.png"))).await;
    assert_eq!(status, 200, "the server is back: {answer}");
}
