//! The layout of dots.ocr: a JSON list of `{"bbox": [x1, y1, x2, y2], "category": "...", "text": "..."}`, boxes in pixels of the
//! page as it was sent. Text is Markdown, a table HTML; a picture has none.

use reading::Line;
use serde_json::Value;

use super::place::Area;
use super::{anywhere, markdown, table};

/// The lines of a page that was sent at this size. Of an answer that was cut, the blocks before the cut are taken.
pub(super) fn lines(text: &str, size: (u32, u32), score: f32) -> Vec<Line> {
    let Some(start) = text.find(['[', '{']) else { return anywhere(text, score) };
    let mut blocks = Vec::new();
    collect(text.get(start..).unwrap_or_default(), &mut blocks);
    let (width, height) = (f64::from(size.0.max(1)), f64::from(size.1.max(1)));
    blocks.iter().flat_map(|block| block_lines(block, width, height, score)).collect()
}

/// The objects of a list that may be cut, nested in an object, or be one object.
fn collect(json: &str, blocks: &mut Vec<Value>) {
    let mut rest = json;
    loop {
        rest = rest.trim_start_matches(|c: char| c.is_whitespace() || c == ',');
        if !rest.starts_with('{') {
            match rest.strip_prefix('[') {
                Some(inner) => rest = inner,
                None => return,
            }
            continue;
        }
        // The reader refuses what is nested deeper than it can hold.
        let mut values = serde_json::Deserializer::from_str(rest).into_iter::<Value>();
        let Some(Ok(value)) = values.next() else { return };
        rest = rest.get(values.byte_offset()..).unwrap_or_default();
        match value {
            Value::Object(object) if !object.contains_key("bbox") => {
                blocks.extend(
                    object
                        .into_iter()
                        .filter_map(|(_, value)| match value {
                            Value::Array(inner) => Some(inner),
                            _ => None,
                        })
                        .flatten(),
                );
            }
            block => blocks.push(block),
        }
    }
}

fn block_lines(block: &Value, width: f64, height: f64, score: f32) -> Vec<Line> {
    let Some(text) = block.get("text").and_then(Value::as_str) else { return Vec::new() };
    let corner = |i: usize| block.get("bbox").and_then(|bbox| bbox.get(i)).and_then(Value::as_f64);
    let corners = [corner(0), corner(1), corner(2), corner(3)].map(|corner| corner.unwrap_or(f64::NAN));
    match Area::of_corners(corners, width, height) {
        Some(area) => table::lay_out(area, &markdown::rows(text), score),
        None => anywhere(text, score),
    }
}
