//! The pixels of the pages, for what recognition of text does not see: check boxes and ruled lines.

use image::GrayImage;

use crate::layout::{Page, Rect};

/// The pixels of a document's upright pages.
#[derive(Debug, Default)]
pub struct Ink {
    pages: Vec<GrayImage>,
}

/// A cut-out of a deskewed page as black and white.
#[derive(Debug)]
pub struct Patch {
    /// Width in pixels.
    pub width: usize,
    /// Height in pixels.
    pub height: usize,
    dark: Vec<bool>,
}

impl Ink {
    /// The pages in order; each upright, of any resolution.
    pub fn new(pages: Vec<GrayImage>) -> Ink {
        Ink { pages }
    }

    /// Cuts out a part of a page at the resolution of its text; `None` without pixels.
    pub fn patch(&self, page: &Page, rect: Rect) -> Option<Patch> {
        let image = self.pages.get(page.number.checked_sub(1)?)?;
        let (sx, sy) = (image.width() as f32 / page.width, image.height() as f32 / page.height);
        let width = rect.width().clamp(1.0, 4000.0) as usize;
        let height = rect.height().clamp(1.0, 4000.0) as usize;
        let mut grey = Vec::with_capacity(width * height);
        for y in 0..height {
            for x in 0..width {
                let (px, py) = page.to_upright(rect.x0 + x as f32 + 0.5, rect.y0 + y as f32 + 0.5);
                let (px, py) = (px * sx, py * sy);
                let inside = px >= 0.0 && py >= 0.0 && px < image.width() as f32 && py < image.height() as f32;
                grey.push(if inside { image.get_pixel(px as u32, py as u32).0[0] } else { 255 });
            }
        }
        let limit = threshold(&grey);
        Some(Patch { width, height, dark: grey.into_iter().map(|g| g < limit).collect() })
    }
}

impl Patch {
    /// Whether a pixel is dark; outside is light.
    pub fn dark(&self, x: usize, y: usize) -> bool {
        x < self.width && y < self.height && self.dark[y * self.width + x]
    }

    /// Share of dark pixels in a box, 0..1.
    pub fn share(&self, x0: usize, y0: usize, x1: usize, y1: usize) -> f32 {
        let area = (x1.saturating_sub(x0) * y1.saturating_sub(y0)).max(1);
        let dark = (y0..y1).flat_map(|y| (x0..x1).map(move |x| (x, y))).filter(|&(x, y)| self.dark(x, y)).count();
        dark as f32 / area as f32
    }
}

/// Two thirds of the way from the paper to the darkest ink, so that grey rules and light pencil still count.
fn threshold(grey: &[u8]) -> u8 {
    let mut counts = [0_usize; 256];
    grey.iter().for_each(|&g| counts[g as usize] += 1);
    let at = |share: f32| {
        let mut left = (grey.len() as f32 * share) as usize;
        counts.iter().position(|&n| {
            let here = n > left;
            left = left.saturating_sub(n);
            here
        })
    };
    let (ink, paper) = (at(0.02).unwrap_or(0) as f32, at(0.6).unwrap_or(255) as f32);
    (ink + (paper - ink) * 0.66).clamp(1.0, 235.0) as u8
}
