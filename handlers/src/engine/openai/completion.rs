//! The answer of `/chat/completions` as its chunks build it up.
//!
//! Every field that servers leave out, send as null or get wrong is optional here; only what the answer can't do without is not.

use serde::Deserialize;
use serde_json::Value;

use super::failure::{bad_answer, says_too_long};
use crate::engine::vision::{Finish, Generated, Token};
use contract::Error;

/// Text beyond this is no answer to any question of ours.
const TEXT_BYTES: usize = 4 << 20;

/// vLLM's word for a probability that it does not know.
const UNKNOWN_LOGPROB: f64 = -9_000.0;

/// An answer.
#[derive(Debug, Default)]
pub(super) struct Completion {
    pub(super) text: String,
    tokens: Vec<Token>,
    /// Whether some text came without its tokens.
    gaps: bool,
    /// The alternatives of the first token.
    first: Vec<Alternative>,
    finish: Option<Finish>,
    /// The server said that the stream is at its end.
    done: bool,
}

/// A token and the natural logarithm of its probability.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Alternative {
    pub(super) token: String,
    pub(super) logprob: f64,
}

#[derive(Deserialize)]
struct Chunk {
    choices: Option<Vec<Choice>>,
    error: Option<Value>,
}

#[derive(Deserialize)]
struct Choice {
    #[serde(default)]
    index: u64,
    /// A part of the answer, or all of it from a server that does not stream.
    #[serde(alias = "message")]
    delta: Option<Delta>,
    logprobs: Option<Value>,
    finish_reason: Option<Value>,
}

#[derive(Deserialize)]
struct Delta {
    content: Option<String>,
}

#[derive(Deserialize)]
struct Logprobs {
    content: Option<Vec<TokenLogprob>>,
}

#[derive(Deserialize)]
struct TokenLogprob {
    token: String,
    logprob: Option<f64>,
    bytes: Option<Vec<u8>>,
    #[serde(default)]
    top_logprobs: Option<Vec<TopLogprob>>,
}

#[derive(Deserialize)]
struct TopLogprob {
    token: String,
    logprob: Option<f64>,
}

/// What an event was.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Event {
    /// A part of the answer, or nothing of note.
    Part,
    /// The server reports a failure in the middle of the stream.
    Failed,
    /// It reports that the request is too long.
    TooLong,
}

impl Completion {
    /// Takes the data of an event.
    ///
    /// # Errors
    /// `worker_failed` for data that is no part of an answer.
    pub(super) fn take(&mut self, data: &[u8]) -> Result<Event, Error> {
        if data == b"[DONE]" {
            self.done = true;
            return Ok(Event::Part);
        }
        let chunk: Chunk = serde_json::from_slice(data).map_err(|_| bad_answer("is not the JSON of the protocol"))?;
        if let Some(error) = chunk.error.filter(|error| !error.is_null()) {
            return Ok(if says_too_long(&error.to_string()) { Event::TooLong } else { Event::Failed });
        }
        for choice in chunk.choices.into_iter().flatten().filter(|choice| choice.index == 0) {
            self.grow(choice)?;
        }
        Ok(Event::Part)
    }

    fn grow(&mut self, choice: Choice) -> Result<(), Error> {
        let from = self.text.len();
        if let Some(content) = choice.delta.and_then(|delta| delta.content) {
            if from + content.len() > TEXT_BYTES {
                return Err(bad_answer("is longer than any answer needs"));
            }
            self.text.push_str(&content);
        }
        let logprobs = choice.logprobs.and_then(|value| serde_json::from_value::<Logprobs>(value).ok());
        let tokens = logprobs.and_then(|logprobs| logprobs.content).unwrap_or_default();
        self.gaps |= tokens.is_empty() && self.text.len() > from;
        if self.tokens.is_empty() && self.first.is_empty() {
            self.first = tokens.first().map(alternatives).unwrap_or_default();
        }
        place(&mut self.tokens, &self.text, from, &tokens);
        if let Some(reason) = choice.finish_reason.filter(|reason| !reason.is_null()) {
            self.finish = Some(finish(&reason)?);
        }
        Ok(())
    }

    /// Whether some of the answer is there.
    pub(super) fn has_begun(&self) -> bool {
        !self.text.is_empty() || !self.tokens.is_empty() || self.finish.is_some()
    }

    /// Whether it begins with something else than an object.
    pub(super) fn is_no_json(&self) -> bool {
        let text = self.text.trim_start();
        !text.is_empty() && !text.starts_with('{')
    }

    /// Whether the server said that this is all.
    pub(super) fn is_over(&self) -> bool {
        self.done
    }

    /// Whether the end of the connection is the end of the answer.
    pub(super) fn may_end(&self) -> bool {
        self.done || self.finish.is_some()
    }

    /// Ends it here because the text repeats itself.
    pub(super) fn stop_repeating(&mut self) {
        self.finish = Some(Finish::Repetition);
    }

    /// The alternatives of the first token, most probable first; empty where the server gives none.
    pub(super) fn first(&self) -> &[Alternative] {
        &self.first
    }

    /// The answer. A server that says `[DONE]` without a reason was done.
    pub(super) fn into_generated(self) -> Generated {
        let tokens = if self.gaps { Vec::new() } else { self.tokens };
        Generated { text: self.text, tokens, finish: self.finish.unwrap_or(Finish::Stop) }
    }
}

fn finish(reason: &Value) -> Result<Finish, Error> {
    match reason.as_str() {
        Some("stop" | "eos" | "eos_token" | "end_turn" | "stop_sequence") => Ok(Finish::Stop),
        Some("length" | "max_tokens") => Ok(Finish::Length),
        _ => Err(bad_answer("ended for a reason that is not understood")),
    }
}

fn alternatives(token: &TokenLogprob) -> Vec<Alternative> {
    let listed = token.top_logprobs.iter().flatten();
    let known = listed.filter_map(|top| Some(Alternative { token: top.token.clone(), logprob: known(top.logprob)? }));
    let mut alternatives: Vec<Alternative> = known.collect();
    alternatives.sort_by(|a, b| b.logprob.total_cmp(&a.logprob));
    alternatives
}

fn known(logprob: Option<f64>) -> Option<f64> {
    logprob.filter(|l| l.is_finite() && *l > UNKNOWN_LOGPROB).map(|l| l.min(0.0))
}

/// Says where the tokens of a chunk end in the text, whose part from `from` on the chunk brought.
///
/// A server holds back the bytes of a character that is not whole yet, so the tokens need not spell the chunk. Those that do not are
/// taken to end where the one before does, and the last one where the chunk does.
fn place(placed: &mut Vec<Token>, text: &str, from: usize, tokens: &[TokenLogprob]) {
    let mut end = from;
    for (i, token) in tokens.iter().enumerate() {
        let spelled = token.bytes.as_deref().unwrap_or(token.token.as_bytes());
        if text.as_bytes().get(end..).is_some_and(|rest| rest.starts_with(spelled)) {
            end += spelled.len();
        }
        if i + 1 == tokens.len() {
            end = text.len();
        }
        placed.push(Token { end: text.floor_char_boundary(end), logprob: known(token.logprob) });
    }
}

#[cfg(test)]
mod tests;
