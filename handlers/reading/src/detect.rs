//! Finding where text is: the detector network and the boxes around the regions that it marks (DB post-processing).

use image::RgbImage;

use crate::geometry::{Point, Quad, smallest_rectangle};
use crate::network::Network;
use crate::raster;
use crate::reader::ReadError;

/// A pixel of the network's map is text from this probability on; the value the network was trained with.
const PIXEL_THRESHOLD: f32 = 0.3;
/// A box is kept from this mean probability on.
const BOX_THRESHOLD: f32 = 0.5;
/// The network marks text smaller than it is, by `area * ratio / perimeter` on each side.
const SHRINK_RATIO: f32 = 1.6;
/// Shortest side of a region, in pixels of the map, before and after growing.
const LEAST_SIDE: (f32, f32) = (3.0, 5.0);
/// The network halves the map five times.
const MULTIPLE: u32 = 32;
/// Pages whose short side is below this are enlarged to it. Measured on a form of 433 x 561 pixels: boxes fit closer than at
/// 736, the usual value, and the lines in them read better; larger pages do not change.
const SHORT_SIDE: f32 = 960.0;

/// How large the page is for the detector.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Limits {
    /// Longest side, pixels.
    pub(crate) side: f32,
}

/// Finds the boxes of text on the page, in the page's pixels.
pub(crate) fn detect(network: &dyn Network, page: &RgbImage, limits: Limits) -> Result<Vec<Quad>, ReadError> {
    let (width, height) = map_size(page.width(), page.height(), limits);
    let small = raster::resize(page, width, height)?;
    let mut planes = vec![0.0; 3 * (width * height) as usize];
    raster::write_planes(&small, width as usize, &mut planes);
    drop(small);

    let mut boxes = Vec::new();
    let shape = [1, 3, height as usize, width as usize];
    network.run(shape, &planes, &mut |_, map| {
        boxes = find_boxes(&Map { values: map, width: width as usize, height: height as usize });
    })?;

    let (scale_x, scale_y) = (page.width() as f32 / width as f32, page.height() as f32 / height as f32);
    let (right, bottom) = (page.width() as f32, page.height() as f32);
    let to_page = |p: Point| Point::new((p.x * scale_x).clamp(0.0, right), (p.y * scale_y).clamp(0.0, bottom));
    Ok(boxes.into_iter().map(|quad| quad.map(to_page)).collect())
}

/// The size to give the network: sides are multiples of 32, the short side at least 960 if the long one allows it.
fn map_size(width: u32, height: u32, limits: Limits) -> (u32, u32) {
    let (short, long) = (width.min(height) as f32, width.max(height) as f32);
    let enlarge = (SHORT_SIDE / short).max(1.0);
    let scale = enlarge.min(limits.side / long);
    let side = |s: u32| ((s as f32 * scale / MULTIPLE as f32).round() as u32).max(1) * MULTIPLE;
    (side(width), side(height))
}

/// The network's answer: for each pixel the probability that it is text, row by row.
struct Map<'a> {
    values: &'a [f32],
    width: usize,
    height: usize,
}

fn find_boxes(map: &Map<'_>) -> Vec<Quad> {
    regions(map).into_iter().filter_map(|mut outline| box_of(map, &mut outline)).collect()
}

fn box_of(map: &Map<'_>, outline: &mut Vec<Point>) -> Option<Quad> {
    let quad = smallest_rectangle(outline)?;
    let (width, height) = (quad.width(), quad.height());
    if width.min(height) < LEAST_SIDE.0 || mean_inside(map, &quad) < BOX_THRESHOLD {
        return None;
    }
    let grown = quad.grown(width * height * SHRINK_RATIO / (2.0 * (width + height)));
    (grown.width().min(grown.height()) >= LEAST_SIDE.1).then_some(grown)
}

/// Mean probability over the pixels whose centre is inside the box.
fn mean_inside(map: &Map<'_>, quad: &Quad) -> f32 {
    let ys = quad.0.map(|p| p.y);
    let top = ys.iter().copied().fold(f32::INFINITY, f32::min).ceil().max(0.0) as usize;
    let bottom = ys.iter().copied().fold(0.0, f32::max).floor() as usize;
    let (mut sum, mut count) = (0.0, 0_usize);
    for y in top..=bottom.min(map.height - 1) {
        let (left, right) = crossing(quad, y as f32);
        let from = left.ceil().max(0.0) as usize;
        let to = (right.floor() + 1.0).clamp(0.0, map.width as f32) as usize;
        if let Some(row) = map.values.get(y * map.width + from..y * map.width + to) {
            sum += row.iter().sum::<f32>();
            count += row.len();
        }
    }
    sum / count.max(1) as f32
}

/// Where a row enters and leaves the box.
fn crossing(quad: &Quad, y: f32) -> (f32, f32) {
    let corners = quad.0;
    let (mut left, mut right) = (f32::INFINITY, f32::NEG_INFINITY);
    for (i, a) in corners.iter().enumerate() {
        let b = corners[(i + 1) % 4];
        if (a.y <= y && y <= b.y) || (b.y <= y && y <= a.y) {
            let ends = if a.y == b.y { [a.x, b.x] } else { [a.x + (b.x - a.x) * (y - a.y) / (b.y - a.y); 2] };
            left = left.min(ends[0]).min(ends[1]);
            right = right.max(ends[0]).max(ends[1]);
        }
    }
    (left, right)
}

/// A horizontal stretch of text pixels.
#[derive(Clone, Copy)]
struct Run {
    from: usize,
    to: usize,
    y: usize,
}

/// The connected regions of text pixels (8 neighbours), each as the ends of its runs: all that a hull needs.
fn regions(map: &Map<'_>) -> Vec<Vec<Point>> {
    let mut runs: Vec<Run> = Vec::new();
    let mut parents: Vec<usize> = Vec::new();
    let mut above = 0..0;
    for y in 0..map.height {
        let start = runs.len();
        push_runs(map, y, &mut runs);
        parents.extend(start..runs.len());
        let mut candidate = above.start;
        for current in start..runs.len() {
            while candidate < above.end && runs[candidate].to + 1 < runs[current].from {
                candidate += 1;
            }
            let mut touching = candidate;
            while touching < above.end && runs[touching].from <= runs[current].to + 1 {
                join(&mut parents, touching, current);
                touching += 1;
            }
        }
        above = start..runs.len();
    }
    let mut outlines: Vec<Vec<Point>> = vec![Vec::new(); runs.len()];
    for (i, run) in runs.iter().enumerate() {
        let outline = &mut outlines[root(&mut parents, i)];
        outline.push(Point::new(run.from as f32, run.y as f32));
        outline.push(Point::new(run.to as f32, run.y as f32));
    }
    outlines.retain(|outline| !outline.is_empty());
    outlines
}

/// The runs of one row, after each pixel was spread to its right and lower neighbours so that thin breaks close.
fn push_runs(map: &Map<'_>, y: usize, runs: &mut Vec<Run>) {
    let row = |y: usize| map.values.get(y * map.width..(y + 1) * map.width).unwrap_or_default();
    let (here, above) = (row(y), row(y.saturating_sub(1)));
    let text = |x: usize| here[x] > PIXEL_THRESHOLD || above[x] > PIXEL_THRESHOLD;
    let mut open: Option<usize> = None;
    let mut before = false;
    for x in 0..here.len() {
        let now = text(x);
        match (now || before, open) {
            (true, None) => open = Some(x),
            (false, Some(from)) => {
                runs.push(Run { from, to: x - 1, y });
                open = None;
            }
            _ => {}
        }
        before = now;
    }
    if let Some(from) = open {
        runs.push(Run { from, to: here.len() - 1, y });
    }
}

fn root(parents: &mut [usize], mut i: usize) -> usize {
    while parents[i] != i {
        parents[i] = parents[parents[i]];
        i = parents[i];
    }
    i
}

fn join(parents: &mut [usize], a: usize, b: usize) {
    let (a, b) = (root(parents, a), root(parents, b));
    parents[a.max(b)] = a.min(b);
}

#[cfg(test)]
mod tests {
    use super::*;

    /// A map of zeros with filled rectangles (x, y, width, height).
    fn map_with(rectangles: &[(usize, usize, usize, usize)]) -> Vec<f32> {
        let mut values = vec![0.0; 128 * 64];
        for &(x, y, w, h) in rectangles {
            for row in y..y + h {
                values[row * 128 + x..row * 128 + x + w].fill(0.9);
            }
        }
        values
    }

    fn boxes(values: &[f32]) -> Vec<Quad> {
        find_boxes(&Map { values, width: 128, height: 64 })
    }

    #[test]
    fn separate_regions_become_separate_boxes_grown_by_the_shrink_ratio() {
        let found = boxes(&map_with(&[(10, 10, 40, 8), (70, 30, 40, 8)]));
        assert_eq!(found.len(), 2);
        // One wider and higher by the spreading, then 40 x 8 grown by 40 * 8 * 1.6 / 96 on each side.
        let grown = 40.0 * 8.0 * 1.6 / 96.0;
        assert!((found[0].width() - (40.0 + 2.0 * grown)).abs() < 0.01);
        assert!((found[0].0[0].x - (10.0 - grown)).abs() < 0.01);
        assert!((found[0].0[0].y - (10.0 - grown)).abs() < 0.01);
    }

    #[test]
    fn regions_that_meet_further_down_are_one() {
        let found = boxes(&map_with(&[(10, 10, 6, 20), (40, 10, 6, 20), (10, 30, 36, 6)]));
        // The U is one region; its mean inside the enclosing box is too low to be text.
        assert!(found.is_empty());
    }

    #[test]
    fn specks_are_no_text() {
        assert!(boxes(&map_with(&[(10, 10, 2, 2)])).is_empty());
    }

    #[test]
    fn an_empty_map_has_no_boxes() {
        assert!(boxes(&map_with(&[])).is_empty());
    }

    #[test]
    fn the_map_is_a_multiple_of_32_within_the_limits() {
        let limits = Limits { side: 1600.0 };
        assert_eq!(map_size(1700, 2200, limits), (1248, 1600));
        assert_eq!(map_size(6494, 8403, limits), (1248, 1600));
        assert_eq!(map_size(400, 500, limits), (960, 1216));
        assert_eq!(map_size(10, 9000, limits), (32, 1600));
    }
}
