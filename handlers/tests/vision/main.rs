//! The vision engine of this process against what Hugging Face transformers computes from the same weights, and against misuse.
//!
//! The models are tiny, of random weights, made by `tiny/make.py`; the references were recorded by `tiny/record.py`. Run with
//! `cargo test -p handlers --features mistralrs --test vision`.

#![expect(clippy::unwrap_used, reason = "a helper that fails must fail its test")]

mod choose;
mod generate;
mod misuse;
mod support;
