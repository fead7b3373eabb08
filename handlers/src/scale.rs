//! The one way in which pixels are scaled.

use fast_image_resize as fir;
use image::RgbImage;

/// The image at another size. `None` when a side is 0 or memory runs out.
///
/// Catmull-Rom, widened when it shrinks: it keeps strokes crisp without the ringing of Lanczos around them, and is the bicubic
/// filter by which vision models were taught.
pub(crate) fn scaled(image: &RgbImage, width: u32, height: u32) -> Option<RgbImage> {
    let source =
        fir::images::ImageRef::new(image.width(), image.height(), image.as_raw(), fir::PixelType::U8x3).ok()?;
    let mut target = fir::images::Image::new(width, height, fir::PixelType::U8x3);
    let options = fir::ResizeOptions::new().resize_alg(fir::ResizeAlg::Convolution(fir::FilterType::CatmullRom));
    fir::Resizer::new().resize(&source, &mut target, Some(&options)).ok()?;
    RgbImage::from_raw(width, height, target.into_vec())
}
