//! The running balance of a ledger: which row does not follow from the one before it, and whether its balance or its amount is
//! wrong.

use super::number::{Arithmetic, Number, absolute};
use super::truth::Truth;

/// A row of a ledger. Many ledgers print a balance on the last row of a day only.
pub(super) struct Row {
    pub(super) balance: Option<Number>,
    pub(super) amount: Option<Number>,
}

/// What was found of a row.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) struct RowVerdict {
    pub(super) balance: Truth,
    pub(super) amount: Truth,
}

/// What was found of a ledger.
#[derive(Debug)]
pub(super) struct Verdict {
    pub(super) truth: Truth,
    pub(super) opening: Truth,
    /// In the order of the rows.
    pub(super) rows: Vec<RowVerdict>,
}

/// From one printed balance to the next.
struct Step {
    /// Balance before it.
    before: Number,
    /// Its rows: those after the balance before it, up to the one with the balance it ends at.
    rows: std::ops::Range<usize>,
    /// Sum of its amounts, if all are there.
    change: Option<Number>,
    /// Balance it ends at.
    after: Number,
}

/// Follows the balances, oldest row first or newest first, whichever fits better.
pub(super) fn follow(rows: &[Row], opening: Option<Number>, tolerance: Number) -> Verdict {
    let forward = judge(&rows.iter().collect::<Vec<_>>(), opening, tolerance);
    let mut backward = judge(&rows.iter().rev().collect::<Vec<_>>(), opening, tolerance);
    backward.rows.reverse();
    let wrong = |v: &Verdict| v.rows.iter().flat_map(|r| [r.balance, r.amount]).filter(|t| *t == Truth::False).count();
    if wrong(&backward) < wrong(&forward) { backward } else { forward }
}

fn judge(rows: &[&Row], opening: Option<Number>, tolerance: Number) -> Verdict {
    let steps = steps(rows, opening);
    let unknown = RowVerdict { balance: Truth::Unknown, amount: Truth::Unknown };
    let mut verdict = Verdict { truth: Truth::Unknown, opening: Truth::Unknown, rows: vec![unknown; rows.len()] };
    let mut outcomes = Vec::with_capacity(steps.len());
    let mut misread_before = false;
    for (i, step) in steps.iter().enumerate() {
        let next = steps.get(i + 1);
        // The step after a misread balance begins at that balance: it was bridged, and fits.
        let outcome = if misread_before { Truth::True } else { fits(step.before, &[step], tolerance) };
        let bridged = next.is_some_and(|next| fits(step.before, &[step, next], tolerance) == Truth::True);
        let misread = outcome == Truth::False && bridged;
        let next_outcome = next.map_or(Truth::Unknown, |next| fits(next.before, &[next], tolerance));
        let found = match (outcome, misread, next_outcome) {
            (Truth::False, true, _) => RowVerdict { balance: Truth::False, amount: Truth::True },
            (Truth::False, false, Truth::True) => RowVerdict { balance: Truth::True, amount: Truth::False },
            (outcome, ..) => RowVerdict { balance: outcome, amount: outcome },
        };
        mark(&mut verdict.rows, step, found);
        if i == 0 && opening.is_some() {
            verdict.opening = if misread { Truth::True } else { outcome };
        }
        outcomes.push(outcome);
        misread_before = misread;
    }
    verdict.truth = outcomes.into_iter().min().unwrap_or(Truth::Unknown);
    verdict
}

/// Whether the balance before the steps plus their amounts is the balance after the last of them, whatever is printed between.
fn fits(before: Number, steps: &[&Step], tolerance: Number) -> Truth {
    let expected = steps.iter().try_fold(before, |sum, step| Arithmetic::Add.apply(sum, step.change?));
    let after = steps.last().map(|step| step.after);
    let off = expected.zip(after).and_then(|(expected, after)| Arithmetic::Subtract.apply(expected, after));
    Truth::from(off.map(|off| absolute(off) <= tolerance))
}

fn mark(rows: &mut [RowVerdict], step: &Step, found: RowVerdict) {
    for row in rows.get_mut(step.rows.clone()).into_iter().flatten() {
        *row = found;
    }
}

fn steps(rows: &[&Row], opening: Option<Number>) -> Vec<Step> {
    let mut steps = Vec::new();
    let mut before = opening;
    let mut start = 0;
    for (i, row) in rows.iter().enumerate() {
        let Some(after) = row.balance else { continue };
        if let Some(before) = before {
            let rows_of_step = rows.get(start..=i).unwrap_or_default();
            let zero = Some(Number::from_integer(0));
            let change = rows_of_step.iter().fold(zero, |sum, row| Arithmetic::Add.apply(sum?, row.amount?));
            steps.push(Step { before, rows: start..i + 1, change, after });
        }
        before = Some(after);
        start = i + 1;
    }
    steps
}
