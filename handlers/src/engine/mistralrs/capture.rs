//! The model's own logits, taken where they pass by on their way to the sampler.
//!
//! The log-probabilities that mistral.rs returns are to base 10 and, under a constraint, sometimes those before and sometimes those
//! after masking. A logits processor sees the raw row first at every step. It is called a second time with the masked row when the
//! model's own favourite was not allowed.

use std::sync::{Mutex, MutexGuard, PoisonError};

use mistralrs::{CustomLogitsProcessor, Result, Tensor};

/// Records one request.
#[derive(Default)]
pub(super) struct Capture {
    steps: Mutex<Steps>,
}

#[derive(Default)]
struct Steps {
    /// Length of the context of the step at hand: tells a second call from the next step.
    context: usize,
    /// The raw row of the step at hand.
    row: Vec<f32>,
    /// The raw row of the first step.
    first: Vec<f32>,
    /// How many tokens the constraint allowed at the step at hand, if that is known.
    allowed: Option<usize>,
    done: Vec<Step>,
}

/// A token that was chosen.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) struct Step {
    pub(super) token: u32,
    /// `None` where the constraint left no choice.
    pub(super) logprob: Option<f64>,
}

impl Capture {
    /// The raw logits of the first step. The last one's would be a matter of luck: the engine takes one step more after an answer
    /// of a single token has ended, while the caller goes on.
    pub(super) fn first_row(&self) -> Vec<f32> {
        self.lock().first.clone()
    }

    /// The tokens chosen so far. The last one is known only once the next step begins.
    pub(super) fn steps(&self) -> Vec<Step> {
        self.lock().done.clone()
    }

    /// Forgets a request that is asked again.
    pub(super) fn clear(&self) {
        *self.lock() = Steps::default();
    }

    fn lock(&self) -> MutexGuard<'_, Steps> {
        self.steps.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl CustomLogitsProcessor for Capture {
    fn apply(&self, logits: &Tensor, context: &[u32]) -> Result<Tensor> {
        let row: Vec<f32> = logits.to_vec1()?;
        self.lock().note(row, context);
        Ok(logits.clone())
    }
}

impl Steps {
    fn note(&mut self, row: Vec<f32>, context: &[u32]) {
        if context.len() == self.context && !self.row.is_empty() {
            self.allowed = Some(row.iter().filter(|logit| **logit > f32::NEG_INFINITY).count());
            return;
        }
        if let (false, Some(&token)) = (self.row.is_empty(), context.last()) {
            let forced = self.allowed == Some(1);
            let logprob = (!forced).then(|| log_softmax_at(&self.row, token as usize)).flatten();
            self.done.push(Step { token, logprob });
        }
        if self.first.is_empty() {
            self.first.clone_from(&row);
        }
        self.context = context.len();
        self.row = row;
        self.allowed = None;
    }
}

/// The natural logarithm of a token's probability.
fn log_softmax_at(row: &[f32], token: usize) -> Option<f64> {
    let logit = f64::from(*row.get(token)?);
    let most = row.iter().copied().fold(f32::NEG_INFINITY, f32::max);
    let sum: f64 = row.iter().map(|l| f64::from(l - most).exp()).sum();
    Some(logit - f64::from(most) - sum.ln())
}

/// The probabilities of some tokens among themselves.
pub(super) fn softmax_of(row: &[f32], tokens: &[u32]) -> Option<Vec<f64>> {
    let logits: Vec<f64> = tokens.iter().map(|t| row.get(*t as usize).map(|l| f64::from(*l))).collect::<Option<_>>()?;
    let most = logits.iter().copied().fold(f64::NEG_INFINITY, f64::max);
    let weights: Vec<f64> = logits.iter().map(|l| (l - most).exp()).collect();
    let sum: f64 = weights.iter().sum();
    (sum.is_finite() && sum > 0.0).then(|| weights.into_iter().map(|w| w / sum).collect())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_step_is_known_when_the_next_begins_and_its_probability_is_the_models_own() {
        let capture = Capture::default();
        let mut steps = capture.lock();
        steps.note(vec![0.0, 1.0, 2.0], &[7]);
        steps.note(vec![f32::NEG_INFINITY, 1.0, 5.0], &[7, 1]);
        steps.note(vec![0.0, f32::NEG_INFINITY, f32::NEG_INFINITY], &[7, 1]);
        steps.note(vec![0.0; 3], &[7, 1, 0]);
        drop(steps);
        let found = capture.steps();
        let expected = 1.0 - (1.0_f64 + 1.0_f64.exp() + 2.0_f64.exp()).ln();
        assert!((found[0].logprob.unwrap() - expected).abs() < 1e-9);
        assert_eq!(found[1], Step { token: 0, logprob: None }, "the constraint left one token");
        assert_eq!(found.len(), 2);
    }

    #[test]
    fn the_first_row_stays_when_the_engine_takes_a_step_too_many() {
        let capture = Capture::default();
        capture.lock().note(vec![3.0, 1.0], &[7]);
        capture.lock().note(vec![f32::NEG_INFINITY, 1.0], &[7]);
        capture.lock().note(vec![9.0, 9.0], &[7, 0]);
        assert_eq!(capture.first_row(), [3.0, 1.0]);
        capture.clear();
        assert!(capture.first_row().is_empty(), "asked again, it begins anew");
    }

    #[test]
    fn the_probabilities_of_some_tokens_add_up_to_one() {
        let some = softmax_of(&[1.0, 9.0, 2.0, 3.0], &[0, 2, 3]).unwrap();
        assert!((some.iter().sum::<f64>() - 1.0).abs() < 1e-12);
        assert!(some[2] > some[1] && some[1] > some[0]);
        assert_eq!(softmax_of(&[1.0], &[4]), None, "no such token");
        assert_eq!(softmax_of(&[f32::NAN], &[0]), None);
    }
}
