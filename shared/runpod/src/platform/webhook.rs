//! Delivery of finished jobs to their webhooks: at least once, at most three times, and never in the way of a job.

use std::sync::Arc;
use std::time::Duration;

use http::header::CONTENT_TYPE;

use super::Shared;
use super::queue::Delivery;

/// Deliveries under way; more wait.
pub(super) const MAX_AT_ONCE: usize = 32;
const ATTEMPTS: u32 = 3;
const CONNECT_TIMEOUT: Duration = Duration::from_secs(5);

pub(super) fn client() -> Result<reqwest::Client, reqwest::Error> {
    // A second call finds the provider installed, by us or by the program; either is fine.
    let _installed = rustls::crypto::ring::default_provider().install_default();
    reqwest::Client::builder().tcp_nodelay(true).connect_timeout(CONNECT_TIMEOUT).build()
}

impl Shared {
    /// Starts a delivery and returns at once.
    pub(super) fn deliver(&self, delivery: Delivery) {
        let (http, closing) = (self.http.clone(), self.closing.clone());
        let (timeout, pause) = (self.options.timing.webhook_timeout, self.options.timing.webhook_pause);
        let slots = Arc::clone(&self.webhook_slots);
        self.webhooks.spawn(async move {
            let Ok(_slot) = slots.acquire().await else { return };
            for attempt in 1..=ATTEMPTS {
                let request = http.post(&*delivery.url).timeout(timeout).header(CONTENT_TYPE, "application/json");
                match request.body(delivery.body.clone()).send().await.map(|answer| answer.status()) {
                    Ok(status) if status.is_success() => return,
                    Ok(status) => {
                        tracing::warn!(job = %delivery.job, attempt, %status, "a webhook did not take its job");
                    }
                    Err(error) => {
                        // The address may hold a secret: it stays out of the log.
                        let error = error.without_url();
                        tracing::warn!(job = %delivery.job, attempt, %error, "a webhook could not be reached");
                    }
                }
                if attempt < ATTEMPTS && tokio::time::timeout(pause, closing.cancelled()).await.is_ok() {
                    return;
                }
            }
        });
    }
}
