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

    /// The phrases on a page, the longest and best first served; in reading order. Two stand over the same characters only when
    /// the same words were added for two targets.
    pub fn find(&self, page: &Page, skip: impl Fn(usize) -> bool) -> Vec<Label<T>> {
        let mut labels = Vec::new();
        for (i, segment) in page.segments.iter().enumerate() {
            if skip(i) {
                continue;
            }
            let folded = Folded::new(segment.chars.iter().map(|c| c.c));
            let mut taken: Vec<bool> = vec![false; folded.bytes.len()];
            let mut hits: Vec<_> = self
                .entries
                .iter()
                .filter_map(|(target, phrase)| Some((target, phrase, phrase.find(&folded)?)))
                .collect();
            let worth = |phrase: &Phrase, score: f32| phrase.len() as f32 * (score - 0.4);
            hits.sort_by(|a, b| worth(b.1, b.2.score).total_cmp(&worth(a.1, a.2.score)));
            let mut last: Option<Hit> = None;
            for (target, phrase, hit) in hits {
                // The same words may name several fields; which one is told by the value.
                let tie = last.is_some_and(|l| l == hit);
                if !tie && taken[hit.start..hit.end].iter().any(|&t| t) {
                    continue;
                }
                taken[hit.start..hit.end].fill(true);
                last = Some(hit);
                let range = folded.source[hit.start]..folded.source[hit.end - 1] + 1;
                let rect = segment.rect_of(range.clone());
                labels.push(Label {
                    target: target.clone(),
                    segment: i,
                    range,
                    rect,
                    score: hit.score,
                    len: phrase.len(),
                });
            }
        }
        labels.sort_by_key(|l| (l.segment, l.range.start));
        labels
    }
}

/// The text between the labels. Punctuation and box numbers that belong to a label are left out.
pub fn pieces<T>(page: &Page, labels: &[Label<T>], skip: impl Fn(usize) -> bool) -> Vec<Piece> {
    let mut pieces = Vec::new();
    for (i, segment) in page.segments.iter().enumerate() {
        if skip(i) {
            continue;
        }
        let mut from = 0;
        let own = labels.iter().filter(|l| l.segment == i);
        let mut ranges: Vec<(Range<usize>, bool)> = Vec::new();
        let mut after_label = false;
        for label in own {
            ranges.push((from..label.range.start, after_label));
            from = label.range.end;
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
