//! The stream under a connection: watches framing and time as bytes pass.
//!
//! One timer per connection, moved only when it fires early, so a fast request costs no timer at all.

use std::future::Future;
use std::io;
use std::pin::Pin;
use std::sync::Arc;
use std::sync::OnceLock;
use std::sync::atomic::{AtomicBool, Ordering};
use std::task::{Context, Poll, ready};
use std::time::Duration;

use tokio::io::{AsyncRead, AsyncWrite, ReadBuf};
use tokio::net::TcpStream;
use tokio::time::{Instant, Sleep, sleep_until};

use super::ServerLimits;
use super::framing::Scanner;

/// Longest time, and most bytes, that a closing connection goes on reading what the peer is still sending. Closing at once would
/// reset the connection and could destroy the answer before the peer reads it.
const LINGER: Duration = Duration::from_secs(2);
const LINGER_BYTES: usize = 32 * 1024 * 1024;

/// What the stream and the requests on it tell each other.
#[derive(Debug, Default)]
pub(super) struct Shared {
    problem: OnceLock<&'static str>,
    busy: AtomicBool,
}

/// While it lives a request is being answered, and the idle limit rests.
pub(super) struct Busy<'a>(&'a AtomicBool);

impl Shared {
    pub(super) fn problem(&self) -> Option<&'static str> {
        self.problem.get().copied()
    }

    pub(super) fn busy(&self) -> Busy<'_> {
        self.busy.store(true, Ordering::Relaxed);
        Busy(&self.busy)
    }
}

impl Drop for Busy<'_> {
    fn drop(&mut self) {
        self.0.store(false, Ordering::Relaxed);
    }
}

/// A TCP stream that ends slow and ambiguous requests.
pub(super) struct Guard {
    stream: TcpStream,
    limits: ServerLimits,
    shared: Arc<Shared>,
    scanner: Scanner,
    /// When the current wait for bytes began: of a head since its first byte, else since the last byte either way.
    waiting_since: Instant,
    greeted: bool,
    timer: Pin<Box<Sleep>>,
    stall: Option<Pin<Box<Sleep>>>,
    linger: Option<Linger>,
}

struct Linger {
    until: Pin<Box<Sleep>>,
    bytes_left: usize,
}

impl Guard {
    pub(super) fn new(stream: TcpStream, limits: ServerLimits, shared: Arc<Shared>) -> Guard {
        let now = Instant::now();
        Guard {
            stream,
            limits,
            shared,
            scanner: Scanner::default(),
            waiting_since: now,
            greeted: false,
            timer: Box::pin(sleep_until(now + limits.head)),
            stall: None,
            linger: None,
        }
    }

    fn saw(&mut self, bytes: &[u8]) {
        let was_in_head = self.scanner.in_head();
        if let Some(problem) = self.scanner.scan(bytes) {
            // Only the first problem counts; later ones are on a connection that is closing anyway.
            let _ = self.shared.problem.set(problem);
        }
        let same_head = self.scanner.in_head() && (was_in_head || !self.greeted);
        if !same_head {
            self.waiting_since = Instant::now();
        }
        self.greeted = true;
    }

    /// The moment at which waiting for the peer ends.
    fn deadline(&self) -> Instant {
        let limit = if self.greeted && !self.scanner.in_head() { self.limits.idle } else { self.limits.head };
        self.waiting_since + limit
    }

    fn poll_patience(&mut self, cx: &mut Context<'_>) -> Poll<io::Error> {
        loop {
            let deadline = self.deadline();
            if self.timer.deadline() > deadline {
                self.timer.as_mut().reset(deadline);
            }
            ready!(self.timer.as_mut().poll(cx));
            let now = Instant::now();
            if self.shared.busy.load(Ordering::Relaxed) {
                // The request's own limits hold now: the body's, and the deadline of its answer.
                self.waiting_since = now;
            } else if now >= deadline {
                return Poll::Ready(io::Error::new(io::ErrorKind::TimedOut, "peer is too slow"));
            }
            let next = self.deadline();
            self.timer.as_mut().reset(next);
        }
    }

    fn poll_stall(&mut self, cx: &mut Context<'_>) -> Poll<io::Result<usize>> {
        let limit = self.limits.write_stall;
        let stall = self.stall.get_or_insert_with(|| Box::pin(sleep_until(Instant::now() + limit)));
        ready!(stall.as_mut().poll(cx));
        Poll::Ready(Err(io::Error::new(io::ErrorKind::TimedOut, "peer reads no answer")))
    }

    fn wrote(&mut self, written: io::Result<usize>) -> Poll<io::Result<usize>> {
        self.stall = None;
        if !self.scanner.in_head() {
            self.waiting_since = Instant::now();
        }
        Poll::Ready(written)
    }

    fn poll_linger(&mut self, cx: &mut Context<'_>) -> Poll<()> {
        let linger = self.linger.get_or_insert_with(|| Linger {
            until: Box::pin(sleep_until(Instant::now() + LINGER)),
            bytes_left: LINGER_BYTES,
        });
        let mut scratch = [0; 8 * 1024];
        loop {
            if linger.until.as_mut().poll(cx).is_ready() {
                return Poll::Ready(());
            }
            let mut buffer = ReadBuf::new(&mut scratch);
            let read = ready!(Pin::new(&mut self.stream).poll_read(cx, &mut buffer));
            let count = buffer.filled().len();
            if read.is_err() || count == 0 || count > linger.bytes_left {
                return Poll::Ready(());
            }
            linger.bytes_left -= count;
        }
    }
}

impl AsyncRead for Guard {
    fn poll_read(self: Pin<&mut Self>, cx: &mut Context<'_>, buffer: &mut ReadBuf<'_>) -> Poll<io::Result<()>> {
        let guard = self.get_mut();
        let before = buffer.filled().len();
        match Pin::new(&mut guard.stream).poll_read(cx, buffer) {
            Poll::Ready(Ok(())) => {
                guard.saw(buffer.filled().get(before..).unwrap_or_default());
                Poll::Ready(Ok(()))
            }
            Poll::Ready(Err(error)) => Poll::Ready(Err(error)),
            Poll::Pending => guard.poll_patience(cx).map(Err),
        }
    }
}

impl AsyncWrite for Guard {
    fn poll_write(self: Pin<&mut Self>, cx: &mut Context<'_>, bytes: &[u8]) -> Poll<io::Result<usize>> {
        let guard = self.get_mut();
        match Pin::new(&mut guard.stream).poll_write(cx, bytes) {
            Poll::Ready(written) => guard.wrote(written),
            Poll::Pending => guard.poll_stall(cx),
        }
    }

    fn poll_write_vectored(
        self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        slices: &[io::IoSlice<'_>],
    ) -> Poll<io::Result<usize>> {
        let guard = self.get_mut();
        match Pin::new(&mut guard.stream).poll_write_vectored(cx, slices) {
            Poll::Ready(written) => guard.wrote(written),
            Poll::Pending => guard.poll_stall(cx),
        }
    }

    fn is_write_vectored(&self) -> bool {
        self.stream.is_write_vectored()
    }

    fn poll_flush(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.get_mut().stream).poll_flush(cx)
    }

    fn poll_shutdown(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        let guard = self.get_mut();
        if guard.linger.is_none() {
            ready!(Pin::new(&mut guard.stream).poll_shutdown(cx))?;
        }
        if guard.scanner.expects_more() {
            ready!(guard.poll_linger(cx));
        }
        Poll::Ready(Ok(()))
    }
}
