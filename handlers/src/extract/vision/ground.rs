//! Which of the places where a value stands is the one that the model means: where the reading found the field, next to its label,
//! in the row of its entry.

use contract::catalog::Kind;
use serde_json::Value;

use super::paper::{Paper, Place};
use crate::extract::candidate::{Candidate, Second, Signals};
use crate::layout::fold::fold;
use crate::layout::label::Piece;
use crate::layout::{Page, Rect};

/// Fewer letters and digits than this stand on every page; they count where the label, the reading or the row vouches for them.
const TELLING: usize = 4;
/// How near a short value must stand to its label, 0..1.
const NEAR_ENOUGH: f32 = 0.3;
/// Distance in text heights over which values belong to one entry.
const ROW_REACH: f32 = 4.0;

/// A place with what vouches for it.
#[derive(Clone, Debug)]
pub struct Spot {
    /// The place.
    pub place: Place,
    /// How well the label was read; low when there is none.
    pub label: f32,
    /// How near it is, 0..1.
    pub near: f32,
}

impl Spot {
    /// A place in the row of its entry.
    pub fn in_row(place: Place) -> Spot {
        Spot { place, label: 0.6, near: 0.8 }
    }

    /// The value that stands here.
    pub fn candidate(&self, paper: &Paper, value: Value, shape: f32, second: Second) -> Option<Candidate> {
        let read = self.place.pieces.iter().map(|p| p.score).fold(1.0, f32::min) * self.place.score;
        let signals = Signals { label: self.label, read, near: self.near, shape, agree: 1.0 };
        let pieces: Vec<&Piece> = self.place.pieces.iter().collect();
        let candidate = Candidate::from_pieces(paper.page(self.place.sheet), &pieces, value, signals)?;
        Some(Candidate { second: Some(second), ..candidate })
    }
}

/// The best place of a single value; `None` if none is good enough.
pub fn single(
    paper: &Paper,
    places: Vec<Place>,
    name: &str,
    kind: Kind,
    text: &str,
    read: Option<&Candidate>,
) -> Option<Spot> {
    let telling = fold(text).len() >= TELLING || kind == Kind::Bool;
    let weighed = places.into_iter().filter_map(|place| {
        let page = paper.page(place.sheet);
        let labels = paper.labels(place.sheet, name).map(|l| (distance(&l.rect, &place.rect, page.em), l.score));
        let (distance, label) = labels.min_by(|a, b| a.0.total_cmp(&b.0)).unwrap_or((8.0, 0.3));
        let near = 1.0 / (1.0 + (distance / 4.0).powi(2));
        let read_here = read.is_some_and(|r| r.page == page.number && covers(&r.rect, &place.rect));
        if !telling && near * label < NEAR_ENOUGH && !read_here {
            return None;
        }
        let weight = place.score + 0.25 * near * label + if read_here { 0.35 } else { 0.0 };
        Some((weight, Spot { place, label, near: if read_here { near.max(0.8) } else { near } }))
    });
    weighed.max_by(|a, b| a.0.total_cmp(&b.0)).map(|(_, spot)| spot)
}

/// The way from a label to a value in text heights: values stand to the right or below.
fn distance(label: &Rect, value: &Rect, em: f32) -> f32 {
    let aside = (value.x0 - label.x1).max(label.x0 - value.x1).max(0.0) / em;
    let under = (value.y0 - label.y1).max(label.y0 - value.y1).max(0.0) / em;
    if label.same_row(value) && value.x0 >= label.x0 {
        return 0.15 * aside;
    }
    let below = value.center_y() > label.center_y();
    under + 0.25 * aside + if below { 0.5 } else { 4.0 }
}

fn covers(a: &Rect, b: &Rect) -> bool {
    a.overlap_x(b) > 0.3 * a.width().min(b.width()) && a.overlap_y(b) > 0.3 * a.height().min(b.height())
}

/// Where an entry's values stand together: a page and a height.
#[derive(Clone, Copy, Debug)]
pub struct Row {
    /// Index of the page.
    pub sheet: usize,
    /// From this height.
    pub top: f32,
    /// To this.
    pub bottom: f32,
}

impl Row {
    /// The row of values that were read.
    pub fn of(entry: &[(String, Candidate)]) -> Option<Row> {
        let (_, first) = entry.first()?;
        let on_page = entry.iter().map(|(_, c)| c).filter(|c| c.page == first.page);
        let rect = on_page.map(|c| c.rect).reduce(|a, b| a.union(&b))?;
        Some(Row { sheet: first.page.checked_sub(1)?, top: rect.y0, bottom: rect.y1 })
    }

    /// How far a place is above or below, in text heights; `None` on another page.
    fn distance(&self, page: &Page, place: &Place) -> Option<f32> {
        let away = (place.rect.y0.max(self.top) - place.rect.y1.min(self.bottom)).max(0.0);
        (place.sheet == self.sheet).then_some(away / page.em)
    }

    fn is_after(&self, other: &Row) -> bool {
        (self.sheet, self.top) > (other.sheet, other.top)
    }
}

/// The row in which most of an entry's values stand, given the places of each; rows behind the entry before come first.
pub fn row(paper: &Paper, values: &[Vec<Place>], before: Option<&Row>) -> Option<Row> {
    let rows = values.iter().flatten().map(|p| Row { sheet: p.sheet, top: p.rect.y0, bottom: p.rect.y1 });
    let weigh = |row: &Row| {
        let page = paper.page(row.sheet);
        let nearest = |places: &Vec<Place>| {
            places.iter().filter_map(|p| row.distance(page, p)).map(|d| 1.0 / (1.0 + d * d)).fold(0.0, f32::max)
        };
        let order = if before.is_none_or(|b| row.is_after(b)) { 0.6 } else { 0.0 };
        values.iter().map(nearest).sum::<f32>() + order
    };
    // Of equally good rows the first.
    rows.map(|row| (weigh(&row), row))
        .reduce(|best, next| if next.0 > best.0 + 1e-4 { next } else { best })
        .map(|(_, row)| row)
}

/// The place of a value in its entry's row.
pub fn in_row(paper: &Paper, places: Vec<Place>, row: &Row) -> Option<Spot> {
    let page = paper.page(row.sheet);
    let near = places.into_iter().filter_map(|p| Some((row.distance(page, &p)?, p))).filter(|(d, _)| *d < ROW_REACH);
    near.min_by(|a, b| a.0.total_cmp(&b.0)).map(|(_, place)| Spot::in_row(place))
}
