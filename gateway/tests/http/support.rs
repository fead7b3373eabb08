//! A gateway in this process on a free port, a platform that does as told, and the plainest HTTP client.

mod client;
mod platform;

use std::net::SocketAddr;
use std::time::Duration;

use gateway::{App, Config, Limits, Pace, PlatformConfig};
use service::telemetry::{Format, Level};
use service::{Drained, Secret};
use tokio::net::TcpListener;
use tokio::task::JoinHandle;
use tokio_util::sync::CancellationToken;

pub(crate) use client::{Answer, exchange, get, post, post_request, read_answer};
pub(crate) use platform::{Platform, Reply, Seen, completed, in_queue};

/// The callers' key in every test.
pub(crate) const KEY: &str = "caller-key-0123456789";
/// A body that both routes take.
pub(crate) const BODY: &str = r#"{ "image_urls": ["https://example.com/page.png"] }"#;

/// A gateway that serves until it is stopped or dropped.
pub(crate) struct Gateway {
    pub(crate) address: SocketAddr,
    stop: CancellationToken,
    served: JoinHandle<Drained>,
}

/// A configuration for this platform. The platform's key is one that no test may find in an answer.
pub(crate) fn config(base_url: &str) -> Config {
    Config {
        address: SocketAddr::from(([127, 0, 0, 1], 0)),
        keys: vec![Secret::new(KEY), Secret::new("another-key")],
        platform: PlatformConfig {
            base_url: base_url.to_owned(),
            api_key: Secret::new("platform-key-9876543210"),
            classify: "c1".to_owned(),
            extract: "e1".to_owned(),
            max_retries: 3,
        },
        rate_requests: 10_000,
        rate_window: Duration::from_secs(1),
        max_in_flight: 100,
        max_body_memory: 100_000_000,
        drain: Duration::from_secs(5),
        timeout: Duration::from_secs(10),
        log_level: Level::INFO,
        log_format: Format::Json,
    }
}

/// The production limits with short pauses.
pub(crate) fn limits(config: &Config) -> Limits {
    let pace = Pace {
        backoff: (Duration::from_millis(10), Duration::from_millis(40)),
        grace: Duration::from_millis(300),
        ..Pace::default()
    };
    Limits { pace, ..Limits::of(config) }
}

impl Gateway {
    /// Starts a gateway before this platform.
    pub(crate) async fn start(platform: &Platform) -> Gateway {
        Gateway::with(config(&platform.base_url())).await
    }

    /// Starts a gateway with this configuration.
    pub(crate) async fn with(config: Config) -> Gateway {
        let app = App::new(&config, limits(&config)).unwrap();
        let listener = TcpListener::bind(config.address).await.unwrap();
        let address = listener.local_addr().unwrap();
        let stop = CancellationToken::new();
        let served = tokio::spawn(gateway::serve(listener, app, stop.clone().cancelled_owned()));
        Gateway { address, stop, served }
    }

    /// Tells it to shut down.
    pub(crate) fn stop(&self) {
        self.stop.cancel();
    }

    /// How the shutdown went.
    pub(crate) async fn stopped(self) -> Drained {
        self.stop.cancel();
        self.served.await.unwrap()
    }
}
