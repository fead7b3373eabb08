//! The two worker programs: RunPod's loop around [`Service`].

use std::process::ExitCode;
use std::sync::Arc;

use contract::{Error, ErrorCode};
use runpod::worker::PrepareError;
use runpod::{Handler, Job, JobContext, JobError};
use serde::Serialize;
use serde::de::DeserializeOwned;
use serde_json::value::{RawValue, to_raw_value};
use service::Environment;

use crate::config::Config;
use crate::document::pdf;
use crate::role::Role;
use crate::service::Service;

/// Exit code for unusable configuration (`EX_USAGE` of sysexits).
const BAD_CONFIGURATION: u8 = 64;

/// A worker's handler.
struct Worker {
    role: Role,
    service: Arc<Service>,
}

impl Handler for Worker {
    async fn run(&self, job: Job, _: JobContext) -> Result<Box<RawValue>, JobError> {
        let answer = match self.role {
            Role::Classify => Box::pin(self.service.classify(&input(&job)?)).await.and_then(|a| output(&a)),
            Role::Extract => Box::pin(self.service.extract(&input(&job)?)).await.and_then(|a| output(&a)),
        };
        answer.map_err(job_error)
    }
}

/// The whole program: also the child process that renders PDFs, when called as such. `args` come without the program's name.
pub fn main_with(role: Role, args: Vec<String>, env: Vec<(String, String)>) -> ExitCode {
    if args.first().is_some_and(|first| first == pdf::CHILD_ARGUMENT) {
        return pdf::child_main();
    }
    let config = match Config::read(Environment::from_iter(env.clone()), role) {
        Ok(config) => config,
        Err(error) => {
            eprintln!("{error}");
            return ExitCode::from(BAD_CONFIGURATION);
        }
    };
    match tokio::runtime::Builder::new_multi_thread().enable_all().build() {
        Ok(runtime) => runtime.block_on(work(role, config, args, env)),
        Err(error) => {
            eprintln!("the runtime could not be started: {error}");
            ExitCode::FAILURE
        }
    }
}

async fn work(role: Role, config: Config, args: Vec<String>, env: Vec<(String, String)>) -> ExitCode {
    let prepare = async move {
        match Box::pin(Service::load(config, role)).await {
            Ok(service) => Ok(Worker { role, service: Arc::new(service) }),
            Err(error) => Err(PrepareError::new(ErrorCode::ModelUnavailable.name(), error.to_string())),
        }
    };
    runpod::start(args, env, prepare, runpod::shutdown_on_signals()).await
}

/// The request in a job. The reason of a failure names a place, never what stands there.
fn input<T: DeserializeOwned>(job: &Job) -> Result<T, JobError> {
    serde_json::from_str(job.input.get()).map_err(|e| {
        let message = format!("the input is not a request of this worker (line {}, column {})", e.line(), e.column());
        job_error(Error::new(ErrorCode::InvalidRequest, message))
    })
}

fn output<T: Serialize>(answer: &T) -> Result<Box<RawValue>, Error> {
    to_raw_value(answer).map_err(|_| Error::new(ErrorCode::Internal, "the answer could not be written"))
}

fn job_error(error: Error) -> JobError {
    JobError::new(error.code.name(), error.message)
}
