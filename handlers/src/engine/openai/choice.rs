//! The probabilities of a choice between one-letter codes, from the alternatives of a first token.

use super::completion::Alternative;
use crate::engine::vision::Choice;

/// The model's own probabilities. A code may be spelled by several tokens: in either case, with a blank before it.
///
/// The server lists only the most probable tokens. A code that is not among them can't be more probable than the last of those, nor
/// all of them together than what the listed ones leave; the smaller of the two is what it gets.
///
/// `None` when no code is among them.
pub(super) fn measured(codes: &[char], alternatives: &[Alternative]) -> Option<Choice> {
    let listed: Vec<Option<f64>> = codes.iter().map(|&code| probability(code, alternatives)).collect();
    let missing = listed.iter().filter(|p| p.is_none()).count();
    if missing == codes.len() {
        return None;
    }
    let smallest = alternatives.iter().map(|a| a.logprob.exp()).fold(1.0, f64::min);
    let left = (1.0 - alternatives.iter().map(|a| a.logprob.exp()).sum::<f64>()).max(0.0);
    let unlisted = smallest.min(left / missing.max(1) as f64);
    let weights: Vec<f64> = listed.into_iter().map(|p| p.unwrap_or(unlisted)).collect();
    let sum: f64 = weights.iter().sum();
    (sum > 0.0).then(|| Choice { probabilities: weights.iter().map(|w| w / sum).collect(), measured: true })
}

fn probability(code: char, alternatives: &[Alternative]) -> Option<f64> {
    let spelled = alternatives.iter().filter(|a| names(&a.token, code));
    let sum: f64 = spelled.map(|a| a.logprob.exp()).sum();
    (sum > 0.0).then_some(sum)
}

/// Whether a token is the code, in either case. Tokenizers show a blank as itself, as U+0120 or as U+2581.
fn names(token: &str, code: char) -> bool {
    let token = token.trim_matches(|c: char| c.is_whitespace() || c == '\u{120}' || c == '\u{2581}');
    let mut chars = token.chars();
    chars.next().is_some_and(|c| c.eq_ignore_ascii_case(&code)) && chars.next().is_none()
}

/// The code that a text names, for a server that gives no probabilities: the first that stands alone. A choice without
/// probabilities when there is none: a small model may answer anything.
pub(super) fn named(codes: &[char], text: &str) -> Choice {
    // In a sentence a small letter may be a word, such as the article.
    let whole = codes.iter().position(|&code| names(text, code));
    let mut words = text.split(|c: char| !c.is_alphanumeric());
    let in_words = || words.find_map(|word| codes.iter().position(|&code| word.chars().eq([code])));
    let index = whole.or_else(in_words);
    let probability = |index: usize| (0..codes.len()).map(|i| if i == index { 1.0 } else { 0.0 }).collect();
    Choice { probabilities: index.map_or_else(Vec::new, probability), measured: false }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn listed(tokens: &[(&str, f64)]) -> Vec<Alternative> {
        tokens.iter().map(|&(token, p)| Alternative { token: token.to_owned(), logprob: p.ln() }).collect()
    }

    #[test]
    fn the_spellings_of_a_code_add_up_and_other_words_are_left_out() {
        let choice =
            measured(&['A', 'B'], &listed(&[("A", 0.3), (" a", 0.1), ("B", 0.2), ("\u{120}The", 0.4)])).unwrap();
        assert!(choice.measured);
        assert!((choice.probabilities[0] - 4.0 / 6.0).abs() < 1e-12);
        assert!((choice.probabilities[1] - 2.0 / 6.0).abs() < 1e-12);
    }

    #[test]
    fn a_code_that_is_not_listed_gets_no_more_than_the_listed_leave() {
        let choice = measured(&['A', 'B', 'C'], &listed(&[("A", 0.9), ("x", 0.06)])).unwrap();
        let [a, b, c] = choice.probabilities[..] else { unreachable!() };
        assert!((a - 0.9 / 0.94).abs() < 1e-12 && (b - 0.02 / 0.94).abs() < 1e-12 && b == c);
        let choice = measured(&['A', 'B'], &listed(&[("A", 0.5), ("x", 0.01)])).unwrap();
        assert!((choice.probabilities[1] - 0.01 / 0.51).abs() < 1e-12);
    }

    #[test]
    fn without_any_code_among_the_alternatives_nothing_was_measured() {
        assert_eq!(measured(&['A'], &listed(&[("The", 0.9)])), None);
        assert_eq!(measured(&['A'], &[]), None);
    }

    #[test]
    fn a_code_is_found_in_words_and_is_no_letter_of_them() {
        let codes = ['A', 'B', 'C'];
        for (text, index) in [("C", 2), (" b\n", 1), ("This is a check: **(C)**", 2), ("Code: A", 0)] {
            assert_eq!(named(&codes, text).probabilities[index], 1.0, "{text}");
        }
        assert!(named(&codes, "Because").probabilities.is_empty());
    }
}
