//! `--test_input`: one job from the command line or a file, its result on the terminal.

use std::collections::HashMap;
use std::io::Write;
use std::process::ExitCode;

use serde_json::value::RawValue;
use serde_json::{Map, Value};
use tokio_util::sync::CancellationToken;

use super::job;
use crate::job::{Handler, Job};
use crate::worker::PrepareError;

const FILE: &str = "test_input.json";

#[derive(serde::Deserialize)]
struct TestJob {
    id: Option<String>,
    input: Option<Box<RawValue>>,
}

pub(crate) async fn run<H, F>(
    flag: Option<String>,
    env: &HashMap<String, String>,
    prepare: F,
    shutdown: CancellationToken,
) -> ExitCode
where
    H: Handler,
    F: Future<Output = Result<H, PrepareError>>,
{
    match shutdown.run_until_cancelled(run_job(flag, env, prepare)).await {
        Some(Ok(())) => ExitCode::SUCCESS,
        Some(Err(problem)) => {
            tracing::error!("{problem}");
            ExitCode::FAILURE
        }
        None => ExitCode::FAILURE,
    }
}

async fn run_job<H, F>(flag: Option<String>, env: &HashMap<String, String>, prepare: F) -> Result<(), String>
where
    H: Handler,
    F: Future<Output = Result<H, PrepareError>>,
{
    let job = read(flag)?;
    let id = job.id.clone();
    let handler = prepare.await.map_err(|error| format!("The worker could not be prepared: {error}"))?;
    tracing::info!(job_id = id, "Started.");
    let output = job::run(&handler, job)
        .await
        .map_err(|error| format!("Job {id} failed with error: {}", job::shown(&error, env)))?;
    tracing::info!("Job {id} completed successfully.");
    // Not a log line: the result is what the person asked for, whole and whatever the log level.
    let _ = writeln!(std::io::stdout().lock(), "Job result: {}", output.get());
    tracing::info!("Local testing complete, exiting.");
    Ok(())
}

fn read(flag: Option<String>) -> Result<Job, String> {
    let text = if let Some(text) = flag {
        tracing::info!("test_input set, using test_input as job input.");
        text
    } else {
        let text = std::fs::read_to_string(FILE).map_err(|_| format!("{FILE} not found, exiting."))?;
        tracing::info!("Using {FILE} as job input.");
        text
    };
    let job: TestJob = serde_json::from_str(&text).map_err(|error| format!("The test input is not a job: {error}"))?;
    let input = job.input.filter(|input| input.get() != "null").ok_or("Job has no input parameter. Unable to run.")?;
    let extra = serde_json::from_str::<Map<String, Value>>(&text).unwrap_or_default();
    let extra = extra.into_iter().filter(|(key, _)| key != "id" && key != "input").collect();
    Ok(Job { id: job.id.unwrap_or_else(|| "local_test".to_owned()), input, extra })
}
