//! The seam to what reads pages: the reading engine (PP-OCR on the CPU), and vision models beside it.

mod grid;
pub mod local;
#[cfg(feature = "mistralrs")]
pub mod mistralrs;
pub mod model;
pub mod openai;
mod reading;
mod repetition;
pub mod vision;

pub(crate) use self::reading::upright;
pub use self::reading::{ReadPage, ReadingEngine};
