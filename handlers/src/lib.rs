//! The two workers: page images to a type, or to structured fields.

pub mod classify;
pub mod document;
pub mod extract;
pub mod layout;
