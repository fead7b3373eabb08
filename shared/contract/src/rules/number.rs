//! Exact numbers: fractions, so that rates apply to cents without rounding. Every operation is checked and bounded; what
//! leaves the bounds is no number.

use num_rational::Ratio;
use num_traits::{CheckedAdd, CheckedDiv, CheckedMul, CheckedSub, Zero};

/// A number of the rules.
pub(super) type Number = Ratio<i128>;

/// Largest numerator and denominator. Products of two stay far below the limits of `i128`.
const BOUND: i128 = 1_000_000_000_000_000_000;

/// Most digits of a number in a rule or a document.
const MAX_DIGITS: usize = 18;

/// `+ - * /`.
#[derive(Clone, Copy, Debug)]
pub(super) enum Arithmetic {
    Add,
    Subtract,
    Multiply,
    Divide,
}

impl Arithmetic {
    /// The result, if it has one within bounds.
    pub(super) fn apply(self, left: Number, right: Number) -> Option<Number> {
        let result = match self {
            Arithmetic::Add => left.checked_add(&right),
            Arithmetic::Subtract => left.checked_sub(&right),
            Arithmetic::Multiply => left.checked_mul(&right),
            Arithmetic::Divide if right.is_zero() => None,
            Arithmetic::Divide => left.checked_div(&right),
        }?;
        (result.numer().unsigned_abs() <= BOUND.unsigned_abs() && *result.denom() <= BOUND).then_some(result)
    }
}

/// A whole number.
pub(super) fn whole(n: i64) -> Number {
    Ratio::from_integer(i128::from(n))
}

/// Without its sign.
pub(super) fn absolute(n: Number) -> Number {
    if n < Number::zero() { -n } else { n }
}

/// The number that a text of digits, with a point and a minus sign at most, writes.
pub(super) fn parse(text: &str) -> Option<Number> {
    let (negative, digits) = text.strip_prefix('-').map_or((false, text), |rest| (true, rest));
    let (units, decimals) = digits.split_once('.').unwrap_or((digits, ""));
    let all_digits = units.bytes().chain(decimals.bytes()).all(|b| b.is_ascii_digit());
    if units.is_empty() || !all_digits || units.len() + decimals.len() > MAX_DIGITS {
        return None;
    }
    let scaled: i128 = format!("{units}{decimals}").parse().ok()?;
    let scale = 10i128.checked_pow(u32::try_from(decimals.len()).ok()?)?;
    Some(Ratio::new(if negative { -scaled } else { scaled }, scale))
}

/// The shortest decimal that a float stands for, which is what the catalog's file says.
pub(super) fn from_f64(n: f64) -> Option<Number> {
    parse(&n.to_string())
}
