//! Boxes drawn on white paper: ticked, empty, and none.

use image::{GrayImage, Luma};

use super::*;
use crate::layout::label::{Lexicon, pieces};
use crate::layout::tests::page;

/// White paper of the pages' size with a frame of two pixels, filled inside as `tick` says.
fn drawn(x: u32, y: u32, side: u32, tick: impl Fn(u32, u32) -> bool) -> GrayImage {
    GrayImage::from_fn(1000, 1000, |px, py| {
        let (dx, dy) = (px.wrapping_sub(x), py.wrapping_sub(y));
        let inside = dx < side && dy < side;
        let frame = inside && (dx < 2 || dy < 2 || dx >= side - 2 || dy >= side - 2);
        Luma([if frame || (inside && tick(dx, dy)) { 0 } else { 255 }])
    })
}

/// Reads the box of "Retirement plan", printed at (300, 300), from a page's pixels.
fn state(image: Option<GrayImage>, extra: &[(&str, f32, f32)]) -> Option<Candidate> {
    let lines = [&[("Retirement plan", 300.0, 300.0)][..], extra].concat();
    let page = page(&lines);
    let mut lexicon = Lexicon::default();
    lexicon.add((), "retirement plan");
    let labels = lexicon.find(&page, |_| false);
    let rest = pieces(&page, &labels, |_| false);
    let ink = image.map_or_else(Ink::default, |image| Ink::new(vec![image]));
    read(&page, &labels[0], &rest, &ink)
}

fn value(found: Option<Candidate>) -> Value {
    found.map_or(Value::Null, |c| c.value)
}

#[test]
fn a_crossed_box_is_true_and_an_empty_one_false() {
    let cross = |x: u32, y: u32| x.abs_diff(y) < 2 || (x + y).abs_diff(19) < 2;
    assert_eq!(value(state(Some(drawn(274, 297, 20, cross)), &[])), Value::Bool(true));
    assert_eq!(value(state(Some(drawn(274, 297, 20, |_, _| false)), &[])), Value::Bool(false));
}

#[test]
fn a_box_may_stand_below_or_to_the_right_of_its_label() {
    let full = |_, _| true;
    assert_eq!(value(state(Some(drawn(350, 322, 20, full)), &[])), Value::Bool(true));
    assert_eq!(value(state(Some(drawn(426, 297, 20, |_, _| false)), &[])), Value::Bool(false));
}

#[test]
fn specks_are_no_tick() {
    let specks = |x: u32, y: u32| (x, y) == (8, 9) || (x, y) == (13, 6);
    assert_eq!(value(state(Some(drawn(274, 297, 20, specks)), &[])), Value::Bool(false));
}

#[test]
fn without_a_box_nothing_is_said() {
    let blank = GrayImage::from_pixel(1000, 1000, Luma([255]));
    assert_eq!(value(state(Some(blank.clone()), &[])), Value::Null);
    assert_eq!(value(state(None, &[])), Value::Null);
    // A ruled line is no box.
    let ruled = GrayImage::from_fn(1000, 1000, |_, y| Luma([if y.abs_diff(320) < 2 { 0 } else { 255 }]));
    assert_eq!(value(state(Some(ruled), &[])), Value::Null);
}

#[test]
fn a_tick_that_was_read_as_a_letter_counts_where_no_box_is_seen() {
    assert_eq!(value(state(None, &[("X", 350.0, 320.0)])), Value::Bool(true));
    assert_eq!(value(state(None, &[("X", 350.0, 700.0)])), Value::Null);
}

#[test]
fn the_polygon_of_a_box_is_the_box() {
    let found = state(Some(drawn(274, 297, 20, |_, _| false)), &[]).unwrap();
    for (corner, wanted) in found.polygon.iter().zip([[0.274, 0.297], [0.294, 0.297], [0.294, 0.317], [0.274, 0.317]]) {
        assert!((corner[0] - wanted[0]).abs() < 0.004 && (corner[1] - wanted[1]).abs() < 0.004, "{corner:?}");
    }
}
