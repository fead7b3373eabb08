//! Whether two runs of a model say the same.
//!
//! The order of a sum depends on how many rows are computed together, so a right engine may take the other of two tokens that it
//! finds about equally likely, and everything after is another text. What tells right from wrong are the probabilities as long as
//! the texts agree, and those of the tokens where they part. Right runs differ by rounding, which is small in 32 bits; attention
//! that is mixed up moves a log-probability by several.

use super::line::{Answer, Verdict};

/// From this difference of a natural log-probability on, two runs in 32 bits are not the same: ten times what sound runs differ by.
const APART: f64 = 1e-2;
/// The same in 16 bits, whose numbers are coarser by a factor of 65,536. Set by judgement: nobody has measured it yet.
const APART_16: f64 = 0.3;

/// The answers to the same questions, run in two ways. A request that failed the second way has none.
pub(crate) fn verdict(claim: &str, one: &[Answer], other: &[Option<Answer>], exact: bool) -> Verdict {
    let pairs: Vec<(&Answer, &Answer)> = one.iter().zip(other).filter_map(|(a, b)| Some((a, b.as_ref()?))).collect();
    let equal = pairs.iter().filter(|(a, b)| a.text == b.text).count();
    let apart = pairs.iter().map(|(a, b)| apart(a, b)).fold(0.0, f64::max);
    let compared = pairs.iter().map(|(a, b)| common(a, b)).sum::<usize>();
    let whole = pairs.len() == one.len() && !one.is_empty();
    let same = compared > 0 && apart < if exact { APART } else { APART_16 };
    let failed = one.len() - pairs.len();
    let failed = if failed > 0 { format!(", {failed} failed") } else { String::new() };
    let detail = format!(
        "{equal} of {} texts equal{failed}, largest difference of a log-probability {apart:.4} over {compared} tokens",
        one.len()
    );
    Verdict { claim: claim.to_owned(), holds: whole && same, detail, required: false }
}

/// The largest difference of a log-probability up to and with the token at which the texts part.
fn apart(one: &Answer, other: &Answer) -> f64 {
    let pairs = one.tokens.iter().zip(&other.tokens).take(common(one, other) + 1);
    pairs.filter_map(|(a, b)| Some((a.1? - b.1?).abs())).fold(0.0, f64::max)
}

/// How many tokens are the same from the start.
fn common(one: &Answer, other: &Answer) -> usize {
    let same = |end: &usize| one.text.get(..*end).is_some_and(|start| other.text.get(..*end) == Some(start));
    one.tokens.iter().zip(&other.tokens).take_while(|(a, b)| a.0 == b.0 && same(&a.0)).count()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn answer(text: &str, logprobs: &[f64]) -> Answer {
        let tokens = logprobs.iter().enumerate().map(|(i, p)| (i + 1, Some(*p))).collect();
        Answer { text: text.to_owned(), tokens }
    }

    fn judge(one: &[Answer], other: &[Answer], exact: bool) -> Verdict {
        verdict("", one, &other.iter().cloned().map(Some).collect::<Vec<_>>(), exact)
    }

    #[test]
    fn the_same_text_is_the_same() {
        let one = [answer("abc", &[-1.0, -2.0, -3.0])];
        assert!(judge(&one, &one, true).holds);
    }

    #[test]
    fn texts_that_part_at_a_tie_are_the_same_in_16_bits_and_not_in_32() {
        let (one, other) = ([answer("abc", &[-1.0, -2.0, -3.0])], [answer("axy", &[-1.01, -2.02, -9.0])]);
        assert!(judge(&one, &other, false).holds, "what comes after they part does not count");
        assert!(!judge(&one, &other, true).holds);
    }

    #[test]
    fn probabilities_that_move_are_not_the_same_whatever_the_text() {
        let (one, other) = ([answer("abc", &[-1.0, -2.0, -3.0])], [answer("abc", &[-1.0, -4.0, -3.0])]);
        let verdict = judge(&one, &other, false);
        assert!(!verdict.holds && verdict.detail.contains("2.0000"), "{}", verdict.detail);
    }

    #[test]
    fn an_answer_that_is_lacking_is_not_the_same() {
        let one = [answer("a", &[-1.0]), answer("b", &[-1.0])];
        assert!(!judge(&one, &one[..1], false).holds);
        assert!(!judge(&[], &[], true).holds, "nothing was compared");
        let failed = verdict("", &one, &[None, Some(one[1].clone())], false);
        assert!(!failed.holds && failed.detail.contains("1 of 2 texts equal, 1 failed"), "{}", failed.detail);
    }
}
