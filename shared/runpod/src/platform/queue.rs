//! The state of one endpoint: its jobs and workers, and each step that a request or a deadline makes them take.
//!
//! Nothing here waits, does I/O or reads a clock: `now` comes from the caller.

use std::collections::{HashMap, HashSet, VecDeque};
use std::sync::Arc;

use bytes::Bytes;
use tokio::time::Instant;
use uuid::Uuid;

use super::job::{Id, Job, Phase, Submission};
use super::options::{Options, Timing};
use crate::client::{Health, JobStatus};

mod deadlines;
#[cfg(test)]
mod tests;
mod workers;

pub(super) use deadlines::Delivery;
use workers::Workers;

/// Below this length a queue is never full, whatever the number of workers. RunPod's rule.
const NEVER_FULL_BELOW: usize = 50;
const QUEUED_PER_WORKER: usize = 500;

pub(super) struct Queue {
    timing: Timing,
    max_queued: usize,
    max_queued_bytes: usize,
    max_kept_bytes: usize,
    jobs: HashMap<Id, Job>,
    waiting: VecDeque<Id>,
    waiting_bytes: usize,
    running: HashSet<Id>,
    /// Finished jobs, oldest first, by retention: `/run`, `/runsync`.
    kept: [VecDeque<(Instant, Id)>; 2],
    kept_bytes: usize,
    workers: Workers,
    counts: Counts,
}

#[derive(Default)]
struct Counts {
    completed: u64,
    failed: u64,
    retried: u64,
}

/// How a job ended.
pub(super) enum Outcome<'a> {
    /// What a worker posted.
    Posted {
        worker: &'a str,
        output: Option<Bytes>,
        error: Option<Bytes>,
    },
    /// The platform gave up, in these words.
    Failed(&'static str),
    Cancelled,
}

/// The queue takes no more jobs for now.
#[derive(Debug)]
pub(super) struct Full;

/// Why a job could not take a step.
#[derive(Debug)]
pub(super) enum Refusal {
    /// Unknown, expired, or for a worker: cancelled.
    NotFound,
    /// It is in a state from which this step does not exist.
    WrongState(JobStatus),
}

impl Queue {
    pub(super) fn new(options: &Options) -> Queue {
        Queue {
            timing: options.timing,
            max_queued: NEVER_FULL_BELOW.max(QUEUED_PER_WORKER * options.workers_max),
            max_queued_bytes: options.max_queued_bytes,
            max_kept_bytes: options.max_kept_bytes,
            jobs: HashMap::new(),
            waiting: VecDeque::new(),
            waiting_bytes: 0,
            running: HashSet::new(),
            kept: Default::default(),
            kept_bytes: 0,
            workers: Workers::default(),
            counts: Counts::default(),
        }
    }

    pub(super) fn get(&self, id: &str) -> Option<&Job> {
        self.jobs.get(id)
    }

    pub(super) fn submit(&mut self, submission: Submission, now: Instant) -> Result<&Job, Full> {
        let weight = submission.input.as_ref().map_or(0, Bytes::len);
        if self.waiting.len() >= self.max_queued || self.waiting_bytes + weight > self.max_queued_bytes {
            return Err(Full);
        }
        let prefix = if submission.sync { "sync-" } else { "" };
        let id: Id = format!("{prefix}{}-u1", Uuid::new_v4()).into();
        self.enqueue(&id, weight);
        let job = Job::new(Arc::clone(&id), submission, now);
        Ok(self.jobs.entry(id).or_insert(job))
    }

    /// Hands up to `max` jobs to `worker`, oldest first. With `duplicate` they stay in the queue for another taker too.
    pub(super) fn take(&mut self, worker: &str, max: usize, duplicate: bool, now: Instant) -> Vec<&Job> {
        let worker = self.workers.takes(worker, now);
        let mut taken = Vec::new();
        while taken.len() < max {
            let Some(id) = self.waiting.pop_front() else { break };
            let Some(job) = self.jobs.get_mut(&id) else { continue };
            self.waiting_bytes -= input_weight(job);
            let since = match job.phase {
                Phase::Waiting { since } => since,
                Phase::Running { since, .. } => since,
                Phase::Finished { .. } => continue,
            };
            job.delay = Some(now - since);
            job.worker = Some(Arc::clone(&worker));
            job.phase = Phase::Running { worker: Arc::clone(&worker), since: now, seen: now };
            job.changed.notify_waiters();
            self.running.insert(Arc::clone(&id));
            taken.push(id);
        }
        if duplicate {
            for id in &taken {
                let weight = self.jobs.get(id).map_or(0, input_weight);
                self.enqueue(&Arc::clone(id), weight);
            }
        }
        taken.iter().filter_map(|id| self.jobs.get(id)).collect()
    }

    /// A progress update: shown as output while the job runs, ignored afterwards.
    pub(super) fn progress(&mut self, id: &str, output: Option<Bytes>) -> Result<(), Refusal> {
        let job = self.jobs.get_mut(id).ok_or(Refusal::NotFound)?;
        match job.status() {
            JobStatus::Cancelled => return Err(Refusal::NotFound),
            JobStatus::InProgress | JobStatus::InQueue => job.output = output,
            _ => {}
        }
        Ok(())
    }

    /// A chunk of output, a JSON object.
    pub(super) fn chunk(&mut self, id: &str, chunk: Bytes) -> Result<(), Refusal> {
        let job = self.jobs.get_mut(id).ok_or(Refusal::NotFound)?;
        if job.is_finished() {
            return Err(Refusal::NotFound);
        }
        job.chunks.push_back(chunk);
        job.changed.notify_waiters();
        Ok(())
    }

    /// Ends a job. A second result of a finished one changes nothing; a cancelled one is gone for its worker.
    pub(super) fn finish(&mut self, id: &str, outcome: Outcome<'_>, now: Instant) -> Result<Option<Delivery>, Refusal> {
        let job = self.jobs.get_mut(id).ok_or(Refusal::NotFound)?;
        match job.phase {
            Phase::Finished { status: JobStatus::Cancelled } => return Err(Refusal::NotFound),
            Phase::Finished { .. } => return Ok(None),
            Phase::Running { since, .. } => job.execution = Some(now - since),
            Phase::Waiting { .. } => self.waiting_bytes -= input_weight(job),
        }
        let worker = match &outcome {
            Outcome::Posted { worker, .. } => Some(*worker),
            _ => None,
        };
        let (status, old) = job.finish(outcome);
        match status {
            JobStatus::Completed => self.counts.completed += 1,
            JobStatus::Failed => self.counts.failed += 1,
            _ => {}
        }
        let delivery = Delivery::of(job);
        if status != JobStatus::Failed {
            // Only a failed job can be retried: the others need their input no more.
            job.submission.input = None;
        }
        self.kept_bytes += job.weight();
        self.kept[usize::from(job.submission.sync)].push_back((now, Arc::clone(&job.id)));
        self.leave(id, &old, worker);
        self.forget_over_weight();
        Ok(delivery)
    }

    pub(super) fn cancel(&mut self, id: &str, now: Instant) -> Result<&Job, Refusal> {
        match self.finish(id, Outcome::Cancelled, now) {
            Ok(_) | Err(Refusal::NotFound) => self.jobs.get(id).ok_or(Refusal::NotFound),
            Err(other) => Err(other),
        }
    }

    /// Queues a failed job again, as if it were new but for its id.
    pub(super) fn retry(&mut self, id: &str, now: Instant) -> Result<&Job, Refusal> {
        let status = self.jobs.get(id).ok_or(Refusal::NotFound)?.status();
        if !matches!(status, JobStatus::Failed | JobStatus::TimedOut) {
            return Err(Refusal::WrongState(status));
        }
        let old = self.forget(id).ok_or(Refusal::NotFound)?;
        self.enqueue(&old.id, input_weight(&old));
        let job = Job { changed: old.changed, ..Job::new(Arc::clone(&old.id), old.submission, now) };
        Ok(self.jobs.entry(old.id).or_insert(job))
    }

    /// Cancels what waits; what runs goes on. Returns how many.
    pub(super) fn purge(&mut self, now: Instant) -> usize {
        let waiting: Vec<Id> = self.waiting.iter().cloned().collect();
        let is_waiting =
            |queue: &Queue, id: &str| matches!(queue.get(id), Some(Job { phase: Phase::Waiting { .. }, .. }));
        waiting.iter().filter(|id| is_waiting(self, id) && self.finish(id, Outcome::Cancelled, now).is_ok()).count()
    }

    pub(super) fn health(&self) -> Health {
        let mut health = Health::default();
        health.jobs.completed = self.counts.completed;
        health.jobs.failed = self.counts.failed;
        health.jobs.retried = self.counts.retried;
        health.jobs.in_progress = self.running.len() as u64;
        health.jobs.in_queue = self.waiting.len() as u64;
        let busy: HashSet<&str> = self.running.iter().filter_map(|id| self.jobs.get(id)?.worker.as_deref()).collect();
        health.workers = self.workers.counts(&busy);
        health
    }

    fn enqueue(&mut self, id: &Id, weight: usize) {
        self.waiting.push_back(Arc::clone(id));
        self.waiting_bytes += weight;
    }

    /// Takes a job out of the lists of its old phase. A worker that runs it and is not the one that ended it is told to stop.
    fn leave(&mut self, id: &str, phase: &Phase, ended_by: Option<&str>) {
        match phase {
            Phase::Waiting { .. } => self.waiting.retain(|waiting| &**waiting != id),
            Phase::Running { worker, .. } => {
                if let Some(id) = self.running.take(id).filter(|_| ended_by != Some(&**worker)) {
                    self.workers.stop(worker, id);
                }
            }
            Phase::Finished { .. } => {}
        }
    }
}

fn input_weight(job: &Job) -> usize {
    job.submission.input.as_ref().map_or(0, Bytes::len)
}
