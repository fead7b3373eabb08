//! What a job says: lines of JSON on its standard output, so that what was measured before a crash is not lost with it.

use handlers::engine::vision::Generated;
use serde::{Deserialize, Serialize};

use crate::failure::{Failure, print};

/// One line.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub(crate) enum Line {
    /// Something measured, with its unit.
    Figure {
        /// What.
        name: String,
        /// How much.
        value: String,
    },
    /// A question that was answered.
    Verdict(Verdict),
    /// What the model wrote, for a comparison with another job.
    Answers(Vec<Answer>),
}

/// A claim that holds or does not.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub(crate) struct Verdict {
    /// What is claimed.
    pub(crate) claim: String,
    /// Whether it holds.
    pub(crate) holds: bool,
    /// The figures behind it.
    pub(crate) detail: String,
    /// Whether the worker's answers are wrong if it does not hold.
    pub(crate) required: bool,
}

/// A text with what the model itself thought of its tokens.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub(crate) struct Answer {
    /// The text.
    pub(crate) text: String,
    /// End of each token in the text, and the natural logarithm of its probability where it was free.
    pub(crate) tokens: Vec<(usize, Option<f64>)>,
}

impl From<Generated> for Answer {
    fn from(generated: Generated) -> Answer {
        let tokens = generated.tokens.iter().map(|token| (token.end, token.logprob)).collect();
        Answer { text: generated.text, tokens }
    }
}

/// Says a line.
pub(crate) fn say(line: &Line) -> Result<(), Failure> {
    print(serde_json::to_string(line).map_err(Failure::new)?)
}

/// Says a figure.
pub(crate) fn figure(name: impl Into<String>, value: impl Into<String>) -> Result<(), Failure> {
    say(&Line::Figure { name: name.into(), value: value.into() })
}
