//! What a handler may do while its job runs: report progress, send chunks, see that the job was stopped.
//!
//! The context also keeps the order that the platform needs: whatever a handler (or a task it left behind) still wants to
//! report, nothing of it is sent once the final post has begun. A late progress update would put a finished job back to
//! `IN_PROGRESS` for ever.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use serde::Serialize;
use serde_json::value::{RawValue, to_raw_value};
use tokio::sync::Mutex;
use tokio_util::sync::CancellationToken;

use crate::job::JobError;
use crate::worker::reports::Reports;

/// Handed to [`crate::Handler::run`] beside the job. Clones speak for the same job.
#[derive(Debug, Clone)]
pub struct JobContext {
    inner: Arc<Inner>,
}

#[derive(Debug)]
struct Inner {
    reports: Reports,
    stop: CancellationToken,
    /// Cancelled when the handler is done; what is then not on its way any more is dropped.
    closing: CancellationToken,
    /// Held during each report, so that reports leave one by one and the final post can wait for the last of them.
    sent: Mutex<Vec<Box<RawValue>>>,
    refresh: AtomicBool,
}

impl JobContext {
    pub(crate) fn new(reports: Reports, stop: CancellationToken) -> Self {
        Self {
            inner: Arc::new(Inner {
                reports,
                stop,
                closing: CancellationToken::new(),
                sent: Mutex::default(),
                refresh: AtomicBool::new(false),
            }),
        }
    }

    /// Shows `value` as the job's output while it is in progress. Best effort: a lost update is logged, not returned.
    pub fn progress<T: Serialize + ?Sized>(&self, value: &T) -> impl Future<Output = ()> + Send + use<T> {
        let (value, inner) = (to_raw_value(value), Arc::clone(&self.inner));
        async move {
            let _one_at_a_time = inner.sent.lock().await;
            if inner.closing.is_cancelled() {
                return;
            }
            match value {
                Ok(value) => inner.reports.progress(&value, &inner.closing).await,
                Err(error) => tracing::warn!(%error, "progress is not JSON"),
            }
        }
    }

    /// Sends the next piece of a generator's answer; pieces arrive in order.
    ///
    /// # Errors
    /// When the piece could not be delivered, is not JSON, or the handler is not a generator. A handler that passes the error
    /// on fails its job; one that goes on leaves a gap in the stream.
    pub fn chunk<T: Serialize + ?Sized>(
        &self,
        value: &T,
    ) -> impl Future<Output = Result<(), JobError>> + Send + use<T> {
        let (value, inner) = (to_raw_value(value), Arc::clone(&self.inner));
        async move {
            let value = value.map_err(|error| JobError::new("chunk_not_json", error.to_string()))?;
            let mut sent = inner.sent.lock().await;
            if inner.closing.is_cancelled() {
                return Err(JobError::new("job_finished", "a chunk came after the end of its job"));
            }
            inner.reports.chunk(&value, &inner.closing).await?;
            if inner.reports.keeps_chunks() {
                sent.push(value);
            }
            Ok(())
        }
    }

    /// Resolves (or reads as cancelled) once the platform has stopped the job. The handler's future is dropped then; work on
    /// other threads has to look here.
    #[must_use]
    pub fn cancelled(&self) -> CancellationToken {
        self.inner.stop.clone()
    }

    /// Asks the platform to replace this worker after this job.
    pub fn refresh_worker(&self) {
        self.inner.refresh.store(true, Ordering::Relaxed);
    }

    pub(crate) fn wants_refresh(&self) -> bool {
        self.inner.refresh.load(Ordering::Relaxed)
    }

    /// No report starts after this.
    pub(crate) fn close(&self) {
        self.inner.closing.cancel();
    }

    /// Closes, waits for a report that is on its way, and gives the kept chunks.
    pub(crate) async fn finish(&self) -> Vec<Box<RawValue>> {
        self.close();
        std::mem::take(&mut *self.inner.sent.lock().await)
    }
}
