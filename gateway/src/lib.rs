//! The public HTTP API in front of the two workers: keys, limits, validation, and the way of a request to RunPod and back.
//!
//! It never decodes an image and never links a model. Entry points: [`main_with`] for a program, [`serve`] for a test.

mod access;
mod answer;
pub mod app;
pub mod config;
mod health;
mod job;
mod limit;
mod metrics;
mod routes;
mod validate;

use std::future::Future;
use std::process::ExitCode;
use std::time::Duration;

use service::config::EXIT_BAD_CONFIG;
use service::{Drained, Environment, telemetry};
use tokio::net::TcpListener;
use tokio_util::sync::CancellationToken;

pub use app::{App, BuildError, Limits, MAX_BODY_BYTES};
pub use config::{Config, PlatformConfig};
pub use job::Pace;

/// How often raw samples of the histograms are folded into buckets.
const FOLD_EVERY: Duration = Duration::from_secs(5);
/// How long shutdown waits for the cancellations of jobs whose callers went away.
const LAST_CANCELS: Duration = Duration::from_secs(5);

/// One of the two workers.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Service {
    Classify,
    Extract,
}

impl Service {
    pub(crate) fn name(self) -> &'static str {
        match self {
            Service::Classify => "classify",
            Service::Extract => "extract",
        }
    }
}

/// Serves until `shutdown` is ready; then tells `/ready`, accepts no more, finishes what is in flight within the drain time, and
/// waits for the last cancellations.
pub async fn serve(listener: TcpListener, app: App, shutdown: impl Future<Output = ()>) -> Drained {
    let stopped = CancellationToken::new();
    let folding = {
        let (metrics, stopped) = (app.0.metrics.clone(), stopped.clone());
        tokio::spawn(async move {
            while tokio::time::timeout(FOLD_EVERY, stopped.cancelled()).await.is_err() {
                metrics.fold();
            }
        })
    };
    let announced = async {
        shutdown.await;
        app.0.drain();
        tracing::info!("shutting down");
    };
    let drained = service::serve(listener, app.clone(), app.0.limits.server, announced).await;
    app.0.tasks.close();
    if tokio::time::timeout(LAST_CANCELS, app.0.tasks.wait()).await.is_err() {
        tracing::warn!(jobs = app.0.tasks.len(), "jobs of lost callers were left to their own life time");
    }
    stopped.cancel();
    // It ends at the signal above; a panic in it would have been logged by the hook.
    let _ = folding.await;
    drained
}

/// The whole program with this environment: reads the configuration, listens, serves until SIGTERM. Exit status 64 for a bad
/// configuration, 1 when it can't start or a shutdown had to cut connections.
pub fn main_with(env: Environment) -> ExitCode {
    let config = match Config::read(env) {
        Ok(config) => config,
        Err(error) => {
            telemetry::init(telemetry::Level::INFO, telemetry::Format::Auto);
            for problem in &error.problems {
                tracing::error!("bad configuration: {problem}");
            }
            return ExitCode::from(EXIT_BAD_CONFIG);
        }
    };
    telemetry::init(config.log_level, config.log_format);
    match runtime().map_err(|error| error.to_string()).and_then(|runtime| runtime.block_on(run(&config))) {
        Ok(Drained { cut: 0 }) => ExitCode::SUCCESS,
        Ok(Drained { cut }) => {
            tracing::warn!(cut, "shutdown was not clean");
            ExitCode::FAILURE
        }
        Err(error) => {
            tracing::error!(error, "the gateway can't start");
            ExitCode::FAILURE
        }
    }
}

async fn run(config: &Config) -> Result<Drained, String> {
    let shutdown = service::server::termination().map_err(|error| error.to_string())?;
    let app = App::new(config, Limits::of(config)).map_err(|error| error.to_string())?;
    let listener = service::server::bind(config.address).await?;
    let address = listener.local_addr().map_err(|error| error.to_string())?;
    tracing::info!(%address, platform = config.platform.base_url, "listening");
    let drained = serve(listener, app, shutdown).await;
    tracing::info!(cut = drained.cut, "stopped");
    Ok(drained)
}

/// A thread per processor that this process may use; on a single one, no thread pool at all.
fn runtime() -> std::io::Result<tokio::runtime::Runtime> {
    let processors = std::thread::available_parallelism()?.get();
    let mut builder = match processors {
        1 => tokio::runtime::Builder::new_current_thread(),
        _ => tokio::runtime::Builder::new_multi_thread(),
    };
    builder.enable_all().build()
}
