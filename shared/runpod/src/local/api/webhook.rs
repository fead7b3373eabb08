//! The development server's webhook: one try, ten seconds, the SDK's payload (not the platform's).

use std::time::Duration;

use serde_json::value::RawValue;

use crate::worker::http_client;

/// Sends in the background, as nobody's answer depends on it; a development server may end before it is delivered.
pub(super) fn send(url: Option<String>, payload: &RawValue) {
    let Some(url) = url else { return };
    let payload = payload.get().to_owned();
    tokio::spawn(async move {
        let sent = async {
            let request = http_client()?.post(url).header("content-type", "application/json").body(payload);
            request.timeout(Duration::from_secs(10)).send().await?.error_for_status()
        };
        if let Err(error) = sent.await {
            tracing::warn!(error = %error.without_url(), "webhook was not delivered");
        }
    });
}
