//! The life of one job at the platform, from submission to answer. See `docs/adr/0001-call-sequence.md` for the order of calls.
//!
//! The life runs in a task of its own, because it must outlast its caller: a job whose caller went away is cancelled, and for
//! that its id must first be known.

mod outcome;

use std::sync::Arc;
use std::time::Duration;

use bytes::Bytes;
use contract::ErrorCode;
use runpod::client::{ClientError, Endpoint, Envelope, JobView, Policy, envelope};
use service::Backoff;
use tokio::sync::OwnedSemaphorePermit;
use tokio::time::{Instant, sleep, sleep_until, timeout};
use tokio_util::sync::CancellationToken;
use tokio_util::task::TaskTracker;

use crate::answer::Failure;
use crate::metrics::{Call, Calls};

/// How the calls of a job are spaced.
#[derive(Clone, Copy, Debug)]
pub struct Pace {
    /// How long the submitting call waits for the result. The platform's least, so that the id of a longer job is known early
    /// enough to cancel it.
    pub first_wait: Duration,
    /// How long each later call waits. Below the 60 s at which edges and proxies begin to cut silent connections.
    pub long_wait: Duration,
    /// Since submission: how long "unknown job" may only mean that the platform has not spread the news yet.
    pub grace: Duration,
    /// First and longest pause between tries.
    pub backoff: (Duration, Duration),
    /// How long a submission whose caller is gone may still take to tell its id.
    pub orphan: Duration,
}

impl Default for Pace {
    fn default() -> Pace {
        Pace {
            first_wait: Duration::from_secs(1),
            long_wait: Duration::from_secs(30),
            grace: Duration::from_secs(30),
            backoff: (Duration::from_millis(200), Duration::from_secs(5)),
            orphan: Duration::from_secs(10),
        }
    }
}

/// One of the two workers as the gateway reaches it.
pub(crate) struct Upstream {
    pub(crate) endpoint: Endpoint,
    pub(crate) calls: Calls,
    pub(crate) max_retries: u32,
    pub(crate) pace: Pace,
    pub(crate) tasks: TaskTracker,
}

/// The body of a job, with the room that it takes in memory. Both are given back when the platform has it.
pub(crate) struct Input {
    pub(crate) body: Bytes,
    pub(crate) room: OwnedSemaphorePermit,
}

/// What became of a job.
#[derive(Debug)]
pub(crate) struct Outcome {
    pub(crate) result: Result<Bytes, Failure>,
    pub(crate) facts: Facts,
}

/// What the access log tells about a job.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct Facts {
    pub(crate) job_id: Option<String>,
    /// Submissions beyond the first.
    pub(crate) retries: u32,
    /// Calls after the submission.
    pub(crate) polls: u32,
    pub(crate) upstream: Duration,
}

impl Upstream {
    /// Runs a job and waits for its end. When the returned future is dropped, the caller is taken for gone and the job is
    /// cancelled.
    pub(crate) async fn run(self: &Arc<Self>, input: Input, deadline: Instant) -> Outcome {
        let gone = CancellationToken::new();
        let _told_when_dropped = gone.clone().drop_guard();
        let life =
            Life { upstream: Arc::clone(self), gone, deadline, started: Instant::now(), facts: Facts::default() };
        match self.tasks.spawn(life.live(input)).await {
            Ok(outcome) => outcome,
            Err(_) => Outcome {
                result: Err(Failure::new(ErrorCode::Internal, "the request failed")),
                facts: Facts::default(),
            },
        }
    }

    /// Cancels a job, best effort, in a task of its own that shutdown waits for.
    fn cancel(self: &Arc<Self>, id: &str, why: &'static str) {
        let (upstream, id) = (Arc::clone(self), id.to_owned());
        self.tasks.spawn(async move {
            let mut backoff = Backoff::new(upstream.pace.backoff.0, upstream.pace.backoff.1);
            for _ in 0..=upstream.max_retries {
                upstream.calls.count(Call::Cancel);
                match upstream.endpoint.cancel(&id).await {
                    Ok(_) => {
                        tracing::info!(job_id = %id, why, "job cancelled");
                        return;
                    }
                    Err(error) if error.is_transient() => sleep(backoff.next_delay()).await,
                    // It ended by itself, or its life time passed.
                    Err(error) if error.is_unknown_job() => return,
                    Err(error) => {
                        tracing::warn!(job_id = %id, why, status = ?error.status(), "job could not be cancelled");
                        return;
                    }
                }
            }
            tracing::warn!(job_id = %id, why, "job could not be cancelled: the platform does not answer");
        });
    }
}

struct Life {
    upstream: Arc<Upstream>,
    gone: CancellationToken,
    deadline: Instant,
    started: Instant,
    facts: Facts,
}

impl Life {
    async fn live(mut self, input: Input) -> Outcome {
        let result = match self.submit(input).await {
            Ok(job) => self.follow(job).await,
            Err(failure) => Err(failure),
        };
        self.facts.upstream = self.started.elapsed();
        Outcome { result, facts: self.facts }
    }

    /// Submits until the platform has taken the job, as long as no second job can come of it.
    async fn submit(&mut self, input: Input) -> Result<JobView, Failure> {
        let Input { body, room: _held } = input;
        let envelope = envelope(body, Some(self.policy()));
        let mut backoff = self.backoff();
        loop {
            let error = match self.submit_once(&envelope).await? {
                Ok(job) => return Ok(job),
                Err(error) => error,
            };
            tracing::debug!(%error, "submission failed");
            let pause = backoff.next_delay().max(error.retry_after().unwrap_or_default());
            let in_time = Instant::now() + pause < self.deadline;
            if !error.may_resubmit() || self.facts.retries >= self.upstream.max_retries || !in_time {
                return Err(outcome::submission_failure(&error));
            }
            self.facts.retries += 1;
            self.upstream.calls.retried();
            tokio::select! {
                () = sleep(pause) => {}
                () = self.gone.cancelled() => return Err(outcome::gone()),
            }
        }
    }

    /// One submission. It goes on without its caller, for a while, to learn the id of a job that must then be cancelled.
    async fn submit_once(&mut self, envelope: &Envelope) -> Result<Result<JobView, ClientError>, Failure> {
        let upstream = Arc::clone(&self.upstream);
        let left = self.deadline.saturating_duration_since(Instant::now());
        upstream.calls.count(Call::RunSync);
        let call = upstream.endpoint.runsync(envelope, upstream.pace.first_wait, left);
        tokio::pin!(call);
        tokio::select! {
            submitted = &mut call => Ok(submitted),
            () = self.gone.cancelled() => {
                if let Ok(Ok(job)) = timeout(upstream.pace.orphan, call).await
                    && !job.status.is_terminal()
                {
                    upstream.cancel(&job.id, "caller gone");
                }
                Err(outcome::gone())
            }
        }
    }

    /// Waits for the end of a job that the platform has taken.
    async fn follow(&mut self, mut job: JobView) -> Result<Bytes, Failure> {
        self.facts.job_id = Some(job.id.clone());
        let submitted = Instant::now();
        let mut backoff = self.backoff();
        let mut long_poll = true;
        while !job.status.is_terminal() {
            let asked = Instant::now();
            let asking = self.ask(&job.id, long_poll);
            let answer = tokio::select! {
                answer = asking => answer,
                () = sleep_until(self.deadline) => return Err(self.give_up(&job.id, "deadline")),
                () = self.gone.cancelled() => return Err(self.give_up(&job.id, "caller gone")),
            };
            self.facts.polls += 1;
            match answer {
                Ok(view) => {
                    job = view;
                    if job.status.is_terminal() {
                        break;
                    }
                    if asked.elapsed() >= self.upstream.pace.first_wait {
                        backoff = self.backoff();
                        continue;
                    }
                }
                Err(error) if error.is_unknown_job() && submitted.elapsed() < self.upstream.pace.grace => {
                    long_poll = false
                }
                Err(error) if long_poll && error.status().is_some_and(|s| [400, 405, 501].contains(&s.as_u16())) => {
                    long_poll = false;
                    continue;
                }
                Err(error) if error.is_transient() => {}
                Err(error) => return Err(outcome::poll_failure(&error)),
            }
            self.pause(&job.id, backoff.next_delay()).await?;
        }
        outcome::of(job)
    }

    async fn ask(&self, id: &str, long_poll: bool) -> Result<JobView, ClientError> {
        let upstream = &self.upstream;
        if long_poll {
            let left = self.deadline.saturating_duration_since(Instant::now());
            upstream.calls.count(Call::StatusSync);
            upstream.endpoint.status_sync(id, left.min(upstream.pace.long_wait)).await
        } else {
            upstream.calls.count(Call::Status);
            upstream.endpoint.status(id).await
        }
    }

    /// Waits before the next question, unless there is nobody left to ask for.
    async fn pause(&self, id: &str, time: Duration) -> Result<(), Failure> {
        tokio::select! {
            () = sleep(time) => Ok(()),
            () = sleep_until(self.deadline) => Err(self.give_up(id, "deadline")),
            () = self.gone.cancelled() => Err(self.give_up(id, "caller gone")),
        }
    }

    fn give_up(&self, id: &str, why: &'static str) -> Failure {
        self.upstream.cancel(id, why);
        outcome::deadline()
    }

    /// Bounds the job at the platform too, should its cancellation get lost. The least values are the platform's.
    fn policy(&self) -> Policy {
        let left = self.deadline.saturating_duration_since(Instant::now());
        Policy {
            execution_timeout: Some(left.max(Duration::from_secs(5))),
            ttl: Some(left.max(Duration::from_secs(10))),
            low_priority: false,
        }
    }

    fn backoff(&self) -> Backoff {
        Backoff::new(self.upstream.pace.backoff.0, self.upstream.pace.backoff.1)
    }
}
