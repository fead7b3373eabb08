//! One job of the check, in a process of its own: its start is a cold start, its memory is its own, and a GPU fault in it spoils
//! nothing else.

use std::fs::OpenOptions;
use std::path::{Path, PathBuf};
use std::process::Stdio;
use std::time::Duration;

use serde::{Deserialize, Serialize};
use tokio::io::{AsyncBufReadExt as _, BufReader};
use tokio::process::Command;

use super::line::Line;
use super::report::Report;
use crate::failure::Failure;

/// The command that is a job; its argument is the job as JSON.
pub(crate) const COMMAND: &str = "gpu-check-job";
/// A job that takes longer hangs: the longest takes a few minutes on a GPU.
const LIMIT: Duration = Duration::from_secs(20 * 60);

/// What a process is to do.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub(crate) struct Job {
    pub(crate) work: Work,
    /// Folder of the model.
    pub(crate) model: PathBuf,
    pub(crate) shape: Shape,
    /// Requests that the engine may work on at the same time.
    pub(crate) in_flight: usize,
    pub(crate) paged: bool,
    /// Compute in 32 bits.
    pub(crate) exact: bool,
}

/// What is done with the model.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) enum Work {
    /// Probabilities of codes, against transformers.
    Choices,
    /// Written answers, against transformers.
    Texts,
    /// Probabilities in 16 bits against 32.
    Precision,
    /// Requests one after the other against several at a time.
    Together,
    /// Pages of different sizes at a time.
    MixedSizes,
    /// The cost of classifying.
    Classify,
    /// The cost of extracting.
    Extract,
}

/// The sizes of a model.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, clap::ValueEnum)]
pub(crate) enum Shape {
    /// 2 MB, for any CPU: shows what is right, not what it costs.
    Tiny,
    /// Of the published 7B and 8B.
    Real,
}

impl Shape {
    pub(crate) fn name(self) -> &'static str {
        match self {
            Shape::Tiny => "tiny",
            Shape::Real => "real",
        }
    }
}

impl Job {
    /// A job as a worker would run the model.
    pub(crate) fn new(work: Work, models: &Path, family: &str, shape: Shape) -> Job {
        let model = models.join(shape.name()).join(family);
        Job { work, model, shape, in_flight: 1, paged: false, exact: false }
    }

    /// The name of the model's family.
    pub(crate) fn family(&self) -> &str {
        self.model.file_name().and_then(|name| name.to_str()).unwrap_or_default()
    }

    /// Runs it; what it says goes to the report, and what the model wrote is given back.
    pub(crate) async fn run(&self, report: &mut Report) -> Result<Vec<Line>, Failure> {
        let log = OpenOptions::new().create(true).append(true).open(report.log()).map_err(Failure::new)?;
        let program = std::env::current_exe().map_err(Failure::new)?;
        let json = serde_json::to_string(self).map_err(Failure::new)?;
        let mut child = Command::new(program)
            .args([COMMAND, &json])
            .stdin(Stdio::null())
            .stdout(Stdio::piped())
            .stderr(log)
            .kill_on_drop(true)
            .spawn()
            .map_err(Failure::new)?;
        let mut said = Vec::new();
        let mut lines = child.stdout.take().map(|out| BufReader::new(out).lines());
        let ended = tokio::time::timeout(LIMIT, async {
            // Libraries may print; what is not one of our lines is not ours.
            while let Some(Ok(Some(text))) = match &mut lines {
                Some(lines) => Some(lines.next_line().await),
                None => None,
            } {
                if let Ok(line) = serde_json::from_str::<Line>(&text) {
                    report.add(&line)?;
                    said.push(line);
                }
            }
            child.wait().await.map_err(Failure::new)
        });
        let broke = match ended.await {
            Ok(status) => Some(status?).filter(|status| !status.success()).map(|status| format!("ended with {status}")),
            Err(_) => Some(format!("did not end within {} minutes", LIMIT.as_secs() / 60)),
        };
        if let Some(how) = broke {
            report.broke(&how)?;
        }
        Ok(said)
    }
}
