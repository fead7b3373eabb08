//! What one gateway is made of: built once from its configuration, then shared by all requests.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use runpod::client::{Endpoint, http_client};
use service::{BodyLimits, KeySet, ServerLimits};
use tokio::sync::{OwnedSemaphorePermit, Semaphore};
use tokio_util::task::TaskTracker;

use crate::Service;
use crate::config::{Config, PlatformConfig};
use crate::health::HealthCache;
use crate::job::{Pace, Upstream};
use crate::limit::RateLimits;
use crate::metrics::Metrics;

/// Most bytes of a body. RunPod takes 20 MB in `/runsync`, envelope included, and counts in MiB where it was seen to: 20 million
/// bytes and the envelope are below that.
pub const MAX_BODY_BYTES: usize = 20_000_000;

/// Bytes per unit of room for bodies: fine enough for small ones, and the count of any body fits a `u32`.
const ROOM_UNIT: usize = 1024;

/// Limits that are not configured from outside; tests shorten them.
#[derive(Clone, Copy, Debug)]
pub struct Limits {
    /// Of connections.
    pub server: ServerLimits,
    /// Of bodies.
    pub body: BodyLimits,
    /// Of calls to the platform.
    pub pace: Pace,
}

impl Limits {
    /// The limits in production for this configuration.
    pub fn of(config: &Config) -> Limits {
        Limits {
            server: ServerLimits { drain: config.drain, ..ServerLimits::default() },
            body: BodyLimits {
                max_bytes: MAX_BODY_BYTES,
                idle: Duration::from_secs(10),
                total: Duration::from_secs(120),
                grace: Duration::from_secs(5),
                min_rate: 16 * 1024,
            },
            pace: Pace::default(),
        }
    }
}

/// Why a gateway can't be built.
#[derive(Debug, thiserror::Error)]
pub enum BuildError {
    /// A variable of the platform can't work.
    #[error("RUNPOD_* is bad: {0}")]
    Endpoint(#[from] runpod::client::EndpointError),
    /// The HTTP client has no TLS roots.
    #[error("the HTTP client can't be made: {0}")]
    Client(String),
    /// A metric is malformed.
    #[error("metrics: {0}")]
    Metrics(String),
}

/// A gateway. Cheap to clone.
#[derive(Clone)]
pub struct App(pub(crate) Arc<Parts>);

pub(crate) struct Parts {
    pub(crate) keys: KeySet,
    pub(crate) rates: RateLimits,
    pub(crate) slots: Semaphore,
    /// Room for bodies, in units of [`ROOM_UNIT`].
    pub(crate) room: Arc<Semaphore>,
    pub(crate) limits: Limits,
    pub(crate) timeout: Duration,
    pub(crate) metrics: Arc<Metrics>,
    pub(crate) tasks: TaskTracker,
    pub(crate) health: HealthCache,
    draining: AtomicBool,
    classify: Arc<Upstream>,
    extract: Arc<Upstream>,
}

impl App {
    /// Builds a gateway. Nothing is sent yet.
    ///
    /// # Errors
    /// See [`BuildError`].
    pub fn new(config: &Config, limits: Limits) -> Result<App, BuildError> {
        let keys = KeySet::new(&config.keys);
        let metrics = Arc::new(Metrics::new().map_err(|error| BuildError::Metrics(error.to_string()))?);
        let tasks = TaskTracker::new();
        let http = http_client(&config.platform.base_url).map_err(|error| BuildError::Client(error.to_string()))?;
        let upstream = |service: Service| {
            let endpoint = endpoint(&config.platform, service, http.clone())?;
            Ok::<_, BuildError>(Arc::new(Upstream {
                endpoint,
                calls: metrics.calls(service),
                max_retries: config.platform.max_retries,
                pace: limits.pace,
                tasks: tasks.clone(),
            }))
        };
        Ok(App(Arc::new(Parts {
            classify: upstream(Service::Classify)?,
            extract: upstream(Service::Extract)?,
            rates: RateLimits::new(keys.len(), config.rate_requests, config.rate_window),
            slots: Semaphore::new(config.max_in_flight),
            room: Arc::new(Semaphore::new((config.max_body_memory / ROOM_UNIT).min(Semaphore::MAX_PERMITS))),
            timeout: config.timeout,
            health: HealthCache::default(),
            draining: AtomicBool::new(false),
            keys,
            limits,
            metrics,
            tasks,
        })))
    }
}

impl Parts {
    pub(crate) fn upstream(&self, service: Service) -> &Arc<Upstream> {
        match service {
            Service::Classify => &self.classify,
            Service::Extract => &self.extract,
        }
    }

    /// Room for a body of this declared length, or of the largest if it declares none. `None` while there is not enough.
    pub(crate) fn room_for(&self, declared: Option<u64>) -> Option<OwnedSemaphorePermit> {
        let most = self.limits.body.max_bytes;
        let bytes = declared.and_then(|n| usize::try_from(n).ok()).unwrap_or(most).min(most);
        let units = u32::try_from(bytes.div_ceil(ROOM_UNIT)).ok()?;
        Arc::clone(&self.room).try_acquire_many_owned(units).ok()
    }

    pub(crate) fn drain(&self) {
        self.draining.store(true, Ordering::Relaxed);
    }

    pub(crate) fn is_draining(&self) -> bool {
        self.draining.load(Ordering::Relaxed)
    }
}

fn endpoint(
    platform: &PlatformConfig,
    service: Service,
    http: reqwest::Client,
) -> Result<Endpoint, runpod::client::EndpointError> {
    let id = match service {
        Service::Classify => &platform.classify,
        Service::Extract => &platform.extract,
    };
    Endpoint::new(&platform.base_url, id, platform.api_key.expose(), http)
}
