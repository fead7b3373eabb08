//! The gateway over real sockets, before a scripted platform: answers, faults of the platform, callers that misbehave.
#![expect(
    clippy::expect_used,
    clippy::panic,
    clippy::unwrap_used,
    reason = "helpers of tests fail the test that calls them"
)]

mod answers;
mod bad_input;
mod callers;
mod faults;
mod program;
mod support;
mod whole_path;
