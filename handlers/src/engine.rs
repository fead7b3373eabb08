//! The seam to what reads pages: the reading engine (PP-OCR on the CPU), and vision models beside it.

mod reading;
pub mod vision;

pub use self::reading::{ReadPage, ReadingEngine};
