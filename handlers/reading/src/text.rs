//! What reading a page gives: lines and their words, each with a polygon and a score.
//!
//! Polygons are in coordinates of the *upright* page. Callers who draw on the page as it was given use
//! [`PageText::to_given`].

use serde::{Deserialize, Serialize};

/// Four corners, clockwise from the text's top left; x and y as fractions of the page's width and height, 0..1.
pub type Polygon = [[f32; 2]; 4];

/// By how much the given page had to be turned clockwise to be upright.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub enum Rotation {
    /// It was upright.
    #[default]
    None,
    /// 90 degrees clockwise.
    Quarter,
    /// 180 degrees.
    Half,
    /// 270 degrees clockwise.
    ThreeQuarters,
}

/// A page's text.
#[derive(Clone, Debug, Default, Serialize, Deserialize)]
pub struct PageText {
    /// Width of the upright page in pixels.
    pub width: u32,
    /// Height of the upright page in pixels.
    pub height: u32,
    /// How the given page was turned to be upright.
    #[serde(default)]
    pub rotation: Rotation,
    /// Lines in reading order.
    pub lines: Vec<Line>,
}

/// A run of text that stands close together on one line.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct Line {
    /// Where it is on the upright page.
    pub polygon: Polygon,
    /// Its text.
    pub text: String,
    /// Mean probability of its characters, 0..1.
    pub score: f32,
    /// Its words, split at blanks, left to right.
    #[serde(default)]
    pub words: Vec<Word>,
}

/// A word of a line.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct Word {
    /// Where it is on the upright page.
    pub polygon: Polygon,
    /// Its text.
    pub text: String,
    /// Mean probability of its characters, 0..1.
    pub score: f32,
}

impl PageText {
    /// Turns a polygon of the upright page into one of the page as it was given to the reader.
    pub fn to_given(&self, polygon: Polygon) -> Polygon {
        polygon.map(|[x, y]| match self.rotation {
            Rotation::None => [x, y],
            Rotation::Quarter => [y, 1.0 - x],
            Rotation::Half => [1.0 - x, 1.0 - y],
            Rotation::ThreeQuarters => [1.0 - y, x],
        })
    }
}
