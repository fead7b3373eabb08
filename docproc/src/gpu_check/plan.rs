//! What is checked, in order: what must be right first, so that nobody waits for figures of a machine that answers wrongly.

use super::compare;
use super::job::{Job, Shape, Work};
use super::line::{Answer, Line};
use super::machine;
use super::models::Models;
use super::report::Report;
use crate::failure::{Failure, print};

const QWEN2_5: &str = "qwen2_5_vl";
const QWEN3: &str = "qwen3_vl";
/// Requests at a time, at most.
const TOGETHER: usize = 8;
/// Requests about pages of different sizes at a time.
const MIXED: usize = 4;

/// The whole check.
pub(crate) async fn run(shape: Shape, models: &Models, mut report: Report) -> Result<(), Failure> {
    let report = &mut report;
    report.section("Machine", false)?;
    for (name, value) in machine::facts() {
        report.figure(&name, &value)?;
    }
    right(models, report).await?;
    limits(models, report).await?;
    classify(shape, models, report).await?;
    extract(shape, models, report).await?;
    print(format_args!("\nthe report is {}", report.path().display()))?;
    let wrong = report.wrong();
    if wrong.is_empty() { Ok(()) } else { Err(Failure::new(format!("not right here: {}", wrong.join("; ")))) }
}

/// Whether the worker's answers are right on this machine.
async fn right(models: &Models, report: &mut Report) -> Result<(), Failure> {
    models.make(Shape::Tiny, QWEN2_5).await?;
    models.make(Shape::Tiny, QWEN3).await?;
    report.section("Answers against transformers (tiny models, 32 bits)", true)?;
    for (work, family) in [(Work::Choices, QWEN2_5), (Work::Choices, QWEN3), (Work::Texts, QWEN3)] {
        let job = Job { exact: true, ..Job::new(work, models.folder(), family, Shape::Tiny) };
        job.run(report).await?;
    }
    report.section("16 bits against 32 (tiny models)", false)?;
    for family in [QWEN2_5, QWEN3] {
        Job::new(Work::Precision, models.folder(), family, Shape::Tiny).run(report).await?;
    }
    Ok(())
}

/// Which limits of the engine could fall: exact on tiny models, in 32 bits.
async fn limits(models: &Models, report: &mut Report) -> Result<(), Failure> {
    let tiny = |work, in_flight| Job { in_flight, exact: true, ..Job::new(work, models.folder(), QWEN3, Shape::Tiny) };
    report.section("Requests at a time (tiny model, 32 bits)", false)?;
    tiny(Work::Together, TOGETHER).run(report).await?;
    report.section("Pages of different sizes at a time (tiny model, 32 bits)", false)?;
    tiny(Work::MixedSizes, MIXED).run(report).await?;
    Ok(())
}

async fn classify(shape: Shape, models: &Models, report: &mut Report) -> Result<(), Failure> {
    report.section(&format!("Classify: {}", title(shape, QWEN2_5)), false)?;
    made(shape, QWEN2_5, models, report).await?;
    Job::new(Work::Classify, models.folder(), QWEN2_5, shape).run(report).await?;
    models.done_with(shape, QWEN2_5);
    Ok(())
}

async fn extract(shape: Shape, models: &Models, report: &mut Report) -> Result<(), Failure> {
    let job = |work| Job::new(work, models.folder(), QWEN3, shape);
    report.section(&format!("Extract: {}", title(shape, QWEN3)), false)?;
    made(shape, QWEN3, models, report).await?;
    let plain = job(Work::Extract).run(report).await?;
    report.section("Extract: requests at a time", false)?;
    Job { in_flight: TOGETHER, ..job(Work::Together) }.run(report).await?;
    if !cfg!(feature = "cuda") {
        report.section("Extract: paged attention", false)?;
        report.figure("paged attention", "not run: the engine has it on GPUs only")?;
        return Ok(());
    }
    if shape == Shape::Tiny {
        report.section("Extract: paged attention", false)?;
        report.figure("paged attention", "not run: its kernels take no heads as small as the tiny model's")?;
        return Ok(());
    }
    report.section("Extract: paged attention", false)?;
    let paged = Job { paged: true, ..job(Work::Extract) }.run(report).await?;
    let paged: Vec<Option<Answer>> = answers(paged).into_iter().map(Some).collect();
    let same = compare::verdict("paged attention equals plain attention", &answers(plain), &paged, false);
    report.add(&Line::Verdict(same))?;
    report.section("Extract: paged attention, requests at a time", false)?;
    Job { paged: true, in_flight: TOGETHER, ..job(Work::Together) }.run(report).await?;
    report.section("Extract: paged attention, pages of different sizes at a time", false)?;
    Job { paged: true, in_flight: MIXED, ..job(Work::MixedSizes) }.run(report).await?;
    models.done_with(shape, QWEN3);
    Ok(())
}

/// Writes a model to measure; the tiny ones are there.
async fn made(shape: Shape, family: &str, models: &Models, report: &mut Report) -> Result<(), Failure> {
    if shape == Shape::Real {
        let seconds = models.make(shape, family).await?;
        report.figure("writing the model to disk", &format!("{seconds:.0} s"))?;
    }
    Ok(())
}

fn title(shape: Shape, family: &str) -> &'static str {
    match (shape, family) {
        (Shape::Tiny, QWEN2_5) => "a tiny Qwen2.5-VL",
        (Shape::Tiny, _) => "a tiny Qwen3-VL",
        (Shape::Real, QWEN2_5) => "random weights in the shape of Qwen2.5-VL-7B, 16 bits",
        (Shape::Real, _) => "random weights in the shape of Qwen3-VL-8B, 16 bits",
    }
}

fn answers(said: Vec<Line>) -> Vec<Answer> {
    let all = said.into_iter().filter_map(|line| match line {
        Line::Answers(answers) => Some(answers),
        Line::Figure { .. } | Line::Verdict(_) => None,
    });
    all.flatten().collect()
}
