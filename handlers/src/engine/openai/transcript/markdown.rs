//! The text of Markdown, without its marks: headings, emphasis, lists, images, and tables in either notation.

use super::table::{self, Row};

/// The rows of a block, from top to bottom.
pub(super) fn rows(text: &str) -> Vec<Row> {
    if contains_table(text) {
        return table::rows(text);
    }
    let lines = text.lines().map(str::trim).filter(|line| !line.is_empty());
    lines.filter_map(|line| if is_table_row(line) { cells(line) } else { plain(line).map(Row::line) }).collect()
}

fn contains_table(text: &str) -> bool {
    let lower = text.to_ascii_lowercase();
    ["<table", "<tr", "<td"].iter().any(|tag| lower.contains(tag))
}

fn is_table_row(line: &str) -> bool {
    line.len() > 2 && line.starts_with('|') && line.ends_with('|')
}

/// The cells of a row of pipes; `None` for the rule below the head.
fn cells(line: &str) -> Option<Row> {
    let inner = line.trim_matches('|');
    if inner.chars().all(|c| matches!(c, '-' | ':' | '|' | ' ')) && inner.contains("--") {
        return None;
    }
    Some(Row::side_by_side(inner.split('|').map(|cell| plain(cell.trim()).unwrap_or_default())))
}

/// A line without its marks; `None` when it was nothing but marks.
fn plain(line: &str) -> Option<String> {
    let line = without_images(line);
    let unmarked = line.trim_start_matches('#').trim_start();
    let unmarked = ["- ", "* ", "+ ", "> "].iter().find_map(|mark| unmarked.strip_prefix(mark)).unwrap_or(unmarked);
    let mut text = String::with_capacity(unmarked.len());
    let mut chars = unmarked.chars().peekable();
    while let Some(c) = chars.next() {
        match c {
            // A backslash keeps the mark that follows it.
            '\\' if chars.peek().is_some_and(|next| "\\`*_{}[]()#+-.!|$&%".contains(*next)) => {
                text.extend(chars.next())
            }
            // Emphasis of two or three marks; one star may be a footnote's.
            '*' if chars.peek() == Some(&'*') => while chars.next_if_eq(&'*').is_some() {},
            '`' => {}
            _ => text.push(c),
        }
    }
    let text = text.trim();
    (!text.is_empty() && !text.chars().all(|c| matches!(c, '-' | '*' | '_') && text.len() > 2)).then(|| text.to_owned())
}

/// A line without `![...](...)`.
fn without_images(line: &str) -> String {
    let mut kept = String::new();
    let mut rest = line;
    while let Some(start) = rest.find("![") {
        let (before, image) = rest.split_at(start);
        let end = image.find("](").and_then(|middle| Some(middle + image.get(middle..)?.find(')')? + 1));
        kept.push_str(before);
        match end {
            Some(end) => rest = image.get(end..).unwrap_or_default(),
            None => {
                kept.push_str("![");
                rest = image.get(2..).unwrap_or_default();
            }
        }
    }
    kept + rest
}
