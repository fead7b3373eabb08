//! Checks before the first job: the caller's own, then free memory and free disk space as the SDK checks them.

use std::fmt;
use std::path::Path;
use std::sync::Arc;

use futures_util::future::BoxFuture;

const GIB: f64 = 1_073_741_824.0;

/// A named check. When it fails the worker reports itself unhealthy and ends.
#[derive(Clone)]
pub struct FitnessCheck {
    name: &'static str,
    check: Arc<dyn Fn() -> BoxFuture<'static, Result<(), String>> + Send + Sync>,
}

impl FitnessCheck {
    /// A check that fails with a reason, which the platform shows to the endpoint's owner.
    pub fn new<F>(name: &'static str, check: impl Fn() -> F + Send + Sync + 'static) -> Self
    where
        F: Future<Output = Result<(), String>> + Send + 'static,
    {
        Self { name, check: Arc::new(move || Box::pin(check())) }
    }
}

impl fmt::Debug for FitnessCheck {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("FitnessCheck").field("name", &self.name).finish_non_exhaustive()
    }
}

/// What the built-in checks ask for; the SDK's variables and defaults.
#[derive(Debug, Clone, Copy)]
pub(crate) struct FitnessLimits {
    pub(crate) skip: bool,
    pub(crate) min_memory_gb: f64,
    pub(crate) min_disk_percent: f64,
}

/// The first check that failed.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct Unfit {
    pub(crate) check: &'static str,
    pub(crate) reason: String,
}

/// Runs all checks one by one until one fails.
pub(crate) async fn run(checks: &[FitnessCheck], limits: FitnessLimits) -> Result<(), Unfit> {
    for check in checks {
        (check.check)().await.map_err(|reason| Unfit { check: check.name, reason })?;
    }
    if limits.skip {
        return Ok(());
    }
    memory(limits.min_memory_gb).map_err(|reason| Unfit { check: "_memory_check", reason })?;
    disk(Path::new("/"), limits.min_disk_percent).map_err(|reason| Unfit { check: "_disk_check", reason })
}

fn memory(min_gb: f64) -> Result<(), String> {
    // A system without /proc has no GPU worker either; there is nothing to compare with.
    let Some(free) = free_memory_bytes() else { return Ok(()) };
    let free_gb = free / GIB;
    if free_gb >= min_gb { Ok(()) } else { Err(format!("{free_gb:.2} GB of memory free, {min_gb:.2} GB needed")) }
}

/// What the kernel can give, and no more than the container's own limit leaves (the SDK sees only the host).
fn free_memory_bytes() -> Option<f64> {
    let meminfo = std::fs::read_to_string("/proc/meminfo").ok()?;
    let line = meminfo.lines().find_map(|line| line.strip_prefix("MemAvailable:"))?;
    let host = line.trim().trim_end_matches("kB").trim().parse::<f64>().ok()? * 1024.0;
    Some(container_memory_left().map_or(host, |left| left.min(host)))
}

/// The limit of the container's control group, less what is in use and cannot be reclaimed. Cached files can: without them a
/// worker that has just read its model from disk would look full.
fn container_memory_left() -> Option<f64> {
    let most = read_number("/sys/fs/cgroup/memory.max")?;
    let used = read_number("/sys/fs/cgroup/memory.current")?;
    let stat = std::fs::read_to_string("/sys/fs/cgroup/memory.stat").unwrap_or_default();
    let cached = stat.lines().find_map(|line| line.strip_prefix("inactive_file ")).and_then(|text| text.parse().ok());
    Some((most - used + cached.unwrap_or(0.0)).max(0.0))
}

/// A file with one number; `max` (no limit) is none.
fn read_number(path: &str) -> Option<f64> {
    std::fs::read_to_string(path).ok()?.trim().parse().ok()
}

fn disk(path: &Path, min_percent: f64) -> Result<(), String> {
    let Ok(stat) = rustix::fs::statvfs(path) else { return Ok(()) };
    if stat.f_blocks == 0 {
        return Ok(());
    }
    #[expect(clippy::cast_precision_loss, reason = "a share in percent needs no 64-bit precision")]
    let percent = 100.0 * stat.f_bavail as f64 / stat.f_blocks as f64;
    if percent >= min_percent {
        Ok(())
    } else {
        Err(format!("{percent:.1} % of the disk free, {min_percent:.1} % needed"))
    }
}

#[cfg(test)]
mod tests {
    use super::{FitnessCheck, FitnessLimits, run};

    const NOTHING_NEEDED: FitnessLimits = FitnessLimits { skip: false, min_memory_gb: 0.0, min_disk_percent: 0.0 };

    #[tokio::test]
    async fn a_machine_with_enough_of_everything_is_fit() {
        assert_eq!(run(&[], NOTHING_NEEDED).await, Ok(()));
    }

    #[tokio::test]
    async fn too_little_memory_or_disk_is_named_with_numbers() {
        let unfit =
            run(&[], FitnessLimits { min_memory_gb: 1e9, ..NOTHING_NEEDED }).await.expect_err("no such machine");
        assert_eq!(unfit.check, "_memory_check");
        assert!(unfit.reason.contains("1000000000.00 GB needed"), "{}", unfit.reason);
        let unfit =
            run(&[], FitnessLimits { min_disk_percent: 101.0, ..NOTHING_NEEDED }).await.expect_err("no such disk");
        assert_eq!(unfit.check, "_disk_check");
    }

    #[tokio::test]
    async fn own_checks_run_even_when_the_built_in_ones_are_skipped() {
        let check = FitnessCheck::new("license", || async { Err("expired".to_owned()) });
        let limits = FitnessLimits { skip: true, min_memory_gb: 1e9, ..NOTHING_NEEDED };
        assert_eq!(run(&[check], limits).await.expect_err("it fails").reason, "expired");
        assert_eq!(run(&[], limits).await, Ok(()));
    }
}
