//! Requests side by side: whether they get the answers that they get alone, and what it gains.

use std::time::{Duration, Instant};

use futures_util::future::join_all;
use handlers::engine::vision::{Generated, Picture};

use super::{load, needed, page_size, write};
use crate::failure::Failure;
use crate::gpu_check::compare;
use crate::gpu_check::job::{Job, Shape};
use crate::gpu_check::line::{Answer, Line, Verdict, figure, say};
use crate::gpu_check::page::page;

/// Requests at a time.
const COUNTS: [usize; 3] = [2, 4, 8];
/// Tokens of an answer, at most.
const MAX_TOKENS: usize = 300;
/// What the engine needs after a panic.
const RECOVERY: Duration = Duration::from_secs(1);

/// The same requests one after the other and several at a time. All have as many tokens: the engine batches only such.
pub(super) async fn together(job: &Job) -> Result<(), Failure> {
    let model = load(job).await?;
    let most = COUNTS.into_iter().max().unwrap_or(1).min(job.in_flight);
    let pages: Vec<Picture> = (0..most).map(|i| page(7000 + i as u32, page_size(job.shape))).collect();
    needed(write(&model, &pages[..1], 1).await)?;
    let start = Instant::now();
    let mut alone = Vec::new();
    for page in &pages {
        alone.push(needed(write(&model, std::slice::from_ref(page), MAX_TOKENS).await)?);
    }
    figure("one after the other: tokens per second", rate(&alone, start.elapsed()))?;
    let alone: Vec<Answer> = alone.into_iter().map(Answer::from).collect();
    for count in COUNTS.into_iter().filter(|count| *count <= most) {
        let start = Instant::now();
        let asked = pages.iter().take(count).map(|page| write(&model, std::slice::from_ref(page), MAX_TOKENS));
        let (answers, failed): (Vec<_>, Vec<_>) = join_all(asked).await.into_iter().partition(Result::is_ok);
        let answers: Vec<Generated> = answers.into_iter().flatten().collect();
        if failed.is_empty() {
            figure(format!("{count} at a time: tokens per second"), rate(&answers, start.elapsed()))?;
        } else {
            figure(format!("{count} at a time: failed requests"), failed.len().to_string())?;
        }
        let answers: Vec<Answer> = answers.into_iter().map(Answer::from).collect();
        let claim = format!("batched decode equals single decode, {count} at a time");
        let exact = job.exact || !cfg!(feature = "cuda");
        say(&Line::Verdict(compare::verdict(&claim, alone.get(..count).unwrap_or_default(), &answers, exact)))?;
    }
    Ok(())
}

/// Two pages of different sizes under one instruction, at the same time: the engine is known to panic, and must live on.
pub(super) async fn mixed_sizes(job: &Job) -> Result<(), Failure> {
    let model = load(job).await?;
    let (width, height) = page_size(job.shape);
    let other = if job.shape == Shape::Tiny { (320, 224) } else { (height, width) };
    let pages =
        [page(8000, (width, height)), page(8001, if other == (width, height) { (width, width) } else { other })];
    let mut alone = Vec::new();
    for page in &pages {
        alone.push(Answer::from(needed(write(&model, std::slice::from_ref(page), MAX_TOKENS).await)?));
    }
    let asked = pages.iter().map(|page| write(&model, std::slice::from_ref(page), MAX_TOKENS));
    let answered: Vec<Answer> = join_all(asked).await.into_iter().flatten().map(Answer::from).collect();
    let exact = job.exact || !cfg!(feature = "cuda");
    figure("two at a time: answered", format!("{} of 2", answered.len()))?;
    let claim = "pages of different sizes at a time get the answers that they get alone";
    say(&Line::Verdict(compare::verdict(claim, &alone, &answered, exact)))?;
    tokio::time::sleep(RECOVERY).await;
    let after: Vec<Answer> =
        write(&model, std::slice::from_ref(&pages[0]), MAX_TOKENS).await.into_iter().map(Answer::from).collect();
    let same = compare::verdict("", alone.get(..1).unwrap_or_default(), &after, exact);
    let claim = "the engine survives pages of different sizes at a time".to_owned();
    say(&Line::Verdict(Verdict { claim, ..same }))
}

fn rate(answers: &[Generated], time: Duration) -> String {
    let tokens: usize = answers.iter().map(|answer| answer.tokens.len()).sum();
    format!("{:.1} ({tokens} tokens)", tokens as f64 / time.as_secs_f64())
}
