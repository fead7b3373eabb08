//! Answer of `/health`.

use serde::{Deserialize, Serialize};

/// Jobs and workers of an endpoint, by state.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Deserialize, Serialize)]
pub struct Health {
    /// Jobs by state.
    #[serde(default)]
    pub jobs: JobCounts,
    /// Workers by state.
    pub workers: WorkerCounts,
}

/// Jobs by state. Counters that the platform leaves out are 0.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Deserialize, Serialize)]
#[serde(default, rename_all = "camelCase")]
pub struct JobCounts {
    /// With an output.
    pub completed: u64,
    /// With an error.
    pub failed: u64,
    /// At a worker.
    pub in_progress: u64,
    /// Waiting.
    pub in_queue: u64,
    /// Handed out again after their worker was lost.
    pub retried: u64,
}

/// Workers by state. Counters that the platform leaves out are 0.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Deserialize, Serialize)]
#[serde(default)]
pub struct WorkerCounts {
    /// Ready and without a job; counted in `ready` too.
    pub idle: u64,
    /// Pulling or loading.
    pub initializing: u64,
    /// Able to take work.
    pub ready: u64,
    /// With a job.
    pub running: u64,
    /// Kept from starting because the host is full.
    pub throttled: u64,
    /// Crashed or reported unfit.
    pub unhealthy: u64,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn counters_that_are_missing_are_zero() {
        let health: Health = serde_json::from_str(r#"{"jobs":{"inQueue":2},"workers":{"ready":1,"new":7}}"#).unwrap();
        assert_eq!((health.jobs.in_queue, health.jobs.failed), (2, 0));
        assert_eq!((health.workers.ready, health.workers.unhealthy), (1, 0));
        serde_json::from_str::<Health>("{}").unwrap_err();
    }
}
