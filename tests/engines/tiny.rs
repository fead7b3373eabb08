//! The tiny models.

use std::path::{Path, PathBuf};
use std::process::Command;
use std::sync::LazyLock;

static MODELS: LazyLock<PathBuf> = LazyLock::new(|| {
    let folder = Path::new(env!("CARGO_TARGET_TMPDIR")).join("tiny-models");
    let script = crate::support::repository().join("handlers/tests/vision/tiny/make.py");
    let made = Command::new("python3").arg(script).arg(&folder).output().unwrap();
    assert!(made.status.success(), "{}", String::from_utf8_lossy(&made.stderr));
    folder
});

/// The folder of one of them.
pub(crate) fn folder(model: &str) -> PathBuf {
    MODELS.join(model)
}
