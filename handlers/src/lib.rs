//! The two workers: page images to a type, or to structured fields.
//!
//! `document` turns URLs into pages, `engine` reads their text, `layout` sees it as geometry, `classify` and `extract` answer, by
//! the catalog of `contract`. `worker` puts RunPod's loop around all of it.

pub mod classify;
pub mod config;
pub mod document;
pub mod engine;
pub mod extract;
pub mod layout;
pub mod role;
mod scale;
pub mod service;
pub mod worker;
