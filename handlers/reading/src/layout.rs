//! Readings to lines: words with their polygons, the page's skew, and reading order.

use image::RgbImage;

use crate::geometry::{Point, Quad};
use crate::recognise::{Character, Reading, mean_probability};
use crate::text::{Line, Polygon, Word};

/// How far a word goes beyond the place of its first and last character, in advances. The recogniser sees a character late:
/// with a half on each side, first characters were cut through on forms and receipts.
const LEFT_REACH: f32 = 0.8;
const RIGHT_REACH: f32 = 0.5;

/// Turns a box and its reading into a line of text.
pub(crate) fn line(page: &RgbImage, quad: &Quad, reading: &Reading) -> Line {
    let text: String = reading.characters.iter().map(|c| c.text.as_ref()).collect();
    Line {
        polygon: polygon(page, quad),
        text: text.trim().to_owned(),
        score: reading.score,
        words: words(page, quad, &reading.characters),
    }
}

fn polygon(page: &RgbImage, quad: &Quad) -> Polygon {
    let (width, height) = (page.width() as f32, page.height() as f32);
    quad.0.map(|p| [(p.x / width).clamp(0.0, 1.0), (p.y / height).clamp(0.0, 1.0)])
}

/// The words with the parts of the line's box that they take: from the middle of the blank before to the middle of the
/// blank after, but not further from the outer characters than a share of the usual advance.
fn words(page: &RgbImage, quad: &Quad, characters: &[Character]) -> Vec<Word> {
    let advance = usual_advance(characters);
    let (left, right) = (advance * LEFT_REACH, advance * RIGHT_REACH);
    let mut words = Vec::new();
    let mut blank_before = 0.0;
    let mut rest = characters;
    while let Some(start) = rest.iter().position(|c| &*c.text != " ") {
        if let Some(blank) = start.checked_sub(1).and_then(|i| rest.get(i)) {
            blank_before = blank.place;
        }
        rest = rest.get(start..).unwrap_or_default();
        let end = rest.iter().position(|c| &*c.text == " ").unwrap_or(rest.len());
        let (word, after) = rest.split_at(end);
        let blank_after = after.first().map_or(1.0, |blank| blank.place);
        if let (Some(first), Some(last)) = (word.first(), word.last()) {
            let part = quad.slice((first.place - left).max(blank_before), (last.place + right).min(blank_after));
            words.push(Word {
                polygon: polygon(page, &part),
                text: word.iter().map(|c| c.text.as_ref()).collect(),
                score: mean_probability(word),
            });
        }
        blank_before = blank_after;
        rest = after;
    }
    words
}

/// The median distance between neighbouring characters of a word, as a share of the line's width.
fn usual_advance(characters: &[Character]) -> f32 {
    let mut advances: Vec<f32> = characters
        .windows(2)
        .filter(|pair| pair.iter().all(|c| &*c.text != " "))
        .map(|pair| pair[1].place - pair[0].place)
        .collect();
    advances.sort_by(f32::total_cmp);
    advances.get(advances.len() / 2).copied().unwrap_or(1.0)
}

/// Sorts boxes into reading order, rows from the top and each row from the left, along the page's own skew; gives the
/// order as places in `quads`.
pub(crate) fn reading_order(quads: &[Quad]) -> Vec<usize> {
    let (sin, cos) = skew(quads).sin_cos();
    let level = |p: Point| Point::new(p.x * cos + p.y * sin, p.y * cos - p.x * sin);
    let centres: Vec<Point> = quads.iter().map(|quad| level(quad.centre())).collect();
    let mut order: Vec<usize> = (0..quads.len()).collect();
    order.sort_by(|&a, &b| centres[a].y.total_cmp(&centres[b].y));

    let mut rows: Vec<Vec<usize>> = Vec::new();
    for i in order {
        // Compare with the row's last member: along a row boxes differ little, even if the paper is curved.
        let row = rows.last_mut().filter(|row| {
            row.last().is_some_and(|&last| {
                let reach = quads[last].height().min(quads[i].height()) / 2.0;
                centres[i].y - centres[row[0]].y <= reach && centres[i].y - centres[last].y <= reach
            })
        });
        match row {
            Some(row) => row.push(i),
            None => rows.push(vec![i]),
        }
    }
    for row in &mut rows {
        row.sort_by(|&a, &b| centres[a].x.total_cmp(&centres[b].x));
    }
    rows.into_iter().flatten().collect()
}

/// The median angle of the long boxes, weighted by their length, in radians.
fn skew(quads: &[Quad]) -> f32 {
    let mut angles: Vec<(f32, f32)> = quads
        .iter()
        .filter(|quad| quad.width() > 3.0 * quad.height())
        .map(|quad| (quad.angle(), quad.width()))
        .filter(|(angle, _)| angle.abs() < 0.5)
        .collect();
    angles.sort_by(|a, b| a.0.total_cmp(&b.0));
    let half = angles.iter().map(|(_, width)| width).sum::<f32>() / 2.0;
    let mut sum = 0.0;
    for (angle, width) in angles {
        sum += width;
        if sum >= half {
            return angle;
        }
    }
    0.0
}

#[cfg(test)]
mod tests {
    use super::*;

    fn characters(text: &str) -> Vec<Character> {
        let count = text.chars().count() as f32;
        let place = |i: usize| (i as f32 + 0.5) / count;
        text.chars()
            .enumerate()
            .map(|(i, c)| Character { text: c.to_string().into(), place: place(i), probability: 0.9, plain: None })
            .collect()
    }

    fn upright(x: f32, y: f32, w: f32, h: f32) -> Quad {
        Quad([Point::new(x, y), Point::new(x + w, y), Point::new(x + w, y + h), Point::new(x, y + h)])
    }

    #[test]
    fn words_are_split_at_blanks_and_lie_side_by_side_in_the_line() {
        let page = RgbImage::new(100, 100);
        let words = words(&page, &upright(0.0, 10.0, 100.0, 10.0), &characters("ab cde f"));
        let found: Vec<(&str, f32, f32)> =
            words.iter().map(|w| (w.text.as_str(), w.polygon[0][0], w.polygon[1][0])).collect();
        assert_eq!(found, [("ab", 0.0, 0.25), ("cde", 0.3375, 0.75), ("f", 0.8375, 1.0)]);
    }

    #[test]
    fn rows_stay_rows_under_five_degrees_of_skew() {
        for degrees in [-5.0_f32, 0.0, 5.0] {
            let (sin, cos) = degrees.to_radians().sin_cos();
            let turn = |p: Point| Point::new(p.x * cos - p.y * sin, p.x * sin + p.y * cos);
            let mut quads = Vec::new();
            for row in 0..6 {
                for column in [2, 0, 1] {
                    quads.push(upright(column as f32 * 500.0, row as f32 * 40.0, 300.0, 24.0).map(turn));
                }
            }
            let order = reading_order(&quads);
            let expected: Vec<usize> = (0..6).flat_map(|row| [1, 2, 0].map(|i| row * 3 + i)).collect();
            assert_eq!(order, expected, "at {degrees} degrees");
        }
    }
}
