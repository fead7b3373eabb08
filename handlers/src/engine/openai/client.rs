//! One try of one request: connection, status, stream. Who tries again, and when, is decided elsewhere.

use std::time::Duration;

use bytes::Bytes;
use contract::{Error, ErrorCode};
use reqwest::header::{ACCEPT, AUTHORIZATION, CONTENT_TYPE, HeaderMap, HeaderValue, RETRY_AFTER};
use reqwest::{Response, redirect};
use serde::Deserialize;
use service::Secret;
use url::Url;

use super::completion::{Completion, Event};
use super::failure::{Cause, Refusal, Trouble, bad_answer, final_error, of_status};
use super::sse::Events;
use crate::engine::repetition::Repetition;

/// A server on the same machine or in the same data centre accepts at once or not at all.
const CONNECT: Duration = Duration::from_secs(5);

/// The longest time that a server may ask to wait before it is tried again.
const LONGEST_WAIT: Duration = Duration::from_secs(30);

/// What is read of a refusal, and for how long: all of any that is not a long quote.
const REFUSAL_BYTES: usize = 4 << 10;
const REFUSAL_TIME: Duration = Duration::from_secs(2);

/// A list of models is small.
const MODELS_BYTES: usize = 1 << 20;

/// How long a server may be silent.
#[derive(Clone, Copy, Debug)]
pub(super) struct Patience {
    /// Before the first token: it reads the pages, perhaps after others in its queue.
    pub(super) first_token: Duration,
    /// Between two tokens.
    pub(super) next_token: Duration,
}

/// The connection to a server. Cheap to clone.
#[derive(Clone)]
pub(super) struct Client {
    http: reqwest::Client,
    base: String,
}

/// Why a server does not list its models.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum NoModels {
    /// It does not answer, or not yet.
    Unreachable,
    /// It answers with a status.
    Status(u16),
    /// Its answer is no list of models.
    Garbage,
}

#[derive(Deserialize)]
struct Models {
    data: Vec<Model>,
}

#[derive(Deserialize)]
struct Model {
    id: String,
}

impl Client {
    pub(super) fn new(base: &Url, key: Option<&Secret>) -> Result<Client, Error> {
        // The client takes the process's crypto provider; an error here means that there is one already.
        let _ = rustls::crypto::ring::default_provider().install_default();
        let unusable = |_| Error::new(ErrorCode::ModelUnavailable, "the model server's key can't be sent in a header");
        let mut headers = HeaderMap::new();
        headers.insert(CONTENT_TYPE, HeaderValue::from_static("application/json"));
        headers.insert(ACCEPT, HeaderValue::from_static("text/event-stream, application/json"));
        if let Some(key) = key {
            let mut value = HeaderValue::try_from(format!("Bearer {}", key.expose())).map_err(unusable)?;
            value.set_sensitive(true);
            headers.insert(AUTHORIZATION, value);
        }
        // HTTP/1: giving up a request closes its connection, by which every server notices.
        let http = reqwest::Client::builder()
            .http1_only()
            .no_proxy()
            .redirect(redirect::Policy::none())
            .connect_timeout(CONNECT)
            .user_agent(concat!("docproc/", env!("CARGO_PKG_VERSION")))
            .default_headers(headers)
            .build()
            .map_err(|_| Error::new(ErrorCode::ModelUnavailable, "the client of the model server can't be built"))?;
        Ok(Client { http, base: base.as_str().trim_end_matches('/').to_owned() })
    }

    /// The names of the models that the server has.
    pub(super) async fn models(&self) -> Result<Vec<String>, NoModels> {
        let get = self.http.get(format!("{}/models", self.base)).timeout(Duration::from_secs(10));
        let mut response = get.send().await.map_err(|_| NoModels::Unreachable)?;
        if !response.status().is_success() {
            return Err(NoModels::Status(response.status().as_u16()));
        }
        let mut bytes = Vec::new();
        while let Some(chunk) = response.chunk().await.map_err(|_| NoModels::Unreachable)? {
            bytes.extend_from_slice(&chunk);
            if bytes.len() > MODELS_BYTES {
                return Err(NoModels::Garbage);
            }
        }
        let models: Models = serde_json::from_slice(&bytes).map_err(|_| NoModels::Garbage)?;
        Ok(models.data.into_iter().map(|model| model.id).collect())
    }

    /// Asks once. Dropping the future closes the connection. Where the form of the request forces JSON, an answer that is none means
    /// that the server passes over what it was told, which counts as refusing it.
    pub(super) async fn complete(
        &self,
        body: Bytes,
        forces_json: bool,
        patience: Patience,
    ) -> Result<Completion, Trouble> {
        let mut completion = Completion::default();
        let silent = || Trouble::Again { cause: Cause::Silent, wait: None };
        let begin = async {
            let response = self.post(body).await?;
            let mut reader = Reader::new(response);
            while !completion.has_begun() && reader.step(&mut completion).await? {}
            Ok(reader)
        };
        let mut reader = tokio::time::timeout(patience.first_token, begin).await.map_err(|_| silent())??;
        let mut repetition = Repetition::default();
        loop {
            if forces_json && completion.is_no_json() {
                return Err(Trouble::Refused(Refusal { status: 200, too_long: false }));
            }
            if completion.is_over() {
                break;
            }
            let stalled = |_| Trouble::Final(bad_answer("stopped in the middle"));
            let step = tokio::time::timeout(patience.next_token, reader.step(&mut completion));
            if !step.await.map_err(stalled)?? {
                break;
            }
            if repetition.found(&completion.text) {
                tracing::warn!(answer.bytes = completion.text.len(), "the model repeats itself and was stopped");
                completion.stop_repeating();
                break;
            }
        }
        if completion.may_end() {
            return Ok(completion);
        }
        Err(broken_off(&completion))
    }

    async fn post(&self, body: Bytes) -> Result<Response, Trouble> {
        let sent = self.http.post(format!("{}/chat/completions", self.base)).body(body).send().await;
        let response = sent.map_err(|error| {
            let cause = if error.is_connect() { Cause::Unreachable } else { Cause::BrokenOff };
            Trouble::Again { cause, wait: None }
        })?;
        let status = response.status();
        if status.is_success() {
            return Ok(response);
        }
        let wait = retry_after(response.headers());
        // What it says may quote the page: it is looked at here, and only its length is logged.
        let said = beginning(response).await;
        tracing::debug!(http.status = status.as_u16(), body.bytes = said.len(), "the model server refused a request");
        Err(of_status(status.as_u16(), wait, &String::from_utf8_lossy(&said)))
    }
}

/// The begin of a response's body, as far as it comes. Reading a short one to its end lets the connection be used again.
async fn beginning(mut response: Response) -> Vec<u8> {
    let mut bytes = Vec::new();
    let read = async {
        while let Ok(Some(chunk)) = response.chunk().await {
            bytes.extend_from_slice(&chunk);
            if bytes.len() >= REFUSAL_BYTES {
                break;
            }
        }
    };
    let _ = tokio::time::timeout(REFUSAL_TIME, read).await;
    bytes.truncate(REFUSAL_BYTES);
    bytes
}

/// `Retry-After` in seconds, within reason. The servers that are asked here send no dates.
fn retry_after(headers: &HeaderMap) -> Option<Duration> {
    let seconds: f64 = headers.get(RETRY_AFTER)?.to_str().ok()?.trim().parse().ok()?;
    (seconds >= 0.0).then(|| Duration::from_secs_f64(seconds.min(LONGEST_WAIT.as_secs_f64())))
}

/// The connection ended before the answer did.
fn broken_off(completion: &Completion) -> Trouble {
    if completion.has_begun() {
        Trouble::Final(bad_answer("stopped in the middle"))
    } else {
        Trouble::Again { cause: Cause::BrokenOff, wait: None }
    }
}

/// Reads a response into a completion.
struct Reader {
    response: Response,
    events: Events,
    /// A server that does not stream sends one JSON value, perhaps on several lines.
    whole: Option<Vec<u8>>,
}

impl Reader {
    fn new(response: Response) -> Reader {
        let kind = response.headers().get(CONTENT_TYPE).and_then(|value| value.to_str().ok());
        let whole = kind.is_some_and(|kind| kind.starts_with("application/json")).then(Vec::new);
        Reader { response, events: Events::default(), whole }
    }

    /// Takes what arrives next. Whether there may be more.
    async fn step(&mut self, completion: &mut Completion) -> Result<bool, Trouble> {
        /// As for a stream's line; an answer in one piece is no longer.
        const WHOLE_BYTES: usize = 16 << 20;
        let chunk = self.response.chunk().await.map_err(|_| broken_off(completion))?;
        let events = match (chunk, &mut self.whole) {
            (Some(chunk), Some(whole)) => {
                whole.extend_from_slice(&chunk);
                if whole.len() > WHOLE_BYTES {
                    return Err(Trouble::Final(bad_answer("is longer than any answer needs")));
                }
                return Ok(true);
            }
            (Some(chunk), None) => {
                let events = self.events.push(&chunk);
                events.map_err(|_| Trouble::Final(bad_answer("is longer than any answer needs")))?
            }
            (None, Some(_)) => {
                let whole = self.whole.take().unwrap_or_default();
                return take(completion, &whole).map(|()| false);
            }
            (None, None) => {
                return self.events.finish().map_or(Ok(()), |event| take(completion, &event)).map(|()| false);
            }
        };
        for event in events {
            take(completion, &event)?;
        }
        Ok(true)
    }
}

fn take(completion: &mut Completion, event: &[u8]) -> Result<(), Trouble> {
    match completion.take(event) {
        Ok(Event::Part) => Ok(()),
        Ok(_) if completion.has_begun() => Err(Trouble::Final(bad_answer("stopped in the middle"))),
        // SGLang begins its stream before it measures the request.
        Ok(Event::TooLong) => Err(Trouble::Refused(Refusal { status: 400, too_long: true })),
        Ok(Event::Failed) => Err(Trouble::Again { cause: Cause::Fault(500), wait: None }),
        Err(error) => Err(Trouble::Final(error)),
    }
}

impl NoModels {
    /// What is wrong, in words; `None` while the server may only need time.
    pub(super) fn hopeless(self) -> Option<Error> {
        match self {
            NoModels::Status(status @ (401 | 403)) => Some(final_error(status)),
            _ => None,
        }
    }

    /// The same, for the log and the last error.
    pub(super) fn describe(self) -> String {
        match self {
            NoModels::Unreachable => "it does not answer".to_owned(),
            NoModels::Status(status) => format!("it answers with HTTP status {status}"),
            NoModels::Garbage => "its answer is no list of models".to_owned(),
        }
    }
}
