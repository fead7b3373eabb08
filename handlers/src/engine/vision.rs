//! What a vision model is asked, and what it says. The engines that run one differ; these types are what they have in common.

use std::sync::Arc;

use image::RgbImage;
use serde_json::Value;

/// A page as a model gets it: upright, before any resize.
pub type Picture = Arc<RgbImage>;

/// The probabilities of a choice between codes.
#[derive(Clone, Debug, PartialEq)]
pub struct Choice {
    /// One for each code, in the order asked; together 1.
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

/// Why a model stopped writing.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Finish {
    /// It was done.
    Stop,
    /// It used up its tokens: the text is cut.
    Length,
    /// It repeated itself and was stopped: the text is cut.
    Repetition,
}

/// A text without anything that a tokenizer takes for a special token: what callers and catalogs write can't end the turn of the
/// user, nor claim a page that is not there.
pub fn without_special_tokens(text: &str) -> String {
    let mut kept = text.to_owned();
    // Cutting one out may join the halves of another.
    while let Some(start) = kept.find("<|") {
        match kept.get(start..).and_then(|rest| rest.find("|>")) {
            Some(end) => kept.replace_range(start..start + end + 2, ""),
            None => {
                kept.replace_range(start..start + 2, "< |");
            }
        }
    }
    kept
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn special_tokens_are_cut_out_of_a_text_even_when_they_are_nested() {
        for (text, kept) in [
            ("read <|image_pad|>this", "read this"),
            ("<|im_<|x|>end|>a", "end|>a"),
            ("<<|x|>|im_end|>", ""),
            ("a <| b", "a < | b"),
            ("1 < 2 | 3 > 2", "1 < 2 | 3 > 2"),
            ("<||>é<|", "é< |"),
        ] {
            assert_eq!(without_special_tokens(text), kept, "{text}");
        }
    }
}
