//! What time does to jobs and workers: lost jobs, time limits, retention.

use std::sync::Arc;

use bytes::Bytes;
use tokio::time::Instant;

use super::{Outcome, Queue, input_weight};
use crate::client::JobStatus;
use crate::platform::body::Parts;
use crate::platform::job::{Id, Job, Phase};

/// In the real platform's words.
const LOST_TWICE: &str = "job timed out after 1 retries";
const TOO_LONG: &str = "executionTimeout exceeded";
/// How often a lost job is handed out again.
const MAX_RETRIES: u32 = 1;

/// A finished job on its way to its webhook.
pub(in crate::platform) struct Delivery {
    pub(in crate::platform) job: Id,
    pub(in crate::platform) url: Arc<str>,
    pub(in crate::platform) body: Parts,
}

impl Delivery {
    /// None without a webhook, or for an end that RunPod does not report.
    pub(super) fn of(job: &Job) -> Option<Delivery> {
        let url = job.submission.webhook.clone()?;
        let reported = matches!(job.status(), JobStatus::Completed | JobStatus::Failed);
        reported.then(|| Delivery { job: Arc::clone(&job.id), url, body: job.view_for_webhook() })
    }
}

enum Due {
    Delete,
    Fail(&'static str),
    Requeue,
}

impl Queue {
    /// Applies every deadline that has passed. `requeued` in the answer asks for takers to be woken.
    pub(in crate::platform) fn sweep(&mut self, now: Instant) -> (Vec<Delivery>, usize) {
        let mut deliveries = Vec::new();
        let mut requeued = 0;
        let open: Vec<Id> = self.running.iter().chain(&self.waiting).cloned().collect();
        for id in open {
            match self.jobs.get(&id).and_then(|job| self.due(job, now)) {
                Some(Due::Delete) => self.delete(&id, now),
                Some(Due::Fail(why)) => {
                    deliveries.extend(self.finish(&id, Outcome::Failed(why), now).ok().flatten());
                }
                Some(Due::Requeue) => {
                    self.requeue(&id, now);
                    requeued += 1;
                }
                None => {}
            }
        }
        self.forget_expired(now);
        self.workers.forget_lost(self.timing.lost_after, now);
        (deliveries, requeued)
    }

    fn due(&self, job: &Job, now: Instant) -> Option<Due> {
        if now >= job.submitted + job.submission.ttl {
            return Some(Due::Delete);
        }
        let Phase::Running { since, seen, .. } = job.phase else { return None };
        if now >= since + job.submission.execution_timeout {
            return Some(Due::Fail(TOO_LONG));
        }
        if now < seen + self.timing.lost_after {
            return None;
        }
        Some(if job.retries < MAX_RETRIES { Due::Requeue } else { Due::Fail(LOST_TWICE) })
    }

    fn requeue(&mut self, id: &Id, now: Instant) {
        let Some(job) = self.jobs.get_mut(id) else { return };
        job.retries += 1;
        job.phase = Phase::Waiting { since: now };
        job.output = None;
        job.changed.notify_waiters();
        self.waiting_bytes += input_weight(job);
        self.running.remove(id);
        // It has waited before: it goes first.
        self.waiting.push_front(Arc::clone(id));
        self.counts.retried += 1;
        tracing::warn!(job = %id, "a job that its worker stopped listing is handed out again");
    }

    /// Ends a job whose life time is over and forgets it at once; its waiters find it gone.
    fn delete(&mut self, id: &Id, now: Instant) {
        if self.finish(id, Outcome::Cancelled, now).is_ok() {
            self.forget(id);
        }
    }

    /// Drops results whose retention is over.
    fn forget_expired(&mut self, now: Instant) {
        for (class, keep) in [(0, self.timing.keep_run), (1, self.timing.keep_runsync)] {
            while let Some((_, id)) = self.kept[class].pop_front_if(|(finished, _)| now >= *finished + keep) {
                self.remove(&id);
            }
        }
    }

    /// Drops the oldest results while they weigh too much together. The newest always stays.
    pub(super) fn forget_over_weight(&mut self) {
        while self.kept_bytes > self.max_kept_bytes && self.kept[0].len() + self.kept[1].len() > 1 {
            let first = |class: usize| self.kept[class].front().map(|(finished, _)| *finished);
            let class = usize::from(first(0).is_none_or(|run| first(1).is_some_and(|sync| sync < run)));
            let Some((_, id)) = self.kept[class].pop_front() else { return };
            self.remove(&id);
        }
    }

    /// Removes a finished job, wherever it stands in the order of retention.
    pub(super) fn forget(&mut self, id: &str) -> Option<Job> {
        for kept in &mut self.kept {
            kept.retain(|(_, kept)| &**kept != id);
        }
        self.remove(id)
    }

    fn remove(&mut self, id: &str) -> Option<Job> {
        let job = self.jobs.remove(id)?;
        self.kept_bytes = self.kept_bytes.saturating_sub(job.weight());
        Some(job)
    }

    /// The chunks that a client has fetched weigh nothing any more.
    pub(in crate::platform) fn drain(&mut self, id: &str) -> Option<Parts> {
        let job = self.jobs.get_mut(id)?;
        let weight: usize = job.chunks.iter().map(Bytes::len).sum();
        if job.is_finished() {
            self.kept_bytes = self.kept_bytes.saturating_sub(weight);
        }
        Some(job.drain())
    }
}
