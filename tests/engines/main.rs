//! The whole service with a vision model: gateway, platform and workers as people start them, on tiny models of random weights.
//! What those say is nonsense; that it comes back in the contract's shape, checked, placed and masked is not.

#![expect(clippy::unwrap_used, clippy::panic, reason = "a helper that fails must fail its test")]

#[cfg(feature = "mistralrs")]
mod gpu_check;
#[cfg(feature = "mistralrs")]
mod in_process;
mod shape;
#[path = "../e2e/support/mod.rs"]
#[expect(dead_code, reason = "shared with the tests of the reading engine, which ask for more")]
mod support;
mod tiny;
