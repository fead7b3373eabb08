//! The two workers: page images to a type, or to structured fields.
