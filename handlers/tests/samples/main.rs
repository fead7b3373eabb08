//! The sample documents through classification and extraction, from recorded readings: no models, no network, milliseconds.

#![expect(clippy::unwrap_used, clippy::panic, reason = "a test may fail in a helper as well")]

mod compare;
mod document;
mod paper;

mod answers;
mod copies;
mod junk;
mod labels;
mod masks;
mod places;
mod vision;
