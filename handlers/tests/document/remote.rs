//! Documents behind http: what is fetched, and what is not.

use std::net::IpAddr;
use std::sync::Arc;
use std::time::{Duration, Instant};

use contract::{Error, ErrorCode};
use handlers::document::{Addresses, Limits, Loader};

use crate::server::{self, OUTSIDE, Resolver};
use crate::support::renderer;

fn loader() -> Loader {
    let limits = Limits {
        document_bytes: 200_000,
        idle_time: Duration::from_millis(400),
        download_time: Duration::from_millis(1500),
        ..Limits::default()
    };
    let outside_only = Addresses::by(|address| address == IpAddr::V4(OUTSIDE));
    Loader::with_resolver(limits, outside_only, renderer(), Arc::new(Resolver)).unwrap()
}

async fn error_of(url: &str) -> Error {
    loader().load(&[url.to_owned()]).await.err().unwrap_or_else(|| panic!("{url} was loaded"))
}

#[tokio::test]
async fn a_page_is_fetched_by_name_by_address_and_through_redirects() {
    let port = server::start().await;
    let outside = format!("http://outside.example:{port}");
    for url in [
        format!("{outside}/page"),
        format!("http://{OUTSIDE}:{port}/page"),
        format!("{outside}/until-close"),
        format!("{outside}/to-page"),
        format!("{outside}/hops/5"),
    ] {
        let pages = loader().load(std::slice::from_ref(&url)).await.unwrap_or_else(|error| panic!("{url}: {error}"));
        assert_eq!(pages[0].image.dimensions(), (30, 20), "{url}");
    }
}

#[tokio::test]
async fn no_way_leads_to_an_address_that_is_not_allowed() {
    let port = server::start().await;
    for url in [
        format!("http://127.0.0.3:{port}/page"),
        format!("http://127.3:{port}/page"),
        format!("http://0x7f000003:{port}/page"),
        format!("http://[::ffff:127.0.0.3]:{port}/page"),
        format!("http://[::1]:{port}/page"),
        format!("http://inside.example:{port}/page"),
        format!("http://both.example:{port}/page"),
        format!("http://outside.example:{port}/to-inside"),
        format!("http://outside.example:{port}/to-inside-name"),
        format!("http://outside.example:{port}/to-file"),
        format!("http://outside.example:{port}/to-credentials"),
    ] {
        let error = error_of(&url).await;
        assert_eq!(error.code, ErrorCode::UrlNotAllowed, "{url}: {error}");
        assert!(!error.message.contains("secret"), "{error}");
    }
}

#[tokio::test]
async fn by_default_nothing_of_this_machine_is_fetched() {
    let port = server::start().await;
    let loader = Loader::new(Limits::default(), Addresses::new(false), renderer()).unwrap();
    for host in ["127.0.0.1", "localhost", "[::1]"] {
        let error = loader.load(&[format!("http://{host}:{port}/page")]).await.err().unwrap();
        assert_eq!(error.code, ErrorCode::UrlNotAllowed, "{host}: {error}");
    }
    let open = Loader::new(Limits::default(), Addresses::new(true), renderer()).unwrap();
    assert_eq!(open.load(&[format!("http://127.0.0.1:{port}/page")]).await.unwrap().len(), 1);
}

#[tokio::test]
async fn an_answer_that_is_wrong_is_an_error_with_its_code() {
    let port = server::start().await;
    for (path, code) in [
        ("/missing", ErrorCode::DownloadFailed),
        ("/broken", ErrorCode::DownloadFailed),
        ("/nothing", ErrorCode::DownloadFailed),
        ("/short", ErrorCode::DownloadFailed),
        ("/gzip", ErrorCode::DownloadFailed),
        ("/garbage", ErrorCode::DownloadFailed),
        ("/to-nowhere", ErrorCode::DownloadFailed),
        ("/loop", ErrorCode::DownloadFailed),
        ("/hops/6", ErrorCode::DownloadFailed),
        ("/slow-head", ErrorCode::DownloadFailed),
        ("/slow-body", ErrorCode::DownloadFailed),
        ("/drip", ErrorCode::DownloadFailed),
        ("/empty", ErrorCode::UnsupportedFormat),
        ("/declares-too-much", ErrorCode::DocumentTooLarge),
        ("/sends-too-much", ErrorCode::DocumentTooLarge),
    ] {
        let started = Instant::now();
        let error = error_of(&format!("http://outside.example:{port}{path}?signature=secret")).await;
        assert_eq!(error.code, code, "{path}: {error}");
        assert!(error.message.starts_with("image_urls[0] (outside.example) "), "{error}");
        assert!(!error.message.contains("secret"), "{error}");
        assert!(started.elapsed() < Duration::from_secs(5), "{path}");
    }
}

#[tokio::test]
async fn a_host_that_is_unknown_or_closed_is_a_failed_download() {
    for url in ["http://unknown.example/", &format!("http://{OUTSIDE}:1/")] {
        assert_eq!(error_of(url).await.code, ErrorCode::DownloadFailed, "{url}");
    }
}
