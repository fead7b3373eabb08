//! The workers of one endpoint, as far as the platform hears of them.

use std::collections::{HashMap, HashSet};
use std::sync::Arc;
use std::time::Duration;

use tokio::sync::Notify;
use tokio::sync::futures::OwnedNotified;
use tokio::time::Instant;

use super::Queue;
use crate::client::WorkerCounts;
use crate::platform::job::{Id, Phase};

/// Keyed by worker id.
#[derive(Default)]
pub(super) struct Workers(HashMap<Id, Worker>);

struct Worker {
    seen: Instant,
    /// Until then it is starting.
    has_taken: bool,
    unhealthy: bool,
    /// Jobs that it should stop and has not been told of.
    to_stop: Vec<Id>,
    told: Arc<Notify>,
}

impl Workers {
    /// The worker asks for a job: it is up and well.
    pub(super) fn takes(&mut self, id: &str, now: Instant) -> Id {
        let (id, worker) = self.hear(id, now);
        worker.has_taken = true;
        worker.unhealthy = false;
        id
    }

    /// Asks a worker to stop a job.
    pub(super) fn stop(&mut self, worker: &str, job: Id) {
        if let Some(worker) = self.0.get_mut(worker) {
            worker.to_stop.push(job);
            worker.told.notify_waiters();
        }
    }

    pub(super) fn counts(&self, busy: &HashSet<&str>) -> WorkerCounts {
        let mut counts = WorkerCounts::default();
        for (id, worker) in &self.0 {
            match worker {
                Worker { unhealthy: true, .. } => counts.unhealthy += 1,
                _ if busy.contains(&**id) => counts.running += 1,
                Worker { has_taken: false, .. } => counts.initializing += 1,
                Worker { .. } => {
                    counts.idle += 1;
                    counts.ready += 1;
                }
            }
        }
        counts
    }

    pub(super) fn forget_lost(&mut self, after: Duration, now: Instant) {
        self.0.retain(|id, worker| {
            let known = now < worker.seen + after;
            if !known {
                tracing::warn!(worker = %id, "nothing was heard of a worker: it counts as gone");
            }
            known
        });
    }

    fn hear(&mut self, id: &str, now: Instant) -> (Id, &mut Worker) {
        let id: Id = self.0.get_key_value(id).map_or_else(|| id.into(), |(id, _)| Arc::clone(id));
        let worker = self.0.entry(Arc::clone(&id)).or_insert_with(|| Worker {
            seen: now,
            has_taken: false,
            unhealthy: false,
            to_stop: Vec::new(),
            told: Arc::default(),
        });
        worker.seen = now;
        (id, worker)
    }
}

impl Queue {
    /// A heartbeat: the worker is alive and has these jobs.
    pub(in crate::platform) fn ping<'a>(
        &mut self,
        worker: &str,
        jobs: impl Iterator<Item = &'a str>,
        unhealthy: bool,
        now: Instant,
    ) {
        self.workers.hear(worker, now).1.unhealthy |= unhealthy;
        for job in jobs {
            if let Some(Phase::Running { worker: at, seen, .. }) = self.jobs.get_mut(job).map(|job| &mut job.phase)
                && **at == *worker
            {
                *seen = now;
            }
        }
    }

    /// Jobs that the worker should stop, told once; or when none, what to wait for.
    pub(in crate::platform) fn take_stops(&mut self, worker: &str, now: Instant) -> Result<Vec<Id>, OwnedNotified> {
        let worker = self.workers.hear(worker, now).1;
        if worker.to_stop.is_empty() {
            return Err(Arc::clone(&worker.told).notified_owned());
        }
        Ok(std::mem::take(&mut worker.to_stop))
    }
}
