//! Stops a model that repeats itself without end, and leaves alone what a page may rightly repeat: the rows of a ruled table,
//! copies of a form, dot leaders.
//!
//! What is watched is the end of the text. It counts as a loop when a long stretch of it is one piece over and over. How long, is
//! a matter of what a page can hold:
//!
//! - Words: 2,400 characters of one piece of up to 400, or 12,000 of one of up to 2,000, at least six times. What repeats by
//!   nature does not count: the keys of JSON, tags, punctuation, blanks, `null`. Digits alone are no words, so a table of numbers
//!   is not one.
//! - Anything: 16,000 characters, more than the fullest page of empty cells has.
//! - A number, a leader or blanks that run on for 600 characters.

/// Least repetitions of a loop.
const REPEATS: usize = 6;

/// Stretches of words that are looked at, in bytes.
const WORDS: [usize; 2] = [2_400, 12_000];

/// The stretch of any text that is looked at.
const ANYTHING: usize = 16_000;

/// A run of digits and marks, or of blanks, that no page has.
const RUN: usize = 600;

/// Bytes of the text's end from which the words are taken: markup can be several times as long as the words.
const TAIL: usize = 64_000;

/// New bytes between two looks: a look takes about a tenth of a millisecond.
const STEP: usize = 400;

/// Watches one answer.
#[derive(Default)]
pub(crate) struct Repetition {
    seen: usize,
}

impl Repetition {
    /// Whether the text, which has grown since the last call, ends in a loop.
    pub(crate) fn found(&mut self, text: &str) -> bool {
        if text.len() < self.seen + STEP {
            return false;
        }
        self.seen = text.len();
        let tail = tail(text.as_bytes(), TAIL);
        runs_on(tail) || periodic(tail, ANYTHING) || {
            let words = words(tail);
            WORDS
                .iter()
                .any(|&stretch| periodic(&words, stretch) && self::tail(&words, stretch).iter().any(|&b| is_letter(b)))
        }
    }
}

fn tail(text: &[u8], length: usize) -> &[u8] {
    &text[text.len().saturating_sub(length)..]
}

fn is_letter(byte: u8) -> bool {
    byte.is_ascii_alphabetic() || !byte.is_ascii()
}

/// Whether the last bytes are one number, one leader or one gap.
fn runs_on(text: &[u8]) -> bool {
    let end = tail(text, RUN);
    let ends = |of: fn(u8) -> bool| end.len() == RUN && end.iter().all(|&b| of(b));
    ends(|b| b.is_ascii_whitespace()) || ends(|b| b.is_ascii_digit() || b".,-_=*~".contains(&b))
}

/// Whether the last `stretch` bytes are one piece, [`REPEATS`] times or more.
fn periodic(text: &[u8], stretch: usize) -> bool {
    if text.len() < stretch {
        return false;
    }
    let end = tail(text, stretch);
    stretch - longest_border(end) <= stretch / REPEATS
}

/// Length of the longest proper prefix that is also a suffix (Knuth, Morris and Pratt): the length without it is the period.
fn longest_border(text: &[u8]) -> usize {
    let mut borders = vec![0; text.len()];
    let mut border = 0;
    for i in 1..text.len() {
        while border > 0 && text[i] != text[border] {
            border = borders[border - 1];
        }
        if text[i] == text[border] {
            border += 1;
        }
        borders[i] = border;
    }
    borders.last().copied().unwrap_or(0)
}

/// The letters and digits of a text without its keys, tags and literals.
fn words(text: &[u8]) -> Vec<u8> {
    let mut words = Vec::with_capacity(text.len());
    let mut i = 0;
    while i < text.len() {
        let rest = &text[i..];
        if let Some(length) = markup(rest) {
            i += length;
        } else if rest[0].is_ascii_alphanumeric() || !rest[0].is_ascii() {
            let end = rest.iter().position(|&b| b.is_ascii() && !b.is_ascii_alphanumeric()).unwrap_or(rest.len());
            let word = &rest[..end];
            if !matches!(word, b"null" | b"true" | b"false") {
                words.extend_from_slice(word);
            }
            i += end;
        } else {
            i += 1;
        }
    }
    words
}

/// The length of a JSON key or of a tag at the start of a text.
fn markup(text: &[u8]) -> Option<usize> {
    /// Longer ones are text.
    const LONGEST: usize = 80;
    let within = &text[..text.len().min(LONGEST)];
    match within.first()? {
        b'"' => {
            let close = 1 + within.get(1..)?.iter().position(|&b| b == b'"')?;
            let colon = text.get(close + 1..)?.iter().position(|b| !b.is_ascii_whitespace())?;
            (text[close + 1 + colon] == b':').then_some(close + 2 + colon)
        }
        b'<' => within.iter().position(|&b| b == b'>').map(|close| close + 1),
        b'\\' => Some(2), // an escape: its letter is no word
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// How much of an endless text is written before it is stopped.
    fn stopped_after(start: &str, piece: impl Fn(usize) -> String) -> Option<usize> {
        let mut repetition = Repetition::default();
        let mut text = start.to_owned();
        for i in 0..60_000 {
            text.push_str(&piece(i));
            if repetition.found(&text) {
                return Some(text.len());
            }
        }
        None
    }

    #[test]
    fn a_sentence_a_word_and_a_paragraph_that_come_again_and_again_are_stopped() {
        let stopped = stopped_after("{\"note\":\"", |_| "the tenant shall pay the rent and ".to_owned()).unwrap();
        assert!(stopped < 4_000, "{stopped}");
        assert!(stopped_after("", |_| "na ".to_owned()).unwrap() < 5_000);
        let paragraph: String = (0..90).map(|i| format!("clause {i} of the lease ")).collect();
        assert!(stopped_after("", |_| paragraph.clone()).is_some());
    }

    #[test]
    fn digits_blanks_and_leaders_without_end_are_stopped() {
        assert!(stopped_after("{\"total\":", |i| (i % 10).to_string()).unwrap() < 2_000);
        assert!(stopped_after("{\"total\":", |_| " ".to_owned()).unwrap() < 2_000);
        assert!(stopped_after("Contents ", |_| ".".to_owned()).unwrap() < 2_000);
    }

    #[test]
    fn rows_of_a_ruled_table_are_left_alone_whatever_holds_them() {
        let rows = |row: fn(usize) -> String| {
            let mut repetition = Repetition::default();
            let mut text = String::new();
            (0..150).any(|i| {
                text.push_str(&row(i));
                repetition.found(&text)
            })
        };
        assert!(!rows(|i| format!("| {} | {} | 0 | 0 | 1 |\n", i % 2, (i + 1) % 2)));
        assert!(!rows(|i| format!("{} {} 0 0 1\n", i % 2, (i + 1) % 2)));
        assert!(!rows(|i| format!("<tr><td>{}</td><td>{}</td><td></td><td>0.00</td></tr>", i % 2, (i + 1) % 2)));
        assert!(!rows(|i| format!("{{\"quantity\":\"{}\",\"amount\":\"0.00\",\"note\":null}},", i % 2)));
        assert!(!rows(|i| format!(
            "{{\"description\":\"Consulting, senior engineer\",\"amount\":\"{}.00\"}},",
            100 + i
        )));
        assert!(!rows(|_| "| | | | | |\n".to_owned()));
    }

    #[test]
    fn four_copies_of_a_form_and_a_sheet_of_labels_are_left_alone() {
        let form: String = (0..60).map(|i| format!("box {i} wages tips other compensation ")).collect();
        let mut repetition = Repetition::default();
        assert!(!repetition.found(&form.repeat(4)));
        assert!(!Repetition::default().found(&"ACME Corporation\n1 Main Street\nSpringfield IL 62701\n\n".repeat(30)));
    }

    #[test]
    fn a_table_without_end_is_stopped_in_the_end() {
        assert!(stopped_after("<table>", |_| "<tr><td></td><td></td></tr>".to_owned()).unwrap() < 20_000);
    }
}
