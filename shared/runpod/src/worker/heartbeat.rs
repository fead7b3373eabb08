//! Pings: how the platform knows that the worker lives and which jobs it holds.
//!
//! They run on a thread, a runtime and a connection of their own. Handler code that blocks the worker's runtime must not stop
//! them, or the platform would hand the job out a second time.

use std::sync::Arc;
use std::thread::JoinHandle;
use std::time::Duration;

use tokio_util::sync::CancellationToken;

use super::http::{Http, describe};
use super::link::Link;
use super::settings::PROTOCOL_VERSION;

/// The running pings; they end with [`Heartbeat::stop`] or when this is dropped.
#[derive(Debug)]
pub(crate) struct Heartbeat {
    end: CancellationToken,
    thread: Option<JoinHandle<()>>,
}

impl Heartbeat {
    /// Starts the pings; the first goes out at once. Without address, key or worker id there are none, as with the SDK.
    pub(crate) fn start(link: Arc<Link>) -> std::io::Result<Self> {
        let end = CancellationToken::new();
        if link.settings.urls.ping(&[], PROTOCOL_VERSION).is_none() {
            tracing::info!("no pings: RUNPOD_WEBHOOK_PING, RUNPOD_POD_ID or RUNPOD_AI_API_KEY is not set");
            return Ok(Self { end, thread: None });
        }
        let until = end.clone();
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build()?;
        let thread = std::thread::Builder::new().name("heartbeat".to_owned()).spawn(move || {
            runtime.block_on(async {
                let _ = until.run_until_cancelled(beat(&link)).await;
            });
        })?;
        Ok(Self { end, thread: Some(thread) })
    }

    /// Ends the pings and waits for the thread.
    pub(crate) async fn stop(mut self) {
        self.end.cancel();
        if let Some(thread) = self.thread.take() {
            let _ = tokio::task::spawn_blocking(move || thread.join()).await;
        }
    }
}

impl Drop for Heartbeat {
    fn drop(&mut self) {
        self.end.cancel();
    }
}

async fn beat(link: &Link) {
    let http = match Http::new(link.settings.key.as_ref()) {
        Ok(http) => http,
        Err(error) => {
            tracing::error!(why = describe(error), "no pings: the HTTP client could not be built");
            return;
        }
    };
    let interval = link.settings.pace.ping_interval;
    // A lost ping is repeated soon: four in a row and the platform calls the jobs lost.
    let sooner = interval.min(Duration::from_secs(2));
    loop {
        let pause = match ping(link, &http, interval).await {
            Ok(()) => interval,
            Err(why) => {
                tracing::error!(why, "ping failed, trying on");
                sooner
            }
        };
        tokio::time::sleep(pause).await;
    }
}

async fn ping(link: &Link, http: &Http, timeout: Duration) -> Result<(), String> {
    let Some(url) = link.settings.urls.ping(&link.jobs.ids(), PROTOCOL_VERSION) else { return Ok(()) };
    let mut answer = http.ping(&url, timeout).await.map_err(describe)?;
    let status = answer.status();
    while let Ok(Some(_)) = answer.chunk().await {}
    if status.is_success() { Ok(()) } else { Err(format!("status {}", status.as_u16())) }
}

/// Tells the platform that this worker will not serve. Short and without retry: the process is about to end.
pub(crate) async fn report_unhealthy(link: &Link, check: &str, kind: &str, message: &str) {
    const REASON_CHARS: usize = 256;
    let reason: String = format!("{kind}: {message}").chars().take(REASON_CHARS).collect();
    let Some(url) = link.settings.urls.unhealthy(check, &reason, PROTOCOL_VERSION) else { return };
    if let Err(error) = link.http.ping(&url, Duration::from_secs(2)).await {
        tracing::warn!(why = describe(error), "the unhealthy report was not delivered");
    }
}
