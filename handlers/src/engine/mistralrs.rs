//! Vision models in this process, through the `mistralrs` crate. Nothing outside this folder names that crate.
//!
//! Version 0.8.1 is exact inside a narrow envelope and wrong, or panics, outside of it; the envelope is kept here:
//!
//! - only models and tasks that were compared with transformers ([`envelope`]);
//! - pages at sizes that the model's own preprocessing leaves alone ([`Grid`]);
//! - one request at a time: requests side by side mix their attention on the CPU, and nobody has measured a GPU yet (`docproc gpu-check`
//!   does, by a [`Running`] of its own);
//! - always streams: dropping one stops the model at its next token, dropping another call makes the engine panic later;
//! - text from outside without special tokens, no prefix cache, no truncation, no log-probabilities of the crate's own ([`capture`]).

mod capture;
mod envelope;
mod progress;
mod weights;

use std::path::PathBuf;
use std::sync::Arc;
use std::time::{Duration, Instant};

use contract::{Error, ErrorCode};
use image::DynamicImage;
use mistralrs::{
    Constraint, Device, MemoryGpuConfig, Model, ModelDType, MultimodalModelBuilder, PagedAttentionConfig,
    PagedAttentionMetaBuilder, RequestBuilder, Response, TextMessageRole, TextMessages, TokenSource,
    UqffMultimodalModelBuilder, best_device, parse_isq_value,
};
use tokio::runtime::Handle;
use tokio::sync::{OwnedSemaphorePermit, Semaphore};

use super::grid::Grid;
use super::local::{LocalModel, Precision, Running};
use super::repetition::Repetition;
use super::vision::{Choice, Finish, Generated, Picture, Question, Token, without_special_tokens};
use capture::{Capture, Step};
pub use envelope::Task;

/// How long the engine needs after a panic until it takes requests again; asked at once, it may lose the next one too.
const AFTER_PANIC: Duration = Duration::from_millis(300);

/// Tokens for which paged attention sets memory aside: eight pages at 2 megapixels with their answers. 4.8 GB for Qwen3-VL-8B.
const PAGED_TOKENS: usize = 32_768;

/// The model can't be loaded.
#[derive(Debug, thiserror::Error)]
pub enum LoadError {
    /// `MODEL_DIR` is not a whole model.
    #[error("MODEL_DIR lacks {}", .0.join(", "))]
    Incomplete(Vec<String>),
    /// The model does not do the task right.
    #[error(transparent)]
    Unsound(#[from] envelope::Unsound),
    /// `MODEL_ISQ` names no quantisation.
    #[error("MODEL_ISQ names no quantisation that is known here")]
    Quantisation,
    /// The crate could not load it.
    #[error("the model {0} can't be loaded: {1}")]
    Load(String, String),
    /// The model's tokenizer has no single token for a letter.
    #[error("the model has no token of its own for the letter {0}")]
    Codes(char),
}

/// A loaded model.
pub struct MistralRs {
    model: Arc<Model>,
    grid: Grid,
    /// The token of each letter from `A` on.
    letters: Vec<u32>,
    turn: Arc<Semaphore>,
}

/// Why a request got no answer.
enum Failure {
    /// The engine panicked; it starts anew by itself.
    Panicked,
    /// Told to the caller.
    Final(Error),
}

/// A model's text as it streamed in.
struct Streamed {
    text: String,
    /// Where each piece ends in the text.
    ends: Vec<usize>,
    finish: Finish,
}

impl MistralRs {
    /// Loads a model; minutes for a large one, longer when it has to be downloaded. Progress goes to the log.
    ///
    /// # Errors
    /// What is missing, or why the model is not run.
    pub async fn load(settings: LocalModel, task: Task) -> Result<MistralRs, LoadError> {
        let start = Instant::now();
        let device = best_device(false).map_err(|e| LoadError::Load(settings.hub.id.clone(), e.to_string()))?;
        let found = folder(&settings)?;
        // A model that is here already is judged before minutes are spent on it.
        let early = found.as_deref().map(|dir| envelope::check(dir, task, settings.max_pixels)).transpose()?;
        let _progress = progress::Watch::start(weights::repository(&settings.cache, &settings.hub));
        let model = Arc::new(build(&settings, found, device).await?);
        let grid = match early {
            Some(grid) => grid,
            None => envelope::check(&downloaded(&settings)?, task, settings.max_pixels)?,
        };
        let letters = letters(&model).await?;
        let in_flight = settings.running.in_flight.max(1);
        tracing::info!(seconds = start.elapsed().as_secs(), ?grid, "the vision model is loaded");
        Ok(MistralRs { model, grid, letters, turn: Arc::new(Semaphore::new(in_flight)) })
    }

    /// Asks which of some codes, letters from `A` on, fits a page: one prefill, the model's own probabilities.
    ///
    /// # Errors
    /// What is wrong with the page, or `worker_failed`.
    pub async fn choose(&self, page: &Picture, instruction: &str, codes: &[char]) -> Result<Choice, Error> {
        let tokens: Option<Vec<u32>> =
            codes.iter().map(|c| self.letters.get((*c as usize).checked_sub('A' as usize)?).copied()).collect();
        let tokens = tokens.ok_or_else(|| Error::new(ErrorCode::Internal, "a code is not a letter"))?;
        let images = self.fit(std::slice::from_ref(page)).await?;
        let capture = Arc::new(Capture::default());
        self.answer(&images, instruction, None, 1, &capture).await?;
        let probabilities = capture::softmax_of(&capture.first_row(), &tokens)
            .ok_or_else(|| Error::new(ErrorCode::WorkerFailed, "the vision model gave no probabilities"))?;
        Ok(Choice { probabilities, measured: true })
    }

    /// Answers a question with JSON of its schema. Dropping the future stops the model at its next token.
    ///
    /// # Errors
    /// What is wrong with the pages or the schema, or `worker_failed`.
    pub async fn generate(&self, question: Question<'_>) -> Result<Generated, Error> {
        let images = self.fit(question.pages).await?;
        let capture = Arc::new(Capture::default());
        let constraint = Constraint::JsonSchema(question.schema.clone());
        let streamed =
            self.answer(&images, question.instruction, Some(constraint), question.max_tokens, &capture).await?;
        let tokens = self.tokens(&streamed, capture.steps()).await;
        Ok(Generated { text: streamed.text, tokens, finish: streamed.finish })
    }

    /// The pages at sizes that the model takes as they are.
    async fn fit(&self, pages: &[Picture]) -> Result<Vec<DynamicImage>, Error> {
        let (grid, pages) = (self.grid, pages.to_vec());
        let fit = move || pages.iter().map(|page| grid.fit(page).map(DynamicImage::ImageRgb8)).collect();
        let ended = |_| Error::new(ErrorCode::WorkerFailed, "scaling a page ended early");
        tokio::task::spawn_blocking(fit).await.map_err(ended)?
    }

    /// Waits for this request's turn and runs it; once more after a panic of the engine.
    async fn answer(
        &self,
        images: &[DynamicImage],
        instruction: &str,
        constraint: Option<Constraint>,
        max_tokens: usize,
        capture: &Arc<Capture>,
    ) -> Result<Streamed, Error> {
        let queued = Instant::now();
        let mut turn = Turn::wait(&self.turn, &self.model).await?;
        tracing::info!(wait_ms = queued.elapsed().as_millis(), pages = images.len(), "the vision model starts");
        let request = || {
            let text = without_special_tokens(instruction);
            let request = RequestBuilder::new()
                .add_image_message(TextMessageRole::User, text, images.to_vec())
                .add_logits_processor(Arc::clone(capture) as Arc<_>)
                .set_sampler_max_len(max_tokens);
            match &constraint {
                Some(constraint) => request.set_constraint(constraint.clone()),
                None => request,
            }
        };
        let mut result = self.stream(request()).await;
        if matches!(result, Err(Failure::Panicked)) {
            tracing::warn!("the vision engine panicked; it is asked once more");
            tokio::time::sleep(AFTER_PANIC).await;
            capture.clear();
            result = self.stream(request()).await;
        }
        // After an answer of one token the engine takes another step, and one that repeats itself is still being written.
        turn.over = !result.as_ref().is_ok_and(|s| s.ends.len() <= 1 || s.finish == Finish::Repetition);
        match result {
            Ok(streamed) => {
                let ms = queued.elapsed().as_millis();
                tracing::info!(ms, pieces = streamed.ends.len(), finish = ?streamed.finish, "the vision model is done");
                Ok(streamed)
            }
            Err(Failure::Final(error)) => Err(error),
            Err(Failure::Panicked) => Err(Error::new(ErrorCode::WorkerFailed, "the vision engine broke down twice")),
        }
    }

    async fn stream(&self, request: RequestBuilder) -> Result<Streamed, Failure> {
        let mut stream = self.model.stream_chat_request(request).await.map_err(|_| Failure::Panicked)?;
        let (mut text, mut ends, mut repetition) = (String::new(), Vec::new(), Repetition::default());
        while let Some(response) = stream.next().await {
            let chunk = match response {
                Response::Chunk(chunk) => chunk,
                other => return Err(refusal(other)),
            };
            let Some(choice) = chunk.choices.into_iter().next() else { continue };
            text.push_str(choice.delta.content.as_deref().unwrap_or_default());
            ends.push(text.len());
            match choice.finish_reason.as_deref() {
                Some("stop") => return Ok(Streamed { text, ends, finish: Finish::Stop }),
                Some("length") => return Ok(Streamed { text, ends, finish: Finish::Length }),
                Some(_) => return Err(failed("the vision model ended for no reason that is known")),
                None if repetition.found(&text) => {
                    return Ok(Streamed { text, ends, finish: Finish::Repetition });
                }
                None => {}
            }
        }
        Err(Failure::Panicked)
    }

    /// The tokens of a text. A piece of the stream is a token, but for characters whose bytes came in several.
    async fn tokens(&self, streamed: &Streamed, steps: Vec<Step>) -> Vec<Token> {
        let mut steps = steps.into_iter();
        let mut tokens = Vec::with_capacity(streamed.ends.len());
        let mut start = 0;
        let split = steps.len() + 1 > streamed.ends.len();
        for &end in &streamed.ends {
            let mut step = steps.next();
            let piece = streamed.text.get(start..end).unwrap_or_default();
            if split && !piece.is_ascii() {
                step = self.last_of(piece, step, &mut steps).await;
            }
            tokens.push(Token { end, logprob: step.and_then(|s| s.logprob) });
            start = end;
        }
        tokens
    }

    /// The last of the steps that together wrote a piece, with the sum of their log-probabilities.
    async fn last_of(&self, piece: &str, first: Option<Step>, rest: &mut impl Iterator<Item = Step>) -> Option<Step> {
        let mut all = vec![first?];
        loop {
            let tokens: Vec<u32> = all.iter().map(|s| s.token).collect();
            let model = Arc::clone(&self.model);
            // The engine panics when nobody takes its answer, so this is waited for even if the caller is gone.
            let written = tokio::spawn(async move { model.detokenize(tokens, true).await }).await;
            if !matches!(written, Ok(Ok(text)) if text != piece && text.ends_with('\u{fffd}')) {
                break;
            }
            match rest.next() {
                Some(next) => all.push(next),
                None => break,
            }
        }
        let logprob = all.iter().map(|s| s.logprob).sum::<Option<f64>>();
        all.last().map(|last| Step { token: last.token, logprob })
    }
}

/// A place among the requests in flight, of which there is one unless a check asks for more. Given up early, the next one waits until the engine is through with the step at hand.
struct Turn {
    permit: Option<OwnedSemaphorePermit>,
    model: Arc<Model>,
    over: bool,
}

impl Turn {
    async fn wait(turn: &Arc<Semaphore>, model: &Arc<Model>) -> Result<Turn, Error> {
        let closed = |_| Error::new(ErrorCode::WorkerFailed, "the vision engine is closed");
        let permit = Arc::clone(turn).acquire_owned().await.map_err(closed)?;
        Ok(Turn { permit: Some(permit), model: Arc::clone(model), over: false })
    }
}

impl Drop for Turn {
    fn drop(&mut self) {
        let (permit, model) = (self.permit.take(), Arc::clone(&self.model));
        if self.over {
            return;
        }
        if let Ok(runtime) = Handle::try_current() {
            runtime.spawn(async move {
                // Answered between two steps of the model: the one that was cancelled is noticed by then.
                let _ = tokenize(&model, "A").await;
                drop(permit);
            });
        }
    }
}

/// Where the model is on this machine, if it is.
fn folder(settings: &LocalModel) -> Result<Option<PathBuf>, LoadError> {
    if let Some(dir) = &settings.dir {
        let missing = weights::missing(dir, settings.uqff.is_some());
        return if missing.is_empty() { Ok(Some(dir.clone())) } else { Err(LoadError::Incomplete(missing)) };
    }
    let caches = [PathBuf::from(weights::RUNPOD_CACHE), settings.cache.clone()];
    let found = weights::find(&caches, &settings.hub, settings.uqff.is_some());
    match &found {
        Some(dir) => tracing::info!(model = %settings.hub, dir = %dir.display(), "the vision model is cached"),
        None => tracing::info!(model = %settings.hub, "the vision model is not cached, it will be downloaded"),
    }
    Ok(found)
}

/// Where the crate put a model that it downloaded.
fn downloaded(settings: &LocalModel) -> Result<PathBuf, LoadError> {
    let missing = || LoadError::Load(settings.hub.to_string(), "its files are not in the cache".to_owned());
    weights::find(std::slice::from_ref(&settings.cache), &settings.hub, settings.uqff.is_some()).ok_or_else(missing)
}

async fn build(settings: &LocalModel, found: Option<PathBuf>, device: Device) -> Result<Model, LoadError> {
    let name = found.map_or_else(|| settings.hub.id.clone(), |dir| dir.display().to_string());
    let isq = settings.isq.as_deref().map(|isq| parse_isq_value(isq, Some(&device))).transpose();
    let isq = isq.map_err(|_| LoadError::Quantisation)?;
    // In bf16 and f16 the crate's CPU kernels fail or are off.
    let exact = device.is_cpu() || settings.running.precision == Precision::F32;
    let dtype = if exact { ModelDType::F32 } else { ModelDType::Auto };
    let token =
        settings.token.as_ref().map_or(TokenSource::CacheToken, |t| TokenSource::Literal(t.expose().to_owned()));
    let mut builder = match &settings.uqff {
        Some(file) => UqffMultimodalModelBuilder::new(name, vec![file.clone()]).into_inner(),
        None => MultimodalModelBuilder::new(name),
    };
    builder = builder
        .with_token_source(token)
        .with_hf_revision(&settings.hub.revision)
        .from_hf_cache_path(settings.cache.clone())
        .with_dtype(dtype)
        .with_device(device)
        .with_max_num_seqs(settings.running.in_flight.max(1))
        .with_prefix_cache_n(None);
    if let Some(isq) = isq {
        builder = builder.with_isq(isq);
    }
    let failed = |why: String| LoadError::Load(settings.hub.id.clone(), why);
    if let Some(paged) = paged(settings.running).map_err(|e| failed(format!("{e:#}")))? {
        builder = builder.with_paged_attn(paged);
    }
    // Reading the weights blocks, however async its signature.
    let runtime = Handle::current();
    let built = tokio::task::spawn_blocking(move || runtime.block_on(builder.build())).await;
    built.map_err(|_| failed("the crate panicked".to_owned()))?.map_err(|e| failed(format!("{e:#}")))
}

fn paged(running: Running) -> Result<Option<PagedAttentionConfig>, impl std::fmt::Display> {
    let config = PagedAttentionMetaBuilder::default().with_gpu_memory(MemoryGpuConfig::ContextSize(PAGED_TOKENS));
    running.paged_attention.then(|| config.build()).transpose()
}

async fn letters(model: &Model) -> Result<Vec<u32>, LoadError> {
    let mut letters = Vec::new();
    for letter in 'A'..='Z' {
        match tokenize(model, &letter.to_string()).await.as_deref() {
            Some(&[token]) => letters.push(token),
            _ => return Err(LoadError::Codes(letter)),
        }
    }
    Ok(letters)
}

async fn tokenize(model: &Model, text: &str) -> Option<Vec<u32>> {
    let text: Result<String, TextMessages> = Ok(text.to_owned());
    model.tokenize(text.into(), None, false, false, None).await.ok()
}

/// What a caller is told of an answer that is none. Messages of the crate may quote a prompt: they stay here.
fn refusal(response: Response) -> Failure {
    match response {
        Response::ValidationError(error) => {
            let why = error.to_string();
            let (code, message) = match () {
                () if why.starts_with("Invalid grammar") => {
                    (ErrorCode::InvalidRequest, "the schema can't be turned into a grammar for the vision model")
                }
                () if why.starts_with("Prompt sequence length") => {
                    (ErrorCode::TooManyPages, "the pages and the instruction are more than the vision model can hold")
                }
                () => (ErrorCode::WorkerFailed, "the vision model refused the request"),
            };
            Failure::Final(Error::new(code, message))
        }
        Response::InternalError(_) | Response::ModelError(..) => failed("the vision model failed on a page"),
        _ => failed("the vision model answered something unexpected"),
    }
}

fn failed(message: &str) -> Failure {
    Failure::Final(Error::new(ErrorCode::WorkerFailed, message))
}
