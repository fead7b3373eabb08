//! The sizes that a vision model takes: sides that are multiples of its patches, and a budget of pixels.

use contract::{Error, ErrorCode};
use image::RgbImage;

use crate::scale;

/// A page longer than this many times its width is no page; the models were never taught such a shape.
const MOST_ASPECT: u32 = 100;

/// The sizes that a model takes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Grid {
    /// Both sides are multiples of this many pixels.
    pub(crate) side: u32,
    /// Fewest pixels of a page.
    pub(crate) min_pixels: u64,
    /// Most pixels of a page.
    pub(crate) max_pixels: u64,
}

impl Grid {
    /// The size at which a page of a size is shown to the model: nearest in shape, within the budget.
    ///
    /// # Errors
    /// `image_size_out_of_range` for a page so narrow that no size fits.
    pub(crate) fn size(&self, width: u32, height: u32) -> Result<(u32, u32), Error> {
        let (short, long) = (width.min(height), width.max(height));
        if short == 0 || long / short > MOST_ASPECT {
            let message = format!("a page of {width} x {height} pixels is too narrow for the vision model");
            return Err(Error::new(ErrorCode::ImageSizeOutOfRange, message));
        }
        let pixels = f64::from(width) * f64::from(height);
        let rounded = |scale: f64, round: fn(f64) -> f64| {
            let side = |length: u32| {
                let steps = round(f64::from(length) * scale / f64::from(self.side)).max(1.0);
                steps as u32 * self.side
            };
            (side(width), side(height))
        };
        let near = rounded(1.0, f64::round);
        Ok(match u64::from(near.0) * u64::from(near.1) {
            area if area > self.max_pixels => rounded((self.max_pixels as f64 / pixels).sqrt(), f64::floor),
            area if area < self.min_pixels => rounded((self.min_pixels as f64 / pixels).sqrt(), f64::ceil),
            _ => near,
        })
    }

    /// The page at the size of [`Grid::size`].
    ///
    /// # Errors
    /// As there, and `worker_failed` when memory runs out.
    pub(crate) fn fit(&self, page: &RgbImage) -> Result<RgbImage, Error> {
        let (width, height) = self.size(page.width(), page.height())?;
        if (width, height) == page.dimensions() {
            return Ok(page.clone());
        }
        scale::scaled(page, width, height)
            .ok_or_else(|| Error::new(ErrorCode::WorkerFailed, "a page could not be scaled for the vision model"))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const GRID: Grid = Grid { side: 28, min_pixels: 56 * 56, max_pixels: 1_000_000 };

    #[test]
    fn a_page_on_the_grid_keeps_its_size_and_every_pixel() {
        let page = RgbImage::from_fn(84, 112, |x, y| image::Rgb([x as u8, y as u8, 7]));
        assert_eq!(GRID.fit(&page).unwrap(), page);
    }

    #[test]
    fn sides_become_multiples_of_the_grid_within_the_budget() {
        for (width, height) in [(1, 1), (27, 29), (1700, 2200), (333, 351), (5000, 60), (60, 5000), (3931, 5087)] {
            let (w, h) = GRID.size(width, height).unwrap();
            assert!(w % 28 == 0 && h % 28 == 0 && w > 0 && h > 0, "{width} x {height} became {w} x {h}");
            let pixels = u64::from(w) * u64::from(h);
            assert!((GRID.min_pixels..=GRID.max_pixels).contains(&pixels), "{width} x {height} became {w} x {h}");
        }
        // 1700 x 2200 keeps its shape within a step of the grid.
        assert_eq!(GRID.size(1700, 2200).unwrap(), (868, 1120));
    }

    #[test]
    fn a_strip_is_refused_with_a_code() {
        for (width, height) in [(0, 0), (0, 100), (20_000, 10), (10, 20_000)] {
            assert_eq!(GRID.size(width, height).unwrap_err().code, ErrorCode::ImageSizeOutOfRange);
        }
    }
}
