//! Pages made in a test from texts and the places where they begin.

use reading::{Line, PageText, Polygon};

/// Width of a letter and height of a line, as shares of the page.
const LETTER: f32 = 0.008;
const HEIGHT: f32 = 0.014;

/// A page of a thousand pixels each way with a text at each place (x, y as shares of the page).
pub(crate) fn page(lines: &[(&str, f32, f32)]) -> PageText {
    let lines = lines.iter().map(|&(text, x, y)| line(text, x, y)).collect();
    PageText { width: 1000, height: 1000, lines, ..PageText::default() }
}

/// A line without boxes of its words.
pub(crate) fn line(text: &str, x: f32, y: f32) -> Line {
    let right = x + LETTER * text.chars().count() as f32;
    let polygon = [[x, y], [right, y], [right, y + HEIGHT], [x, y + HEIGHT]];
    Line { polygon, text: text.to_owned(), score: 0.98, words: Vec::new() }
}

/// Left, top, right, bottom of a polygon.
pub(crate) fn bounds(polygon: &Polygon) -> [f32; 4] {
    let axis = |i: usize| polygon.iter().map(move |p| p[i]);
    [
        axis(0).fold(f32::INFINITY, f32::min),
        axis(1).fold(f32::INFINITY, f32::min),
        axis(0).fold(f32::NEG_INFINITY, f32::max),
        axis(1).fold(f32::NEG_INFINITY, f32::max),
    ]
}

/// Whether a text is an amount, however it is grouped.
pub(crate) fn shows(text: &str, amount: f64) -> bool {
    text.chars().filter(|c| c.is_ascii_digit() || *c == '.').collect::<String>() == format!("{amount:.2}")
}
