//! The worker loop and the local modes, seen from outside: against a scripted platform, and as a process.
#![expect(clippy::expect_used, clippy::panic, reason = "helpers of tests fail the test that calls them")]

mod cancel;
mod local_modes;
mod order;
mod pings;
mod platform;
mod post;
mod prepare;
mod process;
mod shutdown;
mod slots;
mod support;
mod take;
mod wire;
