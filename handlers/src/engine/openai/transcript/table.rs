//! Rows of text and of cells: what a block is made of, read from HTML tables, and laid out in the block's area.

use reading::Line;

use super::place::{self, Area};

/// Beyond these a table is no table of a page; the rest is left out.
const COLUMNS: usize = 64;
const ROWS: usize = 1_000;

/// A column is at least and at most this many characters wide when the width is shared out: long cells are broken into lines.
const NARROWEST: usize = 3;
const WIDEST: usize = 40;

/// A row of a block: the cells that begin in it, from left to right. A line of text is one cell across all columns.
#[derive(Clone, Debug, Default, PartialEq)]
pub(super) struct Row {
    pub(super) cells: Vec<Cell>,
}

/// A cell; its lines are parted by line ends.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Cell {
    pub(super) text: String,
    pub(super) column: usize,
    pub(super) columns: usize,
}

impl Row {
    /// A line of text.
    pub(super) fn line(text: impl Into<String>) -> Row {
        Row { cells: vec![Cell { text: text.into(), column: 0, columns: COLUMNS }] }
    }

    /// Cells side by side.
    pub(super) fn side_by_side(cells: impl Iterator<Item = String>) -> Row {
        let cells = cells.take(COLUMNS).enumerate();
        Row { cells: cells.map(|(column, text)| Cell { text, column, columns: 1 }).collect() }
    }

    /// Its text, cells parted by blanks.
    pub(super) fn text(&self) -> String {
        self.cells.iter().map(|cell| cell.text.as_str()).collect::<Vec<_>>().join(" ")
    }

    fn height(&self) -> usize {
        self.cells.iter().map(|cell| cell.text.lines().count()).max().unwrap_or(0).max(1)
    }
}

/// Lays out the rows of a block from top to bottom of its area, each as high as its lines.
pub(super) fn lay_out(area: Area, rows: &[Row], score: f32) -> Vec<Line> {
    let edges = column_edges(rows);
    let edge = |column: usize| edges.get(column).or(edges.last()).copied().unwrap_or(1.0);
    let total = rows.iter().map(Row::height).sum::<usize>().max(1) as f32;
    let mut lines = Vec::new();
    let mut top = 0;
    for row in rows {
        for cell in &row.cells {
            let across = if cell.columns >= COLUMNS {
                (0.0, 1.0)
            } else {
                (edge(cell.column), edge(cell.column + cell.columns))
            };
            for (i, text) in cell.text.lines().enumerate() {
                let down = ((top + i) as f32 / total, (top + i + 1) as f32 / total);
                lines.extend(place::line(area.part(across, down), text, score));
            }
        }
        top += row.height();
    }
    lines
}

/// Where columns begin and the last one ends, as shares of the width: by their longest texts.
fn column_edges(rows: &[Row]) -> Vec<f32> {
    let cells = || rows.iter().flat_map(|row| &row.cells).filter(|cell| cell.columns < COLUMNS);
    let count = cells().map(|cell| cell.column + cell.columns).max().unwrap_or(1).min(COLUMNS);
    let mut widths = vec![NARROWEST; count];
    for cell in cells().filter(|cell| cell.columns == 1) {
        let longest = cell.text.lines().map(|line| line.chars().count()).max().unwrap_or(0);
        if let Some(width) = widths.get_mut(cell.column) {
            *width = longest.clamp(*width, WIDEST.max(*width));
        }
    }
    let total = widths.iter().sum::<usize>() as f32;
    let mut edges = vec![0.0];
    let mut sum = 0;
    edges.extend(widths.iter().map(|width| {
        sum += width;
        sum as f32 / total
    }));
    edges
}

/// The rows of HTML that holds tables, and of the text around them.
pub(super) fn rows(html: &str) -> Vec<Row> {
    let mut reader = Reader::default();
    let mut rest = html;
    while let Some(open) = rest.find('<') {
        let (text, tag) = rest.split_at(open);
        reader.text(text);
        match tag.find('>') {
            Some(close) if looks_like_tag(tag) => {
                reader.tag(tag.get(1..close).unwrap_or_default());
                rest = tag.get(close + 1..).unwrap_or_default();
            }
            // A sign of comparison.
            _ => {
                reader.text("<");
                rest = tag.get(1..).unwrap_or_default();
            }
        }
    }
    reader.text(rest);
    reader.finish()
}

fn looks_like_tag(tag: &str) -> bool {
    tag.chars().nth(1).is_some_and(|c| c.is_ascii_alphabetic() || c == '/')
}

#[derive(Default)]
struct Reader {
    rows: Vec<Row>,
    row: Row,
    /// Rows that cells from above still reach into, by column.
    covered: Vec<usize>,
    cell: Option<Cell>,
    rows_of_cell: usize,
    outside: String,
}

impl Reader {
    fn text(&mut self, text: &str) {
        let text = entities(text);
        match &mut self.cell {
            // Line ends in the source mean nothing.
            Some(cell) => cell.text.push_str(&text.replace(['\n', '\r'], " ")),
            None => self.outside.push_str(&text),
        }
    }

    fn tag(&mut self, tag: &str) {
        let name: String = tag.chars().take_while(|c| !c.is_whitespace() && *c != '>').collect();
        match name.trim_end_matches('/').to_ascii_lowercase().as_str() {
            "td" | "th" => {
                self.end_cell();
                self.begin_cell(tag);
            }
            "/td" | "/th" => self.end_cell(),
            "tr" | "/tr" => self.end_row(),
            "/table" | "table" => {
                self.end_row();
                self.covered.clear();
            }
            "br" | "/p" | "/div" | "/li" => match &mut self.cell {
                Some(cell) => cell.text.push('\n'),
                None => self.outside.push('\n'),
            },
            _ => {}
        }
    }

    fn begin_cell(&mut self, tag: &str) {
        self.end_outside();
        let columns = attribute(tag, "colspan").clamp(1, COLUMNS - 1);
        self.rows_of_cell = attribute(tag, "rowspan").clamp(1, ROWS);
        let after = self.row.cells.last().map_or(0, |cell| cell.column + cell.columns);
        let free = (after..).find(|&column| self.covered.get(column).is_none_or(|&rows| rows == 0)).unwrap_or(after);
        self.cell = Some(Cell { text: String::new(), column: free, columns });
    }

    fn end_cell(&mut self) {
        let Some(mut cell) = self.cell.take().filter(|cell| cell.column < COLUMNS) else { return };
        cell.columns = cell.columns.min(COLUMNS - cell.column).min(COLUMNS - 1);
        let end = cell.column + cell.columns;
        if self.rows_of_cell > 1 {
            self.covered.resize(self.covered.len().max(end), 0);
            // This row counts too: it is taken off at its end.
            self.covered.iter_mut().take(end).skip(cell.column).for_each(|rows| *rows = self.rows_of_cell);
        }
        let lines = cell.text.lines().map(|line| line.split_whitespace().collect::<Vec<_>>().join(" "));
        cell.text = lines.filter(|line| !line.is_empty()).collect::<Vec<_>>().join("\n");
        self.row.cells.push(cell);
    }

    fn end_row(&mut self) {
        self.end_cell();
        self.end_outside();
        if !self.row.cells.is_empty() {
            self.covered.iter_mut().for_each(|rows| *rows = rows.saturating_sub(1));
            let row = std::mem::take(&mut self.row);
            if self.rows.len() < ROWS {
                self.rows.push(row);
            }
        }
    }

    fn end_outside(&mut self) {
        let outside = std::mem::take(&mut self.outside);
        let room = ROWS.saturating_sub(self.rows.len());
        let lines = outside.lines().map(str::trim).filter(|line| !line.is_empty());
        self.rows.extend(lines.take(room).map(Row::line));
    }

    fn finish(mut self) -> Vec<Row> {
        self.end_row();
        self.end_outside();
        self.rows
    }
}

/// The number of an attribute of a tag; 1 if there is none.
fn attribute(tag: &str, name: &str) -> usize {
    let lower = tag.to_ascii_lowercase();
    let value = lower.split_once(name).map_or("", |(_, rest)| rest);
    let digits = value.trim_start_matches([' ', '=', '"', '\'']);
    let digits: String = digits.chars().take_while(char::is_ascii_digit).take(6).collect();
    digits.parse().unwrap_or(1)
}

/// A text with its character references replaced: those that tables of pages hold.
fn entities(text: &str) -> String {
    /// `&#x10FFFF;` is the longest.
    const LONGEST: usize = 10;
    let mut plain = String::with_capacity(text.len());
    let mut rest = text;
    while let Some(start) = rest.find('&') {
        let (before, reference) = rest.split_at(start);
        plain.push_str(before);
        let end = reference.find(';').filter(|&end| end <= LONGEST);
        let named = end.and_then(|end| Some((end, character(reference.get(1..end)?)?)));
        let used = match named {
            Some((end, c)) => {
                plain.push(c);
                end + 1
            }
            None => {
                plain.push('&');
                1
            }
        };
        rest = reference.get(used..).unwrap_or_default();
    }
    plain.push_str(rest);
    plain
}

fn character(name: &str) -> Option<char> {
    let code = match name {
        "amp" => return Some('&'),
        "lt" => return Some('<'),
        "gt" => return Some('>'),
        "quot" => return Some('"'),
        "apos" => return Some('\''),
        "nbsp" => return Some(' '),
        _ => name.strip_prefix('#')?,
    };
    let number = match code.strip_prefix(['x', 'X']) {
        Some(hex) => u32::from_str_radix(hex, 16),
        None => code.parse(),
    };
    char::from_u32(number.ok()?).filter(|c| !c.is_control())
}
