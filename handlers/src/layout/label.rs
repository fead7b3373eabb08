//! Tells the printed words that the catalog knows from the values between them.

use std::ops::Range;

use super::find::{Hit, Phrase};
use super::fold::Folded;
use super::{Page, Rect};

/// Phrases to look for, each with what it stands for.
#[derive(Debug)]
pub struct Lexicon<T> {
    entries: Vec<(T, Phrase)>,
}

/// A printed phrase on a page.
#[derive(Clone, Debug)]
pub struct Label<T> {
    /// What it stands for.
    pub target: T,
    /// Its segment.
    pub segment: usize,
    /// Its characters in the segment.
    pub range: Range<usize>,
    /// The segment in which it runs on, and its characters there.
    pub also: Option<(usize, Range<usize>)>,
    /// Its box.
    pub rect: Rect,
    /// How well it was read, 0..1.
    pub score: f32,
    /// Letters and digits of the phrase.
    pub len: usize,
}

/// Text that is no label.
#[derive(Clone, Debug)]
pub struct Piece {
    /// Its segment.
    pub segment: usize,
    /// Its characters in the segment.
    pub range: Range<usize>,
    /// Its box.
    pub rect: Rect,
    /// Its text.
    pub text: String,
    /// The segment's score, 0..1.
    pub score: f32,
}

impl<T> Default for Lexicon<T> {
    fn default() -> Self {
        Lexicon { entries: Vec::new() }
    }
}

impl<T: Clone> Lexicon<T> {
    /// Adds a phrase. Among phrases that fit equally well the first added wins.
    pub fn add(&mut self, target: T, phrase: &str) {
        let phrase = Phrase::new(phrase);
        if !phrase.is_empty() {
            self.entries.push((target, phrase));
        }
    }

    /// The phrases on a page, the longest and best first served; in reading order. A phrase may run on in the line below. Two
    /// stand over the same characters only when the same words were added for two targets.
    pub fn find(&self, page: &Page, skip: impl Fn(usize) -> bool) -> Vec<Label<T>> {
        let texts: Vec<Text> =
            texts(page).into_iter().filter(|t| !skip(t.first) && t.second.is_none_or(|s| !skip(s))).collect();
        let mut hits: Vec<(usize, usize, Hit)> = Vec::new();
        for (t, text) in texts.iter().enumerate() {
            for (e, (_, phrase)) in self.entries.iter().enumerate() {
                let hit = phrase.find(&text.folded).filter(|hit| text.spans(hit));
                hits.extend(hit.map(|hit| (t, e, hit)));
            }
        }
        let worth = |&(_, e, hit): &(usize, usize, Hit)| self.entries[e].1.len() as f32 * (hit.score - 0.4);
        hits.sort_by(|a, b| worth(b).total_cmp(&worth(a)));
        let mut taken: Vec<Vec<bool>> = page.segments.iter().map(|s| vec![false; s.chars.len()]).collect();
        let mut labels = Vec::new();
        let mut last: Option<(usize, Hit)> = None;
        for (t, e, hit) in hits {
            let parts = texts[t].parts(&hit);
            // The same words may name several fields; which one is told by the value.
            let tie = last == Some((t, hit));
            if !tie && parts.iter().any(|(s, range)| taken[*s][range.clone()].iter().any(|&c| c)) {
                continue;
            }
            parts.iter().for_each(|(s, range)| taken[*s][range.clone()].fill(true));
            last = Some((t, hit));
            let (segment, range) = parts[0].clone();
            let also = parts.get(1).cloned();
            let mut rect = page.segments[segment].rect_of(range.clone());
            if let Some((s, range)) = &also {
                rect = rect.union(&page.segments[*s].rect_of(range.clone()));
            }
            labels.push(Label {
                target: self.entries[e].0.clone(),
                segment,
                range,
                also,
                rect,
                score: hit.score,
                len: self.entries[e].1.len(),
            });
        }
        labels.sort_by_key(|l| (l.segment, l.range.start));
        labels
    }
}

/// The text of a segment, or of two that stand one above the other.
struct Text {
    first: usize,
    second: Option<usize>,
    /// Number of characters in the first.
    split: usize,
    folded: Folded,
}

impl Text {
    /// Whether a hit uses both segments, where there are two.
    fn spans(&self, hit: &Hit) -> bool {
        let crosses = self.folded.source[hit.start] < self.split && self.folded.source[hit.end - 1] >= self.split;
        self.second.is_none() || (crosses && self.folded.starts[hit.start])
    }

    /// The segments of a hit with the characters it covers there.
    fn parts(&self, hit: &Hit) -> Vec<(usize, Range<usize>)> {
        let (start, end) = (self.folded.source[hit.start], self.folded.source[hit.end - 1] + 1);
        match self.second {
            Some(second) => vec![(self.first, start..self.split), (second, 0..end - self.split)],
            None => vec![(self.first, start..end)],
        }
    }
}

/// Whether a segment is an amount, a date or a number rather than words.
fn is_value(page: &Page, segment: usize) -> bool {
    let text = page.segments[segment].text();
    let digits = text.chars().filter(char::is_ascii_digit).count();
    digits > 0 && text.chars().filter(|c| c.is_alphabetic()).count() <= digits
}

/// Every segment by itself, and with the one right below it.
fn texts(page: &Page) -> Vec<Text> {
    let chars = |i: usize| page.segments[i].chars.iter().map(|c| c.c);
    // Lines that have their own value beside them are two labels, not one: "Subtotal 9.00" above "Discount 1.00".
    let rows = page.rows();
    let mut valued = vec![false; page.segments.len()];
    for row in &rows {
        for pair in row.windows(2) {
            valued[pair[0]] = is_value(page, pair[1]);
        }
    }
    let mut texts: Vec<Text> = Vec::new();
    for i in 0..page.segments.len() {
        let split = page.segments[i].chars.len();
        texts.push(Text { first: i, second: None, split, folded: Folded::new(chars(i)) });
        let above = page.segments[i].rect;
        let below = (0..page.segments.len()).filter(|&k| {
            let rect = page.segments[k].rect;
            let gap = (rect.y0 - above.y1) / page.em;
            let alike = rect.height() < 1.6 * above.height() && above.height() < 1.6 * rect.height();
            k != i
                && !(valued[i] && valued[k])
                && (-0.6..0.7).contains(&gap)
                && rect.center_y() > above.y1
                && alike
                && rect.overlap_x(&above) > 0.4 * rect.width().min(above.width())
        });
        if let Some(k) = below.min_by(|&a, &b| {
            (page.segments[a].rect.x0 - above.x0).abs().total_cmp(&(page.segments[b].rect.x0 - above.x0).abs())
        }) {
            // A blank between the two keeps the last word of one and the first of the other apart.
            let folded = Folded::new(chars(i).chain([' ']).chain(chars(k)));
            let shifted = folded.source.iter().map(|&c| if c > split { c - 1 } else { c }).collect();
            texts.push(Text { first: i, second: Some(k), split, folded: Folded { source: shifted, ..folded } });
        }
    }
    texts
}

/// The text between the labels. Punctuation and box numbers that belong to a label are left out.
pub fn pieces<T>(page: &Page, labels: &[Label<T>], skip: impl Fn(usize) -> bool) -> Vec<Piece> {
    let mut pieces = Vec::new();
    for (i, segment) in page.segments.iter().enumerate() {
        if skip(i) {
            continue;
        }
        let mut from = 0;
        let here = labels.iter().filter(|l| l.segment == i).map(|l| &l.range);
        let tails = labels.iter().filter_map(|l| l.also.as_ref()).filter(|(s, _)| *s == i).map(|(_, range)| range);
        let mut own: Vec<&Range<usize>> = here.chain(tails).collect();
        own.sort_by_key(|range| range.start);
        let mut ranges: Vec<(Range<usize>, bool)> = Vec::new();
        let mut after_label = false;
        for range in own {
            ranges.push((from..range.start.max(from), after_label));
            from = range.end.max(from);
            after_label = true;
        }
        let last = (from..segment.chars.len(), after_label);
        let before_label = |k: usize, n: usize| k + 1 < n;
        ranges.push(last);
        let n = ranges.len();
        for (k, (range, after)) in ranges.into_iter().enumerate() {
            let Some(mut range) = trim(segment, range, after) else { continue };
            if before_label(k, n) {
                // The next label's box number stands at the end of this piece.
                let tail = (range.start..range.end).rev().find(|&i| segment.chars[i].c.is_whitespace());
                let number = segment.slice(tail.unwrap_or(range.start)..range.end);
                if is_box_number(&number) {
                    range = range.start..tail.unwrap_or(range.start);
                }
                let Some(rest) = trim(segment, range, after) else { continue };
                range = rest;
            }
            let text = segment.slice(range.clone());
            pieces.push(Piece { segment: i, rect: segment.rect_of(range.clone()), range, text, score: segment.score });
        }
    }
    pieces
}

/// Drops blanks at both ends, and what ties a value to its label in front of it.
fn trim(segment: &super::Segment, range: Range<usize>, after_label: bool) -> Option<Range<usize>> {
    let c = |i: usize| segment.chars[i].c;
    let (mut start, mut end) = (range.start, range.end);
    let tie = |c: char| {
        c.is_whitespace()
            || (after_label
                && matches!(c, ':' | '.' | ',' | '#' | ';' | '=' | ')' | '|' | '*' | '’' | '\'' | '/' | '°'))
    };
    while start < end && tie(c(start)) {
        start += 1;
    }
    while end > start && (c(end - 1).is_whitespace() || matches!(c(end - 1), ':' | '|')) {
        end -= 1;
    }
    (start < end && (start..end).any(|i| c(i).is_alphanumeric() || matches!(c(i), '☒' | '☑' | '✓' | '✔' | '$')))
        .then_some(start..end)
}

/// Whether a text is the number of a box: `1`, `12a`, `e`, `2b.`
pub fn is_box_number(text: &str) -> bool {
    let text = text.trim_matches(|c: char| !c.is_alphanumeric());
    let digits = text.chars().take_while(char::is_ascii_digit).count();
    let letters = text.chars().skip(digits).collect::<String>();
    digits <= 2
        && letters.chars().count() <= 1
        && letters.chars().all(|c| c.is_ascii_lowercase() || c == 'l' || c == 'I')
}

#[cfg(test)]
mod tests {
    use super::*;
    use reading::{Line, PageText};

    fn page(lines: &[(&str, f32, f32)]) -> Page {
        let line = |&(text, x, y): &(&str, f32, f32)| {
            let x1 = x + text.len() as f32 * 0.01;
            Line {
                polygon: [[x, y], [x1, y], [x1, y + 0.02], [x, y + 0.02]],
                text: text.to_owned(),
                score: 0.9,
                words: vec![],
            }
        };
        Page::new(
            1,
            &PageText { width: 1000, height: 1000, lines: lines.iter().map(line).collect(), ..PageText::default() },
        )
    }

    #[test]
    fn a_label_may_run_on_in_the_line_below() {
        let page = page(&[("Retirement", 0.1, 0.1), ("plan X", 0.1, 0.122)]);
        let mut lexicon = Lexicon::default();
        lexicon.add("plan", "retirement plan");
        let labels = lexicon.find(&page, |_| false);
        assert_eq!(labels.len(), 1);
        let texts: Vec<String> = pieces(&page, &labels, |_| false).into_iter().map(|p| p.text).collect();
        assert_eq!(texts, ["X"]);
    }

    #[test]
    fn values_are_what_stands_between_the_labels() {
        let page = page(&[("1 Wages, tips, other comp. 512.00 2 Federal income tax withheld: 40.10", 0.1, 0.1)]);
        let mut lexicon = Lexicon::default();
        lexicon.add("wages", "wages, tips, other comp");
        lexicon.add("tax", "federal income tax withheld");
        lexicon.add("short", "income tax");
        let labels = lexicon.find(&page, |_| false);
        assert_eq!(labels.iter().map(|l| l.target).collect::<Vec<_>>(), ["wages", "tax"]);
        let texts: Vec<String> = pieces(&page, &labels, |_| false).into_iter().map(|p| p.text).collect();
        assert_eq!(texts, ["512.00", "40.10"]);
    }
}
