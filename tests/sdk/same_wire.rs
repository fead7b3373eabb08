//! Our worker and the real one do the same jobs against the same recording server: the requests must be the same.
//!
//! Compared as bytes: method, path, query, the headers of [`HEADERS`], body. What is evened out, and why:
//!
//! | what | why |
//! |---|---|
//! | `error_type`, `error_traceback`, `hostname` of an error | name a class, a stack and a machine of the language and place |
//! | the text behind `traceback: ` of a generator's error | the same |
//! | `runpod_version` | each worker's own |
//! | all other headers (`User-Agent`, `Accept*`, `Connection`, `Host`) | say which HTTP library is at work; no platform reads them |
//! | `X-Request-ID` of takes and stops | the SDK's shared session lets the last post's id stick there by accident |
//! | how often takes, stops and pings come | depends on time; each distinct one must occur on both sides |
//! | `job_in_progress` of a take | ours takes the next job while it still posts a result, the SDK idles in between |
//! | which job a ping lists | depends on time; the long ones must be listed |
//! | order of progress posts among themselves | the SDK posts each from a thread of its own |

use std::collections::BTreeSet;

use serde_json::Value;

use crate::support::recorder::{Recorded, Recorder, Scripted};
use crate::support::{PATIENCE, Worker};

/// Headers that say something to a platform.
const HEADERS: [&str; 4] = ["authorization", "content-type", "charset", "x-request-id"];

const fn job(id: &'static str, input: &'static str) -> Scripted {
    Scripted { id, input, stopped: false }
}

/// A request as one comparable text.
fn line(request: &Recorded) -> String {
    let mut line = format!("{} {}?{}", request.method, request.path, query(&request.query));
    for name in HEADERS {
        let accident = name == "x-request-id" && request.method == "GET";
        if let Some(value) = request.header(name).filter(|_| !accident) {
            line.push_str(&format!("\n  {name}: {value}"));
        }
    }
    line + "\n  " + &body(&request.body)
}

fn query(query: &str) -> String {
    let part = |part: &str| match part.split_once('=') {
        Some((name @ ("runpod_version" | "job_in_progress" | "job_id"), _)) => {
            format!("{name}={}", name.to_uppercase())
        }
        _ => part.to_owned(),
    };
    query.split('&').map(part).collect::<Vec<_>>().join("&")
}

fn body(body: &str) -> String {
    let Ok(Value::Object(whole)) = serde_json::from_str(body) else { return body.to_owned() };
    let Some(error) = whole.get("error").and_then(Value::as_str) else { return body.to_owned() };
    if let Some((message, _)) = error.split_once("traceback: ") {
        return format!("{{\"error\": {message:?}TRACEBACK}}");
    }
    let Ok(Value::Object(mut parts)) = serde_json::from_str(error) else { return body.to_owned() };
    for name in ["error_type", "error_traceback", "hostname", "runpod_version"] {
        if let Some(part) = parts.get_mut(name) {
            *part = name.to_uppercase().into();
        }
    }
    format!("{{\"error\": {}}}", Value::Object(parts))
}

#[derive(Debug, PartialEq, Eq)]
struct Wire {
    /// Results, chunks and errors, in order.
    posts: Vec<String>,
    progress: BTreeSet<String>,
    /// Takes, stops and pings, each once.
    polls: BTreeSet<String>,
    /// Jobs that were listed in pings.
    listed: BTreeSet<String>,
}

async fn wire(script: &[Scripted], worker: impl FnOnce(&str) -> Worker) -> Wire {
    let recorder = Recorder::new(script).await;
    let _worker = worker(&recorder.base);
    let requests = tokio::time::timeout(PATIENCE, recorder.requests()).await.expect("the jobs are not all answered");
    let lines = |kind: &dyn Fn(&Recorded) -> bool| requests.iter().filter(|r| kind(r)).map(line).collect::<Vec<_>>();
    let is_progress = |r: &Recorded| r.body.contains("\"IN_PROGRESS\"");
    Wire {
        posts: lines(&|r| r.method == "POST" && !is_progress(r)),
        progress: lines(&is_progress).into_iter().collect(),
        polls: lines(&|r| r.method == "GET").into_iter().collect(),
        listed: requests
            .iter()
            .flat_map(|r| r.query.split('&'))
            .filter(|p| p.starts_with("job_id="))
            .map(Into::into)
            .collect(),
    }
}

/// Runs both workers; what they post must be the same.
async fn both(script: &[Scripted], flags: &[&str]) -> (Wire, Wire) {
    let (ours, theirs) = tokio::join!(
        wire(script, |base| Worker::ours(base, "pod-1", flags)),
        wire(script, |base| Worker::python(base, "pod-1", flags)),
    );
    assert_eq!(ours.posts.join("\n"), theirs.posts.join("\n"), "left is ours, right the SDK's");
    assert_eq!(ours.progress, theirs.progress);
    (ours, theirs)
}

#[tokio::test]
async fn results_errors_progress_and_stops_are_the_same_on_the_wire() {
    let script = [
        job("text-u1", r#"{"mock_return": "grüße ☃ \"quoted\" \n"}"#),
        job("object-u1", r#"{"mock_return": {"a": [1, 2.5, null, true], "é": {"b": ""}}}"#),
        job("compact-u1", r#"{"mock_return":{"a":[1,{"b":2}]}}"#),
        job("null-u1", r#"{"mock_return": null}"#),
        job("list-u1", r#"{"mock_return": []}"#),
        job("error-u1", r#"{"mock_error": "no \"luck\" é"}"#),
        job("progress-u1", r#"{"mock_progress": {"updates": 2, "wait_time": 0.5}, "mock_return": "end"}"#),
        Scripted { id: "stopped-u1", input: r#"{"mock_delay": 60}"#, stopped: true },
        // Long enough to be listed in a ping.
        job("long-u1", r#"{"mock_delay": 2.5, "mock_return": 1}"#),
    ];
    let (ours, theirs) = both(&script, &[]).await;
    assert_eq!(ours.polls, theirs.polls);
    // Equal is not enough: nothing of it may be missing on both sides.
    assert_eq!(ours.posts.len(), script.len() - 1, "one for each job but the stopped one");
    assert_eq!(ours.progress.len(), 2);
    assert_eq!(ours.polls.len(), 4, "take, stop, ping with and without a job: {:?}", ours.polls);
    for wire in [ours, theirs] {
        assert!(
            wire.listed.contains("job_id=long-u1") && wire.listed.contains("job_id=stopped-u1"),
            "{:?}",
            wire.listed
        );
    }
}

#[tokio::test]
async fn streams_are_the_same_on_the_wire() {
    let script = [
        job("stream-u1", r#"{"mock_stream": ["one", {"two": "é"}, 3, null]}"#),
        job("nothing-u1", r#"{"mock_stream": []}"#),
        job("broken-u1", r#"{"mock_stream": ["one"], "mock_error": "no luck"}"#),
    ];
    let (ours, _) = both(&script, &["--generator"]).await;
    assert_eq!(ours.posts.len(), (4 + 1) + 1 + (1 + 1), "chunks and ends");
}

#[tokio::test]
async fn streams_that_are_repeated_as_a_whole_are_the_same_on_the_wire() {
    let script = [job("stream-u1", r#"{"mock_stream": ["one", {"two": "é"}]}"#)];
    let (ours, _) = both(&script, &["--generator", "--return_aggregate_stream"]).await;
    assert_eq!(ours.posts.len(), 2 + 1);
}
