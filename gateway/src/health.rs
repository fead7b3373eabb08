//! `/health`: what the platform says about the two workers, asked at most once in a short while however many ask us.

use std::sync::Arc;
use std::time::Duration;

use bytes::Bytes;
use http::StatusCode;
use runpod::client::WorkerCounts;
use serde::Serialize;
use tokio::sync::Mutex;
use tokio::time::{Instant, timeout};

use crate::app::Parts;
use crate::job::Upstream;
use crate::metrics::Call;
use crate::{Service, answer};

/// Age up to which an answer is given again: a probe per second from ten places stays one call per endpoint and two seconds.
const FRESH: Duration = Duration::from_secs(2);
/// Longest wait for the platform; health checks of load balancers give up after a few seconds themselves.
const PATIENCE: Duration = Duration::from_secs(3);

/// The last answer. The lock is held while a new one is made, so there is only one question at a time.
#[derive(Default)]
pub(crate) struct HealthCache(Mutex<Option<(Instant, StatusCode, Bytes)>>);

#[derive(Serialize)]
struct Health {
    status: &'static str,
    gateway: &'static str,
    endpoints: Endpoints,
}

#[derive(Serialize)]
struct Endpoints {
    classify: EndpointHealth,
    extract: EndpointHealth,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
struct EndpointHealth {
    status: &'static str,
    workers: Workers,
}

#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize)]
struct Workers {
    idle: u64,
    running: u64,
}

/// The body of `/health` and its status: 200 unless neither endpoint can be used.
pub(crate) async fn answer(app: &Parts) -> answer::Answer {
    let mut cache = app.health.0.lock().await;
    if let Some((asked, status, body)) = cache.as_ref()
        && asked.elapsed() < FRESH
    {
        return answer::json(*status, body.clone());
    }
    let (classify, extract) = tokio::join!(ask(app.upstream(Service::Classify)), ask(app.upstream(Service::Extract)));
    let good = [classify, extract].iter().filter(|endpoint| endpoint.status == "healthy").count();
    let (status, word) = match good {
        2 => (StatusCode::OK, "healthy"),
        1 => (StatusCode::OK, "degraded"),
        _ => (StatusCode::SERVICE_UNAVAILABLE, "unhealthy"),
    };
    let gateway = if app.is_draining() { "draining" } else { "healthy" };
    let health = Health { status: word, gateway, endpoints: Endpoints { classify, extract } };
    let body = Bytes::from(serde_json::to_vec(&health).unwrap_or_default());
    *cache = Some((Instant::now(), status, body.clone()));
    answer::json(status, body)
}

async fn ask(upstream: &Arc<Upstream>) -> EndpointHealth {
    upstream.calls.count(Call::Health);
    match timeout(PATIENCE, upstream.endpoint.health()).await {
        Ok(Ok(health)) => judge(health.workers),
        _ => EndpointHealth { status: "unreachable", workers: Workers::default() },
    }
}

/// No worker at all is healthy: endpoints scale to zero and start workers when a job comes.
fn judge(workers: WorkerCounts) -> EndpointHealth {
    let usable = workers.idle + workers.ready + workers.running + workers.initializing;
    let broken = workers.unhealthy + workers.throttled;
    let status = if usable == 0 && broken > 0 { "unhealthy" } else { "healthy" };
    EndpointHealth { status, workers: Workers { idle: workers.idle, running: workers.running } }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_endpoint_is_unhealthy_only_when_all_it_has_is_broken_workers() {
        let status = |ready, unhealthy| judge(WorkerCounts { ready, unhealthy, ..WorkerCounts::default() }).status;
        assert_eq!(status(0, 0), "healthy");
        assert_eq!(status(1, 1), "healthy");
        assert_eq!(status(0, 1), "unhealthy");
    }
}
