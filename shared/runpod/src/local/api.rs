//! `--rp_serve_api`: the SDK's development server, to try a handler by hand.
//!
//! It is no model of the platform: `/run` only remembers a job, and asking for its status runs it. Where the SDK insists on
//! POST for `/status` and `/stream`, GET works too, as on the real platform.

mod answer;
mod webhook;

use std::collections::HashMap;
use std::net::SocketAddr;
use std::process::ExitCode;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use bytes::Bytes;
use http::{Method, Request, Response, StatusCode};
use http_body_util::Full;
use hyper::body::Incoming;
use serde_json::value::RawValue;
use service::{BodyLimits, Refusal, ServerLimits};
use tokio_util::sync::CancellationToken;

use super::flags::Flags;
use super::job;
use crate::job::{Handler, Job, JobError};
use crate::worker::PrepareError;
use answer::Answer;

/// As the platform: 20 MB for a job.
const BODY: BodyLimits = BodyLimits {
    max_bytes: 20_000_000,
    idle: Duration::from_secs(10),
    total: Duration::from_secs(120),
    grace: Duration::from_secs(10),
    min_rate: 10_000,
};

#[derive(serde::Deserialize)]
struct JobRequest {
    input: Option<Box<RawValue>>,
    webhook: Option<String>,
}

/// A job that `/run` remembers until it is asked for.
struct Waiting {
    input: Box<RawValue>,
    webhook: Option<String>,
}

struct Api<H> {
    inner: Arc<Inner<H>>,
}

struct Inner<H> {
    handler: H,
    env: HashMap<String, String>,
    waiting: Mutex<HashMap<String, Waiting>>,
}

impl<H> Clone for Api<H> {
    fn clone(&self) -> Self {
        Self { inner: Arc::clone(&self.inner) }
    }
}

pub(crate) async fn run<H, F>(
    flags: &Flags,
    env: &HashMap<String, String>,
    prepare: F,
    shutdown: CancellationToken,
) -> ExitCode
where
    H: Handler,
    F: Future<Output = Result<H, PrepareError>>,
{
    let host = flags.api_host.as_deref().unwrap_or("localhost");
    match serve(host, flags.api_port.unwrap_or(8000), env, prepare, shutdown).await {
        Ok(()) => ExitCode::SUCCESS,
        Err(problem) => {
            tracing::error!("{problem}");
            ExitCode::FAILURE
        }
    }
}

async fn serve<H, F>(
    host: &str,
    port: u16,
    env: &HashMap<String, String>,
    prepare: F,
    shutdown: CancellationToken,
) -> Result<(), String>
where
    H: Handler,
    F: Future<Output = Result<H, PrepareError>>,
{
    let Some(prepared) = shutdown.run_until_cancelled(prepare).await else { return Ok(()) };
    let handler = prepared.map_err(|error| format!("The worker could not be prepared: {error}"))?;
    let address = tokio::net::lookup_host((host, port)).await.ok().and_then(|mut found| found.next());
    let address: SocketAddr = address.ok_or_else(|| format!("{host} is no address to listen on"))?;
    let listener = service::server::bind(address).await?;
    let bound = listener.local_addr().map_err(|error| error.to_string())?;
    tracing::info!("Development server on http://{bound}");
    let api = Api { inner: Arc::new(Inner { handler, env: env.clone(), waiting: Mutex::default() }) };
    service::serve(listener, api, ServerLimits::default(), shutdown.cancelled_owned()).await;
    Ok(())
}

impl<H: Handler> service::Handler for Api<H> {
    type Body = Full<Bytes>;

    async fn call(&self, request: Request<Incoming>) -> Response<Full<Bytes>> {
        let path = request.uri().path().to_owned();
        let (route, id) = match path.trim_start_matches('/').split_once('/') {
            Some((route, id)) if !id.is_empty() && !id.contains('/') => (route.to_owned(), Some(id.to_owned())),
            Some(_) => return Answer::not_found(),
            None => (path.trim_start_matches('/').to_owned(), None),
        };
        let post = request.method() == Method::POST;
        let read = post || request.method() == Method::GET;
        match (route.as_str(), id) {
            ("run" | "runsync", None) if !post => Answer::method_not_allowed(),
            ("run", None) => self.submit(request, false).await,
            ("runsync", None) => self.submit(request, true).await,
            ("status" | "stream", Some(_)) if !read => Answer::method_not_allowed(),
            ("status", Some(id)) => self.status(&id).await,
            ("stream", Some(id)) => self.stream(&id).await,
            _ => Answer::not_found(),
        }
    }

    fn refuse(&self, refusal: Refusal) -> Response<Full<Bytes>> {
        match refusal {
            Refusal::BadFraming(why) => Answer::detail(StatusCode::BAD_REQUEST, why),
            Refusal::Panicked => Answer::detail(StatusCode::INTERNAL_SERVER_ERROR, "Internal Server Error"),
        }
    }
}

impl<H: Handler> Api<H> {
    async fn submit(&self, request: Request<Incoming>, now: bool) -> Response<Full<Bytes>> {
        let body = match service::body::collect(request.into_body(), &BODY).await {
            Ok(body) => body,
            Err(error) => return Answer::detail(StatusCode::PAYLOAD_TOO_LARGE, &error.to_string()),
        };
        let Ok(JobRequest { input, webhook }) = serde_json::from_slice(&body) else {
            return Answer::unprocessable("json_invalid", &["body"], "JSON decode error");
        };
        let Some(input) = input else {
            return Answer::unprocessable("missing", &["body", "input"], "Field required");
        };
        if !input.get().starts_with('{') {
            return Answer::unprocessable("dict_type", &["body", "input"], "Input should be a valid dictionary");
        }
        let id = format!("test-{}", uuid::Uuid::new_v4());
        let job = Waiting { input, webhook };
        if now {
            return self.run(&id, job).await;
        }
        self.waiting().insert(id.clone(), job);
        Answer { id: &id, status: "IN_PROGRESS", ..Answer::default() }.into()
    }

    async fn status(&self, id: &str) -> Response<Full<Bytes>> {
        let job = self.waiting().remove(id);
        match job {
            Some(job) => self.run(id, job).await,
            None => Answer::failed(id, "Job ID not found"),
        }
    }

    async fn stream(&self, id: &str) -> Response<Full<Bytes>> {
        if !self.inner.handler.is_generator() {
            return Answer::failed(id, "Stream not supported, handler must be a generator.");
        }
        let Some(job) = self.waiting().remove(id) else { return Answer::failed(id, "Job ID not found") };
        match self.outcome(id, &job).await {
            Ok(chunks) => {
                let chunks = answer::stream(&chunks);
                webhook::send(job.webhook, &chunks);
                Answer { id, status: "COMPLETED", stream: Some(&chunks), ..Answer::default() }.into()
            }
            Err(error) => Answer::failed(id, &job::shown(&error, &self.inner.env)),
        }
    }

    async fn run(&self, id: &str, job: Waiting) -> Response<Full<Bytes>> {
        match self.outcome(id, &job).await {
            Ok(output) => {
                webhook::send(job.webhook, &answer::output(&output));
                Answer { id, status: "COMPLETED", output: Some(&output), ..Answer::default() }.into()
            }
            Err(error) => Answer::failed(id, &job::shown(&error, &self.inner.env)),
        }
    }

    async fn outcome(&self, id: &str, job: &Waiting) -> Result<Box<RawValue>, JobError> {
        let job = Job { id: id.to_owned(), input: job.input.clone(), extra: serde_json::Map::new() };
        job::run(&self.inner.handler, job).await
    }

    fn waiting(&self) -> std::sync::MutexGuard<'_, HashMap<String, Waiting>> {
        self.inner.waiting.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
