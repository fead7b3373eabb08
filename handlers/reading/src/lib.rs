//! PP-OCR on the CPU: image in, lines and words with polygons and scores out.

mod alphabet;
mod ctc;
mod detect;
mod geometry;
mod layout;
pub mod models;
mod network;
mod orient;
mod raster;
mod reader;
mod recognise;
pub mod text;

pub use models::{Models, ModelsError};
pub use reader::{Options, ReadError, Reader};
pub use text::{Line, PageText, Polygon, Rotation, Word};
