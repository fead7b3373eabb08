//! A worker's `main`: the SDK's flags, the local modes, and else the worker loop.
//!
//! * `--test_input JSON`, or a file `test_input.json` when no platform is configured: one job, its result, the end.
//! * `--rp_serve_api`: a small HTTP server that runs jobs at once, for trying a handler by hand.
//! * else: [`crate::worker::serve`].

mod api;
mod flags;
mod job;
mod test_input;

use std::collections::HashMap;
use std::process::ExitCode;

use tokio_util::sync::CancellationToken;
use tracing::level_filters::LevelFilter;

use crate::job::Handler;
use crate::log;
use crate::worker::{PrepareError, Settings, serve};
use flags::Flags;

/// The program cannot run as configured (`EX_CONFIG` of sysexits is 78; 64, usage, covers flags and variables alike).
const BAD_CONFIGURATION: u8 = 64;

/// Runs a worker program to its end: `main` of a worker needs nothing else. `args` come without the program's name.
///
/// The exit code is 0 after an orderly end, 1 when the worker was unfit, could not be prepared or a local job failed, 64 when
/// flags or variables are unusable.
pub async fn start<H, F>(
    args: impl IntoIterator<Item = String>,
    env: impl IntoIterator<Item = (String, String)>,
    prepare: F,
    shutdown: CancellationToken,
) -> ExitCode
where
    H: Handler,
    F: Future<Output = Result<H, PrepareError>> + Send + 'static,
{
    start_with(args, env, |settings| settings, prepare, shutdown).await
}

/// As [`start`], for a worker that changes its settings after they were read, to add a check or to fix its concurrency.
pub async fn start_with<H, F>(
    args: impl IntoIterator<Item = String>,
    env: impl IntoIterator<Item = (String, String)>,
    configure: impl FnOnce(Settings) -> Settings,
    prepare: F,
    shutdown: CancellationToken,
) -> ExitCode
where
    H: Handler,
    F: Future<Output = Result<H, PrepareError>> + Send + 'static,
{
    let env: HashMap<String, String> = env.into_iter().collect();
    let flags = Flags::parse(args);
    let level = log_level(flags.as_ref().ok(), &env);
    let format = if env.contains_key("RUNPOD_ENDPOINT_ID") { log::Format::Json } else { log::Format::Plain };
    log::install(format, *level.as_ref().unwrap_or(&LevelFilter::INFO));
    crate::panics::hide_messages();
    let flags = match (flags, level) {
        (Ok(flags), Ok(_)) => flags,
        (Err(problem), _) | (_, Err(problem)) => return bad_configuration(&problem),
    };
    tracing::info!(version = env!("CARGO_PKG_VERSION"), "--- Starting Serverless Worker ---");

    if flags.serve_api {
        return api::run(&flags, &env, prepare, shutdown).await;
    }
    if flags.test_input.is_some() || !env.contains_key("RUNPOD_WEBHOOK_GET_JOB") {
        return test_input::run(flags.test_input, &env, prepare, shutdown).await;
    }
    match Settings::from_env(env) {
        Err(error) => bad_configuration(&error.to_string()),
        Ok(settings) => match serve(configure(settings), prepare, shutdown).await {
            Ok(()) => ExitCode::SUCCESS,
            Err(error) => {
                tracing::error!("{error}");
                ExitCode::FAILURE
            }
        },
    }
}

/// A token that SIGTERM or SIGINT cancels. The process must end by itself then; a second signal changes nothing.
#[must_use]
pub fn shutdown_on_signals() -> CancellationToken {
    let token = CancellationToken::new();
    let cancelled = token.clone();
    match service::server::termination() {
        Ok(termination) => drop(tokio::spawn(async move {
            termination.await;
            tracing::info!("Shutdown was asked for.");
            cancelled.cancel();
        })),
        Err(error) => tracing::error!(%error, "signals cannot be heard, a SIGTERM will end the process at once"),
    }
    token
}

/// Flag, then RunPod's two variables, then the service's own. INFO, not the SDK's DEBUG: RunPod slows workers that log much.
fn log_level(flags: Option<&Flags>, env: &HashMap<String, String>) -> Result<LevelFilter, String> {
    let flag = flags.and_then(|flags| flags.log_level.as_ref());
    let variable = |name: &str| env.get(name).filter(|value| !value.is_empty());
    flag.or_else(|| variable("RUNPOD_LOG_LEVEL"))
        .or_else(|| variable("RUNPOD_DEBUG_LEVEL"))
        .or_else(|| variable("LOG_LEVEL"))
        .map_or(Ok(LevelFilter::INFO), |name| log::level(name))
}

fn bad_configuration(problem: &str) -> ExitCode {
    tracing::error!("{problem}");
    ExitCode::from(BAD_CONFIGURATION)
}
