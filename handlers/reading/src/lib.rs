//! PP-OCR on the CPU: image in, lines and words with polygons and scores out.

pub mod text;

pub use text::{Line, PageText, Polygon, Rotation, Word};
