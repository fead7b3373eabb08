//! Calendar dates and times of day, and reading them from the text of a page.
//!
//! A text such as `03/04/2023` means two dates; which one a document means is the caller's [`Order`] hint. Ranges of plausible
//! dates are left to the rules.

use std::fmt;
use std::ops::Range;
use std::str::FromStr;

use serde::{Deserialize, Deserializer, Serialize, Serializer};

mod months;
mod pattern;
#[cfg(test)]
mod tests;
mod time_of_day;
mod token;

pub use time_of_day::find_time;

/// Two-digit years below this are of this century.
const PIVOT: u16 = 69;
/// Years that a document can name.
const YEARS: std::ops::RangeInclusive<u16> = 1800..=2199;

/// A day of the calendar. `YYYY-MM-DD` as text and in JSON.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Date {
    /// Four digits.
    pub year: u16,
    /// 1..=12.
    pub month: u8,
    /// 1..=31, and a day that the month has.
    pub day: u8,
}

impl Date {
    /// The date, if the calendar has it.
    pub fn new(year: u16, month: u8, day: u8) -> Option<Date> {
        let valid = YEARS.contains(&year) && Date { year, month, day }.calendar().is_some();
        valid.then_some(Date { year, month, day })
    }

    /// Days from `self` to `other`, negative if `other` is earlier.
    pub fn days_until(self, other: Date) -> i64 {
        let day = |d: Date| d.calendar().map_or(0, |d| i64::from(d.to_julian_day()));
        day(other) - day(self)
    }

    fn calendar(self) -> Option<time::Date> {
        let month = time::Month::try_from(self.month).ok()?;
        time::Date::from_calendar_date(i32::from(self.year), month, self.day).ok()
    }
}

impl fmt::Display for Date {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:04}-{:02}-{:02}", self.year, self.month, self.day)
    }
}

/// The text is not a date in the form `YYYY-MM-DD`.
#[derive(Debug, PartialEq, Eq, thiserror::Error)]
#[error("not a date in the form YYYY-MM-DD")]
pub struct NotIso;

impl FromStr for Date {
    type Err = NotIso;

    fn from_str(text: &str) -> Result<Date, NotIso> {
        let mut parts = text.split('-');
        let mut number = |digits: usize| {
            let part = parts.next().filter(|p| p.len() == digits && p.bytes().all(|b| b.is_ascii_digit()));
            part.and_then(|p| p.parse::<u16>().ok()).ok_or(NotIso)
        };
        let (year, month, day) = (number(4)?, number(2)?, number(2)?);
        let small = |n: u16| u8::try_from(n).map_err(|_| NotIso);
        let date = Date::new(year, small(month)?, small(day)?).ok_or(NotIso)?;
        if parts.next().is_some() { Err(NotIso) } else { Ok(date) }
    }
}

impl Serialize for Date {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}

impl<'de> Deserialize<'de> for Date {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Date, D::Error> {
        String::deserialize(deserializer)?.parse().map_err(serde::de::Error::custom)
    }
}

/// Which of day and month a document writes first.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Order {
    /// As in the United States.
    MonthFirst,
    /// As nearly everywhere else.
    DayFirst,
    /// The document has not shown it.
    #[default]
    Unknown,
}

/// A date as read from text.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Parsed {
    /// The date.
    pub date: Date,
    /// The text could also mean another date, and the order was not known. Then `date` takes points as day first, other
    /// separators as month first.
    pub ambiguous: bool,
}

/// A date inside a longer text.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Found {
    /// The date.
    pub parsed: Parsed,
    /// Bytes of the text that name it.
    pub span: Range<usize>,
}

/// A day without its year.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct PartialDate {
    /// 1..=12.
    pub month: u8,
    /// 1..=31.
    pub day: u8,
    /// Day and month could be the other way round.
    pub ambiguous: bool,
}

impl PartialDate {
    /// The date within a period, or else the one nearest to it: `12/30` is of the old year and `01/02` of the new one on a
    /// statement from December to January. `None` for a 29 February that no year near the period has.
    pub fn in_period(self, start: Date, end: Date) -> Option<Date> {
        let years = start.year.saturating_sub(1)..=end.year.saturating_add(1);
        let distance = |d: &Date| d.days_until(start).max(end.days_until(*d)).max(0);
        years.filter_map(|year| Date::new(year, self.month, self.day)).min_by_key(distance)
    }
}

/// Reads a text that is one date, perhaps with the weekday before it and the time behind it.
pub fn parse(text: &str, order: Order) -> Option<Parsed> {
    let tokens = token::tokens(text);
    let start = pattern::skip_weekday(&tokens);
    let (parsed, end) = pattern::date_at(&tokens, start, order)?;
    time_of_day::only_time_after(&tokens, end).then_some(parsed)
}

/// Finds the first date in a text.
pub fn find(text: &str, order: Order) -> Option<Found> {
    let tokens = token::tokens(text);
    (0..tokens.len()).find_map(|start| {
        let (parsed, end) = pattern::date_at(&tokens, start, order)?;
        Some(Found { parsed, span: tokens.get(start)?.start..tokens.get(end.checked_sub(1)?)?.end })
    })
}

/// Reads a text that is a month and a day without year: `01/15`, `Jan 15`, `15. Januar`.
pub fn parse_partial(text: &str, order: Order) -> Option<PartialDate> {
    let tokens = token::tokens(text);
    let (partial, end) = pattern::partial_at(&tokens, pattern::skip_weekday(&tokens), order)?;
    (end == tokens.len()).then_some(partial)
}

/// Finds a month and a day without year at the start of a text, and says how many bytes it takes.
pub fn partial_prefix(text: &str, order: Order) -> Option<(PartialDate, usize)> {
    let tokens = token::tokens(text);
    let (partial, end) = pattern::partial_at(&tokens, pattern::skip_weekday(&tokens), order)?;
    Some((partial, tokens.get(end.checked_sub(1)?)?.end))
}
