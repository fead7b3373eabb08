//! Check boxes: a small square beside or under its label, ticked when there is ink inside.

use serde_json::Value;

use super::candidate::{Candidate, Signals};
use super::ink::{Ink, Patch};
use super::kind;
use super::style::Style;
use crate::layout::label::{Label, Piece};
use crate::layout::{Page, Rect};
use contract::catalog::Kind;

/// Share of dark pixels inside a box from which it counts as ticked. Empty boxes of scans show up to 3 % of specks, thin ticks
/// from 7 %; inside boxes of a dozen pixels the blur of the frame alone reaches 15 %.
fn ticked_from(side: f32) -> f32 {
    if side < 15.0 { 0.22 } else { 0.05 }
}

/// How far from its label a box may be, in text heights.
const REACH_EM: f32 = 3.5;

/// The state of the check box of a label: by its pixels, or else by a tick that was read as a letter.
pub fn read<T>(page: &Page, label: &Label<T>, pieces: &[Piece], ink: &Ink) -> Option<Candidate> {
    let em = page.em;
    let around = Rect {
        x0: label.rect.x0 - REACH_EM * em,
        y0: label.rect.y0 - 1.2 * em,
        x1: label.rect.x1 + REACH_EM * em,
        y1: label.rect.y1 + REACH_EM * em,
    };
    let segment = &page.segments[label.segment];
    let found = ink.patch(page, around).and_then(|patch| {
        let label = Rect {
            x0: label.rect.x0 - around.x0,
            x1: label.rect.x1 - around.x0,
            y0: label.rect.y0 - around.y0,
            y1: label.rect.y1 - around.y0,
        };
        nearest(&patch, &label, em)
    });
    if let Some((square, inside)) = found {
        let rect = Rect {
            x0: square.x0 + around.x0,
            x1: square.x1 + around.x0,
            y0: square.y0 + around.y0,
            y1: square.y1 + around.y0,
        };
        let limit = ticked_from(square.width());
        let shape = (0.55 + 6.0 * (inside - limit).abs()).min(0.95);
        let signals = Signals { label: label.score, read: 0.9, near: 1.0, shape, agree: 1.0 };
        let corner = |x, y| {
            let (x, y) = page.to_upright(x, y);
            [x / page.width, y / page.height]
        };
        return Some(Candidate {
            value: Value::Bool(inside > limit),
            raw: if inside > limit { "☒" } else { "☐" }.to_owned(),
            page: page.number,
            polygon: [
                corner(rect.x0, rect.y0),
                corner(rect.x1, rect.y0),
                corner(rect.x1, rect.y1),
                corner(rect.x0, rect.y1),
            ],
            rect,
            signals,
            second: None,
        });
    }
    let style = Style::default();
    pieces
        .iter()
        .filter(|p| {
            p.rect.center_x() > around.x0
                && p.rect.center_x() < around.x1
                && p.rect.center_y() > around.y0
                && p.rect.center_y() < around.y1
        })
        .find_map(|p| {
            let parsed = kind::parse(Kind::Bool, &p.text, &style)?;
            let signals =
                Signals { label: label.score, read: segment.score.min(p.score), near: 0.7, shape: 0.5, agree: 1.0 };
            Some(Candidate::from_piece(page, p, parsed.value, signals))
        })
}

/// The square nearest to the label, and the share of ink inside it.
fn nearest(patch: &Patch, label: &Rect, em: f32) -> Option<(Rect, f32)> {
    let lines = Lines::new(patch);
    let (least, most) = ((0.7 * em).max(6.0) as usize, (2.4 * em).max(9.0) as usize);
    let mut best: Option<(f32, Rect)> = None;
    for size in least..=most.min(patch.width.min(patch.height).saturating_sub(2)) {
        for y in 0..patch.height - size {
            for x in 0..patch.width - size {
                if !lines.square(x, y, size) {
                    continue;
                }
                let square = Rect { x0: x as f32, y0: y as f32, x1: (x + size) as f32, y1: (y + size) as f32 };
                let overlap = square.overlap_x(label) * square.overlap_y(label);
                if overlap > 0.15 * square.width() * square.height() {
                    continue;
                }
                let cost = distance(&square, label, em);
                if best.as_ref().is_none_or(|(least, _)| cost < *least - 0.05 * em) {
                    best = Some((cost, square));
                }
            }
        }
    }
    let (_, square) = best?;
    // The frame itself may be three pixels wide and a little tilted.
    let margin = (square.width() * 0.22).max(2.0);
    let inner = |v: f32| v.max(0.0) as usize;
    let inside = patch.share(
        inner(square.x0 + margin),
        inner(square.y0 + margin),
        inner(square.x1 - margin + 1.0),
        inner(square.y1 - margin + 1.0),
    );
    Some((square, inside))
}

/// A box stands to the left of its label, to its right or below; a little more to the left counts like a little below.
fn distance(square: &Rect, label: &Rect, em: f32) -> f32 {
    let dx = (label.x0 - square.x1).max(square.x0 - label.x1).max(0.0);
    let dy = (label.y0 - square.y1).max(square.y0 - label.y1).max(0.0);
    let right = if square.x0 > label.x1 { 0.6 * em } else { 0.0 };
    let above = if square.y1 < label.y0 { 2.0 * em } else { 0.0 };
    dx + dy + right + above
}

/// Running counts of dark pixels along rows and columns, each pixel's neighbours across the line counted in.
struct Lines {
    width: usize,
    rows: Vec<u32>,
    columns: Vec<u32>,
}

impl Lines {
    fn new(patch: &Patch) -> Lines {
        let (w, h) = (patch.width, patch.height);
        let stride = w + 1;
        let mut rows = vec![0; stride * (h + 1)];
        let mut columns = vec![0; stride * (h + 1)];
        for y in 0..h {
            for x in 0..w {
                let level = patch.dark(x, y) || patch.dark(x, y + 1) || (y > 0 && patch.dark(x, y - 1));
                let upright = patch.dark(x, y) || patch.dark(x + 1, y) || (x > 0 && patch.dark(x - 1, y));
                rows[y * stride + x + 1] = rows[y * stride + x] + u32::from(level);
                columns[(y + 1) * stride + x] = columns[y * stride + x] + u32::from(upright);
            }
        }
        Lines { width: stride, rows, columns }
    }

    /// Whether the four sides of a square are dark nearly all along.
    fn square(&self, x: usize, y: usize, size: usize) -> bool {
        let need = (size * 9 / 10) as u32;
        let row = |y: usize| self.rows[y * self.width + x + size] - self.rows[y * self.width + x];
        let column = |x: usize| self.columns[(y + size) * self.width + x] - self.columns[y * self.width + x];
        row(y) >= need && column(x) >= need && row(y + size) >= need && column(x + size) >= need
    }
}

#[cfg(test)]
mod tests;
