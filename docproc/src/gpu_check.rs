//! `docproc gpu-check`: what a machine's GPU makes of the vision models. First whether the answers are right there (tiny models
//! against what transformers said of them), then which of the engine's limits could fall (requests side by side, paged attention),
//! then what it costs (models of random weights in the shapes of the published ones). `docs/gpu.md` tells how to read it.

use std::path::PathBuf;

use clap::Args;

use crate::failure::Failure;

#[cfg(feature = "mistralrs")]
mod compare;
#[cfg(feature = "mistralrs")]
mod job;
#[cfg(feature = "mistralrs")]
mod line;
#[cfg(feature = "mistralrs")]
mod machine;
#[cfg(feature = "mistralrs")]
mod memory;
#[cfg(feature = "mistralrs")]
mod models;
#[cfg(feature = "mistralrs")]
#[path = "../../handlers/tests/vision/tiny/page.rs"]
mod page;
#[cfg(feature = "mistralrs")]
mod plan;
#[cfg(feature = "mistralrs")]
mod report;
#[cfg(feature = "mistralrs")]
mod work;

/// What is asked for.
#[derive(Debug, Args)]
pub(crate) struct Options {
    /// Folder for the models; by default in the user's cache
    #[arg(long)]
    dir: Option<PathBuf>,
    /// Leaves the models where they are
    #[arg(long)]
    keep: bool,
    /// Sizes of the models that are measured: real (18 GB of disk) or tiny (seconds, on any CPU)
    #[arg(long, default_value = "real", value_parser = ["real", "tiny"])]
    shape: String,
    /// The report; messages of the jobs go beside it, to a file ending in .log
    #[arg(long, default_value = "gpu-report.md")]
    report: PathBuf,
}

/// Checks and measures.
#[cfg(feature = "mistralrs")]
pub(crate) async fn run(options: Options) -> Result<(), Failure> {
    let shape = if options.shape == "tiny" { job::Shape::Tiny } else { job::Shape::Real };
    if let Some(why) = machine::refusal(shape == job::Shape::Real) {
        return Err(Failure::new(why));
    }
    let models = models::Models::in_folder(options.dir, options.keep)?;
    let report = report::Report::new(options.report);
    let stop = service::server::termination().map_err(Failure::new)?;
    // Interrupted or not, the models are removed and jobs ended when these are dropped.
    tokio::select! {
        outcome = plan::run(shape, &models, report) => outcome,
        () = stop => Err(Failure::new("interrupted")),
    }
}

/// One job of the check.
#[cfg(feature = "mistralrs")]
pub(crate) async fn run_job(job: &str) -> Result<(), Failure> {
    work::run(serde_json::from_str(job).map_err(Failure::usage)?).await
}

/// Says what is missing.
#[cfg(not(feature = "mistralrs"))]
pub(crate) async fn run(_options: Options) -> Result<(), Failure> {
    Err(not_built())
}

/// As [`run`].
#[cfg(not(feature = "mistralrs"))]
pub(crate) async fn run_job(_job: &str) -> Result<(), Failure> {
    Err(not_built())
}

#[cfg(not(feature = "mistralrs"))]
fn not_built() -> Failure {
    Failure::new(
        "this program was built without vision models; with Rust and the CUDA toolkit, in a clone:\n  \
         cargo run --profile dist -p docproc --features cuda,flash-attn -- gpu-check\n\
         and to see on a CPU that the answers are right:\n  \
         cargo run --release -p docproc --features mistralrs -- gpu-check --shape tiny",
    )
}
