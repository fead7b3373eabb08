//! The confidence of a value: its signals, weighed so that the result is the probability that the value is right.

use std::collections::BTreeMap;

use contract::catalog::{Kind, TypeEntry};
use contract::{Severity, rules};

use super::candidate::Candidate;

/// The probability that a value is right, 0..1.
pub fn of(candidate: &Candidate, kind: Option<Kind>, checks: &BTreeMap<String, String>, entry: &TypeEntry) -> f64 {
    let s = &candidate.signals;
    let f = f64::from;
    let exact = matches!(kind, Some(Kind::Money | Kind::Date | Kind::Tin | Kind::Percent | Kind::Number | Kind::Year));
    let mut log_odds =
        -4.2 + 2.2 * f(s.label) + 2.4 * f(s.read) + 1.3 * f(s.near) + 2.0 * f(s.shape) + 0.8 * f(s.agree);
    if exact {
        log_odds += 0.3;
    }
    for (id, result) in checks {
        let Some(rule) = entry.rules.iter().find(|r| r.id == *id) else { continue };
        log_odds += match (result.as_str(), rule.severity) {
            // An equation that holds can hardly hold by chance; a bound often does.
            ("pass", _) if rules::confirms(rule) => 1.6,
            ("pass", _) => 0.1,
            ("fail", Severity::Error) => -1.2,
            ("fail", Severity::Warn) => -0.4,
            _ => 0.0,
        };
    }
    ((1.0 / (1.0 + (-log_odds).exp())).clamp(0.01, 0.99) * 1e4).round() / 1e4
}
