//! The engine `openai`: any server that speaks OpenAI's protocol with images, such as vLLM, `SGLang` or llama.cpp, remote or run by
//! the worker itself. It knows models by their profiles (`profiles.toml`), not by their names.

mod child;
mod choice;
mod client;
mod completion;
mod failure;
mod picture;
mod profile;
mod request;
mod sse;
mod transcript;
mod ways;

use std::time::{Duration, Instant};

use bytes::Bytes;
use contract::{Error, ErrorCode};
use futures_util::stream::{self, StreamExt, TryStreamExt};
use reading::PageText;
use service::{Backoff, Secret};
use tokio::sync::{Semaphore, SemaphorePermit};
use url::Url;

use self::child::Server;
use self::client::{Client, Patience};
use self::completion::Completion;
use self::failure::{Cause, Refusal, Trouble, final_error, too_long};
use self::picture::Sent;
use self::profile::Transcription;
pub use self::profile::{Output, Profile, UnknownProfile};
use self::request::Asked;
use self::ways::Ways;
use super::vision::{Choice, Finish, Generated, Picture, Question, Transcript, without_special_tokens};

/// Tokens in which a server without log-probabilities must have named its choice.
const CHOICE_TOKENS: usize = 16;

/// What the engine needs to know.
#[derive(Debug)]
pub struct Settings {
    /// The server, up to and including `/v1`.
    pub base_url: Url,
    /// The key it asks for, if any.
    pub api_key: Option<Secret>,
    /// The model to ask for; the first that the server lists if none is named.
    pub model: Option<String>,
    /// How that model is used.
    pub profile: Profile,
    /// The command line of a server that the worker runs itself.
    pub server: Option<String>,
    /// How long an answer may take from when it leaves the queue, and how long it may stand in it.
    pub timeout: Duration,
    /// How long the server may take until it answers at all. Loading a large model from a network volume takes minutes,
    /// downloading it more.
    pub start_timeout: Duration,
    /// Most requests at a time.
    pub concurrency: usize,
}

/// A server and how to ask it. Share it behind an `Arc`; dropping it ends a server of its own.
pub struct OpenAi {
    client: Client,
    server: Option<Server>,
    model: String,
    profile: Profile,
    timeout: Duration,
    concurrency: usize,
    permits: Semaphore,
    /// The ways to ask for JSON of a schema, and those to ask for text.
    with_schema: Ways,
    plain: Ways,
}

impl OpenAi {
    /// Starts the server if it is the worker's own, and waits until it lists its models.
    ///
    /// # Errors
    /// `model_unavailable` with what is wrong.
    pub async fn start(settings: Settings) -> Result<OpenAi, Error> {
        let client = Client::new(&settings.base_url, settings.api_key.as_ref())?;
        let limit = settings.start_timeout;
        let own = settings.server.as_deref();
        let server = own.map(|line| Server::start(line, client.clone(), limit)).transpose()?;
        let found = tokio::time::timeout(limit, async {
            if let Some(server) = &server {
                server.started().await?;
            }
            model_name(&client, settings.model.as_deref()).await
        });
        let model = found.await.unwrap_or_else(|_| {
            let message = format!("the model server did not answer within {} s", limit.as_secs_f64());
            Err(Error::new(ErrorCode::ModelUnavailable, message))
        })?;
        let concurrency = settings.concurrency.clamp(1, Semaphore::MAX_PERMITS);
        tracing::info!(model, own_server = server.is_some(), "the vision model is ready");
        Ok(OpenAi {
            client,
            server,
            model,
            with_schema: Ways::new(&settings.profile.constraints),
            plain: Ways::new(&[]),
            profile: settings.profile,
            timeout: settings.timeout,
            concurrency,
            permits: Semaphore::new(concurrency),
        })
    }

    /// What the model's answers are.
    pub fn output(&self) -> Output {
        self.profile.output()
    }

    /// Ends a server of its own, gently; dropping the engine does it at once.
    pub async fn stop(self) {
        if let Some(server) = self.server {
            server.stop().await;
        }
    }

    /// Lets the model choose between one-letter codes for a page.
    ///
    /// # Errors
    /// What keeps the server from answering.
    pub async fn choose(&self, page: &Picture, instruction: &str, codes: &[char]) -> Result<Choice, Error> {
        let pages = picture::send(std::slice::from_ref(page), self.profile.grid()).await?;
        let text = without_special_tokens(instruction);
        let asked = |logprobs: bool| Asked {
            model: &self.model,
            pages: &pages,
            text: &text,
            schema: None,
            max_tokens: if logprobs { 1 } else { CHOICE_TOKENS },
            alternatives: true,
            extra: None,
        };
        let completion = self.ask(&self.plain, asked).await?;
        match choice::measured(codes, completion.first()) {
            Some(choice) => Ok(choice),
            None => Ok(choice::named(codes, &completion.text)),
        }
    }

    /// Lets the model answer with JSON of a schema.
    ///
    /// # Errors
    /// What keeps the server from answering.
    pub async fn generate(&self, question: Question<'_>) -> Result<Generated, Error> {
        let pages = picture::send(question.pages, self.profile.grid()).await?;
        let text = without_special_tokens(question.instruction);
        let asked = |_| Asked {
            model: &self.model,
            pages: &pages,
            text: &text,
            schema: Some(question.schema),
            max_tokens: question.max_tokens,
            alternatives: false,
            extra: None,
        };
        let completion = self.ask(&self.with_schema, asked).await?;
        Ok(transcript::unfenced(completion.into_generated()))
    }

    /// Lets the model write down the text of pages.
    ///
    /// # Errors
    /// What keeps the server from answering, or `worker_failed` for a model that answers with fields.
    pub async fn transcribe(&self, pages: &[Picture]) -> Result<Transcript, Error> {
        let Some(transcription) = &self.profile.transcription else {
            return Err(Error::new(ErrorCode::WorkerFailed, "the model's profile has no transcription"));
        };
        // No more at a time than the server gets: a page that stood in the queue behind all others would wait too long there.
        let asked: Vec<_> = pages.iter().map(|page| self.transcribe_page(page, transcription)).collect();
        let written: Vec<_> = stream::iter(asked).buffered(self.concurrency).try_collect().await?;
        let (texts, finishes): (Vec<PageText>, Vec<Finish>) = written.into_iter().unzip();
        Ok(Transcript { texts, finish: finishes.into_iter().max().unwrap_or(Finish::Stop) })
    }

    async fn transcribe_page(
        &self,
        page: &Picture,
        transcription: &Transcription,
    ) -> Result<(PageText, Finish), Error> {
        let sent: Vec<Sent> = picture::send(std::slice::from_ref(page), self.profile.grid()).await?;
        let asked = |_| Asked {
            model: &self.model,
            pages: &sent,
            text: transcription.prompt.trim_end(),
            schema: None,
            max_tokens: transcription.max_tokens,
            alternatives: false,
            extra: Some(&transcription.extra),
        };
        let generated = self.ask(&self.plain, asked).await?.into_generated();
        if generated.finish != Finish::Stop {
            tracing::warn!(finish = ?generated.finish, "a page's transcription is cut");
        }
        let size = sent.first().map_or((1, 1), |sent| (sent.width, sent.height));
        let lines = transcript::lines(transcription.format, &generated, size);
        let text = PageText { width: page.width(), height: page.height(), rotation: reading::Rotation::None, lines };
        Ok((text, generated.finish))
    }

    /// Asks in the ways that the server takes, as long as there is time.
    async fn ask<'a>(&self, ways: &Ways, asked: impl Fn(bool) -> Asked<'a>) -> Result<Completion, Error> {
        let _permit = self.queue().await?;
        let start = Instant::now();
        let mut refused = 0;
        let first = ways.first();
        for (index, way) in ways.since(first) {
            let asked = asked(way.logprobs);
            let body = asked.body(way);
            match self.ask_until(start, &body, asked.forces_json(way)).await? {
                // Some servers pass over what they don't know.
                Ok(completion) if asked.alternatives && way.logprobs && completion.first().is_empty() => refused = 200,
                Ok(completion) => {
                    ways.took(first, index);
                    return Ok(completion);
                }
                Err(Refusal { too_long: true, .. }) if !asked.says_too_long() => {
                    return Err(too_long(asked.pages.len()));
                }
                Err(refusal) => refused = refusal.status,
            }
        }
        Err(final_error(refused))
    }

    /// Asks in one way until there is an answer or no time. The inner error is the server's refusal of the way.
    async fn ask_until(
        &self,
        start: Instant,
        body: &Bytes,
        forces_json: bool,
    ) -> Result<Result<Completion, Refusal>, Error> {
        let deadline = start + self.timeout;
        let mut backoff = Backoff::new(Duration::from_millis(500), Duration::from_secs(8));
        let mut last: Option<Cause> = None;
        for tries in 1.. {
            let left = deadline.saturating_duration_since(Instant::now());
            let outcome = tokio::time::timeout(left, self.once(body, forces_json)).await;
            let (cause, wait) = match outcome {
                Ok(Ok(completion)) => return Ok(Ok(completion)),
                Ok(Err(Trouble::Refused(refusal))) => return Ok(Err(refusal)),
                Ok(Err(Trouble::Final(error))) => return Err(error),
                Ok(Err(Trouble::Again { cause, wait })) => (cause, wait),
                Err(_) => return Err(self.out_of_time(last, start)),
            };
            last = Some(cause);
            let pause = wait.unwrap_or_default().max(backoff.next_delay());
            if tries >= cause.tries() || Instant::now() + pause >= deadline {
                return Err(cause.error(start.elapsed()));
            }
            tracing::debug!(?cause, tries, pause_ms = pause.as_millis(), "asking the model server again");
            tokio::time::sleep(pause).await;
        }
        Err(self.out_of_time(last, start))
    }

    /// One try, once a server of ours is there.
    async fn once(&self, body: &Bytes, forces_json: bool) -> Result<Completion, Trouble> {
        if let Some(server) = &self.server {
            server.ready().await;
        }
        let patience = Patience { first_token: self.timeout.mul_f64(0.75), next_token: self.timeout.mul_f64(0.25) };
        self.client.complete(body.clone(), forces_json, patience).await
    }

    fn out_of_time(&self, last: Option<Cause>, start: Instant) -> Error {
        if self.server.as_ref().is_some_and(|server| !server.is_ready()) {
            return Error::new(ErrorCode::ModelUnavailable, "the model server is being started again");
        }
        if let Some(cause) = last {
            return cause.error(start.elapsed());
        }
        let message = format!("the model server did not answer within {} s", self.timeout.as_secs_f64());
        Error::new(ErrorCode::DeadlineExceeded, message)
    }

    /// A place among the requests that the server gets at a time.
    async fn queue(&self) -> Result<SemaphorePermit<'_>, Error> {
        let start = Instant::now();
        let permit = tokio::time::timeout(self.timeout, self.permits.acquire()).await;
        let queue_ms = start.elapsed().as_millis();
        tracing::debug!(queue_ms, "left the queue of the model server");
        permit.ok().and_then(Result::ok).ok_or_else(|| {
            let message = format!("the model server was busy with other pages for {} s", self.timeout.as_secs_f64());
            Error::new(ErrorCode::ModelUnavailable, message)
        })
    }
}

/// The name to ask for. Waits for a server that does not answer yet; drop the future to give up.
async fn model_name(client: &Client, wanted: Option<&str>) -> Result<String, Error> {
    let start = Instant::now();
    let mut backoff = Backoff::new(Duration::from_millis(300), Duration::from_secs(5));
    loop {
        match (client.models().await, wanted) {
            (Ok(models), Some(wanted)) => {
                if !models.iter().any(|model| model == wanted) {
                    tracing::warn!(model = wanted, "the model server does not list this model");
                }
                return Ok(wanted.to_owned());
            }
            (Ok(models), None) => {
                let first = models.into_iter().next();
                let none = || Error::new(ErrorCode::ModelUnavailable, "the model server lists no model");
                return first.ok_or_else(none);
            }
            // Some servers have no list; then the name that was given must do.
            (Err(client::NoModels::Status(404)), Some(wanted)) => return Ok(wanted.to_owned()),
            (Err(why), _) => {
                if let Some(error) = why.hopeless() {
                    return Err(error);
                }
                let waited_s = start.elapsed().as_secs();
                tracing::info!(waited_s, why = why.describe(), "waiting for the model server");
                tokio::time::sleep(backoff.next_delay()).await;
            }
        }
    }
}
