//! A worker whose behaviour the job's input chooses, for black-box tests of both sides of the protocol.
//!
//! It understands the inputs of RunPod's own mock worker: `mock_return` (any JSON), `mock_delay` (seconds), `mock_error`
//! (text), `mock_crash` (panic), `mock_progress` (`{"updates": n, "wait_time": seconds}`), and, when started with
//! `--generator`, `mock_stream` (a list of chunks). `--return_aggregate_stream` repeats the chunks in the final post.

use std::process::ExitCode;
use std::time::Duration;

use runpod::{Handler, Job, JobContext, JobError, PrepareError};
use serde::Deserialize;
use serde_json::value::RawValue;

#[derive(Deserialize)]
struct Input {
    mock_return: Option<Box<RawValue>>,
    #[serde(default)]
    mock_delay: f64,
    mock_error: Option<String>,
    #[serde(default)]
    mock_crash: bool,
    mock_progress: Option<Progress>,
    #[serde(default)]
    mock_stream: Vec<Box<RawValue>>,
}

#[derive(Deserialize)]
struct Progress {
    updates: u32,
    #[serde(default)]
    wait_time: f64,
}

struct Echo {
    generator: bool,
    aggregate: bool,
}

impl Handler for Echo {
    async fn run(&self, job: Job, context: JobContext) -> Result<Box<RawValue>, JobError> {
        let input: Input = serde_json::from_str(job.input.get())
            .map_err(|_| JobError::new("ValueError", "the input is none that this worker knows"))?;
        if let Some(progress) = &input.mock_progress {
            for update in 0..progress.updates {
                context.progress(&format!("Update {update}")).await;
                pause(progress.wait_time).await;
            }
        }
        for chunk in &input.mock_stream {
            context.chunk(chunk).await?;
        }
        pause(input.mock_delay).await;
        if let Some(message) = input.mock_error {
            return Err(JobError::new("<class 'Exception'>", message));
        }
        #[expect(clippy::panic, reason = "a crash is what the job asks for")]
        if input.mock_crash {
            panic!("crash as asked for");
        }
        Ok(input.mock_return.unwrap_or_default())
    }

    fn is_generator(&self) -> bool {
        self.generator
    }

    fn aggregates_stream(&self) -> bool {
        self.aggregate
    }
}

async fn pause(seconds: f64) {
    if let Ok(pause) = Duration::try_from_secs_f64(seconds)
        && !pause.is_zero()
    {
        tokio::time::sleep(pause).await;
    }
}

#[tokio::main]
async fn main() -> ExitCode {
    let args: Vec<String> = std::env::args().skip(1).collect();
    let has = |flag: &str| args.iter().any(|arg| arg == flag);
    let echo = Echo { generator: has("--generator"), aggregate: has("--return_aggregate_stream") };
    let shutdown = runpod::shutdown_on_signals();
    runpod::start(args, std::env::vars(), async move { Ok::<_, PrepareError>(echo) }, shutdown).await
}
