//! The echo worker as a process.

use std::path::PathBuf;
use std::process::Stdio;

use tokio::process::{Child, Command};

/// Cargo puts examples beside the folder of test programs, and builds both for `cargo test -p runpod`.
fn program() -> PathBuf {
    let test = std::env::current_exe().expect("a path to this program");
    let target = test.parent().and_then(|deps| deps.parent()).expect("the build folder");
    let program = target.join("examples/echo_worker");
    assert!(program.exists(), "build it first: cargo build -p runpod --example echo_worker");
    program
}

/// Starts the echo worker with nothing of our own environment.
pub(crate) fn echo_worker(args: &[&str], env: &[(String, String)]) -> Child {
    let env = env.iter().map(|(name, value)| (name.as_str(), value.as_str()));
    let mut command = Command::new(program());
    command.args(args).env_clear().envs(env).stdout(Stdio::piped()).stderr(Stdio::piped()).kill_on_drop(true);
    command.current_dir(std::env::temp_dir()).spawn().expect("the echo worker starts")
}

/// What a process that has ended wrote, and its exit code.
pub(crate) async fn output(child: Child) -> (Option<i32>, String) {
    let ended = tokio::time::timeout(std::time::Duration::from_secs(20), child.wait_with_output()).await;
    let output = ended.expect("it ends in time").expect("it was started");
    let text = String::from_utf8_lossy(&output.stdout).into_owned() + &String::from_utf8_lossy(&output.stderr);
    (output.status.code(), text)
}

pub(crate) async fn terminate(child: &Child) {
    let id = child.id().expect("it runs").to_string();
    let sent = Command::new("kill").args(["-TERM", &id]).status().await.expect("kill is there");
    assert!(sent.success());
}
