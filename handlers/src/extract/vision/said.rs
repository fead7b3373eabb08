//! A vision model's answer: what it says of each name, and how likely it held that to be.

use serde_json::Value;

use super::json::{self, Json, Node};
use crate::engine::vision::{Finish, Generated, Token};
use crate::extract::candidate::Probability;

/// A vision model's answer to an [`Ask`](super::Ask).
#[derive(Clone, Debug)]
pub struct ModelAnswer {
    root: Option<Node>,
    tokens: Vec<Token>,
    complete: bool,
}

/// What the model says of a value.
#[derive(Clone, Debug, PartialEq)]
pub enum Said {
    /// That it is not there.
    Nothing,
    /// This.
    Value(Quote),
}

/// A value in the model's words.
#[derive(Clone, Debug, PartialEq)]
pub struct Quote {
    /// The value.
    pub value: Value,
    /// How likely the model held it to be, where that is known.
    pub probability: Option<Probability>,
}

impl Quote {
    /// The value as a text, on one line.
    pub fn text(&self) -> String {
        let text = match &self.value {
            Value::String(text) => text.clone(),
            other => other.to_string(),
        };
        text.split_whitespace().collect::<Vec<_>>().join(" ")
    }
}

impl ModelAnswer {
    /// Reads what a model wrote. Of an answer that is cut, or that ends in something else than JSON, the values up to there count.
    pub fn new(generated: &Generated) -> ModelAnswer {
        let (root, whole) = json::read(&generated.text);
        let complete = whole && root.is_some() && generated.finish == Finish::Stop;
        ModelAnswer { root, tokens: generated.tokens.clone(), complete }
    }

    /// The answer to a question about nothing.
    pub fn nothing() -> ModelAnswer {
        ModelAnswer { root: None, tokens: Vec::new(), complete: true }
    }

    /// Whether the answer came to its end.
    pub fn is_complete(&self) -> bool {
        self.complete
    }

    /// The value of a top-level name; `None` if the answer ends before.
    pub fn get(&self, name: &str) -> Option<&Node> {
        self.root.as_ref()?.get(name)
    }

    /// What the model says with a node; `None` for lists and objects.
    pub fn said(&self, node: &Node) -> Option<Said> {
        let value = match &node.kind {
            Json::Null => return Some(Said::Nothing),
            Json::Text(text) if text.trim().is_empty() => return Some(Said::Nothing),
            Json::Bool(value) => Value::Bool(*value),
            Json::Number(number) => serde_json::from_str(number).ok()?,
            Json::Text(text) => Value::String(text.clone()),
            Json::List(_) | Json::Object(_) => return None,
        };
        Some(Said::Value(Quote { value, probability: self.probability(node) }))
    }

    /// The probability of the tokens that a value is written with, quotes included: the quote that opens it is where the model
    /// decides that there is a value, the one that closes it where it decides that the value ends.
    fn probability(&self, node: &Node) -> Option<Probability> {
        let starts = std::iter::once(0).chain(self.tokens.iter().map(|t| t.end));
        let own = self.tokens.iter().zip(starts).filter(|(t, start)| *start < node.span.end && t.end > node.span.start);
        let known: Vec<f64> = own.filter_map(|(t, _)| t.logprob).filter(|l| l.is_finite()).collect();
        let least = known.iter().copied().reduce(f64::min)?;
        let mean = known.iter().sum::<f64>() / known.len() as f64;
        Some(Probability { mean: mean.exp().min(1.0), least: least.exp().min(1.0) })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn generated(text: &str, tokens: &[(&str, Option<f64>)], finish: Finish) -> Generated {
        let mut end = 0;
        let tokens = tokens.iter().map(|(token, logprob)| {
            end += token.len();
            Token { end, logprob: *logprob }
        });
        Generated { tokens: tokens.collect(), text: text.to_owned(), finish }
    }

    fn quote(answer: &ModelAnswer, name: &str) -> Quote {
        match answer.get(name).and_then(|node| answer.said(node)) {
            Some(Said::Value(quote)) => quote,
            other => panic!("{name} is {other:?}"),
        }
    }

    #[test]
    fn a_value_has_the_probability_of_its_own_tokens() {
        let tokens =
            [("{\"a\":", None), ("\"12", Some(-0.1)), (".50\"", Some(-0.3)), (",\"b\":", Some(-9.0)), ("\"x\"}", None)];
        let text: String = tokens.iter().map(|t| t.0).collect();
        let answer = ModelAnswer::new(&generated(&text, &tokens, Finish::Stop));
        let probability = quote(&answer, "a").probability.unwrap();
        assert!(
            (probability.mean - (-0.2_f64).exp()).abs() < 1e-9 && (probability.least - (-0.3_f64).exp()).abs() < 1e-9
        );
        assert_eq!(quote(&answer, "b").probability, None);
        assert!(answer.is_complete());
    }

    #[test]
    fn an_answer_that_was_stopped_is_not_complete_and_keeps_what_it_has() {
        let answer = ModelAnswer::new(&generated(r#"{"a":"x","b":"y"#, &[], Finish::Length));
        assert!(!answer.is_complete() && answer.get("b").is_none());
        assert_eq!(quote(&answer, "a").value, "x");
        assert!(!ModelAnswer::new(&generated("{}", &[], Finish::Repetition)).is_complete());
    }

    #[test]
    fn null_and_an_empty_text_say_that_there_is_nothing() {
        let answer = ModelAnswer::new(&generated(r#"{"a":null,"b":" "}"#, &[], Finish::Stop));
        let said = |name: &str| answer.get(name).and_then(|node| answer.said(node));
        assert_eq!((said("a"), said("b"), said("c")), (Some(Said::Nothing), Some(Said::Nothing), None));
    }
}
