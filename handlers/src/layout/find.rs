//! Finds printed phrases in text with reading errors: approximate substring search (Sellers 1980) over folded text.

use super::fold::{Folded, fold, letter_bit};

/// A phrase prepared for searching.
#[derive(Clone, Debug)]
pub struct Phrase {
    folded: Vec<u8>,
    letters: u64,
    /// Largest accepted edit distance.
    budget: usize,
    /// It holds digits, which tell one form from another ("1099-INT", "1545-0112") and must be read as they are.
    exact: bool,
}

/// Where a phrase was found.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Hit {
    /// First folded byte.
    pub start: usize,
    /// One past the last folded byte.
    pub end: usize,
    /// 1 - edit distance / length of the phrase.
    pub score: f32,
}

impl Phrase {
    /// Prepares a phrase. Short ones must be read exactly, longer ones may have an error in seven letters: measured on
    /// the labels of scanned forms, more lets "customer name" stand for "customer service".
    pub fn new(text: &str) -> Phrase {
        let folded = fold(text);
        let letters = folded.iter().fold(0, |set, &b| set | letter_bit(b));
        let exact = folded.iter().any(u8::is_ascii_digit);
        let budget = match folded.len() {
            0..=5 => 0,
            n if exact && n <= 12 => 0,
            6..=13 => 1,
            n => n / 7,
        };
        Phrase { folded, letters, budget, exact }
    }

    /// Number of letters and digits.
    pub fn len(&self) -> usize {
        self.folded.len()
    }

    /// Whether nothing is left to search for.
    pub fn is_empty(&self) -> bool {
        self.folded.is_empty()
    }

    /// The best place of the phrase in a text. A short phrase must stand as words of its own.
    pub fn find(&self, text: &Folded) -> Option<Hit> {
        let n = self.folded.len();
        if n == 0 || text.bytes.len() + self.budget < n {
            return None;
        }
        if (self.letters & !text.letters).count_ones() as usize > self.budget {
            return None;
        }
        let mut best: Option<(f32, Hit)> = None;
        self.scan(&text.bytes, |start, end, distance| {
            let from_word = text.starts.get(start).copied().unwrap_or(false);
            let to_word = end == text.bytes.len() || text.starts[end];
            // Box numbers stick to labels ("1Wages"), so a digit before or behind is as good as a blank.
            let digit = |i: Option<&u8>| !self.exact && i.is_some_and(u8::is_ascii_digit);
            let from_word = from_word || digit(start.checked_sub(1).and_then(|i| text.bytes.get(i)));
            let to_word = to_word || (digit(text.bytes.get(end)) && !text.tied[end]);
            let whole = n < 9 || self.exact;
            let digits = |bytes: &[u8]| bytes.iter().copied().filter(u8::is_ascii_digit).collect::<Vec<u8>>();
            if (whole && !(from_word && to_word))
                || (self.exact && digits(&self.folded) != digits(&text.bytes[start..end]))
            {
                return;
            }
            let cost = distance as f32 + if from_word { 0.0 } else { 0.6 } + if to_word { 0.0 } else { 0.6 };
            if cost > self.budget as f32 + 0.6 {
                return;
            }
            if best.as_ref().is_none_or(|(least, _)| cost < *least) {
                best = Some((cost, Hit { start, end, score: 1.0 - cost / n as f32 }));
            }
        });
        best.map(|(_, hit)| hit)
    }

    /// Calls `found(start, end, distance)` for each end at which the phrase is within its budget.
    fn scan(&self, text: &[u8], mut found: impl FnMut(usize, usize, usize)) {
        let n = self.folded.len();
        // A column of the table: for each prefix of the phrase the least distance to a substring that ends here, and its start.
        let mut column: Vec<(usize, usize)> = (0..=n).map(|i| (i, 0)).collect();
        for (j, &t) in text.iter().enumerate() {
            let mut diagonal = column[0];
            column[0] = (0, j + 1);
            for i in 1..=n {
                let change = (diagonal.0 + usize::from(self.folded[i - 1] != t), diagonal.1);
                let skip_text = (column[i].0 + 1, column[i].1);
                let skip_phrase = (column[i - 1].0 + 1, column[i - 1].1);
                diagonal = column[i];
                let mut least = change;
                if skip_text.0 < least.0 {
                    least = skip_text;
                }
                if skip_phrase.0 < least.0 {
                    least = skip_phrase;
                }
                column[i] = least;
            }
            if column[n].0 <= self.budget {
                found(column[n].1, j + 1, column[n].0);
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn find(phrase: &str, text: &str) -> Option<String> {
        let folded = Folded::new(text.chars());
        let hit = Phrase::new(phrase).find(&folded)?;
        let chars: Vec<char> = text.chars().collect();
        Some(chars[folded.source[hit.start]..=folded.source[hit.end - 1]].iter().collect())
    }

    #[test]
    fn a_label_is_found_in_spite_of_reading_errors_and_a_box_number() {
        assert_eq!(
            find("wages, tips, other comp", "1Wages, lips, other comp. 100.00").as_deref(),
            Some("Wages, lips, other comp")
        );
        assert_eq!(
            find("federal income tax withheld", "4Federal incometaxwithheld").as_deref(),
            Some("Federal incometaxwithheld")
        );
    }

    #[test]
    fn a_short_phrase_stands_as_a_word_of_its_own() {
        assert_eq!(find("total", "Subtotal 12.00"), None);
        assert_eq!(find("total", "Total: 12.00").as_deref(), Some("Total"));
        assert_eq!(find("date", "update"), None);
    }

    #[test]
    fn a_phrase_with_digits_is_found_only_with_the_same_digits() {
        assert_eq!(find("1545-0110", "OMB No. 1545-0112"), None);
        assert_eq!(find("form 1099-r", "Form 1099-B"), None);
        assert_eq!(find("1099-INT", "Form 1099-INT (Rev. 2022)").as_deref(), Some("1099-INT"));
    }

    #[test]
    fn unlike_words_are_not_found() {
        assert_eq!(find("medicare wages and tips", "Social security wages"), None);
        assert_eq!(find("tax", ""), None);
    }
}
