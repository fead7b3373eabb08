//! TIFF files: every page that is meant to be looked at, in any of the colour models and depths that scanners and faxes write.

mod palette;

use std::io::Cursor;

use contract::ErrorCode;
use image::metadata::Orientation;
use image::{DynamicImage, GrayImage, RgbImage, RgbaImage};
use tiff::decoder::{Decoder, DecodingResult, Limits as TiffLimits};
use tiff::tags::Tag;
use tiff::{ColorType, TiffError};

use super::canvas;
use super::failure::Failure;
use super::limits::Limits;
use super::raster::{Plan, check_size, decoding_cost};

/// Directories that are looked at, pages or not; a chain may be endless or loop.
const DIRECTORIES_MAX: usize = 200;
/// Bits of `NewSubfileType` that mark what is no page: a reduced image, a transparency mask.
const NOT_A_PAGE: u32 = 0b101;

type Reader<'a> = Decoder<Cursor<&'a [u8]>>;

/// Walks the directories and decides whether the pages may be decoded.
pub(crate) fn plan(bytes: &[u8], limits: &Limits) -> Result<Plan, Failure> {
    let mut plan = Plan { pages: 0, decoder_bytes: 0 };
    for_each_page(bytes, limits, |reader, number| {
        let (width, height) = reader.dimensions().map_err(failure)?;
        check_size(width, height, limits).map_err(|f| f.on_page(number))?;
        let color = reader.colortype().map_err(failure)?;
        let decoded = u64::from(width) * u64::from(height) * u64::from(color.num_samples()) * sample_bytes(color) * 2;
        plan.decoder_bytes = plan.decoder_bytes.max(decoding_cost(width, height, decoded));
        plan.pages = number;
        Ok(())
    })?;
    Ok(plan)
}

/// Decodes the pages in order and gives each to `take`, which may end the work with an error.
pub(crate) fn decode(
    bytes: &[u8],
    limits: &Limits,
    kept: u64,
    mut take: impl FnMut(RgbImage) -> Result<(), Failure>,
) -> Result<(), Failure> {
    for_each_page(bytes, limits, |reader, number| {
        let page = decode_page(reader, kept).map_err(|f| f.on_page(number))?;
        take(page)
    })
}

fn for_each_page(
    bytes: &[u8],
    limits: &Limits,
    mut visit: impl FnMut(&mut Reader<'_>, usize) -> Result<(), Failure>,
) -> Result<(), Failure> {
    let mut bounds = TiffLimits::default();
    bounds.decoding_buffer_size = usize::try_from(limits.decoder_bytes).unwrap_or(usize::MAX);
    let bytes = palette::as_grey(bytes);
    let mut reader = Decoder::new(Cursor::new(bytes.as_ref())).map_err(failure)?.with_limits(bounds);
    let mut number = 0;
    for _ in 0..DIRECTORIES_MAX {
        let kind = reader.find_tag_unsigned::<u32>(Tag::NewSubfileType).ok().flatten().unwrap_or(0);
        if number == 0 || kind & NOT_A_PAGE == 0 {
            number += 1;
            if number > limits.pages {
                return Err(Failure::new(ErrorCode::TooManyPages, format!("has more than {} pages", limits.pages)));
            }
            visit(&mut reader, number)?;
        }
        if !reader.more_images() {
            return Ok(());
        }
        reader.next_image().map_err(|e| failure(e).on_page(number + 1))?;
    }
    Err(Failure::broken("it has too many directories"))
}

fn decode_page(reader: &mut Reader<'_>, kept: u64) -> Result<RgbImage, Failure> {
    let (width, height) = reader.dimensions().map_err(failure)?;
    let color = reader.colortype().map_err(failure)?;
    let orientation = reader.find_tag_unsigned::<u8>(Tag::Orientation).ok().flatten();
    let orientation = orientation.and_then(Orientation::from_exif).unwrap_or(Orientation::NoTransforms);

    let mut decoded = DecodingResult::U8(Vec::new());
    let layout = reader.read_image_to_buffer(&mut decoded).map_err(failure)?;
    let mut samples = to_eight_bits(decoded, color, width)?;
    let channels = usize::from(color.num_samples());
    if layout.planes > 1 {
        samples = interleave(&samples, channels);
    }
    if samples.len() < width as usize * height as usize * channels {
        return Err(Failure::broken("the image data end early"));
    }
    let image = match palette_of(reader, color) {
        Some(palette) => RgbImage::from_raw(width, height, palette::look_up(&samples, color.bit_depth(), &palette))
            .map(DynamicImage::ImageRgb8)
            .ok_or_else(|| Failure::broken("the image data end early"))?,
        None => to_image(width, height, color, samples)?,
    };
    canvas::finish(image, orientation, kept)
}

/// The palette that grey values are indices into. A page that is grey by itself has none.
fn palette_of(reader: &mut Reader<'_>, color: ColorType) -> Option<Vec<u16>> {
    let ColorType::Gray(depth @ 1..=8) = color else { return None };
    let palette = reader.find_tag_unsigned_vec::<u16>(Tag::ColorMap).ok().flatten()?;
    (palette.len() == 3 << depth).then_some(palette)
}

/// One byte per sample, whatever the depth.
fn to_eight_bits(decoded: DecodingResult, color: ColorType, width: u32) -> Result<Vec<u8>, Failure> {
    match decoded {
        DecodingResult::U8(packed) if color.bit_depth() < 8 => {
            let row_samples = width as usize * usize::from(color.num_samples());
            Ok(unpack(&packed, color.bit_depth(), row_samples))
        }
        DecodingResult::U8(samples) => Ok(samples),
        DecodingResult::U16(samples) => Ok(samples.into_iter().map(|s| s.to_be_bytes()[0]).collect()),
        DecodingResult::U32(samples) => Ok(samples.into_iter().map(|s| s.to_be_bytes()[0]).collect()),
        DecodingResult::F32(samples) => Ok(samples.into_iter().map(|s| (s.clamp(0.0, 1.0) * 255.0) as u8).collect()),
        _ => Err(unsupported("a sample format")),
    }
}

/// Spreads samples of 1, 2 or 4 bits, whose rows start at whole bytes, over 0..255.
fn unpack(packed: &[u8], depth: u8, row_samples: usize) -> Vec<u8> {
    let depth = usize::from(depth.max(1));
    let top = (1_usize << depth) - 1;
    let row_bytes = (row_samples * depth).div_ceil(8).max(1);
    let sample = |row: &[u8], i: usize| {
        let bit = i * depth;
        let byte = usize::from(row.get(bit / 8).copied().unwrap_or(0));
        let value = byte >> (8 - depth - bit % 8) & top;
        u8::try_from(value * 255 / top).unwrap_or(u8::MAX)
    };
    packed.chunks_exact(row_bytes).flat_map(|row| (0..row_samples).map(move |i| sample(row, i))).collect()
}

fn interleave(planes: &[u8], channels: usize) -> Vec<u8> {
    let plane = planes.len() / channels.max(1);
    (0..plane).flat_map(|i| (0..channels).map(move |c| planes.get(c * plane + i).copied().unwrap_or(0))).collect()
}

fn to_image(width: u32, height: u32, color: ColorType, samples: Vec<u8>) -> Result<DynamicImage, Failure> {
    let image = match color {
        ColorType::Gray(_) => GrayImage::from_raw(width, height, samples).map(DynamicImage::ImageLuma8),
        // Grey with further channels of unknown meaning.
        ColorType::Multiband { num_samples, .. } => {
            let grey = samples.iter().step_by(usize::from(num_samples.max(1))).copied().collect();
            GrayImage::from_raw(width, height, grey).map(DynamicImage::ImageLuma8)
        }
        ColorType::RGB(_) => RgbImage::from_raw(width, height, samples).map(DynamicImage::ImageRgb8),
        ColorType::RGBA(_) => RgbaImage::from_raw(width, height, samples).map(DynamicImage::ImageRgba8),
        ColorType::CMYK(_) => rgb(width, height, samples.as_chunks::<4>().0.iter().map(|s| cmyk_to_rgb(*s))),
        ColorType::CMYKA(_) => {
            rgb(width, height, samples.as_chunks::<5>().0.iter().map(|&[c, m, y, k, _]| cmyk_to_rgb([c, m, y, k])))
        }
        ColorType::YCbCr(_) => rgb(width, height, samples.as_chunks::<3>().0.iter().map(|s| ycbcr_to_rgb(*s))),
        _ => return Err(unsupported("a colour model")),
    };
    image.ok_or_else(|| Failure::broken("the image data end early"))
}

fn rgb(width: u32, height: u32, pixels: impl Iterator<Item = [u8; 3]>) -> Option<DynamicImage> {
    RgbImage::from_raw(width, height, pixels.flatten().collect()).map(DynamicImage::ImageRgb8)
}

fn cmyk_to_rgb([c, m, y, k]: [u8; 4]) -> [u8; 3] {
    let light = |ink: u8| u8::try_from(u32::from(255 - ink) * u32::from(255 - k) / 255).unwrap_or(u8::MAX);
    [light(c), light(m), light(y)]
}

/// Full-range BT.601, which is what JPEG inside TIFF holds.
fn ycbcr_to_rgb([y, cb, cr]: [u8; 3]) -> [u8; 3] {
    let (y, cb, cr) = (f32::from(y), f32::from(cb) - 128.0, f32::from(cr) - 128.0);
    // A float saturates when it becomes a byte.
    [y + 1.402 * cr, y - 0.344_136 * cb - 0.714_136 * cr, y + 1.772 * cb].map(|v| v.round() as u8)
}

fn sample_bytes(color: ColorType) -> u64 {
    u64::from(color.bit_depth()).div_ceil(8)
}

fn failure(error: TiffError) -> Failure {
    match error {
        TiffError::UnsupportedError(_) => unsupported("a variant"),
        TiffError::LimitsExceeded => Failure::too_complex("takes more memory to decode than is allowed"),
        TiffError::IoError(_) => Failure::broken("the TIFF data end early"),
        _ => Failure::broken("the TIFF data are invalid"),
    }
}

fn unsupported(what: &str) -> Failure {
    Failure::new(ErrorCode::UnsupportedFormat, format!("uses {what} of TIFF that is not read here"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn packed_samples_spread_over_the_whole_range_row_by_row() {
        assert_eq!(unpack(&[0b1010_0000, 0b0100_0000], 1, 3), [255, 0, 255, 0, 255, 0]);
        assert_eq!(unpack(&[0b0001_1011], 2, 4), [0, 85, 170, 255]);
        assert_eq!(unpack(&[0x0f, 0x80], 4, 3), [0, 255, 136]);
    }

    #[test]
    fn planes_are_interleaved() {
        assert_eq!(interleave(&[1, 2, 3, 4, 5, 6], 3), [1, 3, 5, 2, 4, 6]);
    }

    #[test]
    fn inks_and_luma_become_light() {
        assert_eq!(cmyk_to_rgb([0, 0, 0, 0]), [255, 255, 255]);
        assert_eq!(cmyk_to_rgb([0, 255, 255, 0]), [255, 0, 0]);
        assert_eq!(ycbcr_to_rgb([255, 128, 128]), [255, 255, 255]);
        assert_eq!(ycbcr_to_rgb([76, 85, 255]), [254, 0, 0]);
    }
}
