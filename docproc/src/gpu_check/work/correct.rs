//! Tiny models against what transformers computed from the same weights, with the tolerances of the tests of the engine.

use contract::{Error, ErrorCode};
use handlers::engine::mistralrs::MistralRs;
use handlers::engine::vision::{Picture, Question};
use serde_json::Value;

use super::{load, needed};
use crate::failure::Failure;
use crate::gpu_check::job::Job;
use crate::gpu_check::line::{Line, Verdict, figure, say};
use crate::gpu_check::page::page;

const REFERENCES: &str = include_str!("../../../../handlers/tests/vision/tiny/references.json");

/// Largest difference of a probability from transformers, by family; why they differ is told at the tests.
const PROBABILITY: [(&str, f64); 2] = [("qwen3_vl", 1e-3), ("qwen2_5_vl", 1e-2)];
/// Largest difference of a natural log-probability.
const LOG_PROBABILITY: f64 = 5e-3;
/// The same models with weights of 16 bits: transformers itself moves a probability by up to 0.05.
const SIXTEEN_BITS: f64 = 0.15;
/// Times that each page is asked about: an answer that is right by luck is not right often.
const ROUNDS: usize = 10;
/// Tokens of a recorded answer, at most.
const MAX_TOKENS: usize = 160;

/// The probabilities of codes.
pub(super) async fn choices(job: &Job) -> Result<(), Failure> {
    let references = References::read()?;
    let cases = references.classify(job.family());
    let model = load(job).await?;
    let mut worst = 0.0_f64;
    for _ in 0..ROUNDS {
        let chosen = probabilities(&model, &references, &cases).await?;
        for (case, ours) in cases.iter().zip(&chosen) {
            worst = worst.max(largest(ours, &numbers(&case["probabilities"])));
        }
    }
    let tolerance = PROBABILITY.iter().find(|(family, _)| *family == job.family()).map_or(0.0, |(_, t)| *t);
    say(&Line::Verdict(Verdict {
        claim: format!("{}: class probabilities are those of transformers", job.family()),
        holds: !cases.is_empty() && worst < tolerance,
        detail: format!(
            "{} pages, {ROUNDS} times each, largest difference {worst:.1e}, limit {tolerance:.0e}",
            cases.len()
        ),
        required: true,
    }))
}

/// Written answers: the same text, the same log-probabilities.
pub(super) async fn texts(job: &Job) -> Result<(), Failure> {
    let references = References::read()?;
    let extract = &references.0["extract"];
    let model = load(job).await?;
    let (mut equal, mut compared, mut worst) = (0, 0, 0.0_f64);
    let cases = extract["cases"].as_array().map_or(&[][..], Vec::as_slice);
    for case in cases {
        let pages: Vec<Picture> = case["pages"].as_array().into_iter().flatten().map(drawn).collect();
        let (instruction, schema) = (text(&extract["instruction"]), &extract["schema"]);
        let question = Question { pages: &pages, instruction, schema, max_tokens: MAX_TOKENS };
        let generated = needed(model.generate(question).await)?;
        let expected = &case["constrained"];
        equal += usize::from(generated.text == text(&expected["text"]));
        let free = text(&expected["forced"]).chars().map(|forced| forced == '0');
        let theirs = numbers(&expected["log_probabilities"]);
        for ((token, theirs), free) in generated.tokens.iter().zip(theirs).zip(free) {
            if let (Some(ours), true) = (token.logprob, free) {
                worst = worst.max((ours - theirs).abs());
                compared += 1;
            }
        }
    }
    let total = cases.len();
    say(&Line::Verdict(Verdict {
        claim: format!("{}: greedy tokens are those of transformers", job.family()),
        holds: total > 0 && equal == total && compared > 0 && worst < LOG_PROBABILITY,
        detail: format!(
            "{equal} of {total} documents of 1 to 3 pages, largest difference of a log-probability {worst:.1e} over {compared} tokens"
        ),
        required: true,
    }))
}

/// Probabilities in the machine's own precision against those in 32 bits.
pub(super) async fn precision(job: &Job) -> Result<(), Failure> {
    if !cfg!(feature = "cuda") {
        return figure(format!("{}: 16 bits", job.family()), "not run: the engine's CPU kernels compute in 32");
    }
    let references = References::read()?;
    let cases = references.classify(job.family());
    let whole = probabilities(&load(&Job { exact: true, ..job.clone() }).await?, &references, &cases).await?;
    let half = probabilities(&load(job).await?, &references, &cases).await?;
    let worst = whole.iter().zip(&half).map(|(a, b)| largest(a, b)).fold(0.0, f64::max);
    say(&Line::Verdict(Verdict {
        claim: format!("{}: class probabilities in 16 bits are near those in 32", job.family()),
        holds: !cases.is_empty() && worst < SIXTEEN_BITS,
        detail: format!("{} pages, largest difference {worst:.3}, limit {SIXTEEN_BITS}", cases.len()),
        required: false,
    }))
}

/// What transformers said.
struct References(Value);

impl References {
    fn read() -> Result<References, Failure> {
        serde_json::from_str(REFERENCES).map(References).map_err(Failure::new)
    }

    fn classify(&self, family: &str) -> Vec<&Value> {
        let cases = self.0["classify"]["cases"].as_array().into_iter().flatten();
        cases.filter(|case| case["model"] == family).collect()
    }
}

async fn probabilities(model: &MistralRs, from: &References, cases: &[&Value]) -> Result<Vec<Vec<f64>>, Failure> {
    let classify = &from.0["classify"];
    let codes: Vec<char> = text(&classify["letters"]).chars().collect();
    let mut all = Vec::with_capacity(cases.len());
    for case in cases {
        let choice = model.choose(&drawn(&case["page"]), text(&classify["instruction"]), &codes).await;
        let measured = choice.and_then(|c| if c.measured { Ok(c) } else { Err(unmeasured()) });
        all.push(needed(measured)?.probabilities);
    }
    Ok(all)
}

fn unmeasured() -> Error {
    Error::new(ErrorCode::WorkerFailed, "the engine gave no probabilities")
}

/// A page as a reference describes it.
fn drawn(described: &Value) -> Picture {
    let number = |name: &str| described[name].as_u64().and_then(|n| u32::try_from(n).ok()).unwrap_or(1);
    page(number("seed"), (number("width"), number("height")))
}

fn largest(ours: &[f64], theirs: &[f64]) -> f64 {
    // Lists of different lengths differ in what one of them lacks.
    let most = ours.len().max(theirs.len());
    let at = |list: &[f64], i: usize| list.get(i).copied().unwrap_or(f64::INFINITY);
    (0..most).map(|i| (at(ours, i) - at(theirs, i)).abs()).fold(0.0, f64::max)
}

fn text(value: &Value) -> &str {
    value.as_str().unwrap_or_default()
}

fn numbers(value: &Value) -> Vec<f64> {
    value.as_array().into_iter().flatten().filter_map(Value::as_f64).collect()
}
