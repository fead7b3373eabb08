//! The side of clients: run, runsync, status, status-sync, stream, cancel, retry, purge-queue, health.

use std::borrow::Cow;
use std::ops::RangeInclusive;
use std::sync::Arc;
use std::time::Duration;

use bytes::Bytes;
use http::{Method, StatusCode};
use serde::Deserialize;
use serde_json::value::RawValue;
use tokio::time::Instant;

use super::body::{Parts, Writer};
use super::job::{Job, Submission};
use super::options::{Options, Timing};
use super::problem::Problem;
use super::queue::{Full, Refusal};
use super::route::{Answer, Call, json};

const WAIT_MS: RangeInclusive<u64> = 1000..=300_000;
const WAIT_FOR_RESULT: Duration = Duration::from_secs(90);
const WAIT_FOR_CHUNK: Duration = Duration::from_secs(10);
const EXECUTION_TIMEOUT_MS: RangeInclusive<u64> = 5_000..=604_800_000;
const TTL_MS: RangeInclusive<u64> = 10_000..=604_800_000;
/// Requests without a body of their own may carry `{}` and a little more.
const SMALL_BODY: usize = 64 << 10;

/// What a client asks for.
pub(super) enum Operation<'a> {
    Run,
    RunSync,
    Status(&'a str),
    StatusSync(&'a str),
    Stream(&'a str),
    Cancel(&'a str),
    Retry(&'a str),
    PurgeQueue,
    Health,
}

impl<'a> Operation<'a> {
    /// From the path behind the endpoint.
    pub(super) fn parse(path: &[Option<&'a str>; 4]) -> Option<Operation<'a>> {
        Some(match *path {
            [Some("run"), None, ..] => Operation::Run,
            [Some("runsync"), None, ..] => Operation::RunSync,
            [Some("purge-queue"), None, ..] => Operation::PurgeQueue,
            [Some("health"), None, ..] => Operation::Health,
            [Some(verb), Some(id), None, ..] => match verb {
                "status" => Operation::Status(id),
                "status-sync" => Operation::StatusSync(id),
                "stream" => Operation::Stream(id),
                "cancel" => Operation::Cancel(id),
                "retry" => Operation::Retry(id),
                _ => return None,
            },
            _ => return None,
        })
    }

    pub(super) fn methods(&self) -> &'static [Method] {
        match self {
            Operation::Status(_) | Operation::StatusSync(_) | Operation::Stream(_) => &[Method::GET, Method::POST],
            Operation::Health => &[Method::GET],
            _ => &[Method::POST],
        }
    }

    pub(super) fn max_body(&self, options: &Options) -> usize {
        match self {
            Operation::Run => options.max_run_body,
            Operation::RunSync => options.max_runsync_body,
            _ => SMALL_BODY,
        }
    }
}

pub(super) async fn answer(call: &Call<'_>, operation: &Operation<'_>, body: &Bytes) -> Answer {
    let now = Instant::now();
    let not_found = |_| Problem::job_not_found();
    Ok(json(match operation {
        Operation::Run => submit(call, body, false)?.1,
        Operation::RunSync => {
            let wait = wait(call, WAIT_FOR_RESULT)?;
            let (id, short) = submit(call, body, true)?;
            match after(call, &id, wait, Job::is_finished).await {
                // It may have been deleted meanwhile: what is known is the submission.
                None => short,
                Some(Progress::Reached) => show(call, &id, Job::view)?,
                Some(Progress::NotYet) => show(call, &id, Job::short_view)?,
            }
        }
        Operation::Status(id) => show(call, id, Job::view)?,
        Operation::StatusSync(id) => {
            after(call, id, wait(call, WAIT_FOR_RESULT)?, Job::is_finished).await;
            show(call, id, Job::view)?
        }
        Operation::Stream(id) => {
            let has_news = |job: &Job| job.is_finished() || !job.chunks.is_empty();
            after(call, id, wait(call, WAIT_FOR_CHUNK)?, has_news).await;
            call.lane.queue().drain(id).ok_or_else(Problem::job_not_found)?
        }
        Operation::Cancel(id) => call.lane.queue().cancel(id, now).map(Job::short_view).map_err(not_found)?,
        Operation::Retry(id) => {
            let short = call.lane.queue().retry(id, now).map(Job::short_view).map_err(refuse_retry)?;
            call.lane.work.notify_one();
            short
        }
        Operation::PurgeQueue => purged(call.lane.queue().purge(now)),
        Operation::Health => {
            Parts::from(Bytes::from(serde_json::to_vec(&call.lane.queue().health()).unwrap_or_default()))
        }
    }))
}

#[derive(Deserialize)]
struct RunRequest<'a> {
    #[serde(borrow)]
    input: Option<&'a RawValue>,
    #[serde(borrow)]
    webhook: Option<Cow<'a, str>>,
    policy: Option<Policy>,
    #[serde(borrow, rename = "s3Config")]
    s3_config: Option<&'a RawValue>,
}

#[derive(Default, Deserialize)]
#[serde(default, rename_all = "camelCase")]
struct Policy {
    execution_timeout: Option<u64>,
    ttl: Option<u64>,
}

/// Queues a job; its id, and the answer to a client that does not wait.
fn submit(call: &Call<'_>, body: &Bytes, sync: bool) -> Result<(super::job::Id, Parts), Problem> {
    let submission = submission(&call.shared.options, body, sync)?;
    let mut queue = call.lane.queue();
    let job = queue
        .submit(submission, Instant::now())
        .map_err(|Full| Problem::new(StatusCode::TOO_MANY_REQUESTS, "too many requests: the queue is full"))?;
    let submitted = (Arc::clone(&job.id), job.short_view());
    drop(queue);
    call.lane.work.notify_one();
    tracing::debug!(endpoint = call.endpoint, job = %submitted.0, "a job was queued");
    Ok(submitted)
}

fn submission(options: &Options, body: &Bytes, sync: bool) -> Result<Submission, Problem> {
    let request: RunRequest<'_> =
        serde_json::from_slice(body).map_err(|_| Problem::bad_request("body", "not a JSON object with an input"))?;
    let input = request.input.ok_or_else(|| Problem::bad_request("input", "missing"))?;
    let policy = request.policy.unwrap_or_default();
    let limit = |asked: Option<u64>, range: &RangeInclusive<u64>, default: Duration| {
        asked.map_or(default, |ms| Duration::from_millis(ms.clamp(*range.start(), *range.end())))
    };
    let Timing { execution_timeout, ttl, .. } = options.timing;
    Ok(Submission {
        input: Some(slice(body, input)).filter(|input| !(options.drop_empty_input && is_empty_object(input))),
        webhook: request.webhook.filter(|webhook| !webhook.is_empty()).map(Into::into),
        s3_config: request.s3_config.map(|config| slice(body, config)),
        execution_timeout: limit(policy.execution_timeout, &EXECUTION_TIMEOUT_MS, execution_timeout),
        ttl: limit(policy.ttl, &TTL_MS, ttl),
        sync,
    })
}

/// The bytes of a part of `body`, without a copy.
pub(super) fn slice(body: &Bytes, part: &RawValue) -> Bytes {
    body.slice_ref(part.get().as_bytes())
}

fn is_empty_object(json: &[u8]) -> bool {
    json.iter().filter(|byte| !byte.is_ascii_whitespace()).eq(b"{}")
}

fn wait(call: &Call<'_>, default: Duration) -> Result<Duration, Problem> {
    let Some(wait) = call.parameter("wait") else { return Ok(default) };
    match wait.parse() {
        Ok(ms) if WAIT_MS.contains(&ms) => Ok(Duration::from_millis(ms)),
        _ => Err(Problem::bad_request("wait", "must be an integer from 1000 to 300000 (milliseconds)")),
    }
}

enum Progress {
    Reached,
    NotYet,
}

/// Waits until the job is as wanted, the time is over, or the platform closes. None: there is no such job (any more).
async fn after(call: &Call<'_>, id: &str, wait: Duration, wanted: impl Fn(&Job) -> bool) -> Option<Progress> {
    let until = Instant::now() + wait;
    loop {
        // Made under the lock: a change after it is not missed.
        let changed = {
            let queue = call.lane.queue();
            let job = queue.get(id)?;
            if wanted(job) {
                return Some(Progress::Reached);
            }
            Arc::clone(&job.changed).notified_owned()
        };
        tokio::select! {
            () = changed => {}
            () = tokio::time::sleep_until(until) => return Some(Progress::NotYet),
            () = call.shared.closing.cancelled() => return Some(Progress::NotYet),
        }
    }
}

fn show(call: &Call<'_>, id: &str, how: impl Fn(&Job) -> Parts) -> Result<Parts, Problem> {
    call.lane.queue().get(id).map(how).ok_or_else(Problem::job_not_found)
}

fn refuse_retry(refusal: Refusal) -> Problem {
    match refusal {
        Refusal::NotFound => Problem::job_not_found(),
        Refusal::WrongState(status) => {
            Problem::bad_request("job", &format!("can't be retried in status {}", status.name()))
        }
    }
}

fn purged(removed: usize) -> Parts {
    let mut to = Writer::default();
    to.text("{\"removed\":").value(&removed).text(",\"status\":\"completed\"}");
    to.finish()
}
