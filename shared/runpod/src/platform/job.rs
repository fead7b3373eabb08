//! One job: what was submitted, where it stands, and how it is shown.

use std::collections::VecDeque;
use std::sync::Arc;
use std::time::Duration;

use bytes::Bytes;
use tokio::sync::Notify;
use tokio::time::Instant;

use super::body::{Parts, Writer};
use super::queue::Outcome;
use crate::client::JobStatus;

/// Identifies a job, or a worker.
pub(super) type Id = Arc<str>;

/// What a client submits.
#[derive(Clone, Debug)]
pub(super) struct Submission {
    /// Absent where RunPod would have dropped it.
    pub(super) input: Option<Bytes>,
    pub(super) webhook: Option<Arc<str>>,
    pub(super) s3_config: Option<Bytes>,
    pub(super) execution_timeout: Duration,
    pub(super) ttl: Duration,
    /// By `/runsync`: another id prefix, another retention.
    pub(super) sync: bool,
}

/// Where a job stands.
#[derive(Clone, Debug)]
pub(super) enum Phase {
    Waiting { since: Instant },
    Running { worker: Id, since: Instant, seen: Instant },
    Finished { status: JobStatus },
}

#[derive(Debug)]
pub(super) struct Job {
    pub(super) id: Id,
    pub(super) submission: Submission,
    pub(super) submitted: Instant,
    pub(super) phase: Phase,
    pub(super) worker: Option<Id>,
    pub(super) retries: u32,
    pub(super) delay: Option<Duration>,
    pub(super) execution: Option<Duration>,
    pub(super) output: Option<Bytes>,
    pub(super) error: Option<Bytes>,
    /// Chunks that no client has fetched yet, each a JSON object.
    pub(super) chunks: VecDeque<Bytes>,
    /// Told of each change of phase and each chunk.
    pub(super) changed: Arc<Notify>,
}

impl Job {
    pub(super) fn new(id: Id, submission: Submission, now: Instant) -> Job {
        Job {
            id,
            submission,
            submitted: now,
            phase: Phase::Waiting { since: now },
            worker: None,
            retries: 0,
            delay: None,
            execution: None,
            output: None,
            error: None,
            chunks: VecDeque::new(),
            changed: Arc::new(Notify::new()),
        }
    }

    /// Ends the job; its final status and the phase that it was in.
    pub(super) fn finish(&mut self, outcome: Outcome<'_>) -> (JobStatus, Phase) {
        let status = match outcome {
            Outcome::Posted { worker, output, error } => {
                self.output = output;
                self.error = error;
                // After a late answer of a worker that was given up, not the one that has the job now.
                self.worker = Some(worker.into());
                if self.error.is_some() { JobStatus::Failed } else { JobStatus::Completed }
            }
            Outcome::Failed(why) => {
                self.error = Some(Bytes::from(format!("\"{why}\"")));
                JobStatus::Failed
            }
            Outcome::Cancelled => JobStatus::Cancelled,
        };
        let old = std::mem::replace(&mut self.phase, Phase::Finished { status });
        self.changed.notify_waiters();
        (status, old)
    }

    /// The state that clients see: a job that waits for its second worker is still shown as running.
    pub(super) fn status(&self) -> JobStatus {
        match &self.phase {
            Phase::Waiting { .. } if self.retries == 0 => JobStatus::InQueue,
            Phase::Waiting { .. } | Phase::Running { .. } => JobStatus::InProgress,
            Phase::Finished { status } => *status,
        }
    }

    pub(super) fn is_finished(&self) -> bool {
        matches!(self.phase, Phase::Finished { .. })
    }

    /// Bytes that it holds in memory, without its small fields.
    pub(super) fn weight(&self) -> usize {
        let kept = [&self.submission.input, &self.output, &self.error];
        kept.into_iter().flatten().chain(&self.chunks).map(Bytes::len).sum()
    }

    /// As a worker gets it.
    pub(super) fn write_for_worker(&self, to: &mut Writer) {
        to.text("{\"delayTime\":").value(&millis(self.delay.unwrap_or_default()));
        to.text(",\"id\":").value(&&*self.id);
        if let Some(input) = &self.submission.input {
            to.text(",\"input\":").raw(input);
        }
        if let Some(s3_config) = &self.submission.s3_config {
            to.text(",\"s3Config\":").raw(s3_config);
        }
        if let Some(webhook) = &self.submission.webhook {
            to.text(",\"webhook\":").value(&&**webhook);
        }
        to.text("}");
    }

    /// As `/status` shows it.
    pub(super) fn view(&self) -> Parts {
        self.write(false)
    }

    /// As its webhook gets it: with input and webhook.
    pub(super) fn view_for_webhook(&self) -> Parts {
        self.write(true)
    }

    /// Only id and status.
    pub(super) fn short_view(&self) -> Parts {
        let mut to = Writer::default();
        to.text("{\"id\":").value(&&*self.id).text(",\"status\":").value(&self.status()).text("}");
        to.finish()
    }

    /// As `/stream` shows it; the chunks are gone afterwards.
    pub(super) fn drain(&mut self) -> Parts {
        let mut to = Writer::default();
        to.text("{\"status\":").value(&self.status()).text(",\"stream\":[");
        for (n, chunk) in std::mem::take(&mut self.chunks).iter().enumerate() {
            to.text(if n == 0 { "" } else { "," }).raw(chunk);
        }
        to.text("]}");
        to.finish()
    }

    /// Keys in alphabetical order, as in all captures of the real platform.
    fn write(&self, whole: bool) -> Parts {
        let mut to = Writer::default();
        to.text("{");
        if let Some(delay) = self.delay {
            to.text("\"delayTime\":").value(&millis(delay)).text(",");
        }
        if let Some(error) = &self.error {
            to.text("\"error\":").raw(error).text(",");
        }
        if let Some(execution) = self.execution {
            to.text("\"executionTime\":").value(&millis(execution)).text(",");
        }
        to.text("\"id\":").value(&&*self.id);
        if let Some(input) = self.submission.input.as_ref().filter(|_| whole) {
            to.text(",\"input\":").raw(input);
        }
        if let Some(output) = &self.output {
            to.text(",\"output\":").raw(output);
        }
        if self.retries > 0 {
            to.text(",\"retries\":").value(&self.retries);
        }
        to.text(",\"status\":").value(&self.status());
        if let Some(webhook) = self.submission.webhook.as_ref().filter(|_| whole) {
            to.text(",\"webhook\":").value(&&**webhook);
        }
        if let Some(worker) = &self.worker {
            to.text(",\"workerId\":").value(&&**worker);
        }
        to.text("}");
        to.finish()
    }
}

/// Rounded to the nearest: a tenth of a millisecond of work is shown as none.
fn millis(time: Duration) -> u64 {
    u64::try_from((time + Duration::from_micros(500)).as_millis()).unwrap_or(u64::MAX)
}
