//! The grounded Markdown of DeepSeek-OCR: before each block `<|ref|>LABEL<|/ref|><|det|>[[x1, y1, x2, y2]]<|/det|>`, boxes in
//! thousandths of the page's sides (0..999). A server that leaves special tokens out sends `LABEL[[x1, y1, x2, y2]]`.

use reading::Line;

use super::place::Area;
use super::{anywhere, markdown, table};

/// Units of a box along each side.
const UNITS: f64 = 999.0;

/// Labels are words such as `text`, `sub_title`, `image_caption`.
const LABEL_BYTES: usize = 40;

/// Boxes of one block beyond this are left out.
const BOXES: usize = 100;

/// The lines of a page.
pub(super) fn lines(text: &str, score: f32) -> Vec<Line> {
    let plain =
        ["<|ref|>", "<|/ref|>", "<|det|>", "<|/det|>"].iter().fold(text.to_owned(), |t, mark| t.replace(mark, ""));
    let mut lines = Vec::new();
    let mut area = None;
    let mut body = String::new();
    for line in plain.lines() {
        match heading(line) {
            Some((found, rest)) => {
                finish(area, &body, score, &mut lines);
                area = found;
                body = rest.to_owned();
            }
            None => {
                body.push('\n');
                body.push_str(line);
            }
        }
    }
    finish(area, &body, score, &mut lines);
    lines
}

fn finish(area: Option<Area>, body: &str, score: f32, lines: &mut Vec<Line>) {
    match area {
        Some(area) => lines.extend(table::lay_out(area, &markdown::rows(body), score)),
        None => lines.extend(anywhere(body, score)),
    }
}

/// The box at the start of a line, and what follows it. The inner `None` is a box that can't be on a page.
fn heading(line: &str) -> Option<(Option<Area>, &str)> {
    let line = line.trim_start();
    let label = line.find("[[").filter(|&end| end <= LABEL_BYTES)?;
    let name = line.get(..label)?;
    if name.is_empty() || !name.chars().all(|c| c.is_ascii_alphanumeric() || c == '_' || c == '-') {
        return None;
    }
    let close = label + line.get(label..)?.find("]]")?;
    let list = line.get(label + 2..close)?;
    let boxes = list.split(']').take(BOXES).map(|corners| {
        let mut numbers = corners.trim_matches([',', '[', ' ']).split(',').map(|number| number.trim().parse::<f64>());
        let corners = [(); 4].map(|()| numbers.next().and_then(Result::ok).unwrap_or(f64::NAN));
        Area::of_corners(corners, UNITS, UNITS)
    });
    Some((boxes.flatten().reduce(Area::with), line.get(close + 2..).unwrap_or_default()))
}
