//! One endpoint's queue behind its lock, and the waking of workers that wait for a job.

use std::sync::{Mutex, MutexGuard, PoisonError};

use tokio::sync::Notify;
use tokio::time::Instant;

use super::options::Options;
use super::queue::{Delivery, Queue};

pub(super) struct Lane {
    queue: Mutex<Queue>,
    /// One permit or waiter per job that was queued.
    pub(super) work: Notify,
}

impl Lane {
    pub(super) fn new(options: &Options) -> Lane {
        Lane { queue: Mutex::new(Queue::new(options)), work: Notify::new() }
    }

    /// Held for microseconds, never across an await.
    pub(super) fn queue(&self) -> MutexGuard<'_, Queue> {
        self.queue.lock().unwrap_or_else(PoisonError::into_inner)
    }

    pub(super) fn sweep(&self) -> Vec<Delivery> {
        let (deliveries, requeued) = self.queue().sweep(Instant::now());
        for _ in 0..requeued {
            self.work.notify_one();
        }
        deliveries
    }
}
