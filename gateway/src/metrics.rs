//! The gateway's Prometheus metrics. Handles are made once and kept: no lookup by name on a request's path, and no global
//! recorder, so that two gateways in one process don't count together.
//!
//! | name | labels |
//! |---|---|
//! | `docproc_gateway_requests_total` | `route`, `status` (499: the caller went away) |
//! | `docproc_gateway_request_duration_seconds` (histogram) | `route`, `status` |
//! | `docproc_gateway_requests_in_flight` | |
//! | `docproc_gateway_bad_framing_total` (no request by the rules of HTTP, in no other count) | |
//! | `docproc_gateway_upstream_calls_total` | `endpoint`, `call` |
//! | `docproc_gateway_upstream_retries_total` | `endpoint` |

use std::collections::HashMap;
use std::sync::{PoisonError, RwLock};
use std::time::Duration;

use metrics::{Counter, Gauge, Histogram, counter, gauge, histogram, with_local_recorder};
use metrics_exporter_prometheus::{BuildError, Matcher, PrometheusBuilder, PrometheusHandle, PrometheusRecorder};

use crate::Service;

const DURATION: &str = "docproc_gateway_request_duration_seconds";
/// Upper bounds in seconds: from an answer out of a warm worker to the longest deadline.
const BUCKETS: [f64; 13] = [0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0, 15.0, 60.0, 120.0];

/// A kind of call to the platform.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Call {
    RunSync,
    StatusSync,
    Status,
    Cancel,
    Health,
}

impl Call {
    const ALL: [Call; 5] = [Call::RunSync, Call::StatusSync, Call::Status, Call::Cancel, Call::Health];

    fn name(self) -> &'static str {
        match self {
            Call::RunSync => "runsync",
            Call::StatusSync => "status-sync",
            Call::Status => "status",
            Call::Cancel => "cancel",
            Call::Health => "health",
        }
    }
}

/// Counters of the calls to one endpoint.
pub(crate) struct Calls {
    calls: [Counter; Call::ALL.len()],
    retries: Counter,
}

impl Calls {
    pub(crate) fn count(&self, call: Call) {
        if let Some(counter) = self.calls.get(call as usize) {
            counter.increment(1);
        }
    }

    pub(crate) fn retried(&self) {
        self.retries.increment(1);
    }
}

/// A route and the status that it answered with.
type Answered = (&'static str, u16);

/// All metrics of one gateway.
pub(crate) struct Metrics {
    recorder: PrometheusRecorder,
    handle: PrometheusHandle,
    in_flight: Gauge,
    bad_framing: Counter,
    answers: RwLock<HashMap<Answered, (Counter, Histogram)>>,
}

impl Metrics {
    pub(crate) fn new() -> Result<Metrics, BuildError> {
        let builder = PrometheusBuilder::new().set_buckets_for_metric(Matcher::Full(DURATION.to_owned()), &BUCKETS)?;
        let recorder = builder.build_recorder();
        let in_flight = with_local_recorder(&recorder, || gauge!("docproc_gateway_requests_in_flight"));
        let bad_framing = with_local_recorder(&recorder, || counter!("docproc_gateway_bad_framing_total"));
        Ok(Metrics { handle: recorder.handle(), recorder, in_flight, bad_framing, answers: RwLock::default() })
    }

    pub(crate) fn calls(&self, service: Service) -> Calls {
        let endpoint = service.name();
        with_local_recorder(&self.recorder, || Calls {
            calls: Call::ALL.map(
                |call| counter!("docproc_gateway_upstream_calls_total", "endpoint" => endpoint, "call" => call.name()),
            ),
            retries: counter!("docproc_gateway_upstream_retries_total", "endpoint" => endpoint),
        })
    }

    pub(crate) fn refused(&self) {
        self.bad_framing.increment(1);
    }

    pub(crate) fn begin(&self) {
        self.in_flight.increment(1.0);
    }

    /// Counts an answer, or 499 for a caller that went away before it.
    pub(crate) fn end(&self, route: &'static str, status: u16, duration: Duration) {
        self.in_flight.decrement(1.0);
        let seconds = duration.as_secs_f64();
        let known = self.answers.read().unwrap_or_else(PoisonError::into_inner);
        if let Some((counter, histogram)) = known.get(&(route, status)) {
            counter.increment(1);
            histogram.record(seconds);
            return;
        }
        drop(known);
        let (counter, histogram) = with_local_recorder(&self.recorder, || {
            let status = status.to_string();
            (
                counter!("docproc_gateway_requests_total", "route" => route, "status" => status.clone()),
                histogram!(DURATION, "route" => route, "status" => status),
            )
        });
        counter.increment(1);
        histogram.record(seconds);
        let mut known = self.answers.write().unwrap_or_else(PoisonError::into_inner);
        known.insert((route, status), (counter, histogram));
    }

    pub(crate) fn render(&self) -> String {
        self.handle.render()
    }

    /// Folds raw samples into buckets. Without it they would pile up while nobody scrapes.
    pub(crate) fn fold(&self) {
        self.handle.run_upkeep();
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn answers_and_calls_show_under_their_documented_names() {
        let metrics = Metrics::new().unwrap();
        let calls = metrics.calls(Service::Classify);
        calls.count(Call::StatusSync);
        calls.retried();
        metrics.begin();
        metrics.end("/v1/classify", 200, Duration::from_millis(20));
        metrics.begin();
        metrics.refused();
        let text = metrics.render();
        for line in [
            r#"docproc_gateway_requests_total{route="/v1/classify",status="200"} 1"#,
            r#"docproc_gateway_request_duration_seconds_bucket{route="/v1/classify",status="200",le="0.025"} 1"#,
            r#"docproc_gateway_upstream_calls_total{endpoint="classify",call="status-sync"} 1"#,
            r#"docproc_gateway_upstream_retries_total{endpoint="classify"} 1"#,
            "docproc_gateway_requests_in_flight 1",
            "docproc_gateway_bad_framing_total 1",
        ] {
            assert!(text.contains(line), "{line} is not in\n{text}");
        }
    }
}
