//! One job, from its delivery to its final post.

use std::sync::Arc;
use std::time::Instant;

use serde_json::value::RawValue;

use super::body;
use super::jobs::Tracked;
use super::link::Link;
use super::post::Final;
use super::prepare::{Preparation, PrepareError};
use super::reports::Reports;
use super::take::Delivery;
use crate::context::JobContext;
use crate::job::{Handler, Job, JobError};
use crate::panics;

/// Answers one delivery. Ends early, with nothing posted, when the platform stops the job.
pub(crate) async fn answer<H: Handler>(
    link: &Arc<Link>,
    tracked: &Tracked,
    delivery: Delivery,
    mut preparation: Preparation<H>,
) {
    let work = async {
        match delivery {
            Delivery::Broken { reason, .. } => refuse(link, tracked.id(), &reason).await,
            Delivery::Job(job) => match preparation.done().await {
                Ok(handler) => run(link, tracked, handler.as_ref(), job).await,
                Err(error) => explain(link, tracked.id(), &error).await,
            },
        }
    };
    if tracked.stop_token().run_until_cancelled(work).await.is_none() {
        tracing::info!("Job stopped.");
    }
}

async fn run<H: Handler>(link: &Arc<Link>, tracked: &Tracked, handler: &H, job: Job) {
    tracing::info!("Started.");
    let started = Instant::now();
    let reports = Reports::posted(Arc::clone(link), tracked.id().to_owned(), handler);
    let context = JobContext::new(reports, tracked.stop_token().clone());
    // Whatever ends this function, a stopped job included, ends the reports.
    let _closed = CloseOnDrop(&context);
    let outcome = panics::caught(async { handler.run(job, context.clone()).await }).await;
    let run_ms = started.elapsed().as_millis();
    if let Err(error) = &outcome {
        // Not the message: it is for the caller, and may speak of the document.
        tracing::error!(error_type = error.error_type, run_ms, "Job failed.");
    }
    let chunks = context.finish().await;
    let last = last_post(link, handler, &context, outcome, &chunks);
    let result_bytes = last.body.len();
    let posted = link.post_final(tracked.id(), last).await;
    tracing::info!(run_ms, total_ms = started.elapsed().as_millis(), result_bytes, posted, "Finished.");
}

fn last_post<H: Handler>(
    link: &Link,
    handler: &H,
    context: &JobContext,
    outcome: Result<Box<RawValue>, JobError>,
    chunks: &[Box<RawValue>],
) -> Final {
    let is_stream = handler.is_generator();
    let stop_pod = link.settings.refresh_worker || context.wants_refresh();
    let body = match outcome {
        Ok(_) if is_stream => body::stream_end(chunks, stop_pod),
        Ok(output) => body::output(&output, stop_pod),
        Err(error) if is_stream => body::generator_error(&error, stop_pod),
        Err(error) => body::job_error(&error, &link.settings.identity, stop_pod),
    };
    Final { body, is_stream, stop_pod }
}

/// A job that cannot be read is answered all the same: silence would cost the caller two dispatches and a misleading error.
async fn refuse(link: &Link, id: &str, reason: &str) {
    tracing::error!(reason, "Failed to read job.");
    let body = body::job_error(&JobError::new("unreadable_job", reason), &link.settings.identity, false);
    link.post_final(id, Final { body, is_stream: false, stop_pod: false }).await;
}

async fn explain(link: &Link, id: &str, error: &PrepareError) {
    let body = body::prepare_error(error, &link.settings.identity);
    link.post_final(id, Final { body, is_stream: false, stop_pod: false }).await;
}

struct CloseOnDrop<'a>(&'a JobContext);

impl Drop for CloseOnDrop<'_> {
    fn drop(&mut self) {
        self.0.close();
    }
}
