//! A page's text as geometry: segments of characters in pixels of the deskewed page. Classification and extraction both read
//! a page through this; nothing here knows a document type.

pub mod find;
pub mod fold;
pub mod label;
pub mod rect;

use reading::{Line, PageText, Polygon};

pub use rect::Rect;

/// A gap between two words wider than this many text heights separates two segments: a column gap, not a blank.
const COLUMN_GAP_EM: f32 = 1.6;

/// A page.
#[derive(Debug)]
pub struct Page {
    /// Number of the page, from 1.
    pub number: usize,
    /// Width in pixels.
    pub width: f32,
    /// Height in pixels.
    pub height: f32,
    /// Median height of the text in pixels: the unit of all distances.
    pub em: f32,
    /// Runs of text that stand together, in reading order.
    pub segments: Vec<Segment>,
    turn: Deskew,
}

/// A run of text that stands together on one line.
#[derive(Clone, Debug)]
pub struct Segment {
    /// Its characters, blanks included.
    pub chars: Vec<Char>,
    /// Its box.
    pub rect: Rect,
    /// Mean score of its characters, 0..1.
    pub score: f32,
    /// The polygon of the line it comes from, on the upright page, 0..1.
    line: Polygon,
    /// The part of that line which it covers, as fractions of the line's length.
    span: (f32, f32),
}

/// A character and where it stands.
#[derive(Clone, Copy, Debug)]
pub struct Char {
    /// The character.
    pub c: char,
    /// Left edge in pixels.
    pub x0: f32,
    /// Right edge in pixels.
    pub x1: f32,
}

impl Page {
    /// Lays out a page's text.
    pub fn new(number: usize, text: &PageText) -> Page {
        let (width, height) = (text.width.max(1) as f32, text.height.max(1) as f32);
        let turn = Deskew::of(text, width, height);
        let mut segments: Vec<Segment> = text.lines.iter().flat_map(|line| split(line, &turn)).collect();
        segments.retain(|s| !s.chars.is_empty());
        segments.sort_by(|a, b| a.rect.y0.total_cmp(&b.rect.y0));
        let em = median(segments.iter().map(|s| s.rect.height())).unwrap_or(height / 60.0).max(1.0);
        Page { number, width, height, em, segments, turn }
    }

    /// The point of the upright page, in its pixels, that a point of the deskewed page shows.
    pub fn to_upright(&self, x: f32, y: f32) -> (f32, f32) {
        let t = &self.turn;
        let (x, y) = (x - t.width / 2.0, y - t.height / 2.0);
        (x * t.cos - y * t.sin + t.width / 2.0, y * t.cos + x * t.sin + t.height / 2.0)
    }

    /// The segments in rows from top to bottom, each row from left to right, as indexes.
    pub fn rows(&self) -> Vec<Vec<usize>> {
        rows(self.segments.iter().map(|s| s.rect))
    }
}

/// Groups boxes into rows from top to bottom, each from left to right. Two boxes share a row when they overlap in height by half
/// of the lower one.
pub fn rows(rects: impl Iterator<Item = Rect>) -> Vec<Vec<usize>> {
    let rects: Vec<Rect> = rects.collect();
    let mut order: Vec<usize> = (0..rects.len()).collect();
    order.sort_by(|&a, &b| rects[a].center_y().total_cmp(&rects[b].center_y()));
    let mut rows: Vec<(Rect, Vec<usize>)> = Vec::new();
    for i in order {
        let rect = rects[i];
        // Only the last few rows can overlap, as the boxes come from top to bottom.
        let home = rows.iter_mut().rev().take(4).find(|(row, members)| {
            row.overlap_y(&rect) > 0.5 * row.height().min(rect.height())
                && members.iter().all(|&m| rects[m].overlap_x(&rect) < 0.3 * rects[m].width().min(rect.width()))
        });
        match home {
            Some((row, members)) => {
                // The row keeps the height of its members' mean, so that it can't creep down a tilted page.
                let n = members.len() as f32;
                row.y0 = (row.y0 * n + rect.y0) / (n + 1.0);
                row.y1 = (row.y1 * n + rect.y1) / (n + 1.0);
                members.push(i);
            }
            None => rows.push((rect, vec![i])),
        }
    }
    rows.sort_by(|a, b| a.0.center_y().total_cmp(&b.0.center_y()));
    rows.into_iter()
        .map(|(_, mut members)| {
            members.sort_by(|&a, &b| rects[a].x0.total_cmp(&rects[b].x0));
            members
        })
        .collect()
}

impl Segment {
    /// Its text.
    pub fn text(&self) -> String {
        self.chars.iter().map(|c| c.c).collect()
    }

    /// The text of some of its characters, without blanks at the ends.
    pub fn slice(&self, range: std::ops::Range<usize>) -> String {
        self.chars[range].iter().map(|c| c.c).collect::<String>().trim().to_owned()
    }

    /// The box of some of its characters.
    pub fn rect_of(&self, range: std::ops::Range<usize>) -> Rect {
        match (self.chars.get(range.start), range.end.checked_sub(1).and_then(|last| self.chars.get(last))) {
            (Some(first), Some(last)) => Rect { x0: first.x0, x1: last.x1.max(first.x0), ..self.rect },
            _ => self.rect,
        }
    }

    /// The polygon of some of its characters on the upright page, 0..1.
    pub fn polygon_of(&self, range: std::ops::Range<usize>) -> Polygon {
        let rect = self.rect_of(range);
        let width = self.rect.width().max(1e-3);
        let at = |x: f32| self.span.0 + (self.span.1 - self.span.0) * ((x - self.rect.x0) / width).clamp(0.0, 1.0);
        let (from, to) = (at(rect.x0), at(rect.x1));
        let [tl, tr, br, bl] = self.line;
        let mix = |a: [f32; 2], b: [f32; 2], t: f32| [a[0] + (b[0] - a[0]) * t, a[1] + (b[1] - a[1]) * t];
        [mix(tl, tr, from), mix(tl, tr, to), mix(bl, br, to), mix(bl, br, from)]
    }
}

/// Turns points of a slightly turned page so that its lines run level.
#[derive(Debug)]
struct Deskew {
    width: f32,
    height: f32,
    sin: f32,
    cos: f32,
}

impl Deskew {
    /// The median slope of the longer lines; short ones say little.
    fn of(text: &PageText, width: f32, height: f32) -> Deskew {
        let slopes = text.lines.iter().filter_map(|line| {
            let [tl, tr, ..] = line.polygon;
            let (dx, dy) = ((tr[0] - tl[0]) * width, (tr[1] - tl[1]) * height);
            (line.text.len() >= 6 && dx > 0.0).then(|| dy.atan2(dx))
        });
        let angle = median(slopes).unwrap_or(0.0).clamp(-0.3, 0.3);
        Deskew { width, height, sin: angle.sin(), cos: angle.cos() }
    }

    fn point(&self, [x, y]: [f32; 2]) -> (f32, f32) {
        let (x, y) = (x * self.width - self.width / 2.0, y * self.height - self.height / 2.0);
        (x * self.cos + y * self.sin + self.width / 2.0, y * self.cos - x * self.sin + self.height / 2.0)
    }

    /// The level box around a polygon. Its height is that of the text, not of the tilted outline.
    fn rect(&self, polygon: &Polygon) -> Rect {
        let points = polygon.map(|p| self.point(p));
        let [tl, tr, br, bl] = points;
        let top = (tl.1 + tr.1) / 2.0;
        let bottom = (bl.1 + br.1) / 2.0;
        let x0 = points.iter().map(|p| p.0).fold(f32::INFINITY, f32::min);
        let x1 = points.iter().map(|p| p.0).fold(f32::NEG_INFINITY, f32::max);
        Rect { x0, y0: top.min(bottom), x1, y1: top.max(bottom) }
    }
}

/// Splits a line at column gaps.
fn split(line: &Line, turn: &Deskew) -> Vec<Segment> {
    let rect = turn.rect(&line.polygon);
    let words = words_of(line, turn, rect);
    let mut groups: Vec<Vec<(String, Rect, f32)>> = Vec::new();
    for word in words {
        match groups.last_mut() {
            Some(group) if word.1.x0 - group[group.len() - 1].1.x1 < COLUMN_GAP_EM * rect.height() => group.push(word),
            _ => groups.push(vec![word]),
        }
    }
    groups.into_iter().map(|group| segment(line, rect, &group)).collect()
}

/// The words of a line with their boxes; without boxes of their own they share the line's width by their number of characters.
fn words_of(line: &Line, turn: &Deskew, rect: Rect) -> Vec<(String, Rect, f32)> {
    if !line.words.is_empty() {
        return line
            .words
            .iter()
            .map(|w| {
                let own = turn.rect(&w.polygon);
                (w.text.clone(), Rect { y0: rect.y0, y1: rect.y1, ..own }, w.score)
            })
            .collect();
    }
    let total = line.text.chars().count().max(1) as f32;
    let mut at = 0;
    line.text
        .split(' ')
        .map(|word| {
            let from = at;
            at += word.chars().count() + 1;
            let x = |i: usize| rect.x0 + rect.width() * i as f32 / total;
            (word.to_owned(), Rect { x0: x(from), x1: x(at - 1), ..rect }, line.score)
        })
        .filter(|(word, ..)| !word.is_empty())
        .collect()
}

fn segment(line: &Line, whole: Rect, words: &[(String, Rect, f32)]) -> Segment {
    let mut chars = Vec::new();
    let mut score = (0.0, 0.0);
    for (i, (word, rect, word_score)) in words.iter().enumerate() {
        if i > 0 {
            let left: f32 = chars.last().map_or(rect.x0, |c: &Char| c.x1);
            chars.push(Char { c: ' ', x0: left, x1: rect.x0.max(left) });
        }
        let n = word.chars().count().max(1) as f32;
        for (k, c) in word.chars().enumerate() {
            let x = |i: f32| rect.x0 + rect.width() * i / n;
            chars.push(Char { c, x0: x(k as f32), x1: x(k as f32 + 1.0) });
        }
        score = (score.0 + word_score * n, score.1 + n);
    }
    let x0 = words.first().map_or(whole.x0, |w| w.1.x0);
    let x1 = words.last().map_or(whole.x1, |w| w.1.x1);
    let at = |x: f32| ((x - whole.x0) / whole.width().max(1e-3)).clamp(0.0, 1.0);
    Segment {
        chars,
        rect: Rect { x0, x1, ..whole },
        score: if score.1 > 0.0 { score.0 / score.1 } else { line.score },
        line: line.polygon,
        span: (at(x0), at(x1)),
    }
}

/// The median of some numbers, if there are any.
pub fn median(values: impl Iterator<Item = f32>) -> Option<f32> {
    let mut values: Vec<f32> = values.filter(|v| v.is_finite()).collect();
    values.sort_by(f32::total_cmp);
    values.get(values.len() / 2).copied()
}

#[cfg(test)]
pub(crate) mod tests;
