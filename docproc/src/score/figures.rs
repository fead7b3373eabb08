//! The figures: shares of right values, and how well confidence tells right from wrong.

/// Number of bins of the calibration error, of equal mass.
const BINS: usize = 10;

/// Labelled values of one type.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Tally {
    /// Answered as labelled.
    pub right: usize,
    /// Answered otherwise.
    pub wrong: usize,
    /// Not answered.
    pub missing: usize,
}

impl Tally {
    /// Counts one value; `None` is a missing one.
    pub(super) fn add(&mut self, right: Option<bool>) {
        match right {
            Some(true) => self.right += 1,
            Some(false) => self.wrong += 1,
            None => self.missing += 1,
        }
    }

    /// The two together.
    #[must_use]
    pub fn plus(self, other: Tally) -> Tally {
        Tally {
            right: self.right + other.right,
            wrong: self.wrong + other.wrong,
            missing: self.missing + other.missing,
        }
    }

    /// All labelled values.
    pub fn labelled(self) -> usize {
        self.right + self.wrong + self.missing
    }

    /// Right of all labelled ones, 0..1.
    pub fn accuracy(self) -> f64 {
        ratio(self.right, self.labelled().max(1))
    }

    /// Right of all answered ones, 0..1.
    pub fn precision(self) -> f64 {
        ratio(self.right, (self.right + self.wrong).max(1))
    }
}

/// A share. Counts of values are far below the 2^52 that a float holds exactly.
pub(super) fn ratio(part: usize, whole: usize) -> f64 {
    part as f64 / whole as f64
}

/// The chance that a right value has a higher confidence than a wrong one; ties count half. `None` without both kinds.
pub(super) fn auroc(scored: &[(f64, bool)]) -> Option<f64> {
    let of = |right: bool| scored.iter().filter(move |(_, ok)| *ok == right).map(|(score, _)| *score);
    let half_wins: usize = of(true)
        .map(|p| of(false).map(|n| if p > n { 2 } else { usize::from(p.total_cmp(&n).is_eq()) }).sum::<usize>())
        .sum();
    let pairs = of(true).count() * of(false).count();
    (pairs > 0).then(|| ratio(half_wins, 2 * pairs))
}

/// Expected calibration error: the mean distance between confidence and share of right ones, over bins of equal mass.
pub(super) fn ece(scored: &[(f64, bool)]) -> Option<f64> {
    let mut sorted = scored.to_vec();
    sorted.sort_by(|a, b| a.0.total_cmp(&b.0).then(a.1.cmp(&b.1)));
    let size = (sorted.len() / BINS).max(1);
    let gap = |bin: &[(f64, bool)]| {
        let confidence = bin.iter().map(|(score, _)| score).sum::<f64>() / ratio(bin.len(), 1);
        let right = ratio(bin.iter().filter(|(_, ok)| *ok).count(), bin.len());
        ratio(bin.len(), 1) * (confidence - right).abs()
    };
    (!sorted.is_empty()).then(|| sorted.chunks(size).map(gap).sum::<f64>() / ratio(sorted.len(), 1))
}

/// The middle value, or the mean of the two middle ones.
pub(super) fn median(values: &[f64]) -> Option<f64> {
    let mut sorted = values.to_vec();
    sorted.sort_by(f64::total_cmp);
    let upper = *sorted.get(sorted.len() / 2)?;
    let lower = *sorted.get((sorted.len() - 1) / 2)?;
    Some(if sorted.len() % 2 == 1 { upper } else { f64::midpoint(lower, upper) })
}
