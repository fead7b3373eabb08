//! One log line and one count per request, whatever becomes of it: also when its caller goes away and its future is dropped.

use std::sync::Arc;
use std::time::{Duration, Instant};

use http::Method;
use service::RequestId;

use crate::job::Facts;
use crate::metrics::Metrics;

/// Status that stands for "the caller went away" in logs and metrics, as nginx has it. Nobody receives it.
const CALLER_GONE: u16 = 499;

/// Status that the server answers with after a panic.
const PANICKED: u16 = 500;

/// What is known of a request so far. Written to the log when it is dropped.
pub(crate) struct Access {
    metrics: Arc<Metrics>,
    started: Instant,
    pub(crate) id: RequestId,
    method: &'static str,
    route: &'static str,
    /// Fingerprint of the caller's key.
    pub(crate) caller: Option<String>,
    pub(crate) body_bytes: usize,
    pub(crate) code: Option<&'static str>,
    pub(crate) facts: Facts,
    status: u16,
}

impl Access {
    pub(crate) fn begin(metrics: Arc<Metrics>, id: RequestId, method: &Method, route: &'static str) -> Access {
        metrics.begin();
        Access {
            metrics,
            started: Instant::now(),
            id,
            method: known(method),
            route,
            caller: None,
            body_bytes: 0,
            code: None,
            facts: Facts::default(),
            status: CALLER_GONE,
        }
    }

    pub(crate) fn finish(mut self, status: u16) {
        self.status = status;
    }
}

impl Drop for Access {
    fn drop(&mut self) {
        if std::thread::panicking() {
            self.status = PANICKED;
        }
        let duration = self.started.elapsed();
        self.metrics.end(self.route, self.status, duration);
        tracing::info!(
            target: "access",
            request_id = self.id.as_str(),
            method = self.method,
            route = self.route,
            status = self.status,
            code = self.code,
            duration_ms = milliseconds(duration),
            caller = self.caller.as_deref(),
            body_bytes = self.body_bytes,
            job_id = self.facts.job_id.as_deref(),
            retries = self.facts.retries,
            polls = self.facts.polls,
            upstream_ms = milliseconds(self.facts.upstream),
            "request"
        );
    }
}

/// An unknown method is the caller's text and stays out of the log.
fn known(method: &Method) -> &'static str {
    match *method {
        Method::GET => "GET",
        Method::HEAD => "HEAD",
        Method::POST => "POST",
        Method::OPTIONS => "OPTIONS",
        Method::PUT => "PUT",
        Method::DELETE => "DELETE",
        Method::PATCH => "PATCH",
        _ => "other",
    }
}

/// To the microsecond.
fn milliseconds(time: Duration) -> f64 {
    (time.as_secs_f64() * 1e6).round() / 1e3
}
