//! Money as integer cents, and reading it from the text of a page.
//!
//! No floating-point arithmetic anywhere: text becomes cents by its digits, cents become a JSON number by their digits. Which
//! of several numbers on a page is meant, and whether a credit is negative there, is left to the extraction.

use std::fmt;

use serde::de::{self, Visitor};
use serde::{Deserialize, Deserializer, Serialize, Serializer};
use serde_json::value::RawValue;

mod number;
#[cfg(test)]
mod tests;
mod wrapping;

/// An amount in hundredths of its currency's unit. A JSON number with two decimals on the wire (`1234.50`).
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Cents(pub i64);

impl Cents {
    /// The sum, unless it overflows.
    pub fn checked_add(self, other: Cents) -> Option<Cents> {
        self.0.checked_add(other.0).map(Cents)
    }

    /// The difference, unless it overflows.
    pub fn checked_sub(self, other: Cents) -> Option<Cents> {
        self.0.checked_sub(other.0).map(Cents)
    }

    /// The absolute value, [`i64::MAX`] for the one amount that has none.
    #[must_use]
    pub fn abs(self) -> Cents {
        Cents(self.0.saturating_abs())
    }

    /// The amount as a JSON number.
    pub fn to_json(self) -> serde_json::Value {
        self.to_string().parse::<serde_json::Number>().map_or(serde_json::Value::Null, serde_json::Value::Number)
    }
}

impl fmt::Display for Cents {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let sign = if self.0 < 0 { "-" } else { "" };
        let magnitude = self.0.unsigned_abs();
        write!(f, "{sign}{}.{:02}", magnitude / 100, magnitude % 100)
    }
}

impl Serialize for Cents {
    /// Writes both decimals. Meant for `serde_json`: other formats see its raw-value wrapper.
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        RawValue::from_string(self.to_string()).map_err(serde::ser::Error::custom)?.serialize(serializer)
    }
}

impl<'de> Deserialize<'de> for Cents {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Cents, D::Error> {
        deserializer.deserialize_any(CentsVisitor)
    }
}

struct CentsVisitor;

impl Visitor<'_> for CentsVisitor {
    type Value = Cents;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a number with at most two decimals")
    }

    fn visit_i64<E: de::Error>(self, units: i64) -> Result<Cents, E> {
        units.checked_mul(100).map(Cents).ok_or_else(|| E::custom("amount out of range"))
    }

    fn visit_u64<E: de::Error>(self, units: u64) -> Result<Cents, E> {
        i64::try_from(units).map_err(E::custom).and_then(|units| self.visit_i64(units))
    }

    /// The shortest decimal text that names this float is the text that was in the JSON, up to trailing zeros.
    fn visit_f64<E: de::Error>(self, value: f64) -> Result<Cents, E> {
        let text = value.to_string();
        let (negative, digits) = text.strip_prefix('-').map_or((false, text.as_str()), |rest| (true, rest));
        let (units, fraction) = digits.split_once('.').unwrap_or((digits, ""));
        if fraction.len() > 2 {
            return Err(E::custom("more than two decimals"));
        }
        let magnitude = format!("{units}{fraction:0<2}").parse::<i64>().map_err(E::custom)?;
        Ok(Cents(if negative { -magnitude } else { magnitude }))
    }
}

/// How a document writes decimals: `1,234.56` or `1.234,56`.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum DecimalMark {
    /// As in English.
    Point,
    /// As in most of Europe.
    Comma,
    /// The document has not shown it.
    #[default]
    Unknown,
}

/// Which column of the books a printed mark (`CR`, `DR`) puts an amount in.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Side {
    /// `CR`.
    Credit,
    /// `DR`.
    Debit,
}

/// An amount as read from text.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Money {
    /// The amount. Negative for `-`, brackets and `CR`; where a credit is positive (a bank balance) see [`Money::side`].
    pub cents: Cents,
    /// ISO 4217 code of the currency written with it. A bare `$` is read as `USD`, a bare `¥` as `JPY`, `kr` is left open.
    pub currency: Option<&'static str>,
    /// The text could also mean another amount: `1.234` without knowing the document's decimal mark.
    pub ambiguous: bool,
    /// Characters that recognition confuses were put right: `1O.OO`, `1 ,234. 56`, `1.941.98`.
    pub repaired: bool,
    /// Number of decimals printed, before rounding to cents.
    pub decimals: u8,
    /// `CR` or `DR`, if printed.
    pub side: Option<Side>,
}

/// Reads a text that is one amount and nothing else, apart from its sign, currency, `CR`/`DR`, a tax code letter or asterisks.
/// Percentages, dates, phone numbers, identifiers with leading zeros and words are `None`, and so is what exceeds [`Cents`].
pub fn parse(text: &str, mark: DecimalMark) -> Option<Money> {
    let wrapped = wrapping::unwrap(text)?;
    let number = number::parse(&wrapped.core, &wrapped.context(mark))?;
    if wrapped.starred && number.decimals != 2 {
        return None; // `****5678` is a masked account number
    }
    let signed = if wrapped.negative { number.cents.checked_neg()? } else { number.cents };
    Some(Money {
        cents: Cents(signed),
        currency: wrapped.currency,
        ambiguous: number.ambiguous,
        repaired: number.repaired || wrapped.repaired,
        decimals: number.decimals,
        side: wrapped.side,
    })
}

/// Whether a text is an amount beyond doubt: it has two decimals or a currency. `1999` and `1,000` are not.
pub fn looks_like_money(text: &str) -> bool {
    parse(text, DecimalMark::Unknown).is_some_and(|m| m.decimals == 2 || m.currency.is_some())
}
