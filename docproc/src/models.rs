//! `docproc models pull`: fetches the models before they are needed, as for an image or a machine without a network.

use std::path::PathBuf;

use reading::Models;

use crate::failure::{Failure, note, print};

/// Fetches and verifies the models, whether they are there or not, and prints their folder.
pub(crate) async fn pull(folder: Option<PathBuf>) -> Result<(), Failure> {
    if let Some(folder) = folder {
        return pull_into(folder).await;
    }
    let pulled = tokio::task::spawn_blocking(|| Models::pull(note)).await;
    let models = pulled.map_err(Failure::new)?.map_err(Failure::new)?;
    print(models.det.parent().unwrap_or(&models.det).display())
}

/// The folder is a variable of the process, and a process can't safely change its own: another one does it.
async fn pull_into(folder: PathBuf) -> Result<(), Failure> {
    let program = std::env::current_exe().map_err(Failure::new)?;
    let mut command = tokio::process::Command::new(program);
    let status = command.args(["models", "pull"]).env("MODELS_DIR", folder).kill_on_drop(true).status().await;
    if status.map_err(Failure::new)?.success() { Ok(()) } else { Err(Failure::new("the models were not fetched")) }
}
