//! Documents as callers send them, through [`handlers::document::Loader`]: every format, every limit, every way to go wrong.

#![expect(clippy::unwrap_used, clippy::panic, reason = "a test may fail in a helper as well")]

mod server;
mod support;

mod bad_inputs;
mod formats;
mod hostile_pdfs;
mod pdf;
mod remote;
