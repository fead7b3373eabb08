//! Masking of what identifies people: types whose `Debug` shows nothing, and texts cut to their last four characters.

use std::borrow::Cow;
use std::fmt;
use std::ops::Range;

use crate::validate;

/// Characters of an identifier that stay visible.
const VISIBLE: usize = 4;
/// Identifiers shorter than this are masked whole.
const SHORTEST_SHOWN: usize = 5;

/// A value that must not reach logs, errors or metrics. Neither `Debug` nor `Display` shows anything of it.
#[derive(Clone, Default, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Masked<T>(T);

impl<T> Masked<T> {
    /// Wraps a value.
    pub fn new(value: T) -> Masked<T> {
        Masked(value)
    }

    /// The value. Each call is a place to look at in a review.
    pub fn expose(&self) -> &T {
        &self.0
    }

    /// The value, unwrapped.
    pub fn into_inner(self) -> T {
        self.0
    }
}

impl<T> fmt::Debug for Masked<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("***")
    }
}

impl<T> fmt::Display for Masked<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("***")
    }
}

/// `123-45-6789` -> `***-**-6789`. A text already masked keeps what it shows, at most four characters.
pub fn ssn(text: &str) -> String {
    format!("***-**-{:*>VISIBLE$}", visible_tail(text))
}

/// `0012345678` -> `****5678`. A text already masked (`XXX-XX-1234`, `*****1234`, `...1234`) keeps what it shows, at most four
/// characters.
pub fn account(text: &str) -> String {
    format!("****{}", visible_tail(text))
}

/// Whether a text already hides characters behind `*`, `X`, `#`, dots or bullets.
pub fn is_masked(text: &str) -> bool {
    let crosses = text.chars().filter(|c| matches!(c, 'x' | 'X')).count();
    let marked = text.chars().any(|c| matches!(c, '*' | '•' | '●' | '∙' | '#' | '…')) || text.contains("..");
    crosses > 1 || marked
}

/// The last characters that may be shown: letters and digits up to the first character of a mask, none of a short text.
fn visible_tail(text: &str) -> String {
    let total = text.chars().filter(|c| c.is_alphanumeric()).count();
    if total < SHORTEST_SHOWN && !is_masked(text) {
        return String::new();
    }
    let shown = text.chars().rev().filter(|c| !matches!(c, '-' | ' ' | '/' | ')'));
    let mut tail: Vec<char> =
        shown.take_while(|c| c.is_alphanumeric() && !matches!(c, 'x' | 'X')).take(VISIBLE).collect();
    tail.reverse();
    tail.into_iter().collect()
}

/// Masks what is shaped like an SSN and card numbers with a right check digit, and leaves the rest of a text as it is.
pub fn find_and_mask(text: &str) -> Cow<'_, str> {
    let mut masked = String::new();
    let mut copied = 0;
    for run in digit_runs(text) {
        for (span, replacement) in hidden_parts(&run) {
            masked.push_str(text.get(copied..span.start).unwrap_or_default());
            masked.push_str(&replacement);
            copied = span.end;
        }
    }
    if copied == 0 {
        return Cow::Borrowed(text);
    }
    masked.push_str(text.get(copied..).unwrap_or_default());
    Cow::Owned(masked)
}

/// Digits without anything between them.
struct Group {
    digits: String,
    span: Range<usize>,
}

/// Groups of digits that only a blank, a hyphen or a point separates.
fn digit_runs(text: &str) -> Vec<Vec<Group>> {
    let mut runs: Vec<Vec<Group>> = Vec::new();
    let mut gap = String::from("start");
    for (at, c) in text.char_indices() {
        if !c.is_ascii_digit() {
            gap.push(c);
            continue;
        }
        let group = |at: usize| Group { digits: String::from(c), span: at..at + 1 };
        match runs.last_mut() {
            Some(run) if gap.is_empty() => {
                if let Some(last) = run.last_mut() {
                    last.digits.push(c);
                    last.span.end = at + 1;
                }
            }
            Some(run) if matches!(gap.as_str(), " " | "-" | "." | " - " | "–" | "- " | " -" | "\u{a0}") => {
                run.push(group(at))
            }
            _ => runs.push(vec![group(at)]),
        }
        gap.clear();
    }
    runs
}

/// The parts of a run that must not be shown, each with its replacement.
fn hidden_parts(run: &[Group]) -> Vec<(Range<usize>, String)> {
    let mut parts = Vec::new();
    let mut at = 0;
    while let Some(rest) = run.get(at..).filter(|rest| !rest.is_empty()) {
        let taken = card_length(rest).map(|n| (n, true)).or_else(|| is_ssn(rest).then_some((3, false)));
        let Some((length, card)) = taken else {
            at += 1;
            continue;
        };
        let groups = rest.get(..length).unwrap_or(rest);
        let digits: String = groups.iter().map(|g| g.digits.as_str()).collect();
        if let (Some(first), Some(last)) = (groups.first(), groups.last()) {
            parts.push((first.span.start..last.span.end, if card { account(&digits) } else { ssn(&digits) }));
        }
        at += length;
    }
    parts
}

/// Number of groups from the first one on that make a card number, the longest if there are several. Groups of fewer than three
/// digits are dates and quantities, unless the whole has the length and first digit of most cards.
fn card_length(groups: &[Group]) -> Option<usize> {
    (1..=groups.len().min(6)).rev().find(|&n| {
        let digits: String = groups.iter().take(n).map(|g| g.digits.as_str()).collect();
        let grouped = groups.iter().take(n).all(|g| g.digits.len() >= 3);
        let usual = matches!(digits.len(), 15 | 16) && digits.starts_with(['3', '4', '5', '6']);
        (grouped || usual) && validate::luhn(&digits)
    })
}

fn is_ssn(groups: &[Group]) -> bool {
    let lengths: Vec<usize> = groups.iter().take(3).map(|g| g.digits.len()).collect();
    lengths == [3, 2, 4]
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn an_identifier_shows_its_last_four_characters_only() {
        for (text, want) in
            [("123-45-6789", "***-**-6789"), ("123 45 6789", "***-**-6789"), ("123456789", "***-**-6789")]
        {
            assert_eq!(ssn(text), want);
        }
        for (text, want) in
            [("0012345678", "****5678"), ("333 008755555", "****5555"), ("AB-12345", "****2345"), ("12345", "****2345")]
        {
            assert_eq!(account(text), want);
        }
    }

    #[test]
    fn a_short_identifier_shows_nothing() {
        for text in ["", "1", "1234", "12-34"] {
            assert_eq!((account(text).as_str(), ssn(text).as_str()), ("****", "***-**-****"), "{text}");
        }
    }

    #[test]
    fn an_identifier_masked_on_the_page_stays_as_it_is_shown() {
        for text in
            ["XXX-XX-1234", "***-**-1234", "*****1234", "...1234", "xxxx xxxx xxxx 1234", "••••1234", "ending in 1234"]
        {
            assert_eq!((account(text).as_str(), ssn(text).as_str()), ("****1234", "***-**-1234"), "{text}");
        }
        assert_eq!(ssn("XXX-XX-XXXX"), "***-**-****");
        assert_eq!(ssn("XXX-XX-34"), "***-**-**34");
        assert!(is_masked("XXX-XX-1234") && is_masked("...1234") && !is_masked("TX-1234"));
    }

    #[test]
    fn free_text_loses_ssns_and_cards_and_nothing_else() {
        for (text, want) in [
            ("SSN 123-45-6789, thanks", "SSN ***-**-6789, thanks"),
            ("card 4111 1111 1111 1111 12/25", "card ****1111 12/25"),
            ("card 4111111111111111.", "card ****1111."),
            ("4111-1111-1111-1111 and 123 45 6789", "****1111 and ***-**-6789"),
            ("call 555-123-4567 on 2023-04-03", "call 555-123-4567 on 2023-04-03"),
            ("account 0012345678", "account 0012345678"),
            ("card 411 1 1111 1111 1111", "card ****1111"),
            ("2024-06-11 10241 units", "2024-06-11 10241 units"),
        ] {
            assert_eq!(find_and_mask(text), want);
        }
    }

    #[test]
    fn a_masked_value_prints_as_stars() {
        let secret = Masked::new(String::from("hunter2"));
        assert_eq!(format!("{secret} {secret:?} {:?}", Some(&secret)), "*** *** Some(***)");
        assert_eq!(secret.expose(), "hunter2");
        assert_eq!(secret.into_inner(), "hunter2");
    }

    proptest! {
        #[test]
        fn masking_never_leaks_more_than_four_characters(text in "\\PC{0,40}") {
            for masked in [ssn(&text), account(&text)] {
                prop_assert!(masked.chars().filter(|c| c.is_alphanumeric()).count() <= VISIBLE);
                prop_assert_eq!(account(&masked).matches(|c: char| c.is_alphanumeric()).count() <= VISIBLE, true);
            }
        }

        #[test]
        fn an_ssn_never_survives_in_free_text(before in "[a-z ]{0,10}", a in 100_u32..1000, b in 10_u32..100, c in 1000_u32..10_000, after in "[a-z ,.]{0,10}") {
            let number = format!("{a}-{b}-{c}");
            let masked = find_and_mask(&format!("{before}{number}{after}")).into_owned();
            prop_assert!(!masked.contains(&number));
            prop_assert!(masked.starts_with(&before) && masked.ends_with(&after));
        }

        #[test]
        fn no_text_makes_the_search_panic(text in "\\PC*", digits in "[0-9 .-]{0,60}") {
            let _ = (find_and_mask(&text), find_and_mask(&digits));
        }
    }
}
