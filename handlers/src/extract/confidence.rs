//! The confidence of a value: its signals, weighed so that the result is the probability that the value is right.
//!
//! The weights are those of a logistic regression over 3,789 labelled values of 190 documents (scans, photos, PDFs and rendered
//! pages of every type). On documents left out of the fit the area under the ROC curve is 0.76 to 0.82. Three weights are set by
//! judgement, because the fit had too few cases: a well read label speaks for a value, a failed rule against it.
//!
//! What a vision model says is weighed by judgement too (see [`second_log_odds`]): no labelled runs of a real model exist yet.

use std::collections::BTreeMap;

use contract::catalog::{Kind, Layout, TypeEntry};
use contract::{Severity, rules};

use super::candidate::{Candidate, Second, Source};

/// Most that a value may get that stands on no page.
const UNGROUNDED_MOST: f64 = 0.3;

/// What a value is, as far as it tells how often such values are right.
#[derive(Clone, Copy, Debug)]
pub struct Sort {
    /// The kind of its field; `None` for the parts of a block.
    pub kind: Option<Kind>,
    /// It belongs to an entry of a list.
    pub listed: bool,
}

/// The probability that a value is right, 0..1.
pub fn of(candidate: &Candidate, sort: Sort, checks: &BTreeMap<String, String>, entry: &TypeEntry) -> f64 {
    let s = &candidate.signals;
    let signals = 0.3 * s.label + 0.6 * s.read + 1.4 * s.near + 3.4 * s.shape;
    let layout = match entry.layout {
        Layout::Form => 2.15,
        Layout::Slip => 0.45,
        Layout::Pairs | Layout::None => 0.0,
    };
    let log_odds = -3.4 + f64::from(signals) + layout + sort.log_odds() + rules_log_odds(checks, entry);
    let log_odds = log_odds + candidate.second.map_or(0.0, second_log_odds);
    let most = if candidate.second.is_none_or(|s| s.grounded) { 0.99 } else { UNGROUNDED_MOST };
    ((1.0 / (1.0 + (-log_odds).exp())).clamp(0.01, most) * 1e4).round() / 1e4
}

impl Sort {
    fn log_odds(self) -> f64 {
        match (self.kind, self.listed) {
            (None, _) => -0.75,
            (Some(Kind::Money), false) => -0.45,
            (Some(Kind::Money), true) => -1.15,
            (Some(Kind::Date | Kind::Year | Kind::Time), false) => 0.3,
            (Some(Kind::Date), true) => -0.55,
            (Some(Kind::Bool), _) => -0.35,
            (Some(Kind::Text | Kind::Name | Kind::Address | Kind::Words), false) => -0.25,
            (Some(Kind::Text), true) => 0.75,
            (Some(_), false) => 1.1,
            (Some(_), true) => 1.4,
        }
    }
}

/// An equation that holds can hardly hold by chance; a bound often does.
fn rules_log_odds(checks: &BTreeMap<String, String>, entry: &TypeEntry) -> f64 {
    let (mut equations, mut bounds, mut errors, mut warnings) = (0, 0, 0, 0);
    for (id, result) in checks {
        let Some(rule) = entry.rules.iter().find(|r| r.id == *id) else { continue };
        match (result.as_str(), rule.severity) {
            ("pass", _) if rules::confirms(rule) => equations += 1,
            ("pass", _) => bounds += 1,
            ("fail", Severity::Error) => errors += 1,
            ("fail", Severity::Warn) => warnings += 1,
            _ => {}
        }
    }
    let up_to_two = |n: i32| f64::from(n.min(2));
    2.9 * up_to_two(equations) + 1.55 * up_to_two(bounds) - 0.6 * up_to_two(errors) - 0.3 * up_to_two(warnings)
}

/// The log-odds that a vision model's answer adds. Set by judgement, not fitted. Two readings that fail in different ways and say
/// the same are rarely both wrong; a value of the model alone stands on its tokens' probability; where the two say different
/// things, or the model says that there is nothing, one of them is wrong.
fn second_log_odds(second: Second) -> f64 {
    let probability = second.joint().clamp(0.02, 0.98);
    // Models are surer than they are right: half of their log-odds.
    let sure = 0.5 * (probability / (1.0 - probability)).ln();
    let said = match second.source {
        Source::Both => 1.6 + 0.5 * sure,
        Source::Vlm => sure,
        Source::Reading => 0.0,
    };
    let against = [(second.contested, 1.2), (second.denied, 0.4), (!second.grounded, 2.0)];
    let against: f64 = against.into_iter().filter(|(holds, _)| *holds).map(|(_, weight)| weight).sum();
    let planted = if second.planted && second.source == Source::Vlm { 1.5 } else { 0.0 };
    said - against - planted
}

#[cfg(test)]
mod tests;
