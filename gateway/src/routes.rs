//! From a request to its answer: finds the route by path and method, and wraps every answer in a request id and an access line.

mod documents;

use std::sync::Arc;

use contract::ErrorCode;
use http::{HeaderValue, Method, Request, StatusCode};
use hyper::body::Incoming;
use service::request_id::HEADER;
use service::{Handler, Refusal, RequestId};

use crate::access::Access;
use crate::answer::{self, Answer, Failure};
use crate::app::{App, Parts};
use crate::{Service, health};

/// A path of the API.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Route {
    Documents(Service),
    Live,
    Ready,
    Health,
    Metrics,
    Unknown,
}

impl Route {
    fn of(path: &str) -> Route {
        match path {
            "/v1/classify" => Route::Documents(Service::Classify),
            "/v1/extract" => Route::Documents(Service::Extract),
            "/live" => Route::Live,
            "/ready" => Route::Ready,
            "/health" => Route::Health,
            "/metrics" => Route::Metrics,
            _ => Route::Unknown,
        }
    }

    /// The route in logs and metrics. An unknown path is the caller's text and stays out of them.
    fn name(self) -> &'static str {
        match self {
            Route::Documents(Service::Classify) => "/v1/classify",
            Route::Documents(Service::Extract) => "/v1/extract",
            Route::Live => "/live",
            Route::Ready => "/ready",
            Route::Health => "/health",
            Route::Metrics => "/metrics",
            Route::Unknown => "unknown",
        }
    }

    fn allow(self) -> &'static str {
        match self {
            Route::Documents(_) => "POST, OPTIONS",
            _ => "GET, HEAD, OPTIONS",
        }
    }

    fn takes(self, method: &Method) -> bool {
        match self {
            Route::Documents(_) => method == Method::POST,
            _ => method == Method::GET || method == Method::HEAD,
        }
    }
}

impl Handler for App {
    type Body = http_body_util::Full<bytes::Bytes>;

    async fn call(&self, request: Request<Incoming>) -> Answer {
        let route = Route::of(request.uri().path());
        let id = RequestId::from_header(request.headers().get(HEADER));
        let mut access = Access::begin(Arc::clone(&self.0.metrics), id, request.method(), route.name());
        let mut answer = respond(&self.0, route, request, &mut access).await;
        answer.headers_mut().insert(HEADER, access.id.header_value());
        access.finish(answer.status().as_u16());
        answer
    }

    fn refuse(&self, refusal: Refusal) -> Answer {
        let failure = match refusal {
            Refusal::BadFraming(what) => {
                self.0.metrics.refused();
                Failure::new(ErrorCode::BadRequest, what)
            }
            Refusal::Panicked => Failure::new(ErrorCode::Internal, "the request failed"),
        };
        let id = RequestId::random();
        tracing::warn!(request_id = id.as_str(), code = failure.error.code.name(), "request refused");
        let mut answer = answer::failure(&failure, &id);
        answer.headers_mut().insert(HEADER, id.header_value());
        answer
    }
}

async fn respond(app: &Parts, route: Route, request: Request<Incoming>, access: &mut Access) -> Answer {
    if route == Route::Unknown {
        return failure(&Failure::new(ErrorCode::NotFound, "no such path"), access);
    }
    if request.method() == Method::OPTIONS {
        return answer::options(route.allow());
    }
    if !route.takes(request.method()) {
        let allowed = route.allow();
        let mut answer =
            failure(&Failure::new(ErrorCode::MethodNotAllowed, format!("this path takes {allowed}")), access);
        answer.headers_mut().insert(http::header::ALLOW, HeaderValue::from_static(allowed));
        return answer;
    }
    match route {
        Route::Documents(service) => documents::answer(app, service, request, access).await,
        Route::Live => answer::json(StatusCode::OK, r#"{"status":"live"}"#),
        Route::Ready if app.is_draining() => answer::json(StatusCode::SERVICE_UNAVAILABLE, r#"{"status":"draining"}"#),
        Route::Ready => answer::json(StatusCode::OK, r#"{"status":"ready"}"#),
        Route::Health => health::answer(app).await,
        Route::Metrics => metrics(app),
        Route::Unknown => failure(&Failure::new(ErrorCode::NotFound, "no such path"), access),
    }
}

fn metrics(app: &Parts) -> Answer {
    let mut answer = answer::json(StatusCode::OK, app.metrics.render());
    let text = HeaderValue::from_static("text/plain; version=0.0.4; charset=utf-8");
    answer.headers_mut().insert(http::header::CONTENT_TYPE, text);
    answer
}

/// An error answer that the access line knows the code of.
fn failure(failure: &Failure, access: &mut Access) -> Answer {
    access.code = Some(failure.error.code.name());
    answer::failure(failure, &access.id)
}
