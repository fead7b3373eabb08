//! Servers that the worker runs itself.

use std::fs;
use std::net::{Ipv4Addr, TcpListener};
use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};

use contract::{Error, ErrorCode};
use handlers::engine::openai::{OpenAi, Settings};

use crate::support::{generate, settings};

/// A folder of its own for a server of this behaviour, and the settings to start it.
struct Own {
    folder: tempfile::TempDir,
    settings: Settings,
}

fn own(behaviour: &str) -> Own {
    let folder = tempfile::tempdir().unwrap();
    let port = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).unwrap().local_addr().unwrap().port();
    let script: PathBuf = [env!("CARGO_MANIFEST_DIR"), "tests/openai/python/server.py"].iter().collect();
    let mut settings = settings(port);
    settings.server =
        Some(format!("python3 '{}' {} {port} \"{behaviour}\"", script.display(), folder.path().display()));
    Own { folder, settings }
}

/// The processes of each start.
fn starts(folder: &Path) -> Vec<Vec<u32>> {
    let pids = fs::read_to_string(folder.join("pids")).unwrap_or_default();
    pids.lines().map(|line| line.split(' ').map(|pid| pid.parse().unwrap()).collect()).collect()
}

fn lives(pid: u32) -> bool {
    // A process that ended but was not waited for has state Z.
    fs::read_to_string(format!("/proc/{pid}/stat")).is_ok_and(|stat| !stat.contains(") Z "))
}

/// Fails when a process of any start is left after two seconds.
async fn all_are_gone(folder: &Path) {
    let (start, pids) = (Instant::now(), starts(folder).concat());
    assert!(!pids.is_empty());
    while pids.iter().any(|&pid| lives(pid)) {
        assert!(start.elapsed() < Duration::from_secs(2), "some of {pids:?} are left");
        tokio::time::sleep(Duration::from_millis(20)).await;
    }
}

async fn refused(settings: Settings) -> Error {
    OpenAi::start(settings).await.err().unwrap()
}

#[tokio::test]
async fn a_server_of_its_own_is_started_asked_and_ended_with_all_its_processes() {
    let own = own("serves");
    let engine = OpenAi::start(own.settings).await.unwrap();
    assert_eq!(generate(&engine).await.unwrap().text, "{}");
    engine.stop().await;
    all_are_gone(own.folder.path()).await;
}

#[tokio::test]
async fn dropping_the_engine_ends_the_server_too() {
    let own = own("serves");
    drop(OpenAi::start(own.settings).await.unwrap());
    all_are_gone(own.folder.path()).await;
}

#[tokio::test]
async fn a_server_that_dies_is_started_again_while_the_job_waits() {
    let own = own("dies-once");
    let engine = OpenAi::start(own.settings).await.unwrap();
    assert_eq!(generate(&engine).await.unwrap().text, "{}");
    assert_eq!(starts(own.folder.path()).len(), 2);
    engine.stop().await;
    all_are_gone(own.folder.path()).await;
}

#[tokio::test]
async fn a_server_that_hangs_as_it_is_started_again_is_ended_after_the_time_of_a_start() {
    let mut own = own("hangs-once");
    own.settings.start_timeout = Duration::from_secs(4);
    let engine = OpenAi::start(own.settings).await.unwrap();
    assert_eq!(generate(&engine).await.unwrap().text, "{}");
    assert_eq!(starts(own.folder.path()).len(), 3);
    engine.stop().await;
    all_are_gone(own.folder.path()).await;
}

#[tokio::test]
async fn a_server_that_is_not_back_in_time_is_unavailable() {
    let mut own = own("dies-once");
    own.settings.timeout = Duration::from_millis(300);
    let engine = OpenAi::start(own.settings).await.unwrap();
    assert_eq!(generate(&engine).await.unwrap_err().code, ErrorCode::ModelUnavailable);
}

#[tokio::test]
async fn a_server_that_never_answers_is_unavailable_and_is_ended() {
    let mut own = own("silent");
    own.settings.start_timeout = Duration::from_millis(1500);
    let error = refused(own.settings).await;
    assert_eq!(error.code, ErrorCode::ModelUnavailable);
    assert!(error.message.contains("1.5 s"), "{error}");
    all_are_gone(own.folder.path()).await;
}

#[tokio::test]
async fn a_server_that_ends_at_every_start_is_given_up() {
    let own = own("fails");
    let error = refused(own.settings).await;
    assert_eq!((error.code, starts(own.folder.path()).len()), (ErrorCode::ModelUnavailable, 3));
    all_are_gone(own.folder.path()).await;
}

#[tokio::test]
async fn a_command_line_that_names_nothing_is_refused() {
    for line in ["", "python3 'unclosed"] {
        let mut own = own("serves");
        own.settings.server = Some(line.to_owned());
        assert_eq!(refused(own.settings).await.code, ErrorCode::ModelUnavailable);
    }
}
