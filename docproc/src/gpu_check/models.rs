//! The models of random weights, written by the script that also makes those of the tests.

use std::path::{Path, PathBuf};
use std::process::Stdio;
use std::time::Instant;

use tokio::io::AsyncWriteExt as _;
use tokio::process::Command;

use super::job::Shape;
use crate::failure::{Failure, note};

/// Compiled in, so that an installed program has it.
const SCRIPT: &str = include_str!("../../../handlers/tests/vision/tiny/make.py");
/// The folder that this makes and removes; others' files beside it stay.
const FOLDER: &str = "docproc-gpu-check";

/// A folder of models.
pub(crate) struct Models {
    folder: PathBuf,
    keep: bool,
}

impl Models {
    /// A folder within another, or within the user's cache.
    pub(crate) fn in_folder(parent: Option<PathBuf>, keep: bool) -> Result<Models, Failure> {
        let variable = |name| std::env::var_os(name).filter(|value| !value.is_empty()).map(PathBuf::from);
        let cache = || variable("XDG_CACHE_HOME").or_else(|| variable("HOME").map(|home| home.join(".cache")));
        let parent = parent.or_else(|| cache().map(|cache| cache.join("docproc")));
        let folder = parent.ok_or_else(|| Failure::usage("--dir is needed where HOME is not set"))?.join(FOLDER);
        std::fs::create_dir_all(&folder).map_err(|e| Failure::new(format!("can't make {}: {e}", folder.display())))?;
        Ok(Models { folder, keep })
    }

    pub(crate) fn folder(&self) -> &Path {
        &self.folder
    }

    /// Writes a model; its progress goes to standard error.
    pub(crate) async fn make(&self, shape: Shape, family: &str) -> Result<f64, Failure> {
        let start = Instant::now();
        note(format_args!("writing a model of random weights: {family}, {}", shape.name()));
        let mut child = Command::new("python3")
            .arg("-")
            .arg(self.folder.join(shape.name()))
            .args(["--shape", shape.name(), "--only", family])
            .stdin(Stdio::piped())
            .stdout(if shape == Shape::Real { Stdio::inherit() } else { Stdio::null() })
            .kill_on_drop(true)
            .spawn()
            .map_err(|e| Failure::new(format!("can't start python3: {e}")))?;
        if let Some(mut stdin) = child.stdin.take() {
            stdin.write_all(SCRIPT.as_bytes()).await.map_err(Failure::new)?;
        }
        let status = child.wait().await.map_err(Failure::new)?;
        if status.success() {
            Ok(start.elapsed().as_secs_f64())
        } else {
            Err(Failure::new(format!("the model {family} could not be written: python3 ended with {status}")))
        }
    }

    /// Removes a model of a real shape, so that the next one has its place on the disk.
    pub(crate) fn done_with(&self, shape: Shape, family: &str) {
        if shape == Shape::Real && !self.keep {
            remove(&self.folder.join(shape.name()).join(family));
        }
    }
}

impl Drop for Models {
    fn drop(&mut self) {
        if self.keep {
            note(format_args!("the models are in {}", self.folder.display()));
        } else {
            remove(&self.folder);
        }
    }
}

fn remove(folder: &Path) {
    if let Err(error) = std::fs::remove_dir_all(folder) {
        note(format_args!("can't remove {}: {error}", folder.display()));
    }
}
