//! Which way is up: votes of the boxes for quarter turns, of the line classifier for half turns, and the directions that
//! text in a single box can have.

use image::RgbImage;

use crate::geometry::Quad;
use crate::network::Network;
use crate::raster;
use crate::reader::ReadError;

/// From this ratio of its sides on, a box says which way its text runs.
const CLEAR_ASPECT: f32 = 1.5;
/// Lines asked for a half turn: the longest ones.
const SAMPLE: usize = 8;
/// The classifier's input, pixels.
const CLASSIFIER_SIZE: (u32, u32) = (192, 48);

/// Whether most of the text, by length, runs up or down the page.
pub(crate) fn is_quarter_turned(quads: &[Quad]) -> bool {
    let (mut across, mut down) = (0.0, 0.0);
    for quad in quads {
        let (width, height) = (quad.width(), quad.height());
        if width > CLEAR_ASPECT * height {
            across += width;
        } else if height > CLEAR_ASPECT * width {
            down += height;
        }
    }
    down > 1.5 * across
}

/// The longest lines, for questions about the whole page.
pub(crate) fn sample(quads: &[Quad]) -> Vec<Quad> {
    let mut long: Vec<Quad> = quads.iter().copied().filter(|q| q.width() > 2.0 * q.height()).collect();
    long.sort_by(|a, b| (b.width() / b.height()).total_cmp(&(a.width() / a.height())));
    long.truncate(SAMPLE);
    long
}

/// Whether the line classifier takes the lines, together, for upside down.
pub(crate) fn looks_upside_down(classifier: &dyn Network, page: &RgbImage, lines: &[Quad]) -> Result<bool, ReadError> {
    if lines.is_empty() {
        return Ok(false);
    }
    let (width, height) = CLASSIFIER_SIZE;
    let size = 3 * (width * height) as usize;
    let mut planes = vec![0.0; lines.len() * size];
    for (line, planes) in lines.iter().zip(planes.chunks_exact_mut(size)) {
        let natural = (height as f32 * line.width() / line.height().max(1.0)).ceil() as u32;
        let cut = raster::cut(page, line, natural.clamp(8, width), height);
        raster::write_planes(&cut, width as usize, planes);
    }
    let mut lead = 0.0;
    classifier.run([lines.len(), 3, height as usize, width as usize], &planes, &mut |_, values| {
        lead = values.chunks_exact(2).map(|upright_flipped| upright_flipped[1] - upright_flipped[0]).sum();
    })?;
    Ok(lead > 0.0)
}

/// The ways to read a box: wide ones as they are, high ones also downwards and upwards.
pub(crate) fn directions(quad: &Quad) -> Vec<Quad> {
    let aspect = quad.height() / quad.width().max(1.0);
    match aspect {
        // A lone digit or letter is higher than wide, too.
        a if a >= 3.0 => vec![quad.turned(1), quad.turned(3)],
        a if a >= CLEAR_ASPECT => vec![*quad, quad.turned(1), quad.turned(3)],
        _ => vec![*quad],
    }
}
