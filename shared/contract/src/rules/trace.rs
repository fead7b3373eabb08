//! Which fields a rule looked at, and what it found of each.

use std::collections::HashMap;

use super::truth::Truth;

/// The fields of a rule, in the order in which it names them.
#[derive(Debug, Default)]
pub(super) struct Trace {
    seen: Vec<Seen>,
    index: HashMap<String, usize>,
}

/// A field that a rule looked at.
#[derive(Debug)]
pub(super) struct Seen {
    pub(super) path: String,
    /// Whether the document has it.
    pub(super) present: bool,
    /// What was found of it by itself, as for one entry of many; else the whole rule's outcome is its own.
    pub(super) own: Option<Truth>,
}

impl Trace {
    /// Adds a field. Of several outcomes of its own the worst stays.
    pub(super) fn add(&mut self, seen: Seen) {
        match self.index.get(&seen.path).and_then(|i| self.seen.get_mut(*i)) {
            Some(known) => known.own = known.own.zip(seen.own).map(|(a, b)| a.min(b)),
            None => {
                self.index.insert(seen.path.clone(), self.seen.len());
                self.seen.push(seen);
            }
        }
    }

    /// What a rule with this outcome found of each field that is present.
    pub(super) fn outcomes(&self, rule: Truth) -> impl Iterator<Item = (String, Truth)> {
        self.seen.iter().filter(|s| s.present).map(move |s| (s.path.clone(), s.outcome(rule)))
    }

    /// The fields that a rule which does not hold implicates: those present, or, if none is, all that it names.
    pub(super) fn implicated(&self) -> Vec<String> {
        let paths = |chosen: &dyn Fn(&Seen) -> bool| -> Vec<String> {
            self.seen.iter().filter(|s| chosen(s)).map(|s| s.path.clone()).collect()
        };
        let blamed = |s: &Seen| s.outcome(Truth::False) == Truth::False;
        let present = paths(&|s| s.present && blamed(s));
        if present.is_empty() { paths(&blamed) } else { present }
    }
}

impl Seen {
    /// An entry's own outcome counts only against the rule's: a rule that holds blames nothing.
    fn outcome(&self, rule: Truth) -> Truth {
        match (rule, self.own) {
            (_, None) | (_, Some(Truth::False)) => rule,
            (_, Some(own)) => own,
        }
    }
}
