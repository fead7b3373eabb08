//! Pixels for the networks: resizing a page, cutting a line out of it upright, RGB bytes to planes of floats.

use fast_image_resize::images::{TypedImage, TypedImageRef};
use fast_image_resize::pixels::U8x3;
use fast_image_resize::{FilterType, ResizeAlg, ResizeOptions, Resizer};
use image::RgbImage;

use crate::geometry::{Point, Quad};
use crate::reader::ReadError;

/// Resizes with a filter as wide as the scale, so that thin strokes survive a large reduction.
///
/// The pixel type is named, so that only its code is compiled: with [`Resizer::resize`] it is that of every type.
pub(crate) fn resize(page: &RgbImage, width: u32, height: u32) -> Result<RgbImage, ReadError> {
    let failed = |e: &dyn std::fmt::Display| ReadError::Page(format!("cannot resize the page: {e}"));
    let mut small = RgbImage::new(width, height);
    let source =
        TypedImageRef::<U8x3>::from_buffer(page.width(), page.height(), page.as_raw()).map_err(|e| failed(&e))?;
    let mut target = TypedImage::<U8x3>::from_buffer(width, height, &mut small).map_err(|e| failed(&e))?;
    let options = ResizeOptions::new().resize_alg(ResizeAlg::Convolution(FilterType::Bilinear));
    Resizer::new().resize_typed(&source, &mut target, &options).map_err(|e| failed(&e))?;
    Ok(small)
}

/// Cuts `quad` out of the page so that it fills `width` x `height`.
///
/// Quads are rectangles that were scaled along the page's axes, so an affine map is exact. Each output pixel is the mean
/// of a grid of bilinear samples as fine as the reduction, so memory depends on the output alone, however large the page.
pub(crate) fn cut(page: &RgbImage, quad: &Quad, width: u32, height: u32) -> RgbImage {
    let [tl, tr, _, bl] = quad.0;
    let (step_x, step_y) = (
        Point::new((tr.x - tl.x) / width as f32, (tr.y - tl.y) / width as f32),
        Point::new((bl.x - tl.x) / height as f32, (bl.y - tl.y) / height as f32),
    );
    let fine = (step_x.x.hypot(step_x.y).max(step_y.x.hypot(step_y.y)) - 0.2).ceil().clamp(1.0, 12.0) as u32;
    let mut out = RgbImage::new(width, height);
    let grid = 1.0 / fine as f32;
    for (v, row) in out.enumerate_rows_mut() {
        for (u, _, pixel) in row {
            let mut sum = [0.0_f32; 3];
            for j in 0..fine {
                for i in 0..fine {
                    let (u, v) = (u as f32 + (i as f32 + 0.5) * grid, v as f32 + (j as f32 + 0.5) * grid);
                    let x = tl.x + u * step_x.x + v * step_y.x - 0.5;
                    let y = tl.y + u * step_x.y + v * step_y.y - 0.5;
                    add_sample(&mut sum, page, x, y);
                }
            }
            pixel.0 = sum.map(|s| (s * grid * grid + 0.5) as u8);
        }
    }
    out
}

/// Adds the bilinear sample at a place; outside of the page its edge goes on.
fn add_sample(sum: &mut [f32; 3], page: &RgbImage, x: f32, y: f32) {
    let (w, h) = (page.width() as usize, page.height() as usize);
    let x = x.clamp(0.0, (w - 1) as f32);
    let y = y.clamp(0.0, (h - 1) as f32);
    let (x0, y0) = (x as usize, y as usize);
    let (x1, y1) = ((x0 + 1).min(w - 1), (y0 + 1).min(h - 1));
    let (fx, fy) = (x - x0 as f32, y - y0 as f32);
    let raw = page.as_raw();
    for (x, y, weight) in
        [(x0, y0, (1.0 - fx) * (1.0 - fy)), (x1, y0, fx * (1.0 - fy)), (x0, y1, (1.0 - fx) * fy), (x1, y1, fx * fy)]
    {
        let at = (y * w + x) * 3;
        if let Some(pixel) = raw.get(at..at + 3) {
            for (s, &p) in sum.iter_mut().zip(pixel) {
                *s += weight * f32::from(p);
            }
        }
    }
}

/// Writes the image as blue, green and red planes of values in -1..1 with rows of `stride` values; what is right of the
/// image keeps its value. The networks were trained on BGR.
pub(crate) fn write_planes(image: &RgbImage, stride: usize, planes: &mut [f32]) {
    let (width, height) = (image.width() as usize, image.height() as usize);
    for (channel, plane) in [2, 1, 0].into_iter().zip(planes.chunks_exact_mut(stride * height)) {
        for (row, pixels) in plane.chunks_exact_mut(stride).zip(image.as_raw().chunks_exact(width * 3)) {
            for (value, pixel) in row.iter_mut().zip(pixels.chunks_exact(3)) {
                *value = f32::from(pixel[channel]) / 127.5 - 1.0;
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use image::Rgb;

    use super::*;

    /// A page whose red value is its column and green value its row.
    fn ramp() -> RgbImage {
        RgbImage::from_fn(200, 120, |x, y| Rgb([x as u8, y as u8, 7]))
    }

    fn upright(x: f32, y: f32, w: f32, h: f32) -> Quad {
        Quad([Point::new(x, y), Point::new(x + w, y), Point::new(x + w, y + h), Point::new(x, y + h)])
    }

    #[test]
    fn an_upright_cut_at_its_own_size_is_a_plain_copy() {
        let cut = cut(&ramp(), &upright(30.0, 20.0, 50.0, 10.0), 50, 10);
        assert_eq!(cut.get_pixel(0, 0).0, [30, 20, 7]);
        assert_eq!(cut.get_pixel(49, 9).0, [79, 29, 7]);
    }

    #[test]
    fn a_cut_that_shrinks_takes_means() {
        let cut = cut(&ramp(), &upright(40.0, 20.0, 80.0, 40.0), 20, 10);
        // Columns 40 to 43 and rows 20 to 23.
        assert_eq!(cut.get_pixel(0, 0).0, [42, 22, 7]);
    }

    #[test]
    fn a_turned_cut_reads_downwards() {
        let cut = cut(&ramp(), &upright(30.0, 20.0, 10.0, 50.0).turned(1), 50, 10);
        assert_eq!(cut.get_pixel(0, 0).0, [39, 20, 7]);
        assert_eq!(cut.get_pixel(49, 9).0, [30, 69, 7]);
    }

    #[test]
    fn planes_are_blue_green_red_with_untouched_padding() {
        let mut planes = vec![9.0; 3 * 4];
        write_planes(&RgbImage::from_pixel(2, 1, Rgb([255, 0, 51])), 4, &mut planes);
        assert_eq!(planes, [-0.6, -0.6, 9.0, 9.0, -1.0, -1.0, 9.0, 9.0, 1.0, 1.0, 9.0, 9.0]);
    }
}
