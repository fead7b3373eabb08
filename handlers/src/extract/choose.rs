//! Chooses between readings of a field by the rules of the type: of two candidates for a total, the right one adds up.

use contract::Severity;
use contract::catalog::{Rule, TypeEntry};
use contract::date::Date;
use contract::rules;
use serde_json::Value;

use super::answer;
use super::candidate::{Candidate, Draft};

/// How much worse a reading may rank and still be taken because it makes an equation hold.
const RANK_SLACK: f32 = 0.35;

/// What a swap must bring, in equations.
const LEAST_GAIN: f32 = 0.3;

/// Swaps readings while that makes more equations hold.
pub fn choose(draft: &mut Draft, entry: &TypeEntry, today: Date) {
    let equations = equations(entry);
    if equations.is_empty() || draft.alternatives.is_empty() {
        return;
    }
    let weigh = |data: &Value| weigh(&equations, data, today);
    let mut best = weigh(&answer::data(draft, entry));
    for _ in 0..3 {
        let mut swap: Option<(f32, String, Candidate)> = None;
        for (name, candidates) in &draft.alternatives {
            let current = draft.get(name);
            let rank = current.map_or(0.5, |c| c.signals.rank());
            for candidate in candidates {
                let same = current.is_some_and(|c| c.value == candidate.value);
                let elsewhere =
                    draft.single.iter().any(|(n, c)| n != name && c.page == candidate.page && c.rect == candidate.rect);
                if same || elsewhere || candidate.signals.rank() < rank - RANK_SLACK {
                    continue;
                }
                let mut data = answer::data(draft, entry);
                data[name.as_str()] = candidate.value.clone();
                let gain = weigh(&data) - best - (rank - candidate.signals.rank()).max(0.0);
                if gain > LEAST_GAIN && swap.as_ref().is_none_or(|(most, ..)| gain > *most) {
                    swap = Some((gain, name.clone(), candidate.clone()));
                }
            }
        }
        let Some((_, name, candidate)) = swap else { break };
        match draft.single.iter_mut().find(|(n, _)| *n == name) {
            Some((_, current)) => *current = candidate,
            None => draft.single.push((name, candidate)),
        }
        best = weigh(&answer::data(draft, entry));
    }
}

/// Another reading of a value of a list.
#[derive(Debug)]
pub struct Listed {
    /// The list.
    pub list: String,
    /// Index of the entry.
    pub entry: usize,
    /// The value's name in it.
    pub name: String,
    /// The reading.
    pub candidate: Candidate,
}

/// Takes those other readings of values in lists that make more equations hold.
pub fn choose_listed(draft: &mut Draft, entry: &TypeEntry, today: Date, others: Vec<Listed>) {
    let equations = equations(entry);
    if equations.is_empty() {
        return;
    }
    let mut data = answer::data(draft, entry);
    let mut best = weigh(&equations, &data, today);
    for other in others {
        let place = &mut data[other.list.as_str()][other.entry][other.name.as_str()];
        let before = std::mem::replace(place, other.candidate.value.clone());
        let after = weigh(&equations, &data, today);
        if after <= best + LEAST_GAIN {
            data[other.list.as_str()][other.entry][other.name.as_str()] = before;
            continue;
        }
        best = after;
        let list = draft.lists.iter_mut().find(|(list, _)| *list == other.list);
        let own =
            list.and_then(|(_, entries)| entries.get_mut(other.entry)?.iter_mut().find(|(n, _)| *n == other.name));
        if let Some((_, current)) = own {
            *current = other.candidate;
        }
    }
}

/// The rules that tell a right value from a wrong one.
fn equations(entry: &TypeEntry) -> Vec<Rule> {
    entry.rules.iter().filter(|r| rules::confirms(r) || r.severity == Severity::Error).cloned().collect()
}

/// Equations that hold less what fails.
fn weigh(equations: &[Rule], data: &Value, today: Date) -> f32 {
    let checked = rules::evaluate(equations, data, today);
    let failed = checked.findings.iter().filter(|f| f.severity == Severity::Error).count();
    let mut held: Vec<&str> = Vec::new();
    for (id, result) in checked.checks.values().flatten() {
        if result == "pass"
            && !held.contains(&id.as_str())
            && equations.iter().any(|r| r.id == *id && rules::confirms(r))
        {
            held.push(id);
        }
    }
    held.len() as f32 - 0.8 * failed as f32
}

#[cfg(test)]
mod tests;
