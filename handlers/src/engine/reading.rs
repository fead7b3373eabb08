//! The reading engine: PP-OCR on the CPU, joined with the text that a PDF page holds itself.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use contract::{Error, ErrorCode};
use image::{GrayImage, ImageBuffer, imageops};
use reading::{Line, PageText, Polygon, ReadError, Reader, Rotation};

use crate::document::{Page, TextLayer};

/// Share of a read line that a line of the PDF's own text must cover to stand for it.
const SAME_PLACE: f32 = 0.3;

/// Reads pages on the CPU. Cheap to clone; pages of several requests may be read at once.
#[derive(Clone)]
pub struct ReadingEngine {
    reader: Arc<Reader>,
}

/// A page's text with its pixels, both upright.
pub struct ReadPage {
    /// The text.
    pub text: PageText,
    /// The pixels.
    pub image: GrayImage,
}

/// Tells a blocking thread that nobody waits for it any more.
struct StopOnDrop(Arc<AtomicBool>);

impl Drop for StopOnDrop {
    fn drop(&mut self) {
        self.0.store(true, Ordering::Relaxed);
    }
}

impl ReadingEngine {
    /// An engine with this reader.
    pub fn new(reader: Reader) -> ReadingEngine {
        ReadingEngine { reader: Arc::new(reader) }
    }

    /// Reads pages one after the other, off the async threads. Dropping the future ends the work after the page at hand.
    ///
    /// # Errors
    /// `worker_failed` if the runtime fails on a page.
    pub async fn read(&self, pages: Vec<Page>) -> Result<Vec<ReadPage>, Error> {
        let stopped = Arc::new(AtomicBool::new(false));
        let _guard = StopOnDrop(Arc::clone(&stopped));
        let reader = Arc::clone(&self.reader);
        let work = move || {
            let wanted = pages.into_iter().take_while(|_| !stopped.load(Ordering::Relaxed));
            wanted.map(|page| read_page(&reader, page)).collect::<Result<Vec<_>, _>>()
        };
        let read = tokio::task::spawn_blocking(work).await;
        match read {
            Ok(Ok(pages)) => Ok(pages),
            Ok(Err(error)) => {
                tracing::error!(%error, "a page could not be read");
                Err(Error::new(ErrorCode::WorkerFailed, "a page could not be read"))
            }
            Err(_) => Err(Error::new(ErrorCode::WorkerFailed, "reading a page ended early")),
        }
    }
}

fn read_page(reader: &Reader, page: Page) -> Result<ReadPage, ReadError> {
    let mut text = reader.read(&page.image)?;
    if let Some(layer) = page.text.filter(|layer| !layer.invisible && text.rotation == Rotation::None) {
        text.lines = join(layer, std::mem::take(&mut text.lines));
    }
    let image = upright(imageops::grayscale(&*page.image), text.rotation);
    Ok(ReadPage { text, image })
}

/// A page turned as its text says.
pub(crate) fn upright<P: image::Pixel + 'static>(
    page: ImageBuffer<P, Vec<P::Subpixel>>,
    rotation: Rotation,
) -> ImageBuffer<P, Vec<P::Subpixel>> {
    match rotation {
        Rotation::None => page,
        Rotation::Quarter => imageops::rotate90(&page),
        Rotation::Half => imageops::rotate180(&page),
        Rotation::ThreeQuarters => imageops::rotate270(&page),
    }
}

/// The page's own text, and of what was read only what it does not hold: logos, stamps, pictures of text.
fn join(layer: TextLayer, read: Vec<Line>) -> Vec<Line> {
    let boxes: Vec<[f32; 4]> = layer.lines.iter().map(|l| bounds(&l.polygon)).collect();
    let mut lines = layer.lines;
    lines.extend(read.into_iter().filter(|line| {
        let own = bounds(&line.polygon);
        let covered: f32 = boxes.iter().map(|b| common(&own, b)).sum();
        covered < SAME_PLACE * area(&own)
    }));
    lines
}

fn bounds(polygon: &Polygon) -> [f32; 4] {
    let fold = |axis: usize, pick: fn(f32, f32) -> f32, start: f32| polygon.iter().map(|p| p[axis]).fold(start, pick);
    [fold(0, f32::min, 1.0), fold(1, f32::min, 1.0), fold(0, f32::max, 0.0), fold(1, f32::max, 0.0)]
}

fn area(b: &[f32; 4]) -> f32 {
    (b[2] - b[0]).max(0.0) * (b[3] - b[1]).max(0.0)
}

fn common(a: &[f32; 4], b: &[f32; 4]) -> f32 {
    area(&[a[0].max(b[0]), a[1].max(b[1]), a[2].min(b[2]), a[3].min(b[3])])
}
