//! The accept loop of every server here: hyper's HTTP/1.1 connections with a limit on their number, `TCP_NODELAY`, strict
//! framing, slow peers cut, a panic contained in its request, and a drain at shutdown.

mod framing;
mod guard;

use std::convert::Infallible;
use std::error::Error as StdError;
use std::future::Future;
use std::net::SocketAddr;
use std::panic::AssertUnwindSafe;
use std::pin::pin;
use std::sync::Arc;
use std::time::Duration;

use bytes::Bytes;
use futures_util::FutureExt;
use http::header::{CONNECTION, TRANSFER_ENCODING};
use http::{HeaderValue, Request, Response};
use hyper::body::Incoming;
use hyper::server::conn::http1;
use hyper::service::service_fn;
use hyper_util::rt::TokioIo;
use tokio::io::AsyncWriteExt;
use tokio::net::{TcpListener, TcpStream};
use tokio_util::sync::CancellationToken;
use tokio_util::task::TaskTracker;

use guard::{Guard, Shared};

/// Largest request head, bytes.
const MAX_HEAD_BYTES: usize = 32 * 1024;
/// Size of hyper's read buffer, bytes. 64 KiB keeps a connection that carries a large body
/// far below that body's own size; hyper's default of 400 KiB would be a tenth of a 4 MB document.
const BUFFER_BYTES: usize = 64 * 1024;
/// Most header fields in a request.
const MAX_HEADERS: usize = 64;
/// Pause after `accept` failed for want of file descriptors or memory: trying at once would only burn the processor.
const ACCEPT_PAUSE: Duration = Duration::from_millis(50);
/// What a connection beyond the limit is told before it is closed.
const FULL: &[u8] =
    b"HTTP/1.1 503 Service Unavailable\r\nRetry-After: 1\r\nContent-Length: 0\r\nConnection: close\r\n\r\n";

/// Answers requests.
pub trait Handler: Clone + Send + Sync + 'static {
    /// The body of its answers.
    type Body: http_body::Body<Data = Bytes, Error: Into<Box<dyn StdError + Send + Sync>>> + Send + 'static;

    /// Answers one request. Dropped, not finished, when the caller goes away.
    fn call(&self, request: Request<Incoming>) -> impl Future<Output = Response<Self::Body>> + Send;

    /// The answer to a request that [`Handler::call`] never saw or did not survive.
    fn refuse(&self, refusal: Refusal) -> Response<Self::Body>;
}

/// Why a request gets no answer from [`Handler::call`].
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Refusal {
    /// It breaks HTTP's framing rules in this way. The connection is closed.
    BadFraming(&'static str),
    /// The handler panicked.
    Panicked,
}

/// Limits of a server.
#[derive(Clone, Copy, Debug)]
pub struct ServerLimits {
    /// Most connections at a time; one more is told 503.
    pub max_connections: usize,
    /// Longest time from the first byte of a request's head (or from the connect) to its last.
    pub head: Duration,
    /// Longest time that a connection may lie idle between requests.
    pub idle: Duration,
    /// Longest time that a peer may take no byte of an answer.
    pub write_stall: Duration,
    /// Longest wait at shutdown for requests in flight.
    pub drain: Duration,
}

impl Default for ServerLimits {
    fn default() -> ServerLimits {
        ServerLimits {
            max_connections: 10_000,
            head: Duration::from_secs(10),
            idle: Duration::from_secs(75),
            write_stall: Duration::from_secs(30),
            drain: Duration::from_secs(30),
        }
    }
}

/// How a shutdown went.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Drained {
    /// Connections that were cut because the drain time was over. None: a clean shutdown.
    pub cut: usize,
}

/// Serves until `shutdown` is ready, then accepts no more, lets requests in flight finish within [`ServerLimits::drain`], and
/// cuts the rest. No task outlives the call.
pub async fn serve<H, S>(listener: TcpListener, handler: H, limits: ServerLimits, shutdown: S) -> Drained
where
    H: Handler,
    S: Future<Output = ()>,
{
    let connections = TaskTracker::new();
    let (draining, cut) = (CancellationToken::new(), CancellationToken::new());
    let mut shutdown = pin!(shutdown);
    loop {
        let accepted = tokio::select! {
            biased;
            () = &mut shutdown => break,
            accepted = listener.accept() => accepted,
        };
        let stream = match accepted {
            Ok((stream, _)) => stream,
            Err(error) => {
                pause_after(&error).await;
                continue;
            }
        };
        if connections.len() >= limits.max_connections {
            connections.spawn(turn_away(stream));
            continue;
        }
        let connection = connection(stream, handler.clone(), limits, draining.clone());
        let cut = cut.clone();
        connections.spawn(async move {
            tokio::select! {
                () = connection => {}
                () = cut.cancelled() => {}
            }
        });
    }
    drop(listener);
    draining.cancel();
    connections.close();
    let clean = tokio::time::timeout(limits.drain, connections.wait()).await.is_ok();
    let left = if clean { 0 } else { connections.len() };
    cut.cancel();
    connections.wait().await;
    Drained { cut: left }
}

/// Ready at the first SIGTERM or Ctrl-C.
///
/// # Errors
/// The process can't listen for signals.
pub fn termination() -> std::io::Result<impl Future<Output = ()> + Send> {
    use tokio::signal::unix::{SignalKind, signal};
    let mut terminate = signal(SignalKind::terminate())?;
    let mut interrupt = signal(SignalKind::interrupt())?;
    Ok(async move {
        tokio::select! {
            _ = terminate.recv() => {}
            _ = interrupt.recv() => {}
        }
    })
}

/// Binds with a short, complete error text.
///
/// # Errors
/// The address is taken or not allowed.
pub async fn bind(address: SocketAddr) -> Result<TcpListener, String> {
    TcpListener::bind(address).await.map_err(|error| format!("can't listen on {address}: {error}"))
}

async fn pause_after(error: &std::io::Error) {
    use std::io::ErrorKind::{ConnectionAborted, ConnectionReset, Interrupted};
    if matches!(error.kind(), ConnectionAborted | ConnectionReset | Interrupted) {
        return;
    }
    tracing::warn!(%error, "accept failed");
    tokio::time::sleep(ACCEPT_PAUSE).await;
}

async fn turn_away(mut stream: TcpStream) {
    let told = async {
        stream.write_all(FULL).await?;
        stream.shutdown().await
    };
    // The peer may be gone already; there is nobody left to tell.
    let _ = tokio::time::timeout(Duration::from_secs(1), told).await;
}

/// One connection, from its first request to its last.
async fn connection<H: Handler>(stream: TcpStream, handler: H, limits: ServerLimits, draining: CancellationToken) {
    if let Err(error) = stream.set_nodelay(true) {
        tracing::debug!(%error, "connection was gone before its first byte");
        return;
    }
    let shared = Arc::new(Shared::default());
    let io = TokioIo::new(Guard::new(stream, limits, Arc::clone(&shared)));
    let service = service_fn(move |request| answer(handler.clone(), request, Arc::clone(&shared)));
    let mut connection = pin!(
        http1::Builder::new()
            .max_buf_size(BUFFER_BYTES)
            .max_headers(MAX_HEADERS)
            .max_header_size(MAX_HEAD_BYTES)
            .header_read_timeout(None) // the guard's is finer: hyper's would also end idle connections
            .serve_connection(io, service)
    );
    let ended = tokio::select! {
        ended = connection.as_mut() => ended,
        () = draining.cancelled() => {
            connection.as_mut().graceful_shutdown();
            connection.await
        }
    };
    if let Err(error) = ended {
        tracing::debug!(%error, "connection ended early");
    }
}

async fn answer<H: Handler>(
    handler: H,
    request: Request<Incoming>,
    shared: Arc<Shared>,
) -> Result<Response<H::Body>, Infallible> {
    let _busy = shared.busy();
    let chunked = request.headers().contains_key(TRANSFER_ENCODING);
    let problem = shared.problem().or_else(|| framing::head_problem(&request));
    if let Some(problem) = problem {
        return Ok(closing(handler.refuse(Refusal::BadFraming(problem))));
    }
    let outcome = AssertUnwindSafe(handler.call(request)).catch_unwind().await;
    let response = outcome.unwrap_or_else(|_| handler.refuse(Refusal::Panicked));
    // The guard reads no further than a chunked body (see `framing`), so nothing may follow it.
    Ok(if chunked { closing(response) } else { response })
}

fn closing<B>(mut response: Response<B>) -> Response<B> {
    response.headers_mut().insert(CONNECTION, HeaderValue::from_static("close"));
    response
}

#[cfg(test)]
mod tests;
