//! What both workers do with a request, from its URLs to its answer.

use std::sync::Arc;
use std::time::Instant;

use contract::catalog::{Catalog, CatalogError, Layout};
use contract::date::Date;
use contract::{ClassifyRequest, ClassifyResponse, DocType, Error, ErrorCode, ExtractRequest, ExtractResponse};
use reading::{Models, ModelsError, Options, PageText, ReadError, Reader};

use crate::classify::{Classifier, Verdict};
use crate::config::Config;
use crate::document::pdf::Renderer;
use crate::document::{Addresses, Limits, Loader};
use crate::engine::{ReadPage, ReadingEngine};
use crate::extract::Extractor;
use crate::extract::ink::Ink;
use crate::layout::Page;
use crate::role::Role;

/// Documents in, types and fields out.
pub struct Service {
    loader: Loader,
    engine: ReadingEngine,
    catalog: Arc<Catalog>,
    classifier: Classifier,
    extractor: Extractor,
}

/// The service can't be built.
#[derive(Debug, thiserror::Error)]
pub enum LoadError {
    /// The models are missing and could not be fetched.
    #[error(transparent)]
    Models(#[from] ModelsError),
    /// The models can't be loaded.
    #[error(transparent)]
    Read(#[from] ReadError),
    /// The catalog is wrong.
    #[error(transparent)]
    Catalog(#[from] CatalogError),
    /// The client for documents can't be built.
    #[error(transparent)]
    Documents(#[from] Error),
    /// Loading ended early: it panicked, or the program is ending.
    #[error("loading the models ended early")]
    Ended,
    /// The program can't find itself to render PDFs in a child process.
    #[error("this program's own path is unknown: {0}")]
    Program(#[from] std::io::Error),
}

/// A document that was read.
struct Document {
    texts: Vec<PageText>,
    pages: Vec<Page>,
    images: Vec<image::GrayImage>,
}

impl Service {
    /// Loads the models and the catalog: about a second, longer when models have to be fetched, minutes for a vision model.
    ///
    /// # Errors
    /// A [`LoadError`] that says what is missing and how to get it.
    pub async fn load(config: Config, _role: Role) -> Result<Service, LoadError> {
        let catalog = Arc::new(match &config.catalog_dir {
            Some(dir) => Catalog::from_dir(dir)?,
            None => Catalog::shipped()?,
        });
        let loader =
            Loader::new(Limits::default(), Addresses::new(config.allow_private_urls), Renderer::this_program()?)?;
        let options = Options { threads: config.reading_threads, ..Options::default() };
        let reader =
            tokio::task::spawn_blocking(move || load_reader(options)).await.map_err(|_| LoadError::Ended)??;
        Ok(Service {
            loader,
            engine: ReadingEngine::new(reader),
            classifier: Classifier::new(&catalog),
            extractor: Extractor::new(Arc::clone(&catalog)),
            catalog,
        })
    }

    /// Says what a document is.
    ///
    /// # Errors
    /// What is wrong with the documents, or `worker_failed`.
    pub async fn classify(&self, request: &ClassifyRequest) -> Result<ClassifyResponse, Error> {
        let start = Instant::now();
        let document = self.read(&request.image_urls).await?;
        let verdict: Verdict = self.classifier.classify(&document.pages);
        Ok(ClassifyResponse {
            doc_type: verdict.doc_type,
            confidence: verdict.confidence,
            reasoning: verdict.reasoning,
            latency_ms: elapsed_ms(start),
            alternatives: verdict.alternatives,
            pages: verdict.pages,
        })
    }

    /// Reads a document's fields, as the type that the caller names or that it is classified as.
    ///
    /// # Errors
    /// What is wrong with the documents or the schema, or `worker_failed`.
    pub async fn extract(&self, request: &ExtractRequest) -> Result<ExtractResponse, Error> {
        let start = Instant::now();
        if request.schema.as_ref().is_some_and(|schema| !schema.is_object()) {
            return Err(Error::new(ErrorCode::InvalidRequest, "schema is not a JSON object"));
        }
        let document = self.read(&request.image_urls).await?;
        let doc_type = request.doc_type.unwrap_or_else(|| self.classifier.classify(&document.pages).doc_type);
        let mut extraction = self.fields(&document, doc_type);
        if let Some(schema) = &request.schema {
            extraction.narrow(schema);
        }
        Ok(extraction.into_response(doc_type, document.pages.len(), elapsed_ms(start)))
    }

    fn fields(&self, document: &Document, doc_type: DocType) -> crate::extract::Extraction {
        // Check boxes and signatures are told by their pixels.
        let boxed = self.catalog.get(doc_type).layout == Layout::Form || doc_type == DocType::Check;
        let ink = if boxed { Ink::new(document.images.clone()) } else { Ink::default() };
        self.extractor.extract(&document.texts, &document.pages, &ink, doc_type, today())
    }

    async fn read(&self, urls: &[String]) -> Result<Document, Error> {
        let loaded = self.loader.load(urls).await?;
        let read: Vec<ReadPage> = self.engine.read(loaded).await?;
        let pages = read.iter().enumerate().map(|(i, page)| Page::new(i + 1, &page.text)).collect();
        let (texts, images) = read.into_iter().map(|page| (page.text, page.image)).unzip();
        Ok(Document { texts, pages, images })
    }
}

fn load_reader(options: Options) -> Result<Reader, LoadError> {
    let models = Models::find_or_pull(|progress| tracing::info!("{progress}"))?;
    Ok(Reader::load(&models, options)?)
}

fn elapsed_ms(start: Instant) -> u64 {
    u64::try_from(start.elapsed().as_millis()).unwrap_or(u64::MAX)
}

/// Today in UTC. A clock outside the years of a [`Date`] counts as the last day that any rule could mean.
fn today() -> Date {
    let now = time::OffsetDateTime::now_utc();
    let year = u16::try_from(now.year()).unwrap_or(u16::MAX);
    Date::new(year, u8::from(now.month()), now.day()).unwrap_or(Date { year: 9999, month: 12, day: 31 })
}
