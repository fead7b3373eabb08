//! Requests side by side: whether they get the answers that they get alone, and what it gains.

use std::time::{Duration, Instant};

use futures_util::future::join_all;
use handlers::engine::vision::{Generated, Picture};

use super::{load, needed, page_size, write};
use crate::failure::Failure;
use crate::gpu_check::compare;
use crate::gpu_check::job::Job;
use crate::gpu_check::line::{Answer, Line, figure, say};
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
    figure("one after the other: tokens per second", rate(&alone.iter().collect::<Vec<_>>(), start.elapsed()))?;
    let alone: Vec<Answer> = alone.into_iter().map(Answer::from).collect();
    for count in COUNTS.into_iter().filter(|count| *count <= most) {
        let start = Instant::now();
        let asked = pages.iter().take(count).map(|page| write(&model, std::slice::from_ref(page), MAX_TOKENS));
        let answers = join_all(asked).await;
        let time = start.elapsed();
        let written: Vec<&Generated> = answers.iter().flatten().collect();
        if written.len() == count {
            figure(format!("{count} at a time: tokens per second"), rate(&written, time))?;
        }
        let answers: Vec<Option<Answer>> = answers.into_iter().map(|a| a.ok().map(Answer::from)).collect();
        let claim = format!("batched decode equals single decode, {count} at a time");
        let exact = job.exact || !cfg!(feature = "cuda");
        say(&Line::Verdict(compare::verdict(&claim, alone.get(..count).unwrap_or_default(), &answers, exact)))?;
    }
    Ok(())
}

/// Requests about pages of two sizes under one instruction, at the same time. The first has several pages: while they are read the
/// others come in, and the engine takes them together. It may panic then, and must live on.
pub(super) async fn mixed_sizes(job: &Job) -> Result<(), Failure> {
    let model = load(job).await?;
    let (width, height) = page_size(job.shape);
    let sizes = [(width, height), (height, width)];
    let several = (0..3).map(|i| page(8100 + i, sizes[0])).collect();
    let single = (1..job.in_flight).map(|i| vec![page(8000 + i as u32, sizes[i % sizes.len()])]);
    let requests: Vec<Vec<Picture>> = std::iter::once(several).chain(single).collect();
    let mut alone = Vec::new();
    for pages in &requests {
        alone.push(Answer::from(needed(write(&model, pages, MAX_TOKENS).await)?));
    }
    let asked = requests.iter().map(|pages| write(&model, pages, MAX_TOKENS));
    let answers: Vec<_> = join_all(asked).await.into_iter().map(|a| a.ok().map(Answer::from)).collect();
    let exact = job.exact || !cfg!(feature = "cuda");
    let claim = "pages of different sizes at a time get the answers that they get alone";
    say(&Line::Verdict(compare::verdict(claim, &alone, &answers, exact)))?;
    tokio::time::sleep(RECOVERY).await;
    let after = write(&model, &requests[0], MAX_TOKENS).await.ok().map(Answer::from);
    let claim = "the engine survives pages of different sizes at a time";
    say(&Line::Verdict(compare::verdict(claim, &alone[..1], &[after], exact)))
}

fn rate(answers: &[&Generated], time: Duration) -> String {
    let tokens: usize = answers.iter().map(|answer| answer.tokens.len()).sum();
    format!("{:.1} ({tokens} tokens)", tokens as f64 / time.as_secs_f64())
}
