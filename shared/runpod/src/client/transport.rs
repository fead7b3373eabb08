//! The HTTP client below an endpoint.

use std::time::Duration;

use url::{Host, Url};

/// Idle connections are closed before RunPod's edge does it (observed at 60 s or more), so that a request seldom meets a dead one.
const IDLE_TIMEOUT: Duration = Duration::from_secs(30);
const CONNECT_TIMEOUT: Duration = Duration::from_secs(5);

/// A pooled HTTP/1 client with `TCP_NODELAY` and no redirects, to be shared by all endpoints under `base_url`. HTTP/1, because
/// an HTTP/2 pool would put hundreds of long polls on one connection. Proxies of the environment are used except to loopback.
///
/// # Errors
/// The TLS roots of the system can't be loaded.
pub fn http_client(base_url: &str) -> Result<reqwest::Client, reqwest::Error> {
    // A second call finds the provider installed, by us or by the program; either is fine.
    let _installed = rustls::crypto::ring::default_provider().install_default();
    let builder = reqwest::Client::builder()
        .http1_only()
        .tcp_nodelay(true)
        .connect_timeout(CONNECT_TIMEOUT)
        .pool_idle_timeout(IDLE_TIMEOUT)
        .redirect(reqwest::redirect::Policy::none())
        .retry(reqwest::retry::never())
        .user_agent(concat!("docproc/", env!("CARGO_PKG_VERSION")));
    if is_loopback(base_url) { builder.no_proxy() } else { builder }.build()
}

fn is_loopback(url: &str) -> bool {
    match Url::parse(url).ok().as_ref().and_then(Url::host) {
        Some(Host::Domain(name)) => name == "localhost",
        Some(Host::Ipv4(ip)) => ip.is_loopback(),
        Some(Host::Ipv6(ip)) => ip.is_loopback(),
        None => false,
    }
}
