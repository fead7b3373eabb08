//! The forms in which pages write dates, matched on tokens.

use super::months;
use super::token::Token;
use super::{Date, Order, PIVOT, Parsed, PartialDate};

/// Reads tokens one after another; a failed form is tried again from its start by the caller.
#[derive(Clone, Copy)]
struct Cursor<'a> {
    tokens: &'a [Token],
    at: usize,
}

/// Day and month of a form, with what is left open.
struct DayMonth {
    day: u8,
    month: u8,
    ambiguous: bool,
}

/// The date that starts at a token, and the index behind its last token.
pub(super) fn date_at(tokens: &[Token], at: usize, order: Order) -> Option<(Parsed, usize)> {
    let cursor = Cursor { tokens, at };
    if cursor.inside_a_number() {
        return None;
    }
    let forms = [year_first, numeric, day_name_year, name_day_year, compact];
    let (parsed, end) = forms.iter().find_map(|form| form(cursor, order))?;
    Some((parsed, end.at))
}

/// The day and month that start at a token, and the index behind them.
pub(super) fn partial_at(tokens: &[Token], at: usize, order: Order) -> Option<(PartialDate, usize)> {
    let cursor = Cursor { tokens, at };
    if cursor.inside_a_number() {
        return None;
    }
    let (found, end) =
        [partial_numeric, partial_day_name, partial_name_day].iter().find_map(|form| form(cursor, order))?;
    Date::new(2000, found.month, found.day)?; // a leap year has every day
    Some((PartialDate { month: found.month, day: found.day, ambiguous: found.ambiguous }, end.at))
}

/// The index behind a weekday and its comma or point at the start.
pub(super) fn skip_weekday(tokens: &[Token]) -> usize {
    let mut cursor = Cursor { tokens, at: 0 };
    match cursor.word() {
        Some(word) if months::is_weekday(word) => {
            cursor.skip_marks(&[',', '.', ':']);
            cursor.at
        }
        _ => 0,
    }
}

/// `2023-04-03`, `2023.4.3`, `2023 Apr 3`, `99/12/31`.
fn year_first(mut c: Cursor<'_>, _: Order) -> Option<(Parsed, Cursor<'_>)> {
    let digits = c.number()?;
    let year = match digits.len() {
        4 => digits.parse().ok()?,
        2 if digits.parse::<u16>().ok()? > 31 => two_digit_year(digits.parse().ok()?),
        _ => return None,
    };
    let separator = c.separator();
    let month = match c.month_name() {
        Some(month) => month,
        None => {
            separator.filter(|s| *s != ' ' || digits.len() == 4)?;
            c.small()?
        }
    };
    c.separator()?;
    let day = c.small()?;
    c.complete(Date::new(year, month, day)?, false)
}

/// `03/04/2023`, `3-4-23`, `18.03.2018`, `03 04 2023`.
fn numeric(mut c: Cursor<'_>, order: Order) -> Option<(Parsed, Cursor<'_>)> {
    let (first, separator, second) = c.pair()?;
    let again = c.separator()?;
    if (separator == ' ') != (again == ' ') {
        return None;
    }
    let year = c.year(separator == ' ')?;
    let found = order_pair(first, second, separator, order)?;
    c.complete(Date::new(year, found.month, found.day)?, found.ambiguous)
}

/// `3 April 2023`, `3/APR/2018`, `3. april 2023`, `3rd of April, 2023`, `3 de abril de 2023`, `03APR23`.
fn day_name_year(mut c: Cursor<'_>, _: Order) -> Option<(Parsed, Cursor<'_>)> {
    let (day, month) = c.day_and_name()?;
    c.skip_marks(&['.', ',', '/', '-', '\'', '’']);
    c.skip_words(&["de", "del", "of"]);
    let year = c.year(false)?;
    c.complete(Date::new(year, month, day)?, false)
}

/// `April 3rd, 2023`, `Apr. 3, 23`, `APR-03-2023`.
fn name_day_year(mut c: Cursor<'_>, _: Order) -> Option<(Parsed, Cursor<'_>)> {
    let (day, month) = c.name_and_day()?;
    c.skip_marks(&['.', ',', '/', '-', '\'', '’']);
    let year = c.year(false)?;
    c.complete(Date::new(year, month, day)?, false)
}

/// `20180403`.
fn compact(mut c: Cursor<'_>, _: Order) -> Option<(Parsed, Cursor<'_>)> {
    let digits = c.number().filter(|d| d.len() == 8)?;
    let part = |range| digits.get(range).and_then(|d: &str| d.parse::<u16>().ok());
    let (year, month, day) = (part(0..4)?, part(4..6)?, part(6..8)?);
    let plausible = (1900..2100).contains(&year);
    let date = Date::new(year, u8::try_from(month).ok()?, u8::try_from(day).ok()?).filter(|_| plausible)?;
    c.complete(date, false)
}

/// `01/15`, `15.01.`
fn partial_numeric(mut c: Cursor<'_>, order: Order) -> Option<(DayMonth, Cursor<'_>)> {
    let (first, separator, second) = c.pair().filter(|(_, separator, _)| *separator != ' ')?;
    let found = order_pair(first, second, separator, order)?;
    if separator == '.' {
        c.skip_marks(&['.']);
    }
    (!c.touches_more()).then_some((found, c))
}

/// `15 Jan`, `15. Januar`.
fn partial_day_name(mut c: Cursor<'_>, _: Order) -> Option<(DayMonth, Cursor<'_>)> {
    let (day, month) = c.day_and_name()?;
    c.skip_marks(&['.']);
    Some((DayMonth { day, month, ambiguous: false }, c))
}

/// `Jan 15`, `January 15th`.
fn partial_name_day(mut c: Cursor<'_>, _: Order) -> Option<(DayMonth, Cursor<'_>)> {
    let (day, month) = c.name_and_day()?;
    (!c.touches_more()).then_some((DayMonth { day, month, ambiguous: false }, c))
}

/// Says which of two numbers is the day.
fn order_pair(first: u8, second: u8, separator: char, order: Order) -> Option<DayMonth> {
    let day_first = DayMonth { day: first, month: second, ambiguous: false };
    let month_first = DayMonth { day: second, month: first, ambiguous: false };
    match (first, second) {
        (13..=31, 1..=12) => Some(day_first),
        (1..=12, 13..=31) => Some(month_first),
        (1..=12, 1..=12) => Some(match order {
            Order::DayFirst => day_first,
            Order::MonthFirst => month_first,
            Order::Unknown if separator == '.' => DayMonth { ambiguous: first != second, ..day_first },
            Order::Unknown => DayMonth { ambiguous: first != second, ..month_first },
        }),
        _ => None,
    }
}

fn two_digit_year(year: u16) -> u16 {
    if year < PIVOT { 2000 + year } else { 1900 + year }
}

impl<'a> Cursor<'a> {
    fn peek(&self) -> Option<&'a Token> {
        self.tokens.get(self.at)
    }

    fn take<T>(&mut self, read: impl Fn(&'a Token) -> Option<T>) -> Option<T> {
        let taken = read(self.peek()?)?;
        self.at += 1;
        Some(taken)
    }

    fn number(&mut self) -> Option<&'a str> {
        self.take(Token::number)
    }

    fn word(&mut self) -> Option<&'a str> {
        self.take(Token::word)
    }

    fn month_name(&mut self) -> Option<u8> {
        self.take(|t| t.word().and_then(months::month))
    }

    fn skip_marks(&mut self, marks: &[char]) {
        while self.take(|t| t.mark().filter(|m| marks.contains(m))).is_some() {}
    }

    fn skip_words(&mut self, words: &[&str]) {
        while self.take(|t| t.word().filter(|w| words.contains(w))).is_some() {}
    }

    /// A number of one or two digits.
    fn small(&mut self) -> Option<u8> {
        self.take(|t| t.number().filter(|d| d.len() <= 2).and_then(|d| d.parse().ok()))
    }

    /// A separator of a numeric date; a blank if there is only a blank.
    fn separator(&mut self) -> Option<char> {
        let mark = self.take(|t| t.mark().filter(|m| matches!(m, '/' | '-' | '.' | ',' | '–' | '−' | '\\' | '\'')));
        mark.or_else(|| self.peek().filter(|t| t.blank_before).map(|_| ' '))
    }

    /// Two small numbers with a separator; both of two digits if that is a blank.
    fn pair(&mut self) -> Option<(u8, char, u8)> {
        let before = self.at;
        let first = self.small()?;
        let separator = self.separator().filter(|s| *s != ',')?;
        let second = self.small()?;
        let both_long = [before, self.at - 1]
            .iter()
            .all(|&i| self.tokens.get(i).and_then(Token::number).is_some_and(|d| d.len() == 2));
        (separator != ' ' || both_long).then_some((first, separator, second))
    }

    fn day_and_name(&mut self) -> Option<(u8, u8)> {
        let day = self.small()?;
        self.skip_marks(&['.', '/', '-', ',', 'º', '°']);
        self.skip_words(&["st", "nd", "rd", "th", "er", "e", "o", "de", "of", "º", "ª"]);
        let month = self.month_name()?;
        Some((day, month))
    }

    fn name_and_day(&mut self) -> Option<(u8, u8)> {
        let month = self.month_name()?;
        self.skip_marks(&['.', '/', '-', ',']);
        let day = self.small()?;
        self.skip_words(&["st", "nd", "rd", "th"]);
        Some((day, month))
    }

    /// A year of four or two digits, put together again where recognition saw a blank in it: `18/03/1 8`, `18/03/20 18`.
    fn year(&mut self, four_only: bool) -> Option<u16> {
        let first = self.number()?;
        if let Some(joined) = self.joined_year(first) {
            self.at += 1;
            return Some(joined);
        }
        match first.len() {
            4 => first.parse().ok(),
            2 if !four_only => first.parse().ok().map(two_digit_year),
            _ => None,
        }
    }

    /// The year of two numbers with a blank between them, unless the second one begins a time.
    fn joined_year(&self, first: &str) -> Option<u16> {
        let next = self.peek().filter(|t| t.blank_before)?.number()?;
        let after = self.tokens.get(self.at + 1);
        if after
            .is_some_and(|t| !t.blank_before && (t.mark().is_some_and(|m| ":./-".contains(m)) || t.word().is_some()))
        {
            return None;
        }
        let whole = format!("{first}{next}");
        match (first.len(), whole.len()) {
            (1, 2) => whole.parse().ok().map(two_digit_year),
            (1..=3, 4) => whole.parse().ok().filter(|y| (1900..2100).contains(y)),
            _ => None,
        }
    }

    /// Whether the token goes on with the number or word before it, such as the `12` in `1.12` or `A12`.
    fn inside_a_number(&self) -> bool {
        let Some(token) = self.peek() else { return true };
        let Some(before) = self.at.checked_sub(1).and_then(|i| self.tokens.get(i)) else { return false };
        if token.blank_before {
            return false;
        }
        let number_before = |at: usize| self.tokens.get(at).is_some_and(|t| t.number().is_some());
        match token.number() {
            Some(_) if before.word().is_some() => before.word().and_then(months::month).is_some(),
            Some(_) => {
                before.mark().is_some_and(|m| "/-.".contains(m))
                    && self.at >= 2
                    && number_before(self.at - 2)
                    && !before.blank_before
            }
            None => false,
        }
    }

    /// Whether more digits follow without a blank: `01/15` in `01/15/23` or `1.15` in `1.15.0`.
    fn touches_more(&self) -> bool {
        let glued = |at: usize| self.tokens.get(at).filter(|t| !t.blank_before);
        match glued(self.at) {
            Some(t) if t.number().is_some() => true,
            Some(t) if t.mark().is_some() => glued(self.at + 1).is_some_and(|t| t.number().is_some()),
            _ => false,
        }
    }

    fn complete(self, date: Date, ambiguous: bool) -> Option<(Parsed, Cursor<'a>)> {
        let glued = self.peek().filter(|t| !t.blank_before).is_some_and(|t| t.number().is_some());
        (!glued).then_some((Parsed { date, ambiguous }, self))
    }
}
