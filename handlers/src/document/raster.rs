//! One image file (PNG, JPEG, WebP, GIF, BMP) to a page.

use std::io::Cursor;

use contract::ErrorCode;
use image::metadata::Orientation;
use image::{DynamicImage, ImageDecoder, ImageError, ImageFormat, ImageReader, RgbImage};

use super::canvas;
use super::failure::Failure;
use super::limits::Limits;

/// What a file's header says, checked against the limits.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Plan {
    /// Pages in the file.
    pub(crate) pages: usize,
    /// Most bytes that decoding one of them holds.
    pub(crate) decoder_bytes: u64,
}

/// Reads the header and decides whether the image may be decoded.
pub(crate) fn plan(bytes: &[u8], format: ImageFormat, limits: &Limits) -> Result<Plan, Failure> {
    let decoder = open(bytes, format, limits)?;
    let (width, height) = decoder.dimensions();
    check_size(width, height, limits)?;
    if format == ImageFormat::Jpeg && !jpeg_is_complete(bytes) {
        return Err(Failure::broken("the JPEG data end early"));
    }
    Ok(Plan { pages: 1, decoder_bytes: decoding_cost(width, height, decoder.total_bytes()) })
}

/// Decodes the image to an upright page of at most `kept` pixels.
pub(crate) fn decode(bytes: &[u8], format: ImageFormat, limits: &Limits, kept: u64) -> Result<RgbImage, Failure> {
    let mut decoder = open(bytes, format, limits)?;
    // A page with unreadable metadata is still a page.
    let orientation = decoder.orientation().unwrap_or(Orientation::NoTransforms);
    let image = DynamicImage::from_decoder(decoder).map_err(failure)?;
    canvas::finish(image, orientation, kept)
}

/// Refuses a page that is too large to decode or too small to read.
pub(crate) fn check_size(width: u32, height: u32, limits: &Limits) -> Result<(), Failure> {
    let out_of_range = |message: String| Err(Failure::new(ErrorCode::ImageSizeOutOfRange, message));
    let pixels = u64::from(width) * u64::from(height);
    if width.min(height) < limits.page_side_min {
        return out_of_range(format!("is {width} x {height} pixels, smallest side is {}", limits.page_side_min));
    }
    if pixels > limits.page_pixels {
        let (is, limit) = (pixels.div_ceil(1_000_000), limits.page_pixels as f64 / 1e6);
        return out_of_range(format!("is {is} megapixels ({width} x {height}), limit is {limit}"));
    }
    Ok(())
}

/// The decoder's own buffer, the copy with four channels where there is alpha, and the page.
pub(crate) fn decoding_cost(width: u32, height: u32, decoded_bytes: u64) -> u64 {
    decoded_bytes.saturating_add(u64::from(width) * u64::from(height) * 4)
}

fn open<'a>(bytes: &'a [u8], format: ImageFormat, limits: &Limits) -> Result<impl ImageDecoder + use<'a>, Failure> {
    let mut reader = ImageReader::with_format(Cursor::new(bytes), format);
    let mut bounds = image::Limits::no_limits();
    bounds.max_alloc = Some(limits.decoder_bytes);
    reader.limits(bounds);
    reader.into_decoder().map_err(failure)
}

fn failure(error: ImageError) -> Failure {
    match error {
        ImageError::Limits(_) => Failure::too_complex("takes more memory to decode than is allowed"),
        ImageError::Unsupported(_) => {
            Failure::new(ErrorCode::UnsupportedFormat, "uses a variant of its format that is not read here")
        }
        ImageError::IoError(_) => Failure::broken("the image data end early"),
        _ => Failure::broken("the image data are invalid"),
    }
}

/// Whether the end marker comes after the last scan. The decoder fills what is missing with grey, which would read as an empty half
/// page: better to say so. Marker segments before the scan are stepped over, since a thumbnail in one has an end marker of its own.
fn jpeg_is_complete(bytes: &[u8]) -> bool {
    let mut rest = bytes.get(2..).unwrap_or_default();
    loop {
        rest = match rest {
            [0xff, 0xff, ..] => rest.get(1..).unwrap_or_default(),
            [0xff, 0xda, scan @ ..] => return scan.windows(2).any(|w| w == [0xff, 0xd9]),
            [0xff, 0xd0..=0xd8 | 0x01, after @ ..] => after,
            [0xff, _, high, low, ..] => {
                let length = usize::from(u16::from_be_bytes([*high, *low])).max(2);
                rest.get(2 + length..).unwrap_or_default()
            }
            // Stray bytes between segments: the decoder steps over them too.
            [_, after @ ..] => after,
            [] => return false,
        };
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_jpeg_is_complete_when_the_end_marker_follows_the_scan() {
        let whole = b"\xff\xd8\xff\xe1\x00\x04\xff\xd9\xff\xff\xda\x00\x02data\xff\x00\xff\xd9";
        assert!(jpeg_is_complete(whole));
        assert!(!jpeg_is_complete(whole.get(..whole.len() - 2).unwrap()));
        assert!(!jpeg_is_complete(b"\xff\xd8\xff"));
        assert!(!jpeg_is_complete(b"\xff\xd8\xff\xe1\xff\xff"));
    }

    #[test]
    fn a_size_is_refused_with_the_numbers() {
        let limits = Limits::default();
        let refusal = |w, h| check_size(w, h, &limits).unwrap_err().of("it").message;
        assert_eq!(refusal(60_000, 60_000), "it is 3600 megapixels (60000 x 60000), limit is 80");
        assert_eq!(refusal(15, 600), "it is 15 x 600 pixels, smallest side is 16");
        assert!(check_size(6494, 8403, &limits).is_ok());
    }
}
