//! One job run in this process, with nobody on the other side.

use std::collections::HashMap;

use serde_json::value::{RawValue, to_raw_value};
use tokio_util::sync::CancellationToken;
use tracing::Instrument;

use crate::context::JobContext;
use crate::job::{Handler, Job, JobError};
use crate::panics;
use crate::worker::reports::Reports;
use crate::worker::{Identity, error_text};

/// Runs the job. A generator's answer is the list of its chunks.
pub(crate) async fn run<H: Handler>(handler: &H, job: Job) -> Result<Box<RawValue>, JobError> {
    let context = JobContext::new(Reports::local(handler), CancellationToken::new());
    let span = tracing::error_span!("job", job_id = job.id);
    let work = async { handler.run(job, context.clone()).await };
    let outcome = panics::caught(work).instrument(span).await;
    let chunks = context.finish().await;
    let output = outcome?;
    if !handler.is_generator() {
        return Ok(output);
    }
    to_raw_value(&chunks).map_err(|error| JobError::new("chunks_not_json", error.to_string()))
}

/// The error as the platform would show it.
pub(crate) fn shown(error: &JobError, env: &HashMap<String, String>) -> String {
    error_text(error, &Identity::from_env(|name| env.get(name).cloned()))
}
