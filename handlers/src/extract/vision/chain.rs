//! The texts that a value may run over: lines of a page joined to the right and downwards, because a name stands in two boxes and an
//! address in three lines.

use super::near::ByHeight;
use crate::layout::Page;
use crate::layout::fold::Folded;

/// Most lines that a value runs over.
const LINES: usize = 4;
/// Gap to the right, in text heights, over which a line of a value may run: first and last name stand in boxes of their own.
const REACH: f32 = 14.0;
/// The same for the later lines of a value.
const LATER_REACH: f32 = 3.0;

/// Lines that a value may run over, as one text.
pub struct Chain {
    /// Index of the page.
    pub sheet: usize,
    /// Each part's segment, and the index of its first character in the text.
    pub parts: Vec<(usize, usize)>,
    /// The text, folded.
    pub folded: Folded,
    /// The folded bytes as a text.
    pub text: String,
    /// Number of folded bytes of the first part: a value begins there.
    pub first: usize,
}

/// For each segment the texts that begin in it: its row, and the lines from it downwards.
pub fn chains(sheet: usize, page: &Page) -> Vec<Chain> {
    let mut right_of: Vec<Option<usize>> = vec![None; page.segments.len()];
    for row in page.rows() {
        row.windows(2).for_each(|pair| right_of[pair[0]] = Some(pair[1]));
    }
    let line = |first: usize, reach: f32| {
        let mut line = vec![first];
        while let Some(next) = right_of[line[line.len() - 1]] {
            let gap = (page.segments[next].rect.x0 - page.segments[line[line.len() - 1]].rect.x1) / page.em;
            if gap > reach || line.len() >= 3 {
                break;
            }
            line.push(next);
        }
        line
    };
    let heights = ByHeight::new(page);
    let mut chains = Vec::new();
    for s in 0..page.segments.len() {
        let row = line(s, REACH);
        let mut down = line(s, LATER_REACH);
        let mut last = s;
        for _ in 1..LINES {
            let Some(next) = below(page, &heights, last) else { break };
            down.extend(line(next, LATER_REACH));
            last = next;
        }
        if row.len() > 1 && row != down {
            chains.push(chain(sheet, page, &row));
        }
        chains.push(chain(sheet, page, &down));
    }
    chains
}

fn chain(sheet: usize, page: &Page, segments: &[usize]) -> Chain {
    let mut parts = Vec::new();
    let mut chars: Vec<char> = Vec::new();
    for &s in segments {
        if !chars.is_empty() {
            chars.push(' ');
        }
        parts.push((s, chars.len()));
        chars.extend(page.segments[s].chars.iter().map(|c| c.c));
    }
    let folded = Folded::new(chars.into_iter());
    let length = segments.first().map_or(0, |&s| page.segments[s].chars.len());
    let first = folded.source.partition_point(|&c| c < length);
    let text = folded.bytes.iter().map(|&b| char::from(b)).collect();
    Chain { sheet, parts, folded, text, first }
}

/// The line under a segment that may continue it.
fn below(page: &Page, heights: &ByHeight, segment: usize) -> Option<usize> {
    let above = page.segments[segment].rect;
    let near = heights.between(above.y1 - 0.6 * page.em, above.y1 + 1.5 * page.em);
    let under = near.iter().copied().filter(|&k| {
        let rect = page.segments[k].rect;
        k != segment && rect.center_y() > above.y1 && rect.overlap_x(&above) > 0.0
    });
    let distance = |k: usize| {
        let rect = page.segments[k].rect;
        (rect.x0 - above.x0).abs() + 2.0 * (rect.y0 - above.y1).abs()
    };
    under.min_by(|&a, &b| distance(a).total_cmp(&distance(b)))
}
