//! Where lines and words stand in the area of a block, of which only the corners are known.

use reading::{Line, Polygon, Word};

/// An upright box on the page, as fractions of its sides.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) struct Area {
    x0: f32,
    y0: f32,
    x1: f32,
    y1: f32,
}

impl Area {
    /// The whole page.
    pub(super) const PAGE: Area = Area { x0: 0.0, y0: 0.0, x1: 1.0, y1: 1.0 };

    /// The box of two opposite corners in units of which the page has this many each way, cut to the page. `None` where it has no
    /// area or a corner is no number.
    pub(super) fn of_corners(corners: [f64; 4], width: f64, height: f64) -> Option<Area> {
        let [ax, ay, bx, by] = corners;
        let share = |value: f64, whole: f64| (value / whole).clamp(0.0, 1.0) as f32;
        let (xs, ys) = ((share(ax, width), share(bx, width)), (share(ay, height), share(by, height)));
        let area = Area { x0: xs.0.min(xs.1), y0: ys.0.min(ys.1), x1: xs.0.max(xs.1), y1: ys.0.max(ys.1) };
        // A comparison with a NaN is false.
        (area.x1 > area.x0 && area.y1 > area.y0).then_some(area)
    }

    /// The smallest box around both.
    pub(super) fn with(self, other: Area) -> Area {
        Area {
            x0: self.x0.min(other.x0),
            y0: self.y0.min(other.y0),
            x1: self.x1.max(other.x1),
            y1: self.y1.max(other.y1),
        }
    }

    /// The part between two shares of its width and two of its height, 0..1.
    pub(super) fn part(self, xs: (f32, f32), ys: (f32, f32)) -> Area {
        let (width, height) = (self.x1 - self.x0, self.y1 - self.y0);
        Area {
            x0: self.x0 + xs.0 * width,
            x1: self.x0 + xs.1 * width,
            y0: self.y0 + ys.0 * height,
            y1: self.y0 + ys.1 * height,
        }
    }

    fn polygon(self) -> Polygon {
        [[self.x0, self.y0], [self.x1, self.y0], [self.x1, self.y1], [self.x0, self.y1]]
    }
}

/// A line that fills an area, its words by their share of the characters. `None` for a text without words.
pub(super) fn line(area: Area, text: &str, score: f32) -> Option<Line> {
    let words: Vec<&str> = text.split_whitespace().collect();
    let text = words.join(" ");
    let total = text.chars().count() as f32;
    let mut start = 0;
    let place = |word: &str, start: usize, end: usize| Word {
        polygon: area.part((start as f32 / total, end as f32 / total), (0.0, 1.0)).polygon(),
        text: word.to_owned(),
        score,
    };
    let words: Vec<Word> = words
        .into_iter()
        .map(|word| {
            let end = start + word.chars().count();
            let placed = place(word, start, end);
            start = end + 1;
            placed
        })
        .collect();
    (!words.is_empty()).then(|| Line { polygon: area.polygon(), text, score, words })
}
