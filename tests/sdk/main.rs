//! Proofs with the real Python SDK: its client in front of our platform and worker, its worker behind our platform, and its
//! worker's requests beside ours. The SDK is installed once, under the target folder.

#![expect(clippy::unwrap_used, clippy::expect_used, clippy::panic, reason = "a helper that fails must fail its test")]

mod overhead;
mod python_client;
mod python_worker;
mod same_wire;
mod signals;
mod support;
