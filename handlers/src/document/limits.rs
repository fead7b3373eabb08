//! How much a request's documents may cost, and why each number is what it is.

use std::time::Duration;

use contract::api;

/// Bounds on what is fetched, decoded, rendered and kept. A megabyte is 10^6 bytes, a megapixel 10^6 pixels.
#[derive(Clone, Debug)]
pub struct Limits {
    /// Pages of a request, over all its documents. Part of the public contract.
    pub pages: usize,
    /// Bytes of one document, before decoding. The gateway takes bodies of 20 MB, so a document sent inside one has less.
    pub document_bytes: usize,
    /// Bytes of all documents of a request. Twenty photos of a phone are about 80 MB.
    pub total_bytes: usize,
    /// Pixels of a page as its header states them. A1 at 300 dpi has 70 megapixels, the largest flatbed scan seen 55.
    pub page_pixels: u64,
    /// Smallest side of a page in pixels. Below this no character can be read.
    pub page_side_min: u32,
    /// Pixels of a page that are kept for reading; larger pages are scaled down. A4 at 400 dpi has 15 megapixels, where 6 point
    /// text is 33 pixels high; the recogniser looks at 48.
    pub kept_pixels: u64,
    /// Pixels kept over all pages of a request (3 bytes each), as long as each page may keep
    /// [`Limits::KEPT_PIXELS_FLOOR`].
    pub kept_pixels_total: u64,
    /// Bytes that decoders of this process may hold at once, over all requests. One 80 megapixel page with alpha takes 560 MB.
    pub decoder_bytes: u64,
    /// Time to decode one image file. 80 megapixels take 1 to 2 s. A caller with a bad document hears of it within 10 s in all.
    pub decode_time: Duration,
    /// Time to connect to a document's host.
    pub connect_time: Duration,
    /// Longest silence while a document is being sent.
    pub idle_time: Duration,
    /// Time to download one document, redirects included.
    pub download_time: Duration,
    /// Redirects that are followed for one document.
    pub redirects: usize,
    /// Documents of a request that are loaded at once.
    pub documents_at_once: usize,
    /// PDF documents of this process that are rendered at once, over all requests; each has a process of its own.
    pub renderers: usize,
    /// Wall clock and processor time to render one PDF document. Of 971 PDF files of a public test suite none took over 1 s a page.
    pub render_time: Duration,
    /// Address space of the process that renders a PDF. Ordinary pages take 60 MB; a 20 megapixel page needs 160 MB for its pixels.
    pub render_bytes: u64,
    /// Dots per inch at which a PDF is rendered, fewer where the page would exceed [`Limits::kept_pixels`]. At 200 dpi the text of
    /// public forms reads without loss; more only costs time.
    pub render_dpi: u32,
}

impl Limits {
    /// Pixels that each page may keep however many there are: US letter at 290 dpi.
    pub const KEPT_PIXELS_FLOOR: u64 = 8_000_000;

    /// Pixels that each page may keep when a request has at least this many.
    pub fn kept_pixels(&self, pages: usize) -> u64 {
        let share = self.kept_pixels_total / (pages.max(1) as u64);
        share.max(Self::KEPT_PIXELS_FLOOR).min(self.kept_pixels)
    }
}

impl Default for Limits {
    fn default() -> Limits {
        Limits {
            pages: api::MAX_PAGES,
            document_bytes: 20_000_000,
            total_bytes: 100_000_000,
            page_pixels: 80_000_000,
            page_side_min: 16,
            kept_pixels: 20_000_000,
            kept_pixels_total: 160_000_000,
            decoder_bytes: 1_000_000_000,
            decode_time: Duration::from_secs(8),
            connect_time: Duration::from_secs(5),
            idle_time: Duration::from_secs(10),
            download_time: Duration::from_secs(30),
            redirects: 5,
            documents_at_once: 4,
            renderers: 2,
            render_time: Duration::from_secs(8),
            render_bytes: 1 << 30,
            render_dpi: 200,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_page_keeps_less_the_more_pages_there_are_but_never_less_than_the_floor() {
        let limits = Limits::default();
        assert_eq!(limits.kept_pixels(1), 20_000_000);
        assert_eq!(limits.kept_pixels(8), 20_000_000);
        assert_eq!(limits.kept_pixels(16), 10_000_000);
        assert_eq!(limits.kept_pixels(20), Limits::KEPT_PIXELS_FLOOR);
    }
}
