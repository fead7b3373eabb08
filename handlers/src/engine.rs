//! The seam to what reads pages. The reading engine (PP-OCR on the CPU) is the one there is.

mod reading;

pub use self::reading::{ReadPage, ReadingEngine};
