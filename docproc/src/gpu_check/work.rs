//! A job, in its own process: loads a model through the worker's own engine, asks it, says what was seen.

mod correct;
mod speed;
mod together;

use std::path::Path;
use std::time::Instant;

use handlers::engine::local::{HubModel, LocalModel, Precision, Running};
use handlers::engine::mistralrs::{MistralRs, Task};
use handlers::engine::vision::{Generated, Picture, Question};
use serde_json::{Value, json};

use super::job::{Job, Shape, Work};
use super::line::figure;
use super::memory;
use crate::failure::Failure;

/// Pixel budgets of the workers.
const CLASSIFY_PIXELS: u64 = 1_003_520;
const EXTRACT_PIXELS: u64 = 2_097_152;

/// Runs a job.
pub(crate) async fn run(job: Job) -> Result<(), Failure> {
    match job.work {
        Work::Choices => correct::choices(&job).await,
        Work::Texts => correct::texts(&job).await,
        Work::Precision => correct::precision(&job).await,
        Work::Together => together::together(&job).await,
        Work::MixedSizes => together::mixed_sizes(&job).await,
        Work::Classify => speed::classify(&job).await,
        Work::Extract => speed::extract(&job).await,
    }
}

async fn load(job: &Job) -> Result<MistralRs, Failure> {
    let choose = matches!(job.work, Work::Choices | Work::Precision | Work::Classify);
    let running = Running {
        in_flight: job.in_flight,
        paged_attention: job.paged,
        precision: if job.exact { Precision::F32 } else { Precision::Native },
    };
    let settings = LocalModel {
        hub: HubModel { id: format!("random/{}", job.family()), revision: "main".to_owned() },
        dir: Some(job.model.clone()),
        cache: Path::new("").to_owned(),
        isq: None,
        uqff: None,
        token: None,
        max_pixels: if choose { CLASSIFY_PIXELS } else { EXTRACT_PIXELS },
        running,
    };
    MistralRs::load(settings, if choose { Task::Choose } else { Task::Write }).await.map_err(Failure::new)
}

/// The same, with the time and memory that it takes.
async fn load_measured(job: &Job) -> Result<(MistralRs, memory::Watch), Failure> {
    let before = memory::used();
    let watch = memory::Watch::start();
    let start = Instant::now();
    let model = load(job).await?;
    figure("loading the model, its files in the page cache", format!("{:.2} s", start.elapsed().as_secs_f64()))?;
    figure("memory in use before", megabytes(before))?;
    figure("memory in use with the model", megabytes(memory::used()))?;
    Ok((model, watch))
}

/// Pages are as large as an office scanner makes them; for tiny models, small.
fn page_size(shape: Shape) -> (u32, u32) {
    match shape {
        Shape::Tiny => (256, 320),
        Shape::Real => (1700, 2200),
    }
}

/// Bounded JSON of a few hundred tokens, with rows as a statement has them.
fn schema() -> Value {
    let amount = json!({"type": "string", "pattern": "^-?[0-9]{1,4}\\.[0-9]{2}$"});
    let text = json!({"type": "string", "maxLength": 12});
    let row = json!({
        "type": "object",
        "properties": {"amount": amount, "text": text},
        "required": ["amount", "text"],
        "additionalProperties": false,
    });
    json!({
        "type": "object",
        "properties": {"items": {"type": "array", "items": row, "minItems": 6, "maxItems": 6}, "number": text},
        "required": ["items", "number"],
        "additionalProperties": false,
        "x-guidance": {"whitespace_flexible": false},
    })
}

async fn write(model: &MistralRs, pages: &[Picture], max_tokens: usize) -> Result<Generated, contract::Error> {
    let instruction = "Read the pages as one document.\nAnswer with one JSON object.";
    model.generate(Question { pages, instruction, schema: &schema(), max_tokens }).await
}

/// An answer of the model that the job needs.
fn needed<T>(answer: Result<T, contract::Error>) -> Result<T, Failure> {
    answer.map_err(|error| Failure::new(format!("{:?}: {}", error.code, error.message)))
}

fn megabytes(used: Option<u64>) -> String {
    used.map_or("unknown".to_owned(), |mb| format!("{mb} MB"))
}
