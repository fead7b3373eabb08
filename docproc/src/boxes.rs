//! `docproc extract --boxes`: what was read and where, drawn on the pages.

mod text;

use std::path::Path;
use std::sync::Arc;

use contract::{ExtractResponse, FieldEvidence};
use handlers::document::pdf::Renderer;
use handlers::document::{Addresses, Limits, Loader};
use image::{ImageFormat, Rgb, RgbImage, imageops};

use crate::failure::Failure;

/// Frames of values that are likely right, and of the others.
const SURE: Rgb<u8> = Rgb([0, 120, 60]);
const UNSURE: Rgb<u8> = Rgb([200, 60, 0]);
/// Confidence from which a value counts as likely right.
const SURE_FROM: f64 = 0.8;
const WHITE: Rgb<u8> = Rgb([255, 255, 255]);

/// Draws every value's frame, name and text on its page and writes the pages, one below the other, as a PNG file.
pub(crate) async fn draw(urls: &[String], answer: &ExtractResponse, path: &Path) -> Result<(), Failure> {
    let renderer = Renderer::this_program().map_err(Failure::new)?;
    let loader = Loader::new(Limits::default(), Addresses::new(false), renderer).map_err(Failure::new)?;
    let pages = loader.load(urls).await.map_err(Failure::new)?;
    let mut images: Vec<RgbImage> = pages.into_iter().map(|page| Arc::unwrap_or_clone(page.image)).collect();
    for (name, field) in &answer.fields {
        let confidence = answer.confidence.get(name).copied().unwrap_or_default();
        if let Some(image) = field.page.and_then(|page| page.checked_sub(1)).and_then(|index| images.get_mut(index)) {
            mark(image, name, field, confidence);
        }
    }
    let saved = joined(&images).save_with_format(path, ImageFormat::Png);
    saved.map_err(|error| Failure::new(format!("can't write {}: {error}", path.display())))
}

fn mark(image: &mut RgbImage, name: &str, field: &FieldEvidence, confidence: f64) {
    let Some(polygon) = field.polygon else { return };
    let colour = if confidence >= SURE_FROM { SURE } else { UNSURE };
    let (width, height) = (image.width() as f32, image.height() as f32);
    // Polygons come from a reader and may reach over the edges; a line from far outside would be drawn for ever.
    let corners = polygon.map(|[x, y]| (x.clamp(0.0, 1.0) * width, y.clamp(0.0, 1.0) * height));
    for (index, from) in corners.into_iter().enumerate() {
        line(image, from, corners[(index + 1) % corners.len()], colour);
    }
    let label = format!("{name}: {}", field.raw);
    let scale = text::scale_for(image);
    let (wide, high) = text::size(&label, scale);
    let leftmost = corners.iter().map(|(x, _)| *x).fold(width, f32::min) as u32;
    let topmost = corners.iter().map(|(_, y)| *y).fold(height, f32::min) as u32;
    let place = (leftmost.min(image.width().saturating_sub(wide)), topmost.saturating_sub(high + 1));
    let (wide, high) = (wide.min(image.width() - place.0), high.min(image.height() - place.1));
    imageops::replace(image, &RgbImage::from_pixel(wide, high, WHITE), place.0.into(), place.1.into());
    text::draw(image, place, &label, scale, colour);
}

/// A line of one pixel's width.
fn line(image: &mut RgbImage, from: (f32, f32), to: (f32, f32), colour: Rgb<u8>) {
    let (dx, dy) = (to.0 - from.0, to.1 - from.1);
    let steps = dx.abs().max(dy.abs()).ceil().max(1.0) as u32;
    for step in 0..=steps {
        let part = step as f32 / steps as f32;
        let (x, y) = (part.mul_add(dx, from.0) as u32, part.mul_add(dy, from.1) as u32);
        if let Some(pixel) = image.get_pixel_mut_checked(x, y) {
            *pixel = colour;
        }
    }
}

/// The pages one below the other.
fn joined(pages: &[RgbImage]) -> RgbImage {
    let width = pages.iter().map(RgbImage::width).max().unwrap_or(1);
    let height = pages.iter().map(RgbImage::height).sum::<u32>().max(1);
    let mut all = RgbImage::from_pixel(width, height, WHITE);
    let mut top = 0_i64;
    for page in pages {
        imageops::replace(&mut all, page, 0, top);
        top += i64::from(page.height());
    }
    all
}

#[cfg(test)]
mod tests {
    use super::*;

    fn field(polygon: [[f32; 2]; 4]) -> FieldEvidence {
        FieldEvidence {
            raw: "1.00".into(),
            page: Some(1),
            polygon: Some(polygon),
            source: "reading".into(),
            checks: Default::default(),
        }
    }

    #[test]
    fn a_value_is_framed_where_it_was_read_and_named_above() {
        let mut page = RgbImage::from_pixel(400, 200, WHITE);
        mark(&mut page, "wages", &field([[0.25, 0.5], [0.5, 0.5], [0.5, 0.6], [0.25, 0.6]]), 0.9);
        assert_eq!(*page.get_pixel(150, 100), SURE);
        assert_eq!(*page.get_pixel(150, 110), WHITE);
        let above = (90..100).any(|y| (100..200).any(|x| *page.get_pixel(x, y) == SURE));
        assert!(above, "no name above the frame");
    }

    #[test]
    fn frames_at_or_beyond_the_edges_are_drawn_as_far_as_they_are_on_the_page() {
        let mut page = RgbImage::from_pixel(50, 20, WHITE);
        for polygon in [
            [[0.0; 2]; 4],
            [[-1.0, -1.0], [2.0, -1.0], [2.0, 2.0], [-1.0, 2.0]],
            [[1.0, 1.0], [1.0, 1.0], [1.0, 1.0], [0.9, 0.9]],
        ] {
            mark(&mut page, "a_very_long_name_of_a_field", &field(polygon), 0.1);
        }
    }

    #[test]
    fn pages_of_different_widths_are_joined_without_loss() {
        let all = joined(&[RgbImage::new(10, 20), RgbImage::new(30, 5)]);
        assert_eq!(all.dimensions(), (30, 25));
        assert_eq!((*all.get_pixel(20, 10), *all.get_pixel(20, 22)), (WHITE, Rgb([0, 0, 0])));
    }
}
