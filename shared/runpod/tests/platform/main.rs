//! The local platform seen from outside: in process with a paused clock where time matters, over sockets where connections do.

#![expect(clippy::unwrap_used, reason = "a helper that fails must fail its test")]

mod limits;
mod lost_jobs;
mod sockets;
mod support;
mod two_sides;
