//! The HTTP client of the worker: HTTP/1.1, raw key in `Authorization`, the SDK's headers. Nothing here knows what is sent.

use std::time::Duration;

use bytes::Bytes;
use http::header::{AUTHORIZATION, CONTENT_TYPE, HeaderMap, HeaderName, HeaderValue};
use reqwest::{Client, ClientBuilder, Response};

use service::Secret;

/// One connection pool with the worker's credential.
#[derive(Debug, Clone)]
pub(crate) struct Http {
    client: Client,
}

impl Http {
    /// Builds the client. The credential is marked sensitive, so no debug output shows it and no redirect carries it to
    /// another host.
    pub(crate) fn new(key: Option<&Secret>) -> Result<Self, reqwest::Error> {
        let mut headers = HeaderMap::new();
        if let Some(Ok(mut value)) = key.map(|key| HeaderValue::from_str(key.expose())) {
            value.set_sensitive(true);
            headers.insert(AUTHORIZATION, value);
        }
        Ok(Self { client: builder().default_headers(headers).build()? })
    }

    pub(crate) async fn get(&self, url: &str, timeout: Duration) -> Result<Response, reqwest::Error> {
        let json = HeaderValue::from_static("application/json");
        self.client.get(url).header(CONTENT_TYPE, json).timeout(timeout).send().await
    }

    /// A ping carries no content type, as the SDK's.
    pub(crate) async fn ping(&self, url: &str, timeout: Duration) -> Result<Response, reqwest::Error> {
        self.client.get(url).timeout(timeout).send().await
    }

    /// Posts JSON with the SDK's odd headers: the type says form, and `charset` is a header of its own.
    pub(crate) async fn post(
        &self,
        url: &str,
        job: &str,
        body: Bytes,
        timeout: Duration,
    ) -> Result<Response, reqwest::Error> {
        const CHARSET: HeaderName = HeaderName::from_static("charset");
        const REQUEST_ID: HeaderName = HeaderName::from_static("x-request-id");
        let mut request = self
            .client
            .post(url)
            .header(CONTENT_TYPE, HeaderValue::from_static("application/x-www-form-urlencoded"))
            .header(CHARSET, HeaderValue::from_static("utf-8"));
        if let Ok(id) = HeaderValue::from_str(job) {
            request = request.header(REQUEST_ID, id);
        }
        request.body(body).timeout(timeout).send().await
    }
}

/// A client without a credential.
pub(crate) fn client() -> Result<Client, reqwest::Error> {
    builder().build()
}

fn builder() -> ClientBuilder {
    install_tls_provider();
    Client::builder()
        .user_agent(concat!("docproc-worker/", env!("CARGO_PKG_VERSION")))
        // As the SDK. With HTTP/2 a large result would share its connection with pings and polls.
        .http1_only()
        .no_proxy()
        .connect_timeout(Duration::from_secs(10))
}

/// reqwest is built without a TLS provider; the first client of the process installs ring. A second installation is refused
/// by rustls, which is what we want when the program has already chosen one.
fn install_tls_provider() {
    let _ = rustls::crypto::ring::default_provider().install_default();
}

/// A poll that was sent and then held for longer than we wait: no failure, there was just no job.
pub(crate) fn is_unanswered(error: &reqwest::Error) -> bool {
    error.is_timeout() && !error.is_connect()
}

/// What went wrong, without the URL: it names endpoint and worker and, on some platforms, carries a token.
pub(crate) fn describe(error: reqwest::Error) -> String {
    let kind = if error.is_connect() {
        "could not connect"
    } else if error.is_timeout() {
        "timed out"
    } else {
        "connection failed"
    };
    let error = error.without_url();
    let mut cause: &dyn std::error::Error = &error;
    while let Some(deeper) = cause.source() {
        cause = deeper;
    }
    format!("{kind}: {cause}")
}
