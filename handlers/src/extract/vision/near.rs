//! The segments of a page that stand around a height. Looking at all of them for each of them would take hours on a page that is
//! drawn letter by letter.

use std::collections::HashMap;

use crate::layout::Page;

/// Most segments that are looked at around one place. A line of the densest ledger has fewer than a hundred.
const MOST: usize = 512;

/// Of segments in the order of the page, which is that of their upper edges, those whose upper edge is in a range.
fn between<'a>(page: &Page, order: &'a [usize], from: f32, to: f32) -> &'a [usize] {
    let edge = |&s: &usize| page.segments[s].rect.y0;
    let start = order.partition_point(|s| edge(s) < from);
    let end = order.partition_point(|s| edge(s) < to).min(start + MOST);
    order.get(start..end).unwrap_or_default()
}

/// The segments of a page by height.
pub struct ByHeight<'a> {
    page: &'a Page,
    order: Vec<usize>,
}

impl<'a> ByHeight<'a> {
    /// All segments of a page.
    pub fn new(page: &'a Page) -> ByHeight<'a> {
        ByHeight { page, order: (0..page.segments.len()).collect() }
    }

    /// Those whose upper edge is in a range of pixels.
    pub fn between(&self, from: f32, to: f32) -> &[usize] {
        between(self.page, &self.order, from, to)
    }
}

/// The segments of a page by where they begin, in columns of a width.
pub struct ByStart<'a> {
    page: &'a Page,
    width: f32,
    columns: HashMap<i64, Vec<usize>>,
}

impl<'a> ByStart<'a> {
    /// All segments of a page in columns of a width in pixels.
    pub fn new(page: &'a Page, width: f32) -> ByStart<'a> {
        let mut columns: HashMap<i64, Vec<usize>> = HashMap::new();
        for (s, segment) in page.segments.iter().enumerate() {
            columns.entry(column(segment.rect.x0, width)).or_default().push(s);
        }
        ByStart { page, width, columns }
    }

    /// Those that begin within the width of a place, with their upper edge in a range; column by column.
    pub fn around(&self, x: f32, from: f32, to: f32) -> impl Iterator<Item = usize> {
        let own = column(x, self.width);
        let columns = (own - 1..=own + 1).filter_map(|c| self.columns.get(&c));
        columns.flat_map(move |order| between(self.page, order, from, to)).copied()
    }
}

fn column(x: f32, width: f32) -> i64 {
    (x / width.max(1.0)).floor() as i64
}

#[cfg(test)]
mod tests {
    use std::time::{Duration, Instant};

    use reading::{Line, PageText};

    use super::*;
    use crate::extract::vision::chain::chains;
    use crate::extract::vision::planted;

    /// A page on which every letter is a line of its own, as in a PDF that places them one by one.
    fn letters(n: usize) -> Page {
        let across = 250;
        let line = |i: usize| {
            let (x, y) = ((i % across) as f32 / across as f32, (i / across) as f32 / (n / across + 1) as f32);
            let (right, bottom) = (x + 0.001, y + 0.6 / (n / across + 1) as f32);
            Line {
                polygon: [[x, y], [right, y], [right, bottom], [x, bottom]],
                text: char::from(b'a' + (i % 26) as u8).to_string(),
                score: 0.9,
                words: Vec::new(),
            }
        };
        Page::new(1, &PageText { width: 2000, height: 4000, lines: (0..n).map(line).collect(), ..PageText::default() })
    }

    #[test]
    fn a_page_of_fifty_thousand_letters_is_searched_in_seconds() {
        let page = letters(50_000);
        assert_eq!(page.segments.len(), 50_000);
        let start = Instant::now();
        assert!(chains(0, &page).len() >= 50_000);
        let chained = start.elapsed();
        assert!(!planted(std::slice::from_ref(&page)));
        // A fifth of this is usual; looking at all for each takes minutes.
        assert!(start.elapsed() < Duration::from_secs(10), "{chained:?} of {:?}", start.elapsed());
    }
}
