//! The worker loop: takes jobs from RunPod's queue, runs them, posts what became of them.
//!
//! [`serve`] is the whole life of a worker: checks, pings, preparation, jobs, shutdown. Three things run beside the jobs: the
//! take loop, the stop channel, and the pings on a thread of their own. Every answer of the platform and every wait is
//! documented where it is handled (`take`, `stop`, `heartbeat`, `post`; the figures in `pace`).

mod body;
mod fitness;
mod heartbeat;
mod http;
mod jobs;
mod link;
mod pace;
mod post;
mod prepare;
pub(crate) mod reports;
mod run;
mod settings;
mod stop;
mod take;
mod take_loop;
mod urls;

use std::sync::Arc;

use tokio::sync::watch;
use tokio::task::JoinHandle;
use tokio_util::sync::CancellationToken;

pub use fitness::FitnessCheck;
pub use pace::{Backoff, Pace};
pub use prepare::PrepareError;
pub use settings::{Settings, SettingsError};

pub(crate) use body::error_text;
pub(crate) use http::client as http_client;
pub(crate) use settings::Identity;

use crate::job::Handler;
use heartbeat::{Heartbeat, report_unhealthy};
use link::Link;
use prepare::{Preparation, State};
use take_loop::TakeLoop;

/// Why a worker ended without having been asked to.
#[derive(Debug, thiserror::Error)]
pub enum ServeError {
    /// A fitness check failed; the platform was told.
    #[error("worker is unhealthy: {check}: {reason}")]
    Unhealthy {
        /// The check's name.
        check: String,
        /// What it found.
        reason: String,
    },
    /// The handler could not be prepared; one caller and the platform were told.
    #[error("worker could not be prepared: {0}")]
    Prepare(#[from] PrepareError),
    /// The HTTP client could not be built.
    #[error("the HTTP client could not be built: {0}")]
    Http(#[source] reqwest::Error),
    /// The heartbeat's thread could not be started.
    #[error("the heartbeat could not be started: {0}")]
    Heartbeat(#[source] std::io::Error),
}

/// Serves jobs until `shutdown`, then finishes what it has taken.
///
/// `prepare` runs while the first jobs are already taken; they wait for it. If it fails, one job is answered with the reason
/// (those that wait, or the next one that comes within ten seconds), so that a broken worker is seen and does not restart in
/// silence for ever.
///
/// # Errors
/// When the worker is unfit, cannot be prepared, or cannot start at all. The process should then end with a failure.
pub async fn serve<H, F>(settings: Settings, prepare: F, shutdown: CancellationToken) -> Result<(), ServeError>
where
    H: Handler,
    F: Future<Output = Result<H, PrepareError>> + Send + 'static,
{
    let link = Arc::new(Link::new(settings).map_err(ServeError::Http)?);
    if let Err(unfit) = fitness::run(&link.settings.checks, link.settings.fitness).await {
        tracing::error!(check = unfit.check, reason = unfit.reason, "Fitness check failed, worker is unhealthy.");
        report_unhealthy(&link, unfit.check, "RuntimeError", &unfit.reason).await;
        return Err(ServeError::Unhealthy { check: unfit.check.to_owned(), reason: unfit.reason });
    }
    let heartbeat = Heartbeat::start(Arc::clone(&link)).map_err(ServeError::Heartbeat)?;
    let outcome = serve_jobs(&link, prepare, &shutdown).await;
    heartbeat.stop().await;
    if let Err(error) = &outcome {
        tracing::error!(error_type = error.error_type, reason = error.message, "Worker could not be prepared.");
        report_unhealthy(&link, "prepare", &error.error_type, &error.message).await;
    }
    Ok(outcome?)
}

async fn serve_jobs<H, F>(link: &Arc<Link>, prepare: F, shutdown: &CancellationToken) -> Result<(), PrepareError>
where
    H: Handler,
    F: Future<Output = Result<H, PrepareError>> + Send + 'static,
{
    let (state, mut preparation) = Preparation::new();
    let preparing = start_preparing(prepare, state);
    let end_of_stops = CancellationToken::new();
    let stops = tokio::spawn({
        let (link, end) = (Arc::clone(link), end_of_stops.clone());
        async move { stop::watch(&link, &end).await }
    });

    let mut takes = TakeLoop::new(Arc::clone(link), preparation.clone());
    let end_of_takes = shutdown.child_token();
    let taking = async {
        takes.take_until(&end_of_takes).await;
        // It may have ended by itself; then nobody needs to be told anything either.
        end_of_takes.cancel();
    };
    tokio::join!(taking, end_takes_on_failure(link, preparation.clone(), &end_of_takes));
    if preparation.is_running() && link.jobs.is_empty() {
        preparing.abort();
    }
    tracing::info!(jobs_in_progress = link.jobs.ids().len(), "No more jobs are taken.");
    takes.drain().await;
    end_of_stops.cancel();
    // Neither task panics by itself, and an aborted preparation is no failure.
    let _ = stops.await;
    match preparing.await {
        Ok(()) => match preparation.done().await {
            Ok(_) => Ok(()),
            Err(error) => Err(error),
        },
        Err(_) => Ok(()),
    }
}

/// Runs the preparation beside the take loop; a panic in it is a failure like any other.
fn start_preparing<H, F>(prepare: F, state: watch::Sender<State<H>>) -> JoinHandle<()>
where
    H: Handler,
    F: Future<Output = Result<H, PrepareError>> + Send + 'static,
{
    tokio::spawn(async move {
        let prepared = crate::panics::caught(async { Ok(prepare.await) }).await;
        let result = prepared.unwrap_or_else(|panic| {
            Err(PrepareError::new(panic.error_type, format!("the preparation panicked {}", panic.traceback)))
        });
        // Nobody listens any more only when the worker has ended.
        let _ = state.send(match result {
            Ok(handler) => State::Ready(Arc::new(handler)),
            Err(error) => State::Failed(error),
        });
    })
}

/// Ends the takes once the preparation has failed: at once if a job was waiting for it, which is now told why; else the take
/// loop ends by itself after the next job, and for that it has a while.
async fn end_takes_on_failure<H>(link: &Link, mut preparation: Preparation<H>, end: &CancellationToken) {
    let failed = end.run_until_cancelled(preparation.failed()).await.is_some();
    if failed && !link.jobs.any_came() {
        let _ = end.run_until_cancelled(tokio::time::sleep(link.settings.pace.explain_failure)).await;
    }
    end.cancel();
}
