//! `image_urls` to pages: each document is fetched, recognised, bounded and decoded; documents go side by side, order is kept.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};

use contract::{Error, ErrorCode};
use futures_util::stream::{self, StreamExt, TryStreamExt};
use image::{ImageFormat, RgbImage};
use reqwest::dns::Resolve;
use tokio::sync::{OwnedSemaphorePermit, Semaphore};

use super::address::{Addresses, SystemResolver};
use super::failure::Failure;
use super::fetch::Fetcher;
use super::limits::Limits;
use super::pdf::{self, RenderedPage, Renderer};
use super::raster::{self, Plan};
use super::sniff::{Format, sniff};
use super::source::{Source, unnamed};
use super::{Page, tiff};

/// One permit of the decoders' semaphore, bytes.
const DECODER_PERMIT_BYTES: u64 = 1_000_000;

/// Loads documents. One per process: its bounds on decoders and renderers hold over all requests.
pub struct Loader {
    limits: Arc<Limits>,
    fetcher: Fetcher,
    renderer: Renderer,
    decoders: Arc<Semaphore>,
    renderers: Arc<Semaphore>,
}

impl Loader {
    /// A loader that asks the operating system for addresses.
    ///
    /// # Errors
    /// `internal` when the TLS client can't be built, for instance without root certificates on this machine.
    pub fn new(limits: Limits, addresses: Addresses, renderer: Renderer) -> Result<Loader, Error> {
        Loader::with_resolver(limits, addresses, renderer, Arc::new(SystemResolver))
    }

    /// A loader with a resolver of its own. Its answers are checked like those of the operating system.
    ///
    /// # Errors
    /// As [`Loader::new`].
    pub fn with_resolver(
        limits: Limits,
        addresses: Addresses,
        renderer: Renderer,
        resolver: Arc<dyn Resolve>,
    ) -> Result<Loader, Error> {
        let limits = Arc::new(limits);
        let fetcher = Fetcher::new(Arc::clone(&limits), addresses, resolver)
            .map_err(|_| Error::new(ErrorCode::Internal, "the client for document URLs could not be built"))?;
        let decoders = Arc::new(Semaphore::new(decoder_permits(limits.decoder_bytes) as usize));
        let renderers = Arc::new(Semaphore::new(limits.renderers.max(1)));
        Ok(Loader { limits, fetcher, renderer, decoders, renderers })
    }

    /// The pages of all documents, in order. Dropping the future stops the work: downloads break off, renderers are killed, and a
    /// decoder that runs ends with its page.
    ///
    /// # Errors
    /// The first document's error, in their order; its message names the entry of `image_urls` and, for a remote document, the
    /// host, never the rest of a URL. Codes: `url_not_allowed`, `download_failed`, `document_too_large`, `unsupported_format`,
    /// `broken_document`, `encrypted_document`, `image_size_out_of_range`, `too_many_pages`, `document_too_complex`, and
    /// `internal` when a renderer can't be started.
    pub async fn load(&self, urls: &[String]) -> Result<Vec<Page>, Error> {
        if urls.len() > self.limits.pages {
            let message = format!("image_urls has {} entries, limit is {} pages", urls.len(), self.limits.pages);
            return Err(Error::new(ErrorCode::TooManyPages, message));
        }
        let request =
            Request { documents: urls.len(), pages: AtomicUsize::new(urls.len()), bytes: AtomicUsize::new(0) };
        // By index, not by reference: a closure over borrowed items makes a future that can't move between threads.
        let documents = (0..urls.len()).map(|index| self.load_document(index, &urls[index], &request));
        let pages: Vec<Vec<Page>> =
            stream::iter(documents).buffered(self.limits.documents_at_once.max(1)).try_collect().await?;
        Ok(pages.into_iter().flatten().collect())
    }

    async fn load_document(&self, index: usize, url: &str, request: &Request) -> Result<Vec<Page>, Error> {
        let source = Source::parse(url).map_err(|failure| failure.of(&unnamed(index)))?;
        let name = source.name(index);
        let pages = self.read(&source, request).await.map_err(|failure| failure.of(&name))?;
        let page = |(i, page): (usize, RenderedPage)| Page {
            image: Arc::new(page.image),
            text: page.text,
            document: index,
            number: i + 1,
        };
        Ok(pages.into_iter().enumerate().map(page).collect())
    }

    async fn read(&self, source: &Source<'_>, request: &Request) -> Result<Vec<RenderedPage>, Failure> {
        let bytes = match source {
            Source::Data(data) => {
                let (data, limit) = (data.to_owned(), self.limits.document_bytes);
                off_thread(move || data.decode(limit)).await?
            }
            Source::Remote(url) => self.fetcher.fetch(url, self.limits.document_bytes).await?,
        };
        request.admit_bytes(bytes.len(), self.limits.total_bytes)?;
        let format = sniff(&bytes).map_err(|looks| {
            Failure::new(
                ErrorCode::UnsupportedFormat,
                format!("is {looks}; it must be PNG, JPEG, WebP, TIFF, GIF, BMP or PDF"),
            )
        })?;
        match format {
            Format::Pdf => self.render(bytes, request).await,
            Format::Tiff => self.decode(bytes, None, request).await,
            Format::Image(format) => self.decode(bytes, Some(format), request).await,
        }
    }

    async fn render(&self, bytes: Vec<u8>, request: &Request) -> Result<Vec<RenderedPage>, Failure> {
        let _permit = permits(&self.renderers, 1).await?;
        let others = request.documents - 1;
        let admit = |pages| request.admit_pages(pages, self.limits.pages);
        pdf::render(&self.renderer, bytes, &self.limits, others, admit).await
    }

    /// Decodes an image file, or a TIFF where `format` is `None`, on a thread that may block.
    async fn decode(
        &self,
        bytes: Vec<u8>,
        format: Option<ImageFormat>,
        request: &Request,
    ) -> Result<Vec<RenderedPage>, Failure> {
        let bytes = Arc::new(bytes);
        let (header, limits) = (Arc::clone(&bytes), Arc::clone(&self.limits));
        let plan = off_thread(move || match format {
            Some(format) => raster::plan(&header, format, &limits),
            None => tiff::plan(&header, &limits),
        })
        .await?;
        request.admit_pages(plan.pages, self.limits.pages)?;
        let permit = permits(&self.decoders, self.decoder_permits(plan)).await?;
        let kept = self.limits.kept_pixels(request.documents - 1 + plan.pages);
        let (limits, stop) = (Arc::clone(&self.limits), StopOnDrop::default());
        let stopped = Arc::clone(&stop.0);
        let work = off_thread(move || {
            // Held by the thread: if nobody waits for it any more, it still has its memory.
            let _permit = permit;
            decode_all(&bytes, format, &limits, kept, &stopped)
        });
        let time = self.limits.decode_time;
        match tokio::time::timeout(time, work).await {
            Ok(images) => Ok(images?.into_iter().map(|image| RenderedPage { image, text: None }).collect()),
            Err(_) => Err(Failure::too_complex(format!("took longer than {} s to decode", time.as_secs_f64()))),
        }
    }

    /// Permits for this file; one that needs more than there are waits until it is alone.
    fn decoder_permits(&self, plan: Plan) -> u32 {
        decoder_permits(plan.decoder_bytes).min(decoder_permits(self.limits.decoder_bytes))
    }
}

fn decode_all(
    bytes: &[u8],
    format: Option<ImageFormat>,
    limits: &Limits,
    kept: u64,
    stopped: &AtomicBool,
) -> Result<Vec<RgbImage>, Failure> {
    if let Some(format) = format {
        return Ok(vec![raster::decode(bytes, format, limits, kept)?]);
    }
    let mut pages = Vec::new();
    tiff::decode(bytes, limits, kept, |page| {
        pages.push(page);
        if stopped.load(Ordering::Relaxed) { Err(Failure::internal("was cancelled")) } else { Ok(()) }
    })?;
    Ok(pages)
}

/// Runs work that computes on a thread that may block. A decoder that panics has met a file that it can't read.
async fn off_thread<T: Send + 'static>(
    work: impl FnOnce() -> Result<T, Failure> + Send + 'static,
) -> Result<T, Failure> {
    let done = tokio::task::spawn_blocking(work).await;
    done.unwrap_or_else(|_panic| Err(Failure::broken("its decoder gave up")))
}

fn decoder_permits(bytes: u64) -> u32 {
    u32::try_from(bytes.div_ceil(DECODER_PERMIT_BYTES).max(1)).unwrap_or(u32::MAX)
}

async fn permits(semaphore: &Arc<Semaphore>, count: u32) -> Result<OwnedSemaphorePermit, Failure> {
    Arc::clone(semaphore)
        .acquire_many_owned(count)
        .await
        .map_err(|_| Failure::internal("could not be loaded: shutting down"))
}

/// Tells a decoder thread that nobody waits for it any more.
#[derive(Default)]
struct StopOnDrop(Arc<AtomicBool>);

impl Drop for StopOnDrop {
    fn drop(&mut self) {
        self.0.store(true, Ordering::Relaxed);
    }
}

/// What a request has used so far.
struct Request {
    documents: usize,
    /// Pages that are known of, at first one per document.
    pages: AtomicUsize,
    bytes: AtomicUsize,
}

impl Request {
    fn admit_pages(&self, of_document: usize, limit: usize) -> Result<(), Failure> {
        let more = of_document.saturating_sub(1);
        let total = self.pages.fetch_add(more, Ordering::Relaxed).saturating_add(more);
        if total <= limit {
            return Ok(());
        }
        let message = match self.documents {
            1 => format!("has {of_document} pages, limit is {limit}"),
            documents => format!("has {of_document} pages, limit is {limit} over all {documents} documents"),
        };
        Err(Failure::new(ErrorCode::TooManyPages, message))
    }

    fn admit_bytes(&self, of_document: usize, limit: usize) -> Result<(), Failure> {
        let total = self.bytes.fetch_add(of_document, Ordering::Relaxed) + of_document;
        if total <= limit {
            return Ok(());
        }
        let limit = limit / 1_000_000;
        Err(Failure::new(ErrorCode::DocumentTooLarge, format!("makes the documents larger than {limit} MB together")))
    }
}
