//! Glyphs to words and lines, by geometry alone: the order in which a PDF draws its glyphs means nothing.

use hayro::kurbo::{Point, Size, Vec2};
use reading::{Line, Polygon, Word};

/// Gap between two glyphs that separates words, in em. A blank is 0.25 to 0.33 em wide, kerning stays below 0.1.
const WORD_GAP: f64 = 0.17;
/// Gap that separates lines, in em: table columns and form fields stand further apart, justified words closer.
const LINE_GAP: f64 = 1.2;
/// How far above the baseline a ruling must reach to part fields, in em: the ticks of a comb for digits stay below.
const RULING_REACH: f64 = 0.6;
/// How far baselines of one line may differ, in em.
const BASELINE_SLACK: f64 = 0.3;
/// Distance below which the same character drawn twice is one, in em: how some programs make bold.
const DOUBLE_SLACK: f64 = 0.15;
/// Height of a line's box above and below the baseline, in em.
const ASCENT: f64 = 0.78;
const DESCENT: f64 = 0.22;

/// A glyph on the page, in points, y downwards.
#[derive(Clone, Debug)]
pub(super) struct Mark {
    pub(super) text: String,
    /// Start of its baseline.
    pub(super) origin: Point,
    /// One em along the baseline.
    pub(super) right: Vec2,
    /// Height of an em.
    pub(super) em: f64,
    /// Advance in em.
    pub(super) advance: f64,
}

/// A vertical ruling of the page, in points: what parts the boxes of a form and the columns of a table.
#[derive(Clone, Copy, Debug)]
pub(super) struct Ruling {
    pub(super) x: f64,
    pub(super) top: f64,
    pub(super) bottom: f64,
}

impl Ruling {
    /// Whether it stands between two glyphs of a baseline, the first of which ends at `end`.
    fn parts(&self, end: f64, next: &Placed) -> bool {
        let slack = 0.1 * next.em;
        let between = end - slack <= self.x && self.x <= next.start + slack;
        between && self.top <= next.baseline - RULING_REACH * next.em && next.baseline <= self.bottom
    }
}

/// A glyph in a frame in which its text runs to the right.
struct Placed {
    text: String,
    start: f64,
    end: f64,
    baseline: f64,
    em: f64,
}

/// A frame turned by quarters: x along the text, y downwards across it.
#[derive(Clone, Copy)]
struct Frame {
    right: Vec2,
    down: Vec2,
}

const FRAMES: [Frame; 4] = [
    Frame { right: Vec2::new(1.0, 0.0), down: Vec2::new(0.0, 1.0) },
    Frame { right: Vec2::new(0.0, 1.0), down: Vec2::new(-1.0, 0.0) },
    Frame { right: Vec2::new(-1.0, 0.0), down: Vec2::new(0.0, -1.0) },
    Frame { right: Vec2::new(0.0, -1.0), down: Vec2::new(1.0, 0.0) },
];

/// Makes lines of a page's glyphs. Text that runs at another angle than quarter turns, such as a watermark, is left out.
pub(super) fn group(marks: Vec<Mark>, rulings: &[Ruling], size: Size, score: f32) -> Vec<Line> {
    let mut by_frame: [Vec<Placed>; 4] = Default::default();
    for mark in marks {
        let along = |frame: &Frame| mark.right.dot(frame.right) >= 0.99 * mark.right.hypot();
        if let Some((frame, placed)) = FRAMES.iter().zip(&mut by_frame).find(|(frame, _)| along(frame)) {
            placed.push(place(&mark, *frame));
        }
    }
    // Rulings are kept for upright text; text that stands on its side is rare and short.
    let rulings = |i| if i == 0 { rulings } else { &[] };
    let sheets = FRAMES.into_iter().enumerate().map(|(i, frame)| Sheet { frame, size, score, rulings: rulings(i) });
    sheets.zip(by_frame).flat_map(|(sheet, placed)| lines_of(placed, sheet)).collect()
}

fn place(mark: &Mark, frame: Frame) -> Placed {
    let at = mark.origin.to_vec2();
    let start = at.dot(frame.right);
    let end = start + mark.advance * mark.right.hypot();
    Placed { text: mark.text.clone(), start, end, baseline: at.dot(frame.down), em: mark.em.max(0.01) }
}

/// What turns a place in a frame into a polygon of the page.
#[derive(Clone, Copy)]
struct Sheet<'a> {
    frame: Frame,
    size: Size,
    score: f32,
    rulings: &'a [Ruling],
}

fn lines_of(mut glyphs: Vec<Placed>, sheet: Sheet<'_>) -> Vec<Line> {
    glyphs.sort_by(|a, b| a.baseline.total_cmp(&b.baseline));
    let mut lines = Vec::new();
    let mut row: Vec<Placed> = Vec::new();
    for glyph in glyphs {
        if row.first().is_some_and(|first| glyph.baseline - first.baseline > BASELINE_SLACK * first.em.min(glyph.em)) {
            lines.extend(split_row(std::mem::take(&mut row), sheet));
        }
        row.push(glyph);
    }
    lines.extend(split_row(row, sheet));
    lines
}

/// Splits the glyphs of one baseline into lines at wide gaps.
fn split_row(mut row: Vec<Placed>, sheet: Sheet<'_>) -> Vec<Line> {
    row.sort_by(|a, b| a.start.total_cmp(&b.start));
    row.dedup_by(|b, a| a.text == b.text && b.start - a.start < DOUBLE_SLACK * a.em);
    let mut lines: Vec<Vec<Vec<Placed>>> = Vec::new();
    let mut reach = f64::NEG_INFINITY;
    let mut blank = true;
    for glyph in row {
        if glyph.text.chars().all(char::is_whitespace) {
            blank = true;
            continue;
        }
        let gap = (glyph.start - reach) / glyph.em;
        let parted = gap > LINE_GAP || sheet.rulings.iter().any(|ruling| ruling.parts(reach, &glyph));
        reach = reach.max(glyph.end);
        match lines.last_mut() {
            Some(words) if !parted => match words.last_mut() {
                Some(word) if gap <= WORD_GAP && !blank => word.push(glyph),
                _ => words.push(vec![glyph]),
            },
            _ => lines.push(vec![vec![glyph]]),
        }
        blank = false;
    }
    lines.into_iter().map(|words| line(&words, sheet)).collect()
}

fn line(words: &[Vec<Placed>], sheet: Sheet<'_>) -> Line {
    let words: Vec<Word> = words.iter().map(|glyphs| word(glyphs, sheet)).collect();
    let text = words.iter().map(|word| word.text.as_str()).collect::<Vec<_>>().join(" ");
    let (first, last) = (words.first().map(|w| w.polygon), words.last().map(|w| w.polygon));
    let polygon = match (first, last) {
        (Some([top_left, _, _, bottom_left]), Some([_, top_right, bottom_right, _])) => {
            [top_left, top_right, bottom_right, bottom_left]
        }
        _ => Polygon::default(),
    };
    Line { polygon, text, score: sheet.score, words }
}

fn word(glyphs: &[Placed], sheet: Sheet<'_>) -> Word {
    let fold = |start: f64, pick: fn(f64, f64) -> f64, of: fn(&Placed) -> f64| glyphs.iter().map(of).fold(start, pick);
    let left = fold(f64::INFINITY, f64::min, |g| g.start);
    let right = fold(f64::NEG_INFINITY, f64::max, |g| g.end);
    let top = fold(f64::INFINITY, f64::min, |g| g.baseline - ASCENT * g.em);
    let bottom = fold(f64::NEG_INFINITY, f64::max, |g| g.baseline + DESCENT * g.em);
    let corner = |x: f64, y: f64| {
        let at = sheet.frame.right * x + sheet.frame.down * y;
        [(at.x / sheet.size.width).clamp(0.0, 1.0) as f32, (at.y / sheet.size.height).clamp(0.0, 1.0) as f32]
    };
    Word {
        polygon: [corner(left, top), corner(right, top), corner(right, bottom), corner(left, bottom)],
        text: glyphs.iter().map(|glyph| glyph.text.as_str()).collect(),
        score: sheet.score,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Glyphs half an em wide, on a page of 100 x 100, text of 10 points from here.
    fn marks(text: &str, x: f64, y: f64, direction: Vec2) -> Vec<Mark> {
        let place = |(i, c): (usize, char)| Mark {
            text: c.to_string(),
            origin: Point::new(x, y) + direction * (i as f64 * 5.0),
            right: direction * 10.0,
            em: 10.0,
            advance: 0.5,
        };
        text.chars().enumerate().map(place).filter(|mark| mark.text != " ").collect()
    }

    fn texts(marks: Vec<Mark>) -> Vec<String> {
        group(marks, &[], PAGE, 1.0).into_iter().map(|line| line.text).collect()
    }

    const PAGE: Size = Size::new(100.0, 100.0);
    const RIGHT: Vec2 = Vec2::new(1.0, 0.0);

    #[test]
    fn glyphs_in_any_order_become_lines_from_top_to_bottom() {
        let mut all = [marks("second line", 10.0, 50.0, RIGHT), marks("first", 10.0, 20.0, RIGHT)].concat();
        all.reverse();
        assert_eq!(texts(all), ["first", "second line"]);
    }

    #[test]
    fn a_line_ends_where_a_column_does() {
        let row = [marks("left", 0.0, 20.0, RIGHT), marks("right", 60.0, 20.0, RIGHT)].concat();
        assert_eq!(texts(row), ["left", "right"]);
    }

    #[test]
    fn a_line_ends_at_a_ruling_but_not_at_the_tick_of_a_comb() {
        let row = marks("box one", 10.0, 20.0, RIGHT);
        let ruling = |top| Ruling { x: 27.0, top, bottom: 30.0 };
        let texts = |ruling| -> Vec<String> {
            group(row.clone(), &[ruling], PAGE, 1.0).into_iter().map(|line| line.text).collect()
        };
        assert_eq!(texts(ruling(0.0)), ["box", "one"]);
        assert_eq!(texts(ruling(17.0)), ["box one"]);
    }

    #[test]
    fn text_that_is_drawn_twice_to_be_bold_is_read_once() {
        let row = [marks("bold", 10.0, 20.0, RIGHT), marks("bold", 10.5, 20.0, RIGHT)].concat();
        assert_eq!(texts(row), ["bold"]);
    }

    #[test]
    fn polygons_are_parts_of_the_page_clockwise_from_the_texts_top_left() {
        let near =
            |a: Polygon, b: Polygon| a.as_flattened().iter().zip(b.as_flattened()).all(|(a, b)| (a - b).abs() < 1e-3);
        let line = group(marks("ab", 10.0, 50.0, RIGHT), &[], PAGE, 1.0).remove(0);
        assert!(near(line.polygon, [[0.1, 0.422], [0.2, 0.422], [0.2, 0.522], [0.1, 0.522]]), "{:?}", line.polygon);
        let downwards = group(marks("ab", 50.0, 10.0, Vec2::new(0.0, 1.0)), &[], PAGE, 1.0).remove(0);
        assert_eq!(downwards.text, "ab");
        let expected = [[0.578, 0.1], [0.578, 0.2], [0.478, 0.2], [0.478, 0.1]];
        assert!(near(downwards.polygon, expected), "{:?}", downwards.polygon);
    }

    #[test]
    fn slanted_text_is_left_out() {
        assert!(texts(marks("draft", 10.0, 50.0, Vec2::new(0.8, 0.6))).is_empty());
    }
}
