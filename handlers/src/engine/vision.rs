//! What a vision model is asked, and what it says. The engines that run one differ; these types are what they have in common.

use std::sync::Arc;

use image::RgbImage;
use reading::PageText;
use serde_json::Value;

/// A page as a model gets it: upright, before any resize.
pub type Picture = Arc<RgbImage>;

/// The probabilities of a choice between codes.
#[derive(Clone, Debug, PartialEq)]
pub struct Choice {
    /// One for each code, in the order asked; together 1. Empty when the model named none of them.
    pub probabilities: Vec<f64>,
    /// Whether they are the model's own. If not, the server named a code but no probability: that code has 1, the others 0.
    pub measured: bool,
}

/// A question that is answered with JSON of a schema.
#[derive(Clone, Copy, Debug)]
pub struct Question<'a> {
    /// The pages, in order.
    pub pages: &'a [Picture],
    /// What to do with them.
    pub instruction: &'a str,
    /// What the answer must be valid against. Every string, number and list in it is bounded.
    pub schema: &'a Value,
    /// Most tokens of the answer.
    pub max_tokens: usize,
}

/// What a model wrote.
#[derive(Clone, Debug, PartialEq)]
pub struct Generated {
    /// The text.
    pub text: String,
    /// Its tokens in order; empty where the engine does not know them.
    pub tokens: Vec<Token>,
    /// Why it ended.
    pub finish: Finish,
}

/// A token of the answer.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Token {
    /// Where it ends in the text, in bytes; it starts where the one before ends.
    pub end: usize,
    /// Natural logarithm of the probability that the model itself gave it, before any constraint. `None` where the constraint left
    /// no choice, or the engine does not know.
    pub logprob: Option<f64>,
}

/// What a model wrote down of a document's pages.
#[derive(Clone, Debug)]
pub struct Transcript {
    /// The pages, in the order asked.
    pub texts: Vec<PageText>,
    /// The worst end among them: other than [`Finish::Stop`], a page is cut.
    pub finish: Finish,
}

/// Why a model stopped writing, from best to worst.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Finish {
    /// It was done.
    Stop,
    /// It used up its tokens: the text is cut.
    Length,
    /// It repeated itself and was stopped: the text is cut.
    Repetition,
}

/// A text without the marks by which models tell text from its frame: written in a prompt they would count as such.
///
/// One pass: no mark is ever written to the result, so taking one out can't leave another, as it could in `<<|a|>|b|>`.
pub(crate) fn without_special_tokens(text: &str) -> String {
    let mut closes = BARS.map(|bar| Closes { mark: format!("{bar}>"), next: Some(0) });
    let mut left = String::with_capacity(text.len());
    let mut at = 0;
    while let Some(c) = text.get(at..).and_then(|rest| rest.chars().next()) {
        at += c.len_utf8();
        let close = BARS.iter().position(|&bar| bar == c).and_then(|bar| closes.get_mut(bar));
        match close {
            Some(close) if left.ends_with('<') => {
                left.pop();
                at = close.end_of_name(text, at).unwrap_or(at);
            }
            _ => left.push(c),
        }
    }
    left
}

/// The bars of special tokens: ASCII, and the full-width ones of `DeepSeek` models.
const BARS: [char; 2] = ['|', '\u{ff5c}'];

/// The closing marks of one kind, as a text is passed through.
struct Closes {
    mark: String,
    /// Where the next one is that was found; it may lie behind by now. `None` when there is no more.
    next: Option<usize>,
}

impl Closes {
    /// Where the mark ends that closes a name which begins here. The search goes on from the one before, so all of them together
    /// pass the text once.
    fn end_of_name(&mut self, text: &str, name: usize) -> Option<usize> {
        /// The name of a special token is short; a longer gap is text between two stray marks.
        const LONGEST_NAME: usize = 64;
        if self.next? < name {
            self.next = text.get(name..).and_then(|rest| rest.find(&self.mark)).map(|length| name + length);
        }
        self.next.filter(|close| close - name <= LONGEST_NAME).map(|close| close + self.mark.len())
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn special_tokens_are_taken_out_of_a_text_and_nothing_else() {
        assert_eq!(without_special_tokens("a <|im_end|>b <|vision_start|><|image_pad|>c"), "a b c");
        assert_eq!(without_special_tokens("a<<|x|>|im_end|>b"), "ab");
        assert_eq!(without_special_tokens("<\u{ff5c}User\u{ff5c}>hi"), "hi");
        assert_eq!(without_special_tokens("a<|b <\u{ff5c}x|>\u{ff5c}>c"), "a\u{ff5c}>c");
        assert_eq!(without_special_tokens("1 < 2 | 3 > 2, <b>bold</b>"), "1 < 2 | 3 > 2, <b>bold</b>");
    }

    #[test]
    fn a_megabyte_of_marks_is_passed_through_in_one_go() {
        let start = std::time::Instant::now();
        for (part, left) in [("<|", ""), ("<|a", "a"), ("<", "<"), ("<|a|>", ""), ("|>", "|>")] {
            let parts = (1 << 20) / part.len();
            assert_eq!(without_special_tokens(&part.repeat(parts)), left.repeat(parts), "{part}");
        }
        assert_eq!(without_special_tokens(&["<".repeat(1 << 19), "|".repeat(1 << 19)].concat()), "");
        assert!(start.elapsed().as_secs() < 3, "{:?}", start.elapsed());
    }

    proptest! {
        #[test]
        fn no_special_token_is_left_whatever_the_text(text in "[<|>\u{ff5c}a ]{0,40}") {
            let left = without_special_tokens(&text);
            let marked = left.contains("<|") || left.contains("<\u{ff5c}");
            prop_assert!(!marked, "{}", left);
        }
    }
}
