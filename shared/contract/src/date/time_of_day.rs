//! Times of day.

use super::token::{self, Token};

/// Finds the first time of day in a text, as `HH:MM` or `HH:MM:SS` of 24 hours: `12:28 AM` is `00:28`, `18h30` is `18:30`.
pub fn find_time(text: &str) -> Option<String> {
    let tokens = token::tokens(text);
    (0..tokens.len()).find_map(|at| time_at(&tokens, at)).map(|(time, _)| time)
}

/// Whether nothing but a time of day stands behind a date.
pub(super) fn only_time_after(tokens: &[Token], at: usize) -> bool {
    let joins = |t: &Token| {
        t.mark().is_some_and(|m| ",;-|.@".contains(m))
            || t.word().is_some_and(|w| matches!(w, "t" | "at" | "um" | "uhr" | "a" | "h"))
    };
    let skip = |mut at: usize| {
        while tokens.get(at).is_some_and(joins) {
            at += 1;
        }
        at
    };
    let start = skip(at);
    let end = time_at(tokens, start).map_or(start, |(_, end)| skip(end));
    let zone = |t: &Token| {
        t.word()
            .is_some_and(|w| matches!(w, "z" | "utc" | "gmt" | "est" | "edt" | "pst" | "pdt" | "cst" | "cdt" | "cet"))
    };
    let end = if tokens.get(end).is_some_and(zone) { end + 1 } else { end };
    end == tokens.len()
}

/// The time that starts at a token, and the index behind it.
fn time_at(tokens: &[Token], start: usize) -> Option<(String, usize)> {
    if start
        .checked_sub(1)
        .and_then(|i| tokens.get(i))
        .is_some_and(|t| t.mark() == Some(':') && t.end == tokens.get(start).map_or(0, |t| t.start))
    {
        return None; // the middle of a longer number
    }
    let small = |at: usize, digits: std::ops::RangeInclusive<usize>| {
        tokens.get(at)?.number().filter(|d| digits.contains(&d.len()))?.parse::<u8>().ok()
    };
    let hour = small(start, 1..=2)?;
    let separator = tokens.get(start + 1)?;
    let minute = small(start + 2, 2..=2).filter(|m| *m < 60)?;
    let colon = separator.mark() == Some(':');
    let french = separator.word() == Some("h");
    let point = separator.mark() == Some('.') && tokens.get(start + 3).and_then(Token::word) == Some("uhr");
    if !(colon || french || point) {
        return None;
    }
    let mut end = start + 3;
    let mut second = None;
    if tokens.get(end).and_then(Token::mark) == Some(':') {
        second = small(end + 1, 2..=2).filter(|s| *s < 60);
        end += if second.is_some() { 2 } else { 0 };
    }
    let (hour, end) = half_of_day(tokens, hour, end)?;
    let seconds = second.map(|s| format!(":{s:02}")).unwrap_or_default();
    Some((format!("{hour:02}:{minute:02}{seconds}"), end))
}

/// The hour of 24, after `AM`, `PM`, `a.m.` or `p.m.` behind the time.
fn half_of_day(tokens: &[Token], hour: u8, end: usize) -> Option<(u8, usize)> {
    let word = |at: usize| tokens.get(at).and_then(Token::word);
    let point = |at: usize| tokens.get(at).and_then(Token::mark) == Some('.');
    let (half, end) = match word(end) {
        Some(half @ ("am" | "pm")) => (half, end + 1),
        Some(half @ ("a" | "p")) if point(end + 1) && word(end + 2) == Some("m") => (half, end + 3),
        _ => return (hour < 24).then_some((hour, end)),
    };
    if hour > 12 {
        return (hour < 24).then_some((hour, end)); // `18:30 PM` is printed too
    }
    let morning = hour % 12;
    Some((if half.starts_with('p') { morning + 12 } else { morning }, end))
}
