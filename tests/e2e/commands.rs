//! The commands that need no running service, and the demo that brings its own.

use std::net::TcpListener;
use std::process::{Command, Output};

use serde_json::Value;

use crate::support::{GATEWAY_KEY, docproc, labels, repository, shared};

fn run(command: &mut Command) -> Output {
    command.output().unwrap()
}

fn text(bytes: &[u8]) -> String {
    String::from_utf8_lossy(bytes).into_owned()
}

#[test]
fn classify_prints_the_answer_of_this_process() {
    let output = run(docproc().args(["classify", "samples/pages/check.png"]));
    assert!(output.status.success(), "{}", text(&output.stderr));
    let answer: Value = serde_json::from_slice(&output.stdout).unwrap();
    assert_eq!(answer["type"], labels::all()["check.png"]["type"]);
}

#[test]
fn extract_prints_the_values_and_draws_them_on_the_pages() {
    let folder = tempfile::tempdir().unwrap();
    let picture = folder.path().join("boxes.png");
    let output = run(docproc()
        .args(["extract", "samples/pages/invoice_two_pages.pdf", "--type", "invoice", "--boxes"])
        .arg(&picture));
    assert!(output.status.success(), "{}", text(&output.stderr));
    let answer: Value = serde_json::from_slice(&output.stdout).unwrap();
    assert_eq!(answer["page_count"], 2);
    let picture = image::open(picture).unwrap();
    assert!(picture.height() > 2 * picture.width(), "both pages are in it, one below the other");
}

#[test]
fn extract_asks_a_running_gateway_when_it_is_told_one() {
    let up = shared();
    let output = run(docproc().args(["extract", "samples/pages/check.png", "--url", &up.url, "--key", GATEWAY_KEY]));
    assert!(output.status.success(), "{}", text(&output.stderr));
    let answer: Value = serde_json::from_slice(&output.stdout).unwrap();
    assert_eq!(answer["doc_type"], labels::all()["check.png"]["type"]);
    let refused = run(docproc().args(["extract", "samples/pages/check.png", "--url", &up.url, "--key", "wrong"]));
    assert_eq!(refused.status.code(), Some(1));
    assert!(text(&refused.stderr).starts_with("unauthorized: "), "{}", text(&refused.stderr));
}

#[test]
fn a_failure_is_one_line_with_its_code() {
    let file = "Cargo.toml";
    assert!(repository().join(file).exists());
    let output = run(docproc().args(["classify", file]));
    let words = text(&output.stderr);
    assert_eq!((output.status.code(), words.lines().count()), (Some(1), 1), "{words}");
    assert!(words.starts_with("unsupported_format: "), "{words}");
    let missing = run(docproc().args(["classify", "no/such/file.png"]));
    assert!(text(&missing.stderr).contains("no/such/file.png"));
    assert_eq!(missing.status.code(), Some(1));
}

#[test]
fn a_command_line_that_makes_no_sense_is_status_64() {
    for line in [&["extract", "--type", "W3", "a.png"][..], &["classify"], &["fly"], &[], &["up", "--port", "70000"]] {
        let output = run(docproc().args(line));
        assert_eq!(output.status.code(), Some(64), "{line:?}: {}", text(&output.stderr));
    }
}

#[test]
fn a_bad_setting_ends_up_at_once_with_the_settings_name() {
    let up = ["up", "--platform-port", "0"];
    for (name, value) in
        [("LOG_LEVEL", "loud"), ("HOST", "nowhere"), ("PORT", "many"), ("RATE_LIMIT_WINDOW", "-1"), ("ENGINE", "magic")]
    {
        let output = run(docproc().args(up).env("PORT", "0").env(name, value));
        let words = text(&output.stderr);
        assert!(!output.status.success() && words.contains(name), "{name}: {words}");
        assert!(output.stdout.is_empty(), "it said that it was ready");
    }
}

#[test]
fn the_well_known_keys_open_nothing_to_other_machines() {
    let output = run(docproc().args(["up", "--port", "0", "--platform-port", "0"]).env("HOST", "0.0.0.0"));
    let words = text(&output.stderr);
    assert_eq!(output.status.code(), Some(64), "{words}");
    assert!(words.contains("GATEWAY_API_KEY"), "{words}");
    let output = run(docproc().args(["platform", "--port", "0", "--host", "0.0.0.0"]));
    assert_eq!(output.status.code(), Some(64), "{}", text(&output.stderr));
}

#[test]
fn a_port_in_use_is_said_with_the_option_that_helps() {
    let taken = TcpListener::bind("127.0.0.1:0").unwrap();
    let port = taken.local_addr().unwrap().port().to_string();
    for (option, other) in [("--port", "--platform-port"), ("--platform-port", "--port")] {
        let output = run(docproc().args(["up", option, &port, other, "0"]));
        let words = text(&output.stderr);
        assert_eq!(output.status.code(), Some(1), "{words}");
        assert!(words.contains(&port) && words.contains(option), "{words}");
    }
}

#[test]
fn the_demo_shows_type_and_values_of_its_page() {
    let output = run(docproc().arg("demo"));
    let words = text(&output.stdout);
    assert!(output.status.success(), "{words}{}", text(&output.stderr));
    let label = &labels::all()["w2_photo.jpg"];
    assert!(words.contains(&format!("type {}", label["type"].as_str().unwrap())), "{words}");
    assert!(words.lines().any(|line| line.contains("wages") && line.contains(&label["fields"]["wages"].to_string())));
}

#[test]
fn score_measures_a_running_service() {
    let up = shared();
    let output = run(docproc()
        .args(["score", "samples/labels.json", "samples/pages", "--only", "check", "--url", &up.url])
        .args(["--key", GATEWAY_KEY]));
    let words = text(&output.stdout);
    assert!(output.status.success() && words.starts_with("type accuracy: 1/1"), "{words}{}", text(&output.stderr));
}
