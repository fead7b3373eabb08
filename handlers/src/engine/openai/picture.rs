//! Pages as a server gets them: at a size of the model's grid, as `data:` URLs.

use base64::Engine;
use base64::prelude::BASE64_STANDARD;
use contract::{Error, ErrorCode};
use image::codecs::jpeg::JpegEncoder;
use image::codecs::png::{CompressionType, FilterType, PngEncoder};
use image::{ExtendedColorType, ImageEncoder, ImageResult, RgbImage};

use crate::engine::grid::Grid;
use crate::engine::vision::Picture;

/// A clean page stays below this as PNG, and then no pixel of it is lost; a scan does not.
const PNG_BYTES: usize = 1 << 20;

/// High enough that small print keeps its edges; a page of 2 megapixels is about 600 KB.
const JPEG_QUALITY: u8 = 92;

/// A page as it is sent.
#[derive(Clone, Debug)]
pub(super) struct Sent {
    pub(super) url: String,
    pub(super) width: u32,
    pub(super) height: u32,
}

/// Resizes and encodes pages, off the async threads: a page takes tens of milliseconds.
///
/// # Errors
/// `image_size_out_of_range` for a page that no size fits.
pub(super) async fn send(pages: &[Picture], grid: Grid) -> Result<Vec<Sent>, Error> {
    let pages = pages.to_vec();
    let encoded = tokio::task::spawn_blocking(move || pages.iter().map(|page| encode(page, grid)).collect());
    encoded.await.unwrap_or_else(|_| Err(Error::new(ErrorCode::WorkerFailed, "a page could not be encoded")))
}

fn encode(page: &RgbImage, grid: Grid) -> Result<Sent, Error> {
    let page = grid.fit(page)?;
    let bytes = compressed(&page).map_err(|_| Error::new(ErrorCode::WorkerFailed, "a page could not be encoded"))?;
    let kind = if bytes.starts_with(b"\x89PNG") { "png" } else { "jpeg" };
    let url = format!("data:image/{kind};base64,{}", BASE64_STANDARD.encode(bytes));
    Ok(Sent { url, width: page.width(), height: page.height() })
}

fn compressed(page: &RgbImage) -> ImageResult<Vec<u8>> {
    let (width, height) = page.dimensions();
    let mut png = Vec::new();
    PngEncoder::new_with_quality(&mut png, CompressionType::Fast, FilterType::Adaptive).write_image(
        page.as_raw(),
        width,
        height,
        ExtendedColorType::Rgb8,
    )?;
    if png.len() <= PNG_BYTES {
        return Ok(png);
    }
    let mut jpeg = Vec::new();
    JpegEncoder::new_with_quality(&mut jpeg, JPEG_QUALITY).encode(
        page.as_raw(),
        width,
        height,
        ExtendedColorType::Rgb8,
    )?;
    Ok(jpeg)
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use image::Rgb;

    use super::*;

    const GRID: Grid = Grid { side: 32, min_pixels: 1024, max_pixels: 2_000_000 };

    #[tokio::test]
    async fn a_clean_page_is_sent_without_loss_at_the_size_of_the_grid() {
        let page = Arc::new(RgbImage::from_pixel(300, 400, Rgb([255, 255, 255])));
        let sent = send(&[page], GRID).await.unwrap().remove(0);
        assert_eq!((sent.width, sent.height), (288, 416));
        let bytes = BASE64_STANDARD.decode(sent.url.strip_prefix("data:image/png;base64,").unwrap()).unwrap();
        assert_eq!(image::load_from_memory(&bytes).unwrap().into_rgb8().dimensions(), (288, 416));
    }

    #[tokio::test]
    async fn a_noisy_scan_is_sent_as_a_jpeg_that_is_smaller() {
        let mut noise = fastrand::Rng::with_seed(7);
        let page = RgbImage::from_fn(1024, 1024, |_, _| Rgb([noise.u8(..), noise.u8(..), noise.u8(..)]));
        let sent = send(&[Arc::new(page)], GRID).await.unwrap().remove(0);
        assert!(sent.url.starts_with("data:image/jpeg;base64,"));
        assert!(sent.url.len() < 4 << 20);
    }

    #[tokio::test]
    async fn a_page_too_narrow_for_any_size_is_refused_with_its_code() {
        let error = send(&[Arc::new(RgbImage::new(20_000, 10))], GRID).await.unwrap_err();
        assert_eq!(error.code, ErrorCode::ImageSizeOutOfRange);
    }
}
