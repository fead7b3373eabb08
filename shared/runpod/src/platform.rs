//! RunPod's serverless platform for one machine: a queue per endpoint and both sides of the protocol over HTTP.
//!
//! Embedded by `docproc up`, run alone by `docproc platform`, and the other end of most tests. Clients use `/v2/{endpoint}/run`,
//! `/status/{id}` and their like; workers use `/v2/{endpoint}/job-take/{worker}` and their like, with the variables that
//! [`worker_env`] gives them. All state is in memory. Bodies are kept as the bytes that arrived, never as trees. Long polls are
//! woken by events; only deadlines (lost jobs, time limits, retention) are looked at periodically. Time is tokio's clock, so a
//! test may pause it and call [`Platform::call`] without a socket.

use std::collections::HashMap;
use std::sync::Arc;

use tokio::sync::Semaphore;
use tokio_util::sync::CancellationToken;
use tokio_util::task::TaskTracker;

mod auth;
mod body;
mod client_api;
mod env;
mod fault;
mod job;
mod lane;
mod options;
mod problem;
mod queue;
mod route;
mod server;
mod webhook;
mod worker_api;

pub use body::Parts;
pub use env::worker_env;
pub use fault::{Fault, Faults, WorkerRoute};
pub use options::{Keys, Options, StopPod, Timing};
pub use server::serve;

use lane::Lane;

/// A platform without its socket. Cheap to clone.
#[derive(Clone)]
pub struct Platform(Arc<Shared>);

struct Shared {
    options: Options,
    lanes: HashMap<String, Lane>,
    closing: CancellationToken,
    webhooks: TaskTracker,
    webhook_slots: Arc<Semaphore>,
    http: reqwest::Client,
}

impl Platform {
    /// A platform with empty queues for the endpoints of `options`.
    ///
    /// # Errors
    /// The HTTP client for webhooks can't be made, because the TLS roots of the system can't be loaded.
    pub fn new(options: Options) -> Result<Platform, reqwest::Error> {
        let http = webhook::client()?;
        let lanes = options.endpoints.iter().map(|id| (id.clone(), Lane::new(&options))).collect();
        Ok(Platform(Arc::new(Shared {
            options,
            lanes,
            closing: CancellationToken::new(),
            webhooks: TaskTracker::new(),
            webhook_slots: Arc::new(Semaphore::new(webhook::MAX_AT_ONCE)),
            http,
        })))
    }

    /// Looks after deadlines until [`Platform::close`] is called. Without it nothing is ever timed out or forgotten.
    pub async fn keep_time(&self) {
        let mut tick = tokio::time::interval(self.0.options.timing.sweep);
        loop {
            tokio::select! {
                _ = tick.tick() => {}
                () = self.0.closing.cancelled() => return,
            }
            for (endpoint, lane) in &self.0.lanes {
                for delivery in lane.sweep() {
                    tracing::debug!(endpoint = %endpoint, "a job ended by a time limit is reported to its webhook");
                    self.0.deliver(delivery);
                }
            }
        }
    }

    /// Ends all long polls with what there is, and webhook deliveries after the attempt in progress, for which it waits a
    /// little.
    pub async fn close(&self) {
        self.0.closing.cancel();
        self.0.webhooks.close();
        if tokio::time::timeout(server::DRAIN, self.0.webhooks.wait()).await.is_err() {
            tracing::warn!("webhook deliveries were still under way at the end of the platform");
        }
    }
}
