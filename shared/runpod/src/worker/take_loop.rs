//! Taking jobs: who may take when, how fast, and what happens to an answer that races with the shutdown.

use std::pin::Pin;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::task::Poll;
use std::time::{Duration, Instant};

use futures_util::future::ready;
use futures_util::{FutureExt, poll};
use tokio::sync::{OwnedSemaphorePermit, Semaphore};
use tokio::time::timeout;
use tokio_util::sync::CancellationToken;
use tokio_util::task::TaskTracker;
use tracing::Instrument;

use super::link::Link;
use super::prepare::Preparation;
use super::run;
use super::take::{Answer, Delivery};
use crate::job::Handler;

/// Takes jobs and starts them until told to end.
#[derive(Debug)]
pub(crate) struct TakeLoop<H> {
    link: Arc<Link>,
    preparation: Preparation<H>,
    slots: Arc<Semaphore>,
    running: TaskTracker,
    /// Polls in a row that came back at once and empty, and polls in a row that failed.
    empty: u32,
    failed: u32,
}

impl<H: Handler> TakeLoop<H> {
    pub(crate) fn new(link: Arc<Link>, preparation: Preparation<H>) -> Self {
        let slots = Arc::new(Semaphore::new(link.settings.concurrency.get()));
        Self { link, preparation, slots, running: TaskTracker::new(), empty: 0, failed: 0 }
    }

    /// Takes until `end`. Ends by itself after one job if the worker is to be replaced then, or if all that it can do for a job
    /// is to say why it could not be prepared. Returns when no poll is open any more.
    pub(crate) async fn take_until(&mut self, end: &CancellationToken) {
        while !end.is_cancelled() {
            let Some(slots) = end.run_until_cancelled(free_slots(&self.slots)).await else { break };
            let asked = Instant::now();
            let Some(mut answer) = self.poll(slots.len(), end).await else { break };
            let held = asked.elapsed();
            if let Answer::Jobs(deliveries) = answer {
                if self.start(deliveries, slots).await {
                    if self.link.settings.refresh_worker || self.preparation.has_failed() {
                        break;
                    }
                    (self.empty, self.failed) = (0, 0);
                    continue;
                }
                answer = Answer::Nothing;
            }
            let pause = self.pause_after(&answer, held);
            if !pause.is_zero() {
                let _ = end.run_until_cancelled(tokio::time::sleep(pause)).await;
            }
        }
    }

    /// Waits for the jobs that were started.
    pub(crate) async fn drain(&self) {
        self.running.close();
        self.running.wait().await;
    }

    /// Polls once. When the end comes in between, an answer that is already on its way is still read.
    async fn poll(&self, slots: usize, end: &CancellationToken) -> Option<Answer> {
        let answered = AtomicBool::new(false);
        let mut poll = std::pin::pin!(self.link.take(slots, &answered));
        if let Some(answer) = end.run_until_cancelled(&mut poll).await {
            return Some(answer);
        }
        self.last_answer(poll, &answered).await
    }

    /// The platform may have handed out a job just before the end: what arrives within a moment is run, not swallowed, and
    /// an answer that has begun is read to its end. After that the connection is closed, which tells the platform that this
    /// poll takes nothing any more.
    async fn last_answer<P: Future<Output = Answer>>(
        &self,
        mut poll: Pin<&mut P>,
        answered: &AtomicBool,
    ) -> Option<Answer> {
        let pace = &self.link.settings.pace;
        match timeout(pace.shutdown_grace, poll.as_mut()).await {
            Ok(answer) => Some(answer),
            Err(_) if answered.load(Ordering::Relaxed) => timeout(pace.shutdown_body, poll).await.ok(),
            Err(_) => None,
        }
    }

    /// The pause after an answer that started no job.
    fn pause_after(&mut self, answer: &Answer, held: Duration) -> Duration {
        let pace = &self.link.settings.pace;
        let (empty, failed) = (self.empty, self.failed);
        (self.empty, self.failed) = (0, 0);
        match answer {
            Answer::Jobs(_) | Answer::Nothing if held >= pace.long_hold => Duration::ZERO,
            Answer::Jobs(_) | Answer::Nothing => {
                self.empty = empty.saturating_add(1);
                pace.idle.after(empty)
            }
            Answer::Throttled => {
                tracing::warn!("job-take answered 429");
                pace.throttled
            }
            Answer::Failed(why) => {
                self.failed = failed.saturating_add(1);
                let pause = pace.take_failed.after(failed);
                tracing::error!(why, pause_ms = pause.as_millis(), "Failed to get job.");
                pause
            }
        }
    }

    /// Starts each delivery that can be answered; false if there was none. Should the platform send more than was asked for,
    /// the rest waits here for a slot.
    async fn start(&self, deliveries: Vec<Delivery>, slots: Vec<OwnedSemaphorePermit>) -> bool {
        let mut slots = slots.into_iter();
        let mut any = false;
        for delivery in deliveries {
            let Some(id) = delivery.id().map(ToOwned::to_owned) else {
                if let Delivery::Broken { reason, .. } = delivery {
                    tracing::error!(reason, "a job without an id cannot be answered");
                }
                continue;
            };
            let Some(tracked) = self.link.jobs.track(&id) else {
                tracing::warn!(job_id = id, "the job is here already, the second delivery is dropped");
                continue;
            };
            let (link, preparation) = (Arc::clone(&self.link), self.preparation.clone());
            let mut turn = match slots.next() {
                Some(slot) => ready(Some(slot)).boxed(),
                None => Arc::clone(&self.slots).acquire_owned().map(Result::ok).boxed(),
            };
            // Joins the queue for slots here and now, ahead of the next take.
            let slot = poll!(&mut turn);
            // Of the highest level, so that no log level takes the id from a job's lines.
            let span = tracing::error_span!("job", job_id = id);
            let work = async move {
                let _slot = match slot {
                    Poll::Ready(slot) => slot,
                    Poll::Pending => turn.await,
                };
                // Declared after the slot and so dropped before it: a take never finds the slot free and the job still listed.
                let tracked = tracked;
                run::answer(&link, &tracked, delivery, preparation).await;
            };
            self.running.spawn(work.instrument(span));
            any = true;
        }
        any
    }
}

/// Waits for one free slot and takes along all others that are free.
async fn free_slots(slots: &Arc<Semaphore>) -> Vec<OwnedSemaphorePermit> {
    let first = Arc::clone(slots).acquire_owned().await;
    let others = std::iter::from_fn(|| Arc::clone(slots).try_acquire_owned().ok());
    first.into_iter().chain(others).collect()
}
