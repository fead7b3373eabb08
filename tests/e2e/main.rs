//! The whole service as people run it: `docproc up` with its processes, documents and attacks over HTTP, signals, the real
//! Python SDK. Each test asks the real binary and reads what comes back.

#![expect(clippy::unwrap_used, clippy::panic, reason = "a helper that fails must fail its test")]

mod answers;
mod bad_inputs;
mod commands;
mod health;
mod logs;
mod processes;
mod python_client;
mod support;
