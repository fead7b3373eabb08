//! The real program: its start, its log, its end.

use std::net::SocketAddr;
use std::process::Stdio;
use std::time::Duration;

use serde_json::{Value, json};
use tokio::io::{AsyncBufReadExt, BufReader, Lines};
use tokio::process::{Child, ChildStderr, Command};
use tokio::task::JoinHandle;

use crate::support::{BODY, KEY, Platform, completed, get, post};

/// A gateway in a process of its own that logs everything it can.
pub(crate) struct Program {
    pub(crate) address: SocketAddr,
    child: Child,
    log: JoinHandle<Vec<String>>,
}

/// Reads the log to its end, so that the program never waits for its reader.
async fn drain(mut log: Lines<BufReader<ChildStderr>>, mut lines: Vec<String>) -> Vec<String> {
    while let Some(line) = log.next_line().await.unwrap() {
        lines.push(line);
    }
    lines
}

fn command(variables: &[(&str, &str)]) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_gateway"));
    command.env_clear().envs(variables.iter().copied()).stderr(Stdio::piped()).kill_on_drop(true);
    command
}

impl Program {
    pub(crate) async fn start(base_url: &str) -> Program {
        let mut child = command(&[
            ("GATEWAY_API_KEY", KEY),
            ("RUNPOD_API_KEY", "platform-key-9876543210"),
            ("RUNPOD_CLASSIFY_ENDPOINT", "c1"),
            ("RUNPOD_EXTRACT_ENDPOINT", "e1"),
            ("RUNPOD_ENDPOINT_BASE_URL", base_url),
            ("RATE_LIMIT_REQUESTS", "100000"),
            ("HOST", "127.0.0.1"),
            ("PORT", "0"),
            ("LOG_LEVEL", "TRACE"),
        ])
        .spawn()
        .unwrap();
        let mut log = BufReader::new(child.stderr.take().unwrap()).lines();
        let mut first_lines = Vec::new();
        loop {
            let line = log.next_line().await.unwrap().expect("the gateway to say where it listens");
            let address = serde_json::from_str::<Value>(&line).ok().and_then(|l| l["address"].as_str()?.parse().ok());
            first_lines.push(line);
            if let Some(address) = address {
                return Program { address, child, log: tokio::spawn(drain(log, first_lines)) };
            }
        }
    }

    /// Ends it by SIGTERM and returns its exit status and everything it logged.
    pub(crate) async fn terminate(mut self) -> (Option<i32>, Vec<String>) {
        let id = self.child.id().unwrap().to_string();
        assert!(Command::new("kill").args(["-TERM", &id]).status().await.unwrap().success());
        let lines = self.log.await.unwrap();
        (self.child.wait().await.unwrap().code(), lines)
    }
}

#[tokio::test]
async fn it_serves_until_sigterm_and_writes_one_access_line_per_request() {
    let platform = Platform::start(|_| completed(json!({"type": "W2"}))).await;
    let program = Program::start(&platform.base_url()).await;
    assert_eq!(post(program.address, "/v1/classify", BODY).await.status, 200);
    assert_eq!(get(program.address, "/live").await.status, 200);
    let (status, lines) = program.terminate().await;
    assert_eq!(status, Some(0));
    let access: Vec<Value> = lines
        .iter()
        .filter_map(|line| serde_json::from_str::<Value>(line).ok())
        .filter(|line| line["target"] == "access")
        .collect();
    assert_eq!(access.len(), 2, "{lines:#?}");
    let line = &access[0];
    assert_eq!(
        (&line["route"], &line["status"], &line["job_id"]),
        (&json!("/v1/classify"), &json!(200), &json!("sync-1-u1"))
    );
    assert_eq!((&line["body_bytes"], &line["retries"]), (&json!(BODY.len()), &json!(0)));
    for number in ["duration_ms", "upstream_ms"] {
        assert!(line[number].as_f64().is_some_and(|ms| ms > 0.0), "{line}");
    }
    assert!(line["caller"].as_str().is_some_and(|caller| caller.len() == 8), "{line}");
}

#[tokio::test]
async fn a_bad_configuration_ends_the_start_with_64_and_names_every_variable() {
    let output = command(&[("GATEWAY_API_KEY", "k"), ("PORT", "hunter2"), ("LOG_LEVEL", "hunter2")]).output();
    let output = tokio::time::timeout(Duration::from_secs(10), output).await.unwrap().unwrap();
    assert_eq!(output.status.code(), Some(64));
    let log = String::from_utf8(output.stderr).unwrap();
    for name in ["RUNPOD_API_KEY", "RUNPOD_CLASSIFY_ENDPOINT", "RUNPOD_EXTRACT_ENDPOINT", "PORT", "LOG_LEVEL"] {
        assert!(log.contains(name), "{name} is not in {log}");
    }
    assert!(!log.contains("hunter2"));
}
