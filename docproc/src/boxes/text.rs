//! Text on an image in a bitmap font of 8 x 8 pixels, scaled by whole numbers.

use font8x8::{BASIC_FONTS, LATIN_FONTS, UnicodeFonts as _};
use image::{Rgb, RgbImage};

/// Pixels of a character's side before scaling.
const SIDE: u32 = 8;
/// Characters at scale 1 that a page is wide: small enough to leave the page legible.
const CHARACTERS_PER_LINE: u32 = 200;

/// The scale at which a label is legible on the whole page.
pub(super) fn scale_for(image: &RgbImage) -> u32 {
    (image.width() / (SIDE * CHARACTERS_PER_LINE)).max(1)
}

/// Width and height of a text in pixels.
pub(super) fn size(text: &str, scale: u32) -> (u32, u32) {
    let characters = u32::try_from(text.chars().count()).unwrap_or(u32::MAX);
    (characters.saturating_mul(SIDE * scale).max(1), SIDE * scale)
}

/// Draws a text whose top left corner is at `place`, as far as it is on the image.
pub(super) fn draw(image: &mut RgbImage, place: (u32, u32), text: &str, scale: u32, colour: Rgb<u8>) {
    for (column, character) in (0..).zip(text.chars()) {
        let rows = BASIC_FONTS.get(character).or_else(|| LATIN_FONTS.get(character)).or_else(|| BASIC_FONTS.get('?'));
        for (y, row) in (0..).zip(rows.unwrap_or_default()) {
            for x in (0..SIDE).filter(|x| row >> x & 1 == 1) {
                fill(image, (place.0 + (column * SIDE + x) * scale, place.1 + y * scale), scale, colour);
            }
        }
    }
}

fn fill(image: &mut RgbImage, (left, top): (u32, u32), side: u32, colour: Rgb<u8>) {
    for (x, y) in (left..left + side).flat_map(|x| (top..top + side).map(move |y| (x, y))) {
        if let Some(pixel) = image.get_pixel_mut_checked(x, y) {
            *pixel = colour;
        }
    }
}
