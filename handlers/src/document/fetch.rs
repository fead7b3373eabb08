//! Downloads a document with a guarded client: checked addresses, checked redirects, bounded bytes and time.

use std::error::Error as StdError;
use std::sync::Arc;

use contract::ErrorCode;
use reqwest::dns::Resolve;
use reqwest::header::{ACCEPT, ACCEPT_ENCODING, CONTENT_ENCODING, HeaderMap, HeaderValue, LOCATION};
use reqwest::{Client, Response, StatusCode, redirect};
use url::Url;

use super::address::{Addresses, GuardedResolver, NotAllowed};
use super::failure::Failure;
use super::limits::Limits;
use super::source::{check_remote, not_allowed};

/// The client of document URLs. Cheap to clone.
#[derive(Clone)]
pub(crate) struct Fetcher {
    client: Client,
    addresses: Addresses,
    limits: Arc<Limits>,
}

impl Fetcher {
    pub(crate) fn new(
        limits: Arc<Limits>,
        addresses: Addresses,
        resolver: Arc<dyn Resolve>,
    ) -> reqwest::Result<Fetcher> {
        // The client takes the process's crypto provider; an error here means that there is one already.
        let _ = rustls::crypto::ring::default_provider().install_default();
        let client = Client::builder()
            .dns_resolver(GuardedResolver { inner: resolver, addresses: addresses.clone() })
            .redirect(redirect::Policy::none())
            .referer(false)
            .no_proxy()
            .http1_only()
            .pool_max_idle_per_host(0)
            .connect_timeout(limits.connect_time)
            .read_timeout(limits.idle_time)
            .user_agent(concat!("docproc/", env!("CARGO_PKG_VERSION")))
            .default_headers(headers())
            .build()?;
        Ok(Fetcher { client, addresses, limits })
    }

    /// The bytes behind a URL, at most `limit`.
    pub(crate) async fn fetch(&self, url: &Url, limit: usize) -> Result<Vec<u8>, Failure> {
        let time = self.limits.download_time;
        match tokio::time::timeout(time, self.follow(url.clone(), limit)).await {
            Ok(result) => result,
            Err(_) => Err(failed(format!("was not downloaded within {} s", time.as_secs_f64()))),
        }
    }

    async fn follow(&self, mut url: Url, limit: usize) -> Result<Vec<u8>, Failure> {
        for _ in 0..=self.limits.redirects {
            let response = self.get(&url).await?;
            if !is_redirect(response.status()) {
                return read_body(response, limit).await;
            }
            url = redirect_target(&url, &response)?;
        }
        Err(failed(format!("was redirected more than {} times", self.limits.redirects)))
    }

    async fn get(&self, url: &Url) -> Result<Response, Failure> {
        check_remote(url)?;
        if !self.addresses.allow_host(url) {
            return Err(not_public());
        }
        self.client.get(url.clone()).send().await.map_err(|e| broken_off(&e))
    }
}

fn headers() -> HeaderMap {
    let mut headers = HeaderMap::new();
    headers.insert(ACCEPT, HeaderValue::from_static("image/*, application/pdf;q=0.9, */*;q=0.5"));
    // Nothing is unpacked, so a small answer can't become a large one.
    headers.insert(ACCEPT_ENCODING, HeaderValue::from_static("identity"));
    headers
}

fn is_redirect(status: StatusCode) -> bool {
    matches!(status.as_u16(), 301 | 302 | 303 | 307 | 308)
}

fn redirect_target(from: &Url, response: &Response) -> Result<Url, Failure> {
    let location = response.headers().get(LOCATION).and_then(|value| value.to_str().ok());
    let target = location.and_then(|location| from.join(location).ok());
    target.ok_or_else(|| failed("was redirected to no valid URL"))
}

async fn read_body(mut response: Response, limit: usize) -> Result<Vec<u8>, Failure> {
    let status = response.status();
    if status != StatusCode::OK {
        return Err(failed(format!("was answered with HTTP status {}", status.as_u16())));
    }
    if response.headers().get(CONTENT_ENCODING).is_some_and(|encoding| encoding.as_bytes() != b"identity") {
        return Err(failed("was sent compressed, although that was not asked for"));
    }
    let declared = response.content_length().unwrap_or(0);
    if declared > limit as u64 {
        return Err(Failure::too_many_bytes(limit));
    }
    let mut bytes = Vec::with_capacity(usize::try_from(declared).unwrap_or(0));
    while let Some(chunk) = response.chunk().await.map_err(|e| broken_off(&e))? {
        if bytes.len() + chunk.len() > limit {
            return Err(Failure::too_many_bytes(limit));
        }
        bytes.extend_from_slice(&chunk);
    }
    Ok(bytes)
}

/// Says what broke without the error's own words, which hold the URL.
fn broken_off(error: &reqwest::Error) -> Failure {
    let mut cause: Option<&(dyn StdError + 'static)> = Some(error);
    while let Some(inner) = cause {
        if inner.is::<NotAllowed>() {
            return not_public();
        }
        cause = inner.source();
    }
    if error.is_timeout() {
        failed("was not downloaded: its host did not answer in time")
    } else if error.is_connect() {
        failed("was not downloaded: no connection to its host")
    } else {
        failed("was not downloaded: the connection broke")
    }
}

fn not_public() -> Failure {
    not_allowed("leads to an address that is not public")
}

fn failed(message: impl Into<String>) -> Failure {
    Failure::new(ErrorCode::DownloadFailed, message)
}
