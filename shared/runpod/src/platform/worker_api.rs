//! The side of workers: job-take, job-take-batch, job-stop, ping, job-done, job-stream.

use std::borrow::Cow;

use bytes::Bytes;
use http::{Method, Response};
use serde::Deserialize;
use serde_json::value::RawValue;
use tokio::time::Instant;

use super::body::{Parts, Writer};
use super::client_api::slice;
use super::fault::WorkerRoute;
use super::job::Id;
use super::options::{Options, StopPod};
use super::problem::Problem;
use super::queue::Outcome;
use super::route::{Answer, Call, json, no_content};

/// Largest batch handed out at once, whatever the worker asks for.
const MAX_BATCH: usize = 100;
/// Takes, stops and pings have no body.
const NO_BODY: usize = 4096;

/// What a worker asks for.
pub(super) enum Operation<'a> {
    Take { worker: &'a str },
    TakeBatch { worker: &'a str },
    Stop { worker: &'a str },
    Ping { worker: &'a str },
    Done { worker: &'a str, job: &'a str },
    Stream { job: &'a str },
}

impl<'a> Operation<'a> {
    /// From the path behind the endpoint.
    pub(super) fn parse(path: &[Option<&'a str>; 4]) -> Option<Operation<'a>> {
        Some(match *path {
            [Some("job-take"), Some(worker), None, _] => Operation::Take { worker },
            [Some("job-take-batch"), Some(worker), None, _] => Operation::TakeBatch { worker },
            [Some("job-stop"), Some(worker), None, _] => Operation::Stop { worker },
            [Some("ping"), Some(worker), None, _] => Operation::Ping { worker },
            [Some("job-done"), Some(worker), Some(job), None] => Operation::Done { worker, job },
            [Some("job-stream"), Some(_), Some(job), None] => Operation::Stream { job },
            _ => return None,
        })
    }

    pub(super) fn route(&self) -> WorkerRoute {
        match self {
            Operation::Take { .. } | Operation::TakeBatch { .. } => WorkerRoute::Take,
            Operation::Stop { .. } => WorkerRoute::Stop,
            Operation::Ping { .. } => WorkerRoute::Ping,
            Operation::Done { .. } => WorkerRoute::Done,
            Operation::Stream { .. } => WorkerRoute::Stream,
        }
    }

    pub(super) fn methods(&self) -> &'static [Method] {
        match self {
            Operation::Done { .. } | Operation::Stream { .. } => &[Method::POST],
            _ => &[Method::GET],
        }
    }

    pub(super) fn max_body(&self, options: &Options) -> usize {
        match self {
            Operation::Done { job, .. } if job.starts_with("sync-") => options.max_runsync_body,
            Operation::Done { .. } => options.max_run_body,
            Operation::Stream { .. } => options.max_chunk,
            _ => NO_BODY,
        }
    }
}

pub(super) async fn answer(call: &Call<'_>, operation: &Operation<'_>, body: &Bytes, duplicate: bool) -> Answer {
    match operation {
        Operation::Take { worker } => Ok(take(call, worker, None, duplicate).await),
        Operation::TakeBatch { worker } => {
            let size = call.parameter("batch_size").and_then(|size| size.parse().ok());
            let size: usize = size.ok_or_else(|| Problem::bad_request("batch_size", "missing or no number"))?;
            Ok(take(call, worker, Some(size.clamp(1, MAX_BATCH)), duplicate).await)
        }
        Operation::Stop { worker } => Ok(stop(call, worker).await),
        Operation::Ping { worker } => Ok(ping(call, worker)),
        Operation::Done { worker, job } => done(call, worker, job, body),
        Operation::Stream { job } => stream(call, job, body),
    }
}

/// Holds until there is a job; a batch is answered as an array.
async fn take(call: &Call<'_>, worker: &str, batch: Option<usize>, duplicate: bool) -> Response<Parts> {
    let until = Instant::now() + call.shared.options.timing.take_hold;
    loop {
        let work = call.lane.work.notified();
        tokio::pin!(work);
        // Listening before looking: a job that is queued in between is not missed.
        work.as_mut().enable();
        if let Some(jobs) = hand_out(call, worker, batch, duplicate) {
            return json(jobs);
        }
        tokio::select! {
            () = work => {}
            () = tokio::time::sleep_until(until) => break,
            () = call.shared.closing.cancelled() => break,
        }
    }
    // The end of a poll is a sign of life too.
    call.lane.queue().ping(worker, std::iter::empty(), false, Instant::now());
    no_content()
}

fn hand_out(call: &Call<'_>, worker: &str, batch: Option<usize>, duplicate: bool) -> Option<Parts> {
    let mut queue = call.lane.queue();
    let jobs = queue.take(worker, batch.unwrap_or(1), duplicate, Instant::now());
    let mut to = Writer::default();
    if batch.is_some() {
        to.text("[");
    }
    for (n, job) in jobs.iter().enumerate() {
        to.text(if n == 0 { "" } else { "," });
        job.write_for_worker(&mut to);
        tracing::debug!(endpoint = call.endpoint, job = %job.id, worker, "a job was handed out");
    }
    if batch.is_some() {
        to.text("]");
    }
    let found = !jobs.is_empty();
    drop(queue);
    if found && duplicate {
        call.lane.work.notify_one();
    }
    found.then(|| to.finish())
}

/// Holds until a job of this worker is to be stopped.
async fn stop(call: &Call<'_>, worker: &str) -> Response<Parts> {
    let until = Instant::now() + call.shared.options.timing.stop_hold;
    loop {
        let told = match call.lane.queue().take_stops(worker, Instant::now()) {
            Ok(jobs) => return json(jobs_to_stop(&jobs)),
            Err(told) => told,
        };
        tokio::select! {
            () = told => {}
            () = tokio::time::sleep_until(until) => return no_content(),
            () = call.shared.closing.cancelled() => return no_content(),
        }
    }
}

fn jobs_to_stop(jobs: &[Id]) -> Parts {
    let jobs: Vec<&str> = jobs.iter().map(|id| &**id).collect();
    let mut to = Writer::default();
    to.text("{\"jobsToStop\":").value(&jobs).text("}");
    to.finish()
}

fn ping(call: &Call<'_>, worker: &str) -> Response<Parts> {
    let jobs = call.parameter("job_id").unwrap_or_default();
    let unhealthy = call.parameter("status").is_some_and(|status| status == "unhealthy");
    if unhealthy {
        tracing::warn!(endpoint = call.endpoint, worker, "a worker reports that it is unhealthy");
    }
    call.lane.queue().ping(worker, jobs.split(','), unhealthy, Instant::now());
    json(Parts::from("{\"status\":\"ok\"}"))
}

/// The body of `job-done`: a result, an error, or a progress update.
#[derive(Deserialize)]
struct Done<'a> {
    #[serde(borrow)]
    status: Option<Cow<'a, str>>,
    /// Twice optional, because an output of `null` is an output.
    #[serde(borrow, default, deserialize_with = "present")]
    output: Option<&'a RawValue>,
    #[serde(borrow)]
    error: Option<&'a RawValue>,
    #[serde(rename = "stopPod", default)]
    stop_pod: bool,
}

fn present<'de, D: serde::Deserializer<'de>>(deserializer: D) -> Result<Option<&'de RawValue>, D::Error> {
    <&RawValue>::deserialize(deserializer).map(Some)
}

fn done(call: &Call<'_>, worker: &str, job: &str, body: &Bytes) -> Answer {
    let done: Done<'_> = serde_json::from_slice(body).map_err(|_| Problem::bad_request("body", "json is invalid"))?;
    let output = done.output.map(|output| slice(body, output));
    let not_found = |_| Problem::job_not_found();
    if done.status.as_deref() == Some("IN_PROGRESS") {
        call.lane.queue().progress(job, output).map_err(not_found)?;
        return Ok(accepted());
    }
    let outcome = Outcome::Posted { worker, output, error: done.error.map(|error| slice(body, error)) };
    let delivery = call.lane.queue().finish(job, outcome, Instant::now()).map_err(not_found)?;
    tracing::debug!(endpoint = call.endpoint, job, worker, "a job was answered");
    if let Some(delivery) = delivery {
        call.shared.deliver(delivery);
    }
    if done.stop_pod
        && let Some(stop_pod) = &call.shared.options.stop_pod
    {
        // Nobody listening any more means that nobody restarts workers.
        let _nobody = stop_pod.send(StopPod { endpoint: call.endpoint.to_owned(), worker: worker.to_owned() });
    }
    Ok(accepted())
}

fn stream(call: &Call<'_>, job: &str, body: &Bytes) -> Answer {
    let chunk: &RawValue = serde_json::from_slice(body).map_err(|_| Problem::bad_request("body", "json is invalid"))?;
    if !chunk.get().starts_with('{') {
        return Err(Problem::bad_request("body", "not an object"));
    }
    call.lane.queue().chunk(job, slice(body, chunk)).map_err(|_| Problem::job_not_found())?;
    Ok(accepted())
}

fn accepted() -> Response<Parts> {
    json(Parts::from("{}"))
}
