//! What parent and child say to each other.
//!
//! Parent to child, on standard input: an [`Order`] as one line of JSON, then the PDF's bytes to the end.
//! Child to parent, on standard output: the number of pages (u32), then for each page its width, height and the length of its text
//! (u32 each), its pixels (RGB, row by row) and its text (JSON). Numbers are little endian. The exit status says how it went.

use serde::{Deserialize, Serialize};

/// Exit status: every page was written, or there are more than the order allows and none was.
pub(super) const DONE: u8 = 0;
/// Exit status: the order could not be read or a limit not be set.
pub(super) const BAD_ORDER: u8 = 10;
/// Exit status: this is no PDF that can be read.
pub(super) const BROKEN: u8 = 11;
/// Exit status: a password is asked for.
pub(super) const ENCRYPTED: u8 = 12;
/// Exit status: a page is too narrow to read.
pub(super) const TOO_NARROW: u8 = 13;
/// Exit status: the parent went away.
pub(super) const NO_READER: u8 = 14;
/// Exit status: the renderer panicked. Rust's own.
pub(super) const PANICKED: u8 = 101;

/// Longest side of a rendered page in pixels. The renderer counts in 16 bits and panics beyond; its own authors stay below 2^14.
pub(super) const SIDE_MAX: u32 = 16_000;
/// Most bytes of text of a page. A page of the smallest print has about 20,000 characters at 100 bytes of JSON.
pub(super) const TEXT_BYTES_MAX: usize = 16_000_000;

/// What the child may do.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct Order {
    /// Most pages to render; if there are more, only their number is told.
    pub(super) pages_max: usize,
    /// Pixels that a page may have when the document has 1, 2, 3, ... pages; beyond the last entry, the last.
    pub(super) kept_pixels: Vec<u64>,
    /// Dots per inch.
    pub(super) dpi: u32,
    /// Smallest side of a page in pixels.
    pub(super) side_min: u32,
    /// Address space, bytes.
    pub(super) memory_bytes: u64,
    /// Processor time, seconds.
    pub(super) cpu_s: u64,
}

impl Order {
    pub(super) fn kept_pixels(&self, pages: usize) -> u64 {
        let index = pages.saturating_sub(1).min(self.kept_pixels.len().saturating_sub(1));
        self.kept_pixels.get(index).copied().unwrap_or(0)
    }
}

/// Reads a little-endian number from the front of bytes.
pub(super) fn number(bytes: [u8; 4]) -> u32 {
    u32::from_le_bytes(bytes)
}

/// The head of a page: width, height, bytes of text.
pub(super) fn page_head(width: u32, height: u32, text_bytes: u32) -> [u8; 12] {
    let mut head = [0; 12];
    let numbers = [width, height, text_bytes].map(u32::to_le_bytes);
    head.copy_from_slice(numbers.as_flattened());
    head
}

/// The numbers of a page's head.
pub(super) fn read_page_head(head: [u8; 12]) -> [u32; 3] {
    let mut numbers = [0; 3];
    for (number, bytes) in numbers.iter_mut().zip(head.as_chunks::<4>().0) {
        *number = u32::from_le_bytes(*bytes);
    }
    numbers
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_page_head_reads_back() {
        assert_eq!(read_page_head(page_head(1700, 2200, 17)), [1700, 2200, 17]);
    }

    #[test]
    fn an_order_gives_the_last_bound_to_all_further_pages() {
        let order = Order { pages_max: 3, kept_pixels: vec![9, 5], dpi: 200, side_min: 16, memory_bytes: 1, cpu_s: 1 };
        assert_eq!([0, 1, 2, 3].map(|pages| order.kept_pixels(pages)), [9, 9, 5, 5]);
    }
}
