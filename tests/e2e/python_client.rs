//! The real Python SDK as a client of the platform that `docproc up` prints.

#[path = "../sdk/support/python.rs"]
#[expect(dead_code, reason = "the SDK's own tests use the rest")]
mod python;

use serde_json::Value;
use tokio::process::Command;

use crate::support::{PATIENCE, labels, repository, shared};

#[tokio::test]
async fn the_python_client_gets_the_type_of_a_page_by_run_sync() {
    let up = shared();
    let mut command = Command::new(python::interpreter());
    command.arg(repository().join("tests/e2e/python/classify.py")).arg(repository().join("samples/pages/w2.png"));
    command.env("HOME", python::empty_home()).env("RUNPOD_ENDPOINT_BASE_URL", &up.platform);
    command.env("RUNPOD_API_KEY", &up.platform_key).kill_on_drop(true);
    let output = tokio::time::timeout(PATIENCE, command.output()).await.expect("the client hangs").unwrap();
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    let answer: Value = serde_json::from_slice(&output.stdout).unwrap();
    assert_eq!(answer["type"], labels::all()["w2.png"]["type"], "{answer}");
}
