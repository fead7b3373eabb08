//! From what a model writes to lines with polygons. A model's answer is a stranger's: nothing in it is taken for granted.

mod deepseek_ocr;
mod dots_ocr;
mod markdown;
mod place;
mod table;

use reading::Line;

use self::place::Area;
use super::profile::Format;
use crate::engine::vision::Generated;

/// The score of a line where the server gives no log-probabilities: below that of a line that was read well, above doubt.
const UNMEASURED: f32 = 0.8;

/// More lines than any page has.
const LINES: usize = 5_000;

/// The lines of a page that was sent at this size, in reading order. What is no block of the format counts as text of the page.
pub(super) fn lines(format: Format, generated: &Generated, size: (u32, u32)) -> Vec<Line> {
    let score = score(generated);
    let text = &generated.text;
    let mut lines = match format {
        Format::DotsOcr => dots_ocr::lines(text, size, score),
        Format::DeepseekOcr => deepseek_ocr::lines(text, score),
        Format::Plain => anywhere(text, score),
    };
    lines.truncate(LINES);
    lines
}

/// Lines of which nothing is known but their order: each may be anywhere on the page.
fn anywhere(text: &str, score: f32) -> Vec<Line> {
    markdown::rows(text).iter().filter_map(|row| place::line(Area::PAGE, &row.text(), score)).collect()
}

/// Mean probability of the tokens of the answer. It stands for each of its lines: a token of a line is not told from one of the
/// format.
fn score(generated: &Generated) -> f32 {
    let known: Vec<f64> = generated.tokens.iter().filter_map(|token| token.logprob).collect();
    if known.is_empty() { UNMEASURED } else { (known.iter().sum::<f64>() / known.len() as f64).exp() as f32 }
}

/// An answer without the fence of code that models like to put around JSON.
pub(super) fn unfenced(mut generated: Generated) -> Generated {
    let text = &generated.text;
    let Some(open) = text.find("```").filter(|&open| text.trim_start().len() == text.len() - open) else {
        return generated;
    };
    let start = text.get(open..).and_then(|rest| rest.find('\n')).map_or(text.len(), |line| open + line + 1);
    let end = text.get(start..).and_then(|rest| rest.rfind("```")).map_or(text.len(), |close| start + close);
    generated.text = text.get(start..end).unwrap_or_default().to_owned();
    generated.tokens.retain(|token| token.end > start);
    for token in &mut generated.tokens {
        token.end = (token.end - start).min(end - start);
    }
    generated
}

#[cfg(test)]
mod tests;
