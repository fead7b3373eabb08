//! From a request to its handler: paths, methods, keys, bounded bodies, and the faults that tests ask for.

use std::error::Error;
use std::time::Duration;

use bytes::Bytes;
use http::header::CONTENT_TYPE;
use http::{HeaderValue, Method, Request, Response, StatusCode};
use http_body::Body;
use http_body_util::{BodyExt as _, Limited};

use super::body::Parts;
use super::fault::{Fault, WorkerRoute};
use super::lane::Lane;
use super::problem::Problem;
use super::{Platform, Shared, auth, client_api, worker_api};

/// A body must have arrived within this.
const BODY_TIMEOUT: Duration = Duration::from_secs(120);
/// A body that is too long is read to its end, up to this many times its limit, so that its sender gets to see the answer.
const DRAIN_FACTOR: usize = 4;

/// The connection is to end without an answer: a fault that a test asked for.
#[derive(Debug, thiserror::Error)]
#[error("the connection is cut on purpose")]
pub struct Cut;

/// What every handler needs.
pub(super) struct Call<'a> {
    pub(super) shared: &'a Shared,
    pub(super) lane: &'a Lane,
    pub(super) endpoint: &'a str,
    pub(super) query: Option<&'a str>,
}

pub(super) type Answer = Result<Response<Parts>, Problem>;

impl Platform {
    /// Answers one request.
    ///
    /// # Errors
    /// Only if a test's fault wants the connection cut.
    pub async fn call<B>(&self, request: Request<B>) -> Result<Response<Parts>, Cut>
    where
        B: Body<Data = Bytes> + Unpin,
        B::Error: Into<Box<dyn Error + Send + Sync>>,
    {
        let (head, mut body) = request.into_parts();
        let mut path = head.uri.path().split('/').skip(1);
        let (version, endpoint) = (path.next(), path.next());
        let (Some("v2"), Some(endpoint)) = (version, endpoint) else {
            return Ok(not_found("no such route").into_response());
        };
        let Some(lane) = self.0.lanes.get(endpoint) else {
            return Ok(not_found("endpoint not found").into_response());
        };
        let call = Call { shared: &self.0, lane, endpoint, query: head.uri.query() };
        let rest: [Option<&str>; 4] = std::array::from_fn(|_| path.next().filter(|part| !part.is_empty()));
        if let Some(operation) = worker_api::Operation::parse(&rest) {
            return self.call_worker_side(&call, &operation, &head, &mut body).await;
        }
        let Some(operation) = client_api::Operation::parse(&rest) else {
            return Ok(not_found("no such route").into_response());
        };
        let answer = async {
            auth::check(self.0.options.client_keys.as_ref(), &head.headers)?;
            allow(&head.method, operation.methods())?;
            let body = read(&mut body, operation.max_body(&self.0.options)).await?;
            client_api::answer(&call, &operation, &body).await
        };
        Ok(answer.await.unwrap_or_else(Problem::into_response))
    }

    async fn call_worker_side<B>(
        &self,
        call: &Call<'_>,
        operation: &worker_api::Operation<'_>,
        head: &http::request::Parts,
        body: &mut B,
    ) -> Result<Response<Parts>, Cut>
    where
        B: Body<Data = Bytes> + Unpin,
        B::Error: Into<Box<dyn Error + Send + Sync>>,
    {
        let fault = self.fault(operation.route());
        match fault {
            Some(Fault::Cut) => return Err(Cut),
            Some(Fault::Status(status)) => {
                let status = StatusCode::from_u16(status).unwrap_or(StatusCode::INTERNAL_SERVER_ERROR);
                let _read = read(body, usize::MAX / DRAIN_FACTOR).await;
                return Ok(Problem::new(status, "a fault on purpose").into_response());
            }
            Some(Fault::Empty) => return Ok(no_content()),
            _ => {}
        }
        let answer = async {
            auth::check(self.0.options.worker_keys.as_ref(), &head.headers)?;
            allow(&head.method, operation.methods())?;
            let body = read(body, operation.max_body(&self.0.options)).await?;
            worker_api::answer(call, operation, &body, fault == Some(Fault::Duplicate)).await
        };
        let answer = answer.await.unwrap_or_else(Problem::into_response);
        match fault {
            Some(Fault::CutAnswer) => return Err(Cut),
            Some(Fault::Delay(time)) => tokio::time::sleep(time).await,
            _ => {}
        }
        Ok(answer)
    }

    fn fault(&self, route: WorkerRoute) -> Option<Fault> {
        self.0.options.faults.as_ref()?.next(route)
    }
}

impl Call<'_> {
    /// The first value of a query parameter.
    pub(super) fn parameter(&self, name: &str) -> Option<String> {
        let pairs = url::form_urlencoded::parse(self.query.unwrap_or_default().as_bytes());
        pairs.into_iter().find(|(key, _)| key == name).map(|(_, value)| value.into_owned())
    }
}

/// An answer with JSON.
pub(super) fn json(body: Parts) -> Response<Parts> {
    let mut response = Response::new(body);
    // Exactly this: the SDK's worker compares the whole value.
    response.headers_mut().insert(CONTENT_TYPE, HeaderValue::from_static("application/json"));
    response
}

/// An answer without a body.
pub(super) fn no_content() -> Response<Parts> {
    let mut response = Response::new(Parts::default());
    *response.status_mut() = StatusCode::NO_CONTENT;
    response
}

fn not_found(detail: &str) -> Problem {
    Problem::new(StatusCode::NOT_FOUND, detail)
}

fn allow(method: &Method, methods: &[Method]) -> Result<(), Problem> {
    if methods.contains(method) {
        return Ok(());
    }
    Err(Problem::new(StatusCode::METHOD_NOT_ALLOWED, "method not allowed"))
}

async fn read<B>(body: &mut B, limit: usize) -> Result<Bytes, Problem>
where
    B: Body<Data = Bytes> + Unpin,
    B::Error: Into<Box<dyn Error + Send + Sync>>,
{
    if body.is_end_stream() {
        return Ok(Bytes::new());
    }
    let reading = async {
        match Limited::new(&mut *body, limit).collect().await {
            Ok(whole) => Ok(whole.to_bytes()),
            Err(error) if error.is::<http_body_util::LengthLimitError>() => {
                drain(body, limit.saturating_mul(DRAIN_FACTOR)).await;
                Err(Problem::too_large(limit))
            }
            Err(_) => Err(Problem::bad_request("body", "incomplete")),
        }
    };
    tokio::time::timeout(BODY_TIMEOUT, reading)
        .await
        .unwrap_or_else(|_| Err(Problem::new(StatusCode::REQUEST_TIMEOUT, "the body took too long")))
}

async fn drain<B: Body<Data = Bytes> + Unpin>(body: &mut B, mut left: usize) {
    while let Some(Ok(frame)) = body.frame().await {
        left = left.saturating_sub(frame.data_ref().map_or(0, Bytes::len));
        if left == 0 {
            return;
        }
    }
}
