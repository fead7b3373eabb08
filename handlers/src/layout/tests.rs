//! Pages made in a test from texts and the places where they begin, for all unit tests of this crate; and tests of their layout.

use reading::{Line, PageText};

use super::*;

/// Width of a letter and height of a line in pixels.
const LETTER: f32 = 8.0;
const HEIGHT: f32 = 14.0;

/// A page of a thousand pixels each way with a text at each place (x, y in pixels).
pub(crate) fn page(lines: &[(&str, f32, f32)]) -> Page {
    Page::new(1, &text(lines))
}

/// The reading of such a page.
pub(crate) fn text(lines: &[(&str, f32, f32)]) -> PageText {
    let line = |&(text, x, y): &(&str, f32, f32)| {
        let right = x + LETTER * text.chars().count() as f32;
        let polygon = [[x, y], [right, y], [right, y + HEIGHT], [x, y + HEIGHT]].map(|p| p.map(|v| v / 1000.0));
        Line { polygon, text: text.to_owned(), score: 0.98, words: Vec::new() }
    };
    PageText { width: 1000, height: 1000, lines: lines.iter().map(line).collect(), ..PageText::default() }
}

/// The same page tilted clockwise by an angle in radians.
fn tilted(mut text: PageText, angle: f32) -> PageText {
    let turn = |[x, y]: [f32; 2]| {
        let (x, y) = (x - 0.5, y - 0.5);
        [x * angle.cos() - y * angle.sin() + 0.5, x * angle.sin() + y * angle.cos() + 0.5]
    };
    text.lines.iter_mut().for_each(|l| l.polygon = l.polygon.map(turn));
    text
}

fn row_texts(page: &Page) -> Vec<Vec<String>> {
    page.rows().iter().map(|row| row.iter().map(|&s| page.segments[s].text()).collect()).collect()
}

#[test]
fn text_on_one_height_is_a_row_from_left_to_right() {
    let page = page(&[("right", 600.0, 102.0), ("below", 100.0, 130.0), ("left", 100.0, 100.0)]);
    assert_eq!(row_texts(&page), [vec!["left", "right"], vec!["below"]]);
}

#[test]
fn a_tilted_page_has_the_rows_of_the_upright_one() {
    let lines: Vec<(String, f32, f32)> = (0..12)
        .flat_map(|i| {
            [
                (format!("label {i:02}"), 60.0, 100.0 + 30.0 * i as f32),
                (format!("{i:02}.00 USD"), 850.0, 100.0 + 30.0 * i as f32),
            ]
        })
        .collect();
    let lines: Vec<(&str, f32, f32)> = lines.iter().map(|(t, x, y)| (t.as_str(), *x, *y)).collect();
    let upright = text(&lines);
    let rows = row_texts(&Page::new(1, &upright));
    assert_eq!(rows.len(), 12);
    assert_eq!(row_texts(&Page::new(1, &tilted(upright, 0.04))), rows);
}

#[test]
fn a_wide_gap_in_a_line_parts_it_into_columns() {
    let mut text = text(&[("Subtotal 40.00", 100.0, 100.0)]);
    let word = |word: &str, x: f32| reading::Word {
        polygon: [[x, 0.1], [x + 0.05, 0.1], [x + 0.05, 0.114], [x, 0.114]],
        text: word.to_owned(),
        score: 0.9,
    };
    text.lines[0].words = vec![word("Subtotal", 0.1), word("40.00", 0.7)];
    let page = Page::new(1, &text);
    assert_eq!(row_texts(&page), [["Subtotal", "40.00"]]);
}

#[test]
fn a_point_of_the_level_page_goes_back_to_where_it_was_read() {
    let upright = text(&[("a line of text", 100.0, 200.0), ("another line of it", 500.0, 700.0)]);
    let tilted = tilted(upright, 0.05);
    let page = Page::new(1, &tilted);
    for segment in &page.segments {
        let (x, y) = page.to_upright(segment.rect.x0, segment.rect.y0);
        let near = |p: [f32; 2]| (p[0] * 1000.0 - x).abs() < 2.0 && (p[1] * 1000.0 - y).abs() < 2.0;
        assert!(tilted.lines.iter().any(|l| near(l.polygon[0])), "{x} {y}");
    }
}

#[test]
fn the_median_is_the_middle_and_ignores_what_is_no_number() {
    assert_eq!(median([3.0, f32::NAN, 1.0, 2.0, f32::INFINITY].into_iter()), Some(2.0));
    assert_eq!(median(std::iter::empty()), None);
}
