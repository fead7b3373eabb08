//! The ways in which servers differ in what they take, and what is known of one server.
//!
//! A refusal has two causes that look alike: the server does not know this form of request, or it can't do with this one schema. So
//! a form is given up only after several requests in a row, and never for good.

use std::sync::{Mutex, PoisonError};

use super::profile::Constraint;

/// Requests in a row, each taken in a lesser way, after which a way is passed over.
const GIVEN_UP_AFTER: u32 = 3;

/// While a way is passed over, one request in this many starts from the best again. A server that knows no schemas is then asked
/// five times in vain per twenty requests; one that was misjudged is set right as soon.
const TRIED_AGAIN_EVERY: u32 = 20;

/// One form of a request.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Way {
    /// How the schema is told, where there is one.
    pub(super) constraint: Option<Constraint>,
    /// Whether log-probabilities are asked for.
    pub(super) logprobs: bool,
}

/// The ways to ask a server, best first, and how it took them lately.
#[derive(Debug)]
pub(super) struct Ways {
    ways: Vec<Way>,
    known: Mutex<Known>,
}

#[derive(Debug)]
struct Known {
    /// For each way, the requests in a row that it was refused for and a lesser way was not.
    refused: Vec<u32>,
    /// Requests that began with a lesser way, since the last that began with the best.
    passed_over: u32,
}

impl Known {
    /// The first way that was not given up. There always is one: the least is never refused in favour of a lesser.
    fn first(&self) -> usize {
        self.refused.iter().position(|&refused| refused < GIVEN_UP_AFTER).unwrap_or(0)
    }
}

impl Ways {
    /// Each constraint with log-probabilities and without.
    pub(super) fn new(constraints: &[Constraint]) -> Ways {
        let told = constraints.iter().copied().map(Some);
        let constraints: Vec<Option<Constraint>> = if constraints.is_empty() { vec![None] } else { told.collect() };
        let ways = constraints.into_iter().flat_map(|c| [true, false].map(|logprobs| Way { constraint: c, logprobs }));
        let ways: Vec<Way> = ways.collect();
        let known = Known { refused: vec![0; ways.len()], passed_over: 0 };
        Ways { ways, known: Mutex::new(known) }
    }

    /// Where a request begins.
    pub(super) fn first(&self) -> usize {
        let mut known = self.known.lock().unwrap_or_else(PoisonError::into_inner);
        let first = known.first();
        known.passed_over = if first == 0 { 0 } else { (known.passed_over + 1) % TRIED_AGAIN_EVERY };
        if known.passed_over == 0 { 0 } else { first }
    }

    /// The ways to try from there. A server that takes none of them refuses the request itself, which says nothing of the ways.
    pub(super) fn since(&self, first: usize) -> impl Iterator<Item = (usize, Way)> {
        self.ways.iter().copied().enumerate().skip(first)
    }

    /// A request that began at `first` was taken in the way `index`, and refused in those between.
    pub(super) fn took(&self, first: usize, index: usize) {
        let mut known = self.known.lock().unwrap_or_else(PoisonError::into_inner);
        let before = known.first();
        for (at, refused) in known.refused.iter_mut().enumerate().skip(first) {
            *refused = if at < index { refused.saturating_add(1) } else { 0 };
        }
        let now = known.first();
        drop(known);
        if now > before {
            tracing::warn!(openai.way = ?self.ways.get(now), "the model server refuses better forms of request than this");
        } else if now < before {
            tracing::info!(openai.way = ?self.ways.get(now), "the model server takes a better form of request again");
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn ways() -> Ways {
        Ways::new(&[Constraint::JsonSchema, Constraint::Prompt])
    }

    /// Where the next requests begin, each of them taken in this way or the first lesser.
    fn begin(ways: &Ways, taken: usize, requests: usize) -> Vec<usize> {
        let one = |_| {
            let first = ways.first();
            ways.took(first, taken.max(first));
            first
        };
        (0..requests).map(one).collect()
    }

    #[test]
    fn each_constraint_is_tried_with_log_probabilities_and_without() {
        let tried: Vec<_> = ways().since(0).map(|(_, way)| (way.constraint, way.logprobs)).collect();
        let (json, words) = (Some(Constraint::JsonSchema), Some(Constraint::Prompt));
        assert_eq!(tried, [(json, true), (json, false), (words, true), (words, false)]);
    }

    #[test]
    fn two_odd_requests_change_nothing_and_a_good_one_between_starts_the_count_anew() {
        let ways = ways();
        for _ in 0..5 {
            assert_eq!(begin(&ways, 2, 2), [0, 0]);
            assert_eq!(begin(&ways, 0, 1), [0]);
        }
    }

    #[test]
    fn a_way_refused_for_three_requests_is_passed_over_until_the_twentieth() {
        let ways = ways();
        assert_eq!(begin(&ways, 2, 3), [0; 3]);
        assert_eq!(begin(&ways, 2, 19), [2; 19]);
        assert_eq!(begin(&ways, 2, 2), [0, 2]);
    }

    #[test]
    fn a_server_that_was_misjudged_is_asked_in_the_best_way_from_the_twentieth_request_on() {
        let ways = ways();
        begin(&ways, 2, 3);
        begin(&ways, 0, 20);
        assert_eq!(begin(&ways, 0, 5), [0; 5]);
    }

    #[test]
    fn the_best_of_the_ways_that_several_requests_were_taken_in_is_kept() {
        let ways = ways();
        for taken in [1, 3, 2] {
            begin(&ways, taken, 1);
        }
        assert_eq!(ways.first(), 1);
    }
}
