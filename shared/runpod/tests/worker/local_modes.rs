//! The program: local modes, flags, exit codes, log lines, and SIGTERM.

use tokio::io::{AsyncBufReadExt, BufReader};

use crate::platform::{Platform, Reply};
use crate::process::{echo_worker, output, terminate};
use crate::support::millis;

#[tokio::test]
async fn a_test_input_is_run_once_and_its_result_shown() {
    let job = r#"{"input": {"mock_return": {"answer": 42}}}"#;
    let (code, text) = output(echo_worker(&["--test_input", job], &[])).await;
    assert_eq!(code, Some(0), "{text}");
    for line in [
        "INFO   | test_input set, using test_input as job input.\n",
        "INFO   | local_test | Started.\n",
        "INFO   | Job local_test completed successfully.\n",
        "Job result: {\"answer\": 42}\n",
        "INFO   | Local testing complete, exiting.\n",
    ] {
        assert!(text.contains(line), "{line} is missing in\n{text}");
    }
}

#[tokio::test]
async fn a_generators_test_result_is_the_list_of_its_chunks() {
    let job = r#"{"input": {"mock_stream": [1, "b"]}}"#;
    let (code, text) = output(echo_worker(&["--generator", "--test_input", job], &[])).await;
    assert_eq!(code, Some(0), "{text}");
    assert!(text.contains("Job result: [1,\"b\"]\n"), "{text}");
}

#[tokio::test]
async fn a_test_input_that_fails_fails_the_program() {
    for (job, reason) in [
        (r#"{"input": {"mock_error": "no"}}"#, "Job local_test failed with error: "),
        (r#"{"input": {"mock_crash": true}}"#, "the handler panicked"),
        (r#"{"id": "x"}"#, "Job has no input parameter. Unable to run."),
        (r#"{"input": "#, "The test input is not a job: "),
    ] {
        let (code, text) = output(echo_worker(&["--test_input", job], &[])).await;
        assert_eq!(code, Some(1), "{text}");
        assert!(text.contains(reason), "{reason} is missing in\n{text}");
        assert!(!text.contains("crash as asked for"), "a panic's message is private\n{text}");
    }
}

#[tokio::test]
async fn without_platform_and_input_there_is_nothing_to_do() {
    let (code, text) = output(echo_worker(&[], &[])).await;
    assert_eq!(code, Some(1));
    assert!(text.contains("ERROR  | test_input.json not found, exiting.\n"), "{text}");
}

#[tokio::test]
async fn unusable_flags_and_variables_are_told_apart_from_failures() {
    let level = [("RUNPOD_LOG_LEVEL".to_owned(), "loud".to_owned())];
    let take = [("RUNPOD_WEBHOOK_GET_JOB".to_owned(), "not a URL".to_owned())];
    for (args, env) in [(["--rp_api_port", "x"].as_slice(), [].as_slice()), (&[], &level), (&[], &take)] {
        let (code, text) = output(echo_worker(args, env)).await;
        assert_eq!(code, Some(64), "{text}");
    }
}

#[tokio::test]
async fn sigterm_finishes_the_running_job_and_ends_the_process_well() {
    let platform = Platform::start().await;
    platform.next("take", Reply::json(r#"{"id":"j1","input":{"mock_delay":0.5,"mock_return":"kept"}}"#));
    let mut env = platform.env();
    env.push(("RUNPOD_ENDPOINT_ID".to_owned(), "ep1".to_owned()));
    let worker = echo_worker(&[], &env);
    platform
        .wait_until("a ping with the job", |platform| {
            platform.seen("ping").iter().any(|ping| ping.path_and_query.contains("job_id=j1"))
        })
        .await;
    terminate(&worker).await;
    let (code, text) = output(worker).await;
    assert_eq!(code, Some(0), "{text}");
    assert_eq!(platform.seen("done")[0].body, r#"{"output": "kept"}"#);
    assert!(text.contains(r#"{"requestId": "j1", "message": "Started.", "level": "INFO"}"#), "{text}");
    assert!(text.lines().all(|line| serde_json::from_str::<serde_json::Value>(line).is_ok()), "{text}");
    assert!(!text.contains("KEY123") && !text.contains("kept"), "a log holds neither keys nor results\n{text}");
}

#[tokio::test]
async fn the_development_server_runs_jobs_by_hand() {
    let mut server = echo_worker(&["--rp_serve_api", "--rp_api_port", "0", "--rp_api_host", "127.0.0.1"], &[]);
    let base = base_url(&mut server).await;
    let client = plain_client();
    let post = async |path: &str, body: &str| {
        let answer = client.post(format!("{base}{path}")).body(body.to_owned()).send().await.expect("an answer");
        (answer.status().as_u16(), answer.text().await.expect("a text"))
    };
    let (_, body) = post("/runsync", r#"{"input": {"mock_return": [1,2]}}"#).await;
    assert!(body.ends_with(r#","status":"COMPLETED","output":[1,2]}"#), "{body}");
    let (_, body) = post("/run", r#"{"input": {"mock_error": "no"}}"#).await;
    assert!(body.starts_with(r#"{"id":"test-"#) && body.ends_with(r#","status":"IN_PROGRESS"}"#), "{body}");
    let id = body.split('"').nth(3).expect("an id").to_owned();
    let (status, body) = post(&format!("/status/{id}"), "").await;
    assert!(status == 200 && body.contains(r#""status":"FAILED","error":"#), "{body}");
    let (_, body) = post(&format!("/status/{id}"), "").await;
    assert!(body.contains("Job ID not found"), "{body}");
    let (_, body) = post("/stream/x", "").await;
    assert!(body.contains("Stream not supported, handler must be a generator."), "{body}");
    assert_eq!(post("/run", r#"{}"#).await.0, 422);
    assert_eq!(post("/run", r#"{"input": 5}"#).await.0, 422);
    assert_eq!(post("/run", "nonsense").await.0, 422);
    assert_eq!(post("/health", "").await, (404, r#"{"detail":"Not Found"}"#.to_owned()));
    let get = client.get(format!("{base}/run")).send().await.expect("an answer");
    assert_eq!(get.status().as_u16(), 405);
    terminate(&server).await;
    assert_eq!(output(server).await.0, Some(0));
}

async fn base_url(server: &mut tokio::process::Child) -> String {
    let mut lines = BufReader::new(server.stdout.take().expect("its output")).lines();
    let found = tokio::time::timeout(millis(10_000), async {
        while let Some(line) = lines.next_line().await.expect("text") {
            if let Some((_, url)) = line.split_once("Development server on ") {
                return url.to_owned();
            }
        }
        panic!("the server ended")
    });
    let url = found.await.expect("the server starts");
    // Somebody must read on, or the server blocks when the pipe is full.
    tokio::spawn(async move { while let Ok(Some(_)) = lines.next_line().await {} });
    url
}

/// The worker's own start installs the TLS provider that reqwest needs; here there is no worker.
fn plain_client() -> reqwest::Client {
    let _ = rustls::crypto::ring::default_provider().install_default();
    reqwest::Client::builder().no_proxy().build().expect("a client")
}
