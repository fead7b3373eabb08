//! The engine `openai` against a server that answers in every way that a stranger's may, and against servers of its own.

#![expect(clippy::unwrap_used, reason = "a test may fail in a helper as well")]

mod child;
mod faults;
mod server;
mod streams;
mod support;
mod transcripts;
mod ways;
