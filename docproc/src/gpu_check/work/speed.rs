//! What a page costs, one request at a time.

use std::time::{Duration, Instant};

use handlers::classify::vision::{CODES, instruction};
use handlers::engine::mistralrs::MistralRs;
use handlers::engine::vision::Picture;

use super::{load_measured, megabytes, needed, page_size, write};
use crate::failure::Failure;
use crate::gpu_check::job::{Job, Shape};
use crate::gpu_check::line::{Answer, Line, figure, say};
use crate::gpu_check::page::page;

/// Characters of the instruction that is asked: the models here have a token for each, the published ones one for about four, and
/// the whole instruction is about 300 of theirs.
const INSTRUCTION: usize = 300;
/// Tokens of an answer, at most.
const MAX_TOKENS: usize = 400;
/// Times that a prefill is measured; the middle one counts.
const REPEATS: u32 = 3;

/// Pages a second, and how long one takes.
pub(super) async fn classify(job: &Job) -> Result<(), Failure> {
    let (model, watch) = load_measured(job).await?;
    let instruction: String = instruction(None).chars().take(INSTRUCTION).collect();
    let pages = if job.shape == Shape::Real { 32 } else { 8 };
    let mut times = Vec::new();
    for seed in 0..=pages {
        let page = page(seed, page_size(job.shape));
        let start = Instant::now();
        needed(model.choose(&page, &instruction, &CODES).await)?;
        times.push(start.elapsed());
    }
    // The first request also readies the GPU's libraries.
    figure("first page", seconds(times.remove(0)))?;
    let total: Duration = times.iter().sum();
    figure("pages per second", format!("{:.2}", f64::from(pages) / total.as_secs_f64()))?;
    times.sort();
    figure("time of a page, median", seconds(quantile(&times, 0.5)))?;
    figure("time of a page, 95th percentile", seconds(quantile(&times, 0.95)))?;
    figure("memory in use, peak", megabytes(Some(watch.peak())))
}

/// How long pages are read before the first token, and tokens a second from then on.
pub(super) async fn extract(job: &Job) -> Result<(), Failure> {
    let (model, watch) = load_measured(job).await?;
    let size = page_size(job.shape);
    let start = Instant::now();
    needed(write(&model, &[page(900, size)], 1).await)?;
    figure("first request, one token", seconds(start.elapsed()))?;
    let mut answers = Vec::new();
    for count in [1, 3] {
        let pages: Vec<Picture> = (0..count).map(|i| page(1000 + 10 * count + i, size)).collect();
        answers.push(measured(&model, &pages).await?);
    }
    figure("memory in use, peak", megabytes(Some(watch.peak())))?;
    say(&Line::Answers(answers))
}

async fn measured(model: &MistralRs, pages: &[Picture]) -> Result<Answer, Failure> {
    let mut prefills = Vec::new();
    for _ in 0..REPEATS {
        let start = Instant::now();
        needed(write(model, pages, 1).await)?;
        prefills.push(start.elapsed());
    }
    prefills.sort();
    let prefill = quantile(&prefills, 0.5);
    let start = Instant::now();
    let generated = needed(write(model, pages, MAX_TOKENS).await)?;
    let (whole, tokens) = (start.elapsed(), generated.tokens.len());
    let name = if pages.len() == 1 { "1 page".to_owned() } else { format!("{} pages", pages.len()) };
    figure(format!("{name}: prefill, with scaling and the first token"), seconds(prefill))?;
    let rest = whole.saturating_sub(prefill).as_secs_f64();
    let rate = tokens.saturating_sub(1) as f64 / rest.max(f64::EPSILON);
    figure(format!("{name}: tokens per second after it"), format!("{rate:.1}"))?;
    figure(format!("{name}: a request of {tokens} tokens"), seconds(whole))?;
    Ok(generated.into())
}

/// Of sorted times, the one that this share does not exceed.
fn quantile(sorted: &[Duration], share: f64) -> Duration {
    let place = (share * sorted.len() as f64).ceil() as usize;
    sorted.get(place.saturating_sub(1)).copied().unwrap_or_default()
}

fn seconds(time: Duration) -> String {
    format!("{:.3} s", time.as_secs_f64())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_quantile_is_one_of_the_times() {
        let times: Vec<Duration> = (1..=20).map(Duration::from_secs).collect();
        assert_eq!(quantile(&times, 0.5), Duration::from_secs(10));
        assert_eq!(quantile(&times, 0.95), Duration::from_secs(19));
        assert_eq!(quantile(&times[..1], 0.95), Duration::from_secs(1));
    }
}
