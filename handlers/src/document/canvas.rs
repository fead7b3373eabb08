//! From a decoder's pixels to a page: alpha laid on white, scaled down to what reading needs, turned upright.

use image::metadata::Orientation;
use image::{DynamicImage, RgbImage, RgbaImage};

use super::failure::Failure;
use crate::scale;

/// Makes a page of at most `kept` pixels.
pub(crate) fn finish(image: DynamicImage, orientation: Orientation, kept: u64) -> Result<RgbImage, Failure> {
    let flat = shrink(flatten(image), kept)?;
    let mut upright = DynamicImage::ImageRgb8(flat);
    upright.apply_orientation(orientation);
    Ok(upright.into_rgb8())
}

/// Eight bits per channel, no alpha. Transparent means white: paper is white, and scanners write transparent backgrounds.
fn flatten(image: DynamicImage) -> RgbImage {
    if image.color().has_alpha() { on_white(&image.into_rgba8()) } else { image.into_rgb8() }
}

fn on_white(image: &RgbaImage) -> RgbImage {
    let mut rgb = Vec::with_capacity(image.as_raw().len() / 4 * 3);
    for pixel in image.pixels() {
        let [r, g, b, alpha] = pixel.0;
        rgb.extend([r, g, b].map(|channel| over_white(channel, alpha)));
    }
    RgbImage::from_raw(image.width(), image.height(), rgb).unwrap_or_default()
}

fn over_white(channel: u8, alpha: u8) -> u8 {
    let (channel, alpha) = (u32::from(channel), u32::from(alpha));
    let sum = channel * alpha + 255 * (255 - alpha);
    u8::try_from((sum + 127) / 255).unwrap_or(u8::MAX)
}

fn shrink(image: RgbImage, kept: u64) -> Result<RgbImage, Failure> {
    let (width, height) = image.dimensions();
    let (to_width, to_height) = bounded(width, height, kept);
    if (to_width, to_height) == (width, height) {
        return Ok(image);
    }
    scale::scaled(&image, to_width, to_height).ok_or_else(|| Failure::internal("could not be scaled down"))
}

/// The size of the same shape with at most `kept` pixels.
pub(crate) fn bounded(width: u32, height: u32, kept: u64) -> (u32, u32) {
    let pixels = u64::from(width) * u64::from(height);
    if pixels <= kept {
        return (width, height);
    }
    let scale = (kept as f64 / pixels as f64).sqrt();
    let side = |side: u32| ((f64::from(side) * scale) as u32).max(1);
    (side(width), side(height))
}

#[cfg(test)]
mod tests {
    use image::{GrayAlphaImage, GrayImage, LumaA, Rgba};

    use super::*;

    #[test]
    fn what_is_transparent_becomes_white_and_half_transparent_ink_grey() {
        let image = RgbaImage::from_fn(2, 1, |x, _| if x == 0 { Rgba([0, 0, 0, 0]) } else { Rgba([0, 0, 0, 128]) });
        let page = finish(DynamicImage::ImageRgba8(image), Orientation::NoTransforms, 100).unwrap();
        assert_eq!(page.as_raw(), &[255, 255, 255, 127, 127, 127]);
        let grey = GrayAlphaImage::from_pixel(1, 1, LumaA([10, 255]));
        assert_eq!(flatten(DynamicImage::ImageLumaA8(grey)).as_raw(), &[10, 10, 10]);
    }

    #[test]
    fn a_large_page_is_scaled_down_and_keeps_its_shape() {
        let page = finish(DynamicImage::ImageLuma8(GrayImage::new(400, 200)), Orientation::Rotate90, 20_000).unwrap();
        assert_eq!(page.dimensions(), (100, 200));
        assert_eq!(bounded(6494, 8403, 20_000_000), (3931, 5087));
        assert_eq!(bounded(100_000, 1, 100), (3162, 1));
    }
}
