//! A worker in this process, with a handler made of a closure.

use std::time::Duration;

use runpod::worker::Backoff;
use runpod::{Handler, Job, JobContext, JobError, PrepareError, ServeError, Settings, serve};
use serde_json::value::{RawValue, to_raw_value};
use tokio::task::JoinHandle;
use tokio_util::sync::CancellationToken;

use crate::platform::Platform;

/// A handler that calls a closure.
pub(crate) struct Do<F> {
    pub(crate) work: F,
    pub(crate) generator: bool,
    pub(crate) aggregate: bool,
}

pub(crate) fn handler<F>(work: F) -> Do<F> {
    Do { work, generator: false, aggregate: false }
}

impl<F, R> Handler for Do<F>
where
    F: Fn(Job, JobContext) -> R + Send + Sync + 'static,
    R: Future<Output = Result<Box<RawValue>, JobError>> + Send,
{
    async fn run(&self, job: Job, context: JobContext) -> Result<Box<RawValue>, JobError> {
        (self.work)(job, context).await
    }
    fn is_generator(&self) -> bool {
        self.generator
    }
    fn aggregates_stream(&self) -> bool {
        self.aggregate
    }
}

/// A handler that answers with its input.
pub(crate) fn echo() -> impl Handler {
    handler(|job: Job, _| async move { Ok(job.input) })
}

pub(crate) fn json(value: impl serde::Serialize) -> Box<RawValue> {
    to_raw_value(&value).expect("plain data is JSON")
}

/// A running worker; dropping it aborts it.
pub(crate) struct Worker {
    pub(crate) shutdown: CancellationToken,
    serving: JoinHandle<Result<(), ServeError>>,
}

impl Drop for Worker {
    fn drop(&mut self) {
        self.serving.abort();
    }
}

impl Worker {
    pub(crate) fn start(platform: &Platform, handler: impl Handler) -> Self {
        Self::configured(platform, |_| {}, async { Ok(handler) })
    }

    pub(crate) fn configured<H: Handler>(
        platform: &Platform,
        configure: impl FnOnce(&mut Settings),
        prepare: impl Future<Output = Result<H, PrepareError>> + Send + 'static,
    ) -> Self {
        let mut settings = Settings::from_env(platform.env()).expect("a complete environment");
        settings.pace.post_retry = Backoff { first: Duration::from_millis(5), most: Duration::from_millis(50) };
        configure(&mut settings);
        let shutdown = CancellationToken::new();
        let serving = tokio::spawn(serve(settings, prepare, shutdown.clone()));
        Self { shutdown, serving }
    }

    /// Waits for the worker's end.
    pub(crate) async fn end(mut self) -> Result<(), ServeError> {
        let ended = tokio::time::timeout(Duration::from_secs(10), &mut self.serving).await;
        ended.expect("the worker ends in time").expect("the worker does not panic")
    }

    pub(crate) async fn shut_down(self) -> Result<(), ServeError> {
        self.shutdown.cancel();
        self.end().await
    }
}

pub(crate) fn millis(millis: u64) -> Duration {
    Duration::from_millis(millis)
}
