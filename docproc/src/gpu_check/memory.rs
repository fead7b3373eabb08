//! Memory in use: of the GPU where the program was built for one, else of this process.

use std::process::Command;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::thread::JoinHandle;
use std::time::Duration;

/// `nvidia-smi` takes tens of milliseconds.
const EVERY: Duration = Duration::from_millis(250);

/// Watches the memory in use until it is dropped.
pub(crate) struct Watch {
    peak: Arc<AtomicU64>,
    over: Arc<AtomicBool>,
    thread: Option<JoinHandle<()>>,
}

impl Watch {
    /// Begins to watch.
    pub(crate) fn start() -> Watch {
        let (peak, over) = (Arc::new(AtomicU64::new(0)), Arc::new(AtomicBool::new(false)));
        let thread = {
            let (peak, over) = (Arc::clone(&peak), Arc::clone(&over));
            std::thread::spawn(move || {
                while !over.load(Ordering::Relaxed) {
                    peak.fetch_max(used().unwrap_or(0), Ordering::Relaxed);
                    std::thread::sleep(EVERY);
                }
            })
        };
        Watch { peak, over, thread: Some(thread) }
    }

    /// The most megabytes in use so far.
    pub(crate) fn peak(&self) -> u64 {
        self.peak.fetch_max(used().unwrap_or(0), Ordering::Relaxed).max(self.peak.load(Ordering::Relaxed))
    }
}

impl Drop for Watch {
    fn drop(&mut self) {
        self.over.store(true, Ordering::Relaxed);
        if let Some(thread) = self.thread.take() {
            // A watcher that panicked has nothing to say either.
            let _ended = thread.join();
        }
    }
}

/// Megabytes in use: of the whole GPU, which nobody else should use meanwhile, or of this process.
pub(crate) fn used() -> Option<u64> {
    if cfg!(feature = "cuda") { gpu("memory.used") } else { proc("/proc/self/status", "VmRSS:") }
}

/// Megabytes of the machine.
pub(crate) fn of_machine() -> Option<u64> {
    proc("/proc/meminfo", "MemTotal:")
}

/// A figure of the GPU that the engine takes: the first that is visible.
pub(crate) fn gpu(figure: &str) -> Option<u64> {
    let visible = std::env::var("CUDA_VISIBLE_DEVICES").unwrap_or_default();
    let first = visible.split(',').next().map(str::trim).filter(|id| !id.is_empty()).unwrap_or("0");
    let query = format!("--query-gpu={figure}");
    let output =
        Command::new("nvidia-smi").args(["-i", first, &query, "--format=csv,noheader,nounits"]).output().ok()?;
    String::from_utf8_lossy(&output.stdout).lines().next()?.trim().parse().ok()
}

fn proc(file: &str, name: &str) -> Option<u64> {
    let text = std::fs::read_to_string(file).ok()?;
    let line = text.lines().find_map(|line| line.strip_prefix(name))?;
    let kilobytes: u64 = line.split_whitespace().next()?.parse().ok()?;
    Some(kilobytes / 1024)
}
