//! The platform on a socket: accept loop, connections, and an orderly end.

use std::future::Future;
use std::io;
use std::time::Duration;

use hyper::server::conn::http1;
use hyper::service::service_fn;
use hyper_util::rt::{TokioIo, TokioTimer};
use hyper_util::server::graceful::GracefulShutdown;
use tokio::net::{TcpListener, TcpStream};

use super::{Options, Platform};

/// Also how long an idle connection is kept: longer than the 30 s after which clients drop theirs, so that no request meets a
/// connection that is just being closed.
const HEADER_TIMEOUT: Duration = Duration::from_secs(90);
/// Long polls end at once on shutdown; what is then still open is dropped after this.
pub(super) const DRAIN: Duration = Duration::from_secs(5);
/// Pause after a failed accept (no file descriptors left, say), instead of a hot loop.
const ACCEPT_PAUSE: Duration = Duration::from_millis(100);

/// Serves a platform until `shutdown` is ready, then ends what is open and returns.
///
/// # Errors
/// The HTTP client for webhooks can't be made.
pub async fn serve(
    listener: TcpListener,
    options: Options,
    shutdown: impl Future<Output = ()> + Send,
) -> io::Result<()> {
    let platform = Platform::new(options).map_err(io::Error::other)?;
    let connections = GracefulShutdown::new();
    tokio::join!(platform.keep_time(), async {
        tokio::pin!(shutdown);
        loop {
            tokio::select! {
                accepted = listener.accept() => match accepted {
                    Ok((stream, _)) => accept(&platform, &connections, stream),
                    Err(error) => {
                        tracing::warn!(%error, "a connection could not be accepted");
                        tokio::time::sleep(ACCEPT_PAUSE).await;
                    }
                },
                () = &mut shutdown => break,
            }
        }
        drop(listener);
        platform.close().await;
    });
    if tokio::time::timeout(DRAIN, connections.shutdown()).await.is_err() {
        tracing::warn!("connections were still open at the end of the platform");
    }
    Ok(())
}

fn accept(platform: &Platform, connections: &GracefulShutdown, stream: TcpStream) {
    // Nothing depends on it but latency.
    let _slower = stream.set_nodelay(true);
    let platform = platform.clone();
    let service = service_fn(move |request| {
        let platform = platform.clone();
        async move { platform.call(request).await }
    });
    let connection = http1::Builder::new()
        .timer(TokioTimer::new())
        .header_read_timeout(HEADER_TIMEOUT)
        .serve_connection(TokioIo::new(stream), service);
    let connection = connections.watch(connection);
    tokio::spawn(async move {
        if let Err(error) = connection.await {
            tracing::debug!(%error, "a connection ended early");
        }
    });
}
