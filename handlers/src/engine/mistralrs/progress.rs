//! Lines in the log while a model is downloaded or loaded, so that nobody wonders whether it still goes on.

use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};

const EVERY: Duration = Duration::from_secs(10);

/// Writes a line every ten seconds until it is dropped.
pub(super) struct Watch(tokio::task::JoinHandle<()>);

impl Watch {
    /// Watches a folder of the cache grow.
    pub(super) fn start(folder: PathBuf) -> Watch {
        Watch(tokio::spawn(async move {
            let (start, mut before) = (Instant::now(), size(&folder));
            loop {
                tokio::time::sleep(EVERY).await;
                let now = size(&folder);
                let (seconds, gigabytes) = (start.elapsed().as_secs(), now as f64 / 1e9);
                if now > before {
                    let rate = (now - before) as f64 / EVERY.as_secs_f64() / 1e6;
                    tracing::info!(seconds, "downloading the vision model: {gigabytes:.1} GB here, {rate:.0} MB/s");
                } else {
                    tracing::info!(seconds, "loading the vision model");
                }
                before = now;
            }
        }))
    }
}

impl Drop for Watch {
    fn drop(&mut self) {
        self.0.abort();
    }
}

/// Bytes of the files in `blobs`: whole ones and those still coming. Snapshots only link to them.
fn size(folder: &Path) -> u64 {
    let files = std::fs::read_dir(folder.join("blobs")).into_iter().flatten().filter_map(Result::ok);
    files.filter_map(|file| file.metadata().ok()).map(|m| m.len()).sum()
}
