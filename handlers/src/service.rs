//! What both workers do with a request, from its URLs to its answer.

mod beside;
mod document;

use std::sync::Arc;
use std::time::Instant;

use contract::catalog::{Catalog, CatalogError, Layout};
use contract::date::Date;
use contract::{ClassifyRequest, ClassifyResponse, DocType, Error, ErrorCode, ExtractRequest, ExtractResponse};
use reading::{Models, ModelsError, Options, ReadError, Reader};

use crate::classify::{self, Classifier, Verdict};
use crate::config::Config;
use crate::document::pdf::Renderer;
use crate::document::{self as documents, Addresses, Limits, Loader};
use crate::engine::ReadingEngine;
use crate::engine::model::{ModelError, VisionModel};
use crate::engine::openai::Output;
use crate::engine::vision::{Choice, Picture, Question, Transcript};
use crate::extract::ink::Ink;
use crate::extract::vision::{Ask, ModelAnswer, Reading, planted};
use crate::extract::{Extraction, Extractor};
use crate::role::Role;
use document::Document;

/// Documents in, types and fields out.
pub struct Service {
    loader: Loader,
    engine: ReadingEngine,
    model: Option<VisionModel>,
    catalog: Arc<Catalog>,
    classifier: Classifier,
    extractor: Extractor,
}

/// What a vision model sees in pages before their type is known.
enum Seen {
    /// The code that fits each page.
    Choices(Vec<Choice>),
    /// What they say; that holds for any type.
    Transcript(Transcript),
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
    /// The vision model can't be had.
    #[error(transparent)]
    Vision(#[from] ModelError),
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

impl Service {
    /// Loads the models and the catalog: about a second, longer when models have to be fetched, minutes for a vision model.
    ///
    /// # Errors
    /// A [`LoadError`] that says what is missing and how to get it.
    pub async fn load(config: Config, role: Role) -> Result<Service, LoadError> {
        let catalog = Arc::new(match &config.catalog_dir {
            Some(dir) => Catalog::from_dir(dir)?,
            None => Catalog::shipped()?,
        });
        let loader =
            Loader::new(Limits::default(), Addresses::new(config.allow_private_urls), Renderer::this_program()?)?;
        let options = Options { threads: config.reading_threads, ..Options::default() };
        let reader =
            tokio::task::spawn_blocking(move || load_reader(options)).await.map_err(|_| LoadError::Ended)??;
        let model = match config.vision {
            Some(vision) => Some(VisionModel::start(vision, role).await?),
            None => None,
        };
        Ok(Service {
            loader,
            engine: ReadingEngine::new(reader),
            model,
            classifier: Classifier::new(&catalog),
            extractor: Extractor::new(Arc::clone(&catalog)),
            catalog,
        })
    }

    /// Says what a document is.
    ///
    /// # Errors
    /// What is wrong with the documents, or what keeps a model from answering.
    pub async fn classify(&self, request: &ClassifyRequest) -> Result<ClassifyResponse, Error> {
        let start = Instant::now();
        let pages = self.loader.load(&request.image_urls).await?;
        let (_, verdict) = self.classified(pages, request.prompt.as_deref()).await?;
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
    /// What is wrong with the documents or the schema, or what keeps a model from answering.
    pub async fn extract(&self, request: &ExtractRequest) -> Result<ExtractResponse, Error> {
        let start = Instant::now();
        if request.schema.as_ref().is_some_and(|schema| !schema.is_object()) {
            return Err(Error::new(ErrorCode::InvalidRequest, "schema is not a JSON object"));
        }
        let pages = self.loader.load(&request.image_urls).await?;
        let (doc_type, page_count, extraction) = match &self.model {
            Some(model) => self.extract_with(model, pages, request).await?,
            None => self.extract_alone(pages, request).await?,
        };
        Ok(extraction.into_response(doc_type, page_count, elapsed_ms(start)))
    }

    /// By the reading engine alone.
    async fn extract_alone(
        &self,
        pages: Vec<documents::Page>,
        request: &ExtractRequest,
    ) -> Result<(DocType, usize, Extraction), Error> {
        let document = Document::read(&self.engine, pages).await?;
        let doc_type = request.doc_type.unwrap_or_else(|| self.classifier.classify(&document.pages).doc_type);
        let ink = self.ink(&document, doc_type);
        let mut extraction = self.extractor.extract(&document.texts, &document.pages, &ink, doc_type, today());
        if let Some(schema) = &request.schema {
            extraction.narrow(schema);
        }
        Ok((doc_type, document.pages.len(), extraction))
    }

    /// By the reading engine and a vision model beside it.
    async fn extract_with(
        &self,
        model: &VisionModel,
        pages: Vec<documents::Page>,
        request: &ExtractRequest,
    ) -> Result<(DocType, usize, Extraction), Error> {
        let schema = request.schema.as_ref();
        let question = |doc_type| self.extractor.ask(doc_type, schema, request.prompt.as_deref());
        let (document, doc_type, answer) = match request.doc_type {
            Some(doc_type) => {
                let ask = question(doc_type)?;
                let asked = |pictures: Vec<Picture>| self.answer(model, pictures, &ask, doc_type);
                let (document, answer) = beside::ask(&self.engine, pages, asked).await?;
                (document, doc_type, answer)
            }
            None => {
                // A schema that can't be used is refused before any page is read.
                question(DocType::Other)?;
                let (document, seen) = self.seen(model, pages, None).await?;
                let doc_type = self.verdict(&document, &seen).doc_type;
                let answer = match seen {
                    Seen::Transcript(transcript) => self.transcribed(&transcript, doc_type),
                    Seen::Choices(_) => self.answer(model, document.upright(), &question(doc_type)?, doc_type).await?,
                };
                (document, doc_type, answer)
            }
        };
        let ink = self.ink(&document, doc_type);
        let read = Reading { texts: &document.texts, pages: &document.pages, ink: &ink };
        let extraction = self.extractor.extract_with(read, doc_type, today(), &answer, schema);
        Ok((doc_type, document.pages.len(), extraction))
    }

    /// A document with its type, by the reading and, where there is one, the model.
    async fn classified(
        &self,
        pages: Vec<documents::Page>,
        prompt: Option<&str>,
    ) -> Result<(Document, Verdict), Error> {
        let Some(model) = &self.model else {
            let document = Document::read(&self.engine, pages).await?;
            let verdict = self.classifier.classify(&document.pages);
            return Ok((document, verdict));
        };
        let (document, seen) = self.seen(model, pages, prompt).await?;
        let verdict = self.verdict(&document, &seen);
        Ok((document, verdict))
    }

    /// A document with what the model sees in its pages.
    async fn seen(
        &self,
        model: &VisionModel,
        pages: Vec<documents::Page>,
        prompt: Option<&str>,
    ) -> Result<(Document, Seen), Error> {
        let instruction = &classify::vision::instruction(prompt);
        let asked = |pictures: Vec<Picture>| async move {
            match model.output() {
                Output::Fields => {
                    let choices = model.choose(&pictures, instruction, &classify::vision::CODES).await;
                    choices.map(Seen::Choices)
                }
                Output::Text => model.transcribe(&pictures).await.map(Seen::Transcript),
            }
        };
        beside::ask(&self.engine, pages, asked).await
    }

    /// One type of what was read and what the model sees.
    fn verdict(&self, document: &Document, seen: &Seen) -> Verdict {
        let reading = self.classifier.classify(&document.pages);
        let planted = planted(&document.pages);
        match seen {
            Seen::Choices(choices) => classify::vision::merge(choices, &reading, planted),
            Seen::Transcript(transcript) => {
                let choices = self.classifier.choices(&document::lay_out(&transcript.texts));
                classify::vision::merge(&choices, &reading, planted)
            }
        }
    }

    /// A transcription as an answer.
    fn transcribed(&self, transcript: &Transcript, doc_type: DocType) -> ModelAnswer {
        self.extractor.transcribed(&document::lay_out(&transcript.texts), doc_type, transcript.finish)
    }

    /// What the model says of a document's fields.
    async fn answer(
        &self,
        model: &VisionModel,
        pages: Vec<Picture>,
        ask: &Ask,
        doc_type: DocType,
    ) -> Result<ModelAnswer, Error> {
        match model.output() {
            Output::Text => Ok(self.transcribed(&model.transcribe(&pages).await?, doc_type)),
            Output::Fields if ask.is_empty() => Ok(ModelAnswer::nothing()),
            Output::Fields => {
                let Ask { instruction, schema, max_tokens } = ask;
                let question = Question { pages: &pages, instruction, schema, max_tokens: *max_tokens };
                Ok(ModelAnswer::new(&model.generate(question).await?))
            }
        }
    }

    /// The pixels by which check boxes and signatures are told.
    fn ink(&self, document: &Document, doc_type: DocType) -> Ink {
        let boxed = self.catalog.get(doc_type).layout == Layout::Form || doc_type == DocType::Check;
        if boxed { Ink::new(document.images.clone()) } else { Ink::default() }
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
