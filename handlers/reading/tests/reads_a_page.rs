//! Reads pages that the test draws itself, with the real networks.

use image::{Rgb, RgbImage, imageops};
use reading::{Models, Options, PageText, Reader, Rotation};

/// Glyphs of 5 x 7 dots; each row is five bits.
const GLYPHS: [(char, [u8; 7]); 20] = [
    ('A', [0x0e, 0x11, 0x11, 0x1f, 0x11, 0x11, 0x11]),
    ('C', [0x0e, 0x11, 0x10, 0x10, 0x10, 0x11, 0x0e]),
    ('D', [0x1e, 0x11, 0x11, 0x11, 0x11, 0x11, 0x1e]),
    ('E', [0x1f, 0x10, 0x10, 0x1e, 0x10, 0x10, 0x1f]),
    ('I', [0x0e, 0x04, 0x04, 0x04, 0x04, 0x04, 0x0e]),
    ('L', [0x10, 0x10, 0x10, 0x10, 0x10, 0x10, 0x1f]),
    ('N', [0x11, 0x19, 0x15, 0x13, 0x11, 0x11, 0x11]),
    ('O', [0x0e, 0x11, 0x11, 0x11, 0x11, 0x11, 0x0e]),
    ('P', [0x1e, 0x11, 0x11, 0x1e, 0x10, 0x10, 0x10]),
    ('R', [0x1e, 0x11, 0x11, 0x1e, 0x14, 0x12, 0x11]),
    ('T', [0x1f, 0x04, 0x04, 0x04, 0x04, 0x04, 0x04]),
    ('V', [0x11, 0x11, 0x11, 0x11, 0x11, 0x0a, 0x04]),
    ('Y', [0x11, 0x11, 0x0a, 0x04, 0x04, 0x04, 0x04]),
    ('1', [0x04, 0x0c, 0x04, 0x04, 0x04, 0x04, 0x0e]),
    ('2', [0x0e, 0x11, 0x01, 0x06, 0x08, 0x10, 0x1f]),
    ('4', [0x02, 0x06, 0x0a, 0x12, 0x1f, 0x02, 0x02]),
    ('5', [0x1f, 0x10, 0x1e, 0x01, 0x01, 0x11, 0x0e]),
    ('7', [0x1f, 0x01, 0x02, 0x04, 0x04, 0x04, 0x04]),
    ('9', [0x0e, 0x11, 0x11, 0x0f, 0x01, 0x11, 0x0e]),
    ('.', [0x00, 0x00, 0x00, 0x00, 0x00, 0x0c, 0x0c]),
];
/// Pixels per dot.
const DOT: u32 = 4;
const LINES: [&str; 4] = ["INVOICE DATE", "PAPER AND TONER", "TOTAL", "DELIVERY NOTE"];
const AMOUNT: &str = "1429.57";

/// A page with the lines on the left and an amount on the right of the third.
fn page() -> RgbImage {
    let mut page = RgbImage::from_pixel(900, 600, Rgb([255; 3]));
    for (row, text) in (0..).zip(LINES) {
        write(&mut page, 60, 60 + row * 120, text);
    }
    write(&mut page, 600, 300, AMOUNT);
    imageops::blur(&page, 1.2)
}

fn write(page: &mut RgbImage, x: u32, y: u32, text: &str) {
    for (place, c) in (0..).zip(text.chars()) {
        let Some((_, rows)) = GLYPHS.iter().find(|(glyph, _)| *glyph == c) else { continue };
        for (v, bits) in (0..).zip(rows) {
            for u in (0..5).filter(|u| bits & (0x10 >> u) != 0) {
                for (i, j) in (0..DOT * DOT).map(|k| (k % DOT, k / DOT)) {
                    page.put_pixel(x + (place * 6 + u) * DOT + i, y + v * DOT + j, Rgb([20; 3]));
                }
            }
        }
    }
}

#[expect(clippy::expect_used, reason = "without the models there is nothing to test")]
fn reader() -> Reader {
    let models = Models::find_or_pull(|progress| eprintln!("{progress}")).expect("the models");
    Reader::load(&models, Options::default()).expect("a reader")
}

fn texts(page: &PageText) -> Vec<&str> {
    page.lines.iter().map(|line| line.text.as_str()).collect()
}

#[test]
fn a_page_is_read_in_order_whichever_way_it_lies() {
    let reader = reader();
    let upright = page();
    let expected = vec![LINES[0], LINES[1], LINES[2], AMOUNT, LINES[3]];
    // Turning the page by hand in one direction makes the reader turn it back in the other.
    let given = [
        (upright.clone(), Rotation::None),
        (imageops::rotate270(&upright), Rotation::Quarter),
        (imageops::rotate180(&upright), Rotation::Half),
        (imageops::rotate90(&upright), Rotation::ThreeQuarters),
    ];
    for (image, rotation) in given {
        let read = reader.read(&image).expect("a reading");
        assert_eq!(read.rotation, rotation);
        assert_eq!((read.width, read.height), upright.dimensions());
        assert_eq!(texts(&read), expected, "{rotation:?}");
        assert_amount_is_where_it_was_drawn(&read);
    }
}

fn assert_amount_is_where_it_was_drawn(read: &PageText) {
    let word = &read.lines[3].words[0];
    assert_eq!(word.text, AMOUNT);
    let (left, top) = (600.0 / 900.0, 300.0 / 600.0);
    assert!((word.polygon[0][0] - left).abs() < 0.02, "{:?}", word.polygon);
    assert!((word.polygon[0][1] - top).abs() < 0.03, "{:?}", word.polygon);
    assert!(word.score > 0.6 && word.score <= 1.0);
}

#[test]
fn words_of_a_line_lie_side_by_side() {
    let read = reader().read(&page()).expect("a reading");
    let words = &read.lines[1].words;
    let texts: Vec<&str> = words.iter().map(|word| word.text.as_str()).collect();
    assert_eq!(texts, ["PAPER", "AND", "TONER"]);
    // Each glyph takes 6 dots of 4 pixels; "AND" is drawn from the 7th to the 9th place.
    let (left, right) = ((60.0 + 6.0 * 24.0) / 900.0, (60.0 + 9.0 * 24.0) / 900.0);
    assert!((words[1].polygon[0][0] - left).abs() < 0.02, "{:?}", words[1].polygon);
    assert!((words[1].polygon[1][0] - right).abs() < 0.02, "{:?}", words[1].polygon);
}

#[test]
fn an_empty_page_has_no_lines_and_a_page_without_pixels_is_refused() {
    let reader = reader();
    let blank = RgbImage::from_pixel(300, 200, Rgb([255; 3]));
    assert!(reader.read(&blank).expect("a reading").lines.is_empty());
    assert!(reader.read(&RgbImage::new(0, 10)).is_err());
}
