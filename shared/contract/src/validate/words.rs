//! The legal line of a check: an amount in English words.

use crate::money::Cents;

/// Numbers below a hundred.
const SMALL: [(&str, i64); 28] = [
    ("zero", 0),
    ("one", 1),
    ("two", 2),
    ("three", 3),
    ("four", 4),
    ("five", 5),
    ("six", 6),
    ("seven", 7),
    ("eight", 8),
    ("nine", 9),
    ("ten", 10),
    ("eleven", 11),
    ("twelve", 12),
    ("thirteen", 13),
    ("fourteen", 14),
    ("fifteen", 15),
    ("sixteen", 16),
    ("seventeen", 17),
    ("eighteen", 18),
    ("nineteen", 19),
    ("twenty", 20),
    ("thirty", 30),
    ("forty", 40),
    ("fifty", 50),
    ("sixty", 60),
    ("seventy", 70),
    ("eighty", 80),
    ("ninety", 90),
];
/// Words that multiply what stands before them.
const LARGE: [(&str, i64); 4] =
    [("hundred", 100), ("thousand", 1_000), ("million", 1_000_000), ("billion", 1_000_000_000)];
/// Words that belong to the line and are no numbers. They are matched too, so that `and` is not taken for a misread `one`.
const FILLER: [&str; 13] =
    ["dollars", "dollar", "and", "only", "exactly", "even", "cents", "cent", "the", "sum", "of", "pay", "no"];

/// What a word of the line says.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Word {
    Small(i64),
    Large(i64),
    Dollars,
    Cents,
    Filler,
}

/// Reads an amount such as `One hundred twenty-three and 45/100 dollars`, with the letters that recognition confuses. `None` if
/// no word is a number.
pub fn cents_in_words(text: &str) -> Option<Cents> {
    let (words, hundredths) = without_fraction(text);
    let mut reader = Reader::default();
    for word in words.split(|c: char| !c.is_alphanumeric()).filter(|w| !w.is_empty()) {
        reader.read(recognise(&word.to_lowercase())?)?;
    }
    reader.finish(hundredths)
}

/// Adds up the words.
#[derive(Default)]
struct Reader {
    /// Thousands and millions so far.
    total: i64,
    /// The number below a thousand that is being read.
    current: i64,
    /// What stood before the word `dollars`.
    dollars: Option<i64>,
    cents: Option<i64>,
    numbers: usize,
}

impl Reader {
    fn read(&mut self, word: Word) -> Option<()> {
        match word {
            Word::Small(n) => {
                self.numbers += 1;
                self.current = self.current.checked_add(n)?;
            }
            Word::Large(100) => self.current = self.current.max(1).checked_mul(100)?,
            Word::Large(factor) => {
                self.total = self.total.checked_add(self.current.max(1).checked_mul(factor)?)?;
                self.current = 0;
            }
            Word::Dollars => self.dollars = Some(self.take()?),
            Word::Cents => self.cents = Some(self.take()?).filter(|c| *c < 100),
            Word::Filler => {}
        }
        Some(())
    }

    fn take(&mut self) -> Option<i64> {
        let whole = self.total.checked_add(self.current)?;
        (self.total, self.current) = (0, 0);
        Some(whole)
    }

    fn finish(mut self, hundredths: Option<i64>) -> Option<Cents> {
        if self.numbers == 0 {
            return None;
        }
        let rest = self.take()?;
        let dollars = self.dollars.unwrap_or(rest);
        let cents = hundredths.or(self.cents).unwrap_or(0);
        dollars.checked_mul(100)?.checked_add(cents).map(Cents)
    }
}

/// Takes `45/100`, `45/1OO`, `no/100`, `xx/100` off a text.
fn without_fraction(text: &str) -> (String, Option<i64>) {
    let Some((before, after)) = text.split_once('/') else { return (text.to_owned(), None) };
    let head = before.trim_end();
    let top: Vec<char> = head.chars().rev().take_while(|c| c.is_alphanumeric()).collect();
    let top: String = top.into_iter().rev().collect();
    let words = head.strip_suffix(top.as_str()).unwrap_or(head);
    let rest: String = after
        .trim_start()
        .chars()
        .skip_while(|c| c.is_ascii_digit() || matches!(c, 'O' | 'o' | 'l' | 'I' | ' '))
        .collect();
    let digits: String = top
        .chars()
        .map(|c| match c {
            'O' | 'o' => '0',
            'l' | 'I' => '1',
            'S' | 's' => '5',
            c => c,
        })
        .collect();
    let hundredths = match digits.parse() {
        Ok(n @ 0..100) => Some(n),
        _ if matches!(top.to_lowercase().as_str(), "no" | "xx" | "x" | "zero") => Some(0),
        _ => None,
    };
    (format!("{words} {rest}"), hundredths)
}

/// The word of the vocabulary that is nearest, within one wrong letter of four and two of seven. Unknown short words are
/// blots; an unknown long word may be a number, so the line is not to be trusted.
fn recognise(word: &str) -> Option<Word> {
    let allowed = match word.chars().count() {
        0..=3 => 0,
        4..=6 => 1,
        _ => 2,
    };
    let nearest = vocabulary().map(|(name, meaning)| (distance(name, word), meaning)).min_by_key(|(d, _)| *d)?;
    if nearest.0 <= allowed {
        return Some(nearest.1);
    }
    run_together(word).or_else(|| (allowed == 0).then_some(Word::Filler))
}

fn vocabulary() -> impl Iterator<Item = (&'static str, Word)> {
    let filler = FILLER.iter().map(|&name| match name {
        "dollars" | "dollar" => (name, Word::Dollars),
        "cents" | "cent" => (name, Word::Cents),
        _ => (name, Word::Filler),
    });
    SMALL
        .iter()
        .map(|&(name, n)| (name, Word::Small(n)))
        .chain(LARGE.iter().map(|&(name, n)| (name, Word::Large(n))))
        .chain(filler)
}

/// `twentythree`, whose hyphen was lost.
fn run_together(word: &str) -> Option<Word> {
    let tens = SMALL.iter().filter(|(_, n)| *n >= 20);
    tens.filter_map(|(name, tens)| {
        let unit = word.strip_prefix(name)?;
        SMALL.iter().find(|(name, n)| *n < 10 && *name == unit).map(|(_, n)| Word::Small(tens + n))
    })
    .next()
}

/// Edits between two words (Levenshtein).
fn distance(a: &str, b: &str) -> usize {
    let b: Vec<char> = b.chars().collect();
    let mut row: Vec<usize> = (0..=b.len()).collect();
    for (i, ca) in a.chars().enumerate() {
        let mut diagonal = i;
        let mut left = i + 1;
        for (cell, cb) in row.iter_mut().skip(1).zip(&b) {
            let next = (*cell + 1).min(left + 1).min(diagonal + usize::from(ca != *cb));
            diagonal = *cell;
            *cell = next;
            left = next;
        }
        if let Some(first) = row.first_mut() {
            *first = i + 1;
        }
    }
    row.last().copied().unwrap_or(0)
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn the_legal_line_is_read_in_its_usual_forms() {
        for (text, want) in [
            ("One hundred twenty-three and 45/100 dollars", 12_345),
            ("ONE HUNDRED TWENTY THREE AND 45/100", 12_345),
            ("Two thousand five hundred and no/100 Dollars", 250_000),
            ("Forty-five dollars and sixty-seven cents", 4_567),
            ("Seven and XX/100", 700),
            ("Exactly one million two hundred thousand dollars only", 120_000_000),
            ("Ten thousand and 00/100 ********", 1_000_000),
            ("Zero and 99/100", 99),
        ] {
            assert_eq!(cents_in_words(text), Some(Cents(want)), "{text}");
        }
    }

    #[test]
    fn misread_letters_do_not_change_the_amount() {
        for (text, want) in [
            ("0ne hundrcd twenly-thrce and 45/1OO doilars", 12_345),
            ("Two thousnd five hundred and n0/100", 250_000),
            ("FIFTYFIVE AND 2O/100", 5_520),
            ("Sixteen and 5O / 100", 1_650),
        ] {
            assert_eq!(cents_in_words(text), Some(Cents(want)), "{text}");
        }
    }

    #[test]
    fn a_line_without_number_words_is_no_amount() {
        for text in ["", "dollars", "Pay to the order of", "Jane Example", "45/100", "one hundred wonderful things"] {
            assert_eq!(cents_in_words(text), None, "{text}");
        }
    }

    fn in_words(n: i64) -> String {
        let name = |n: i64| SMALL.iter().find(|(_, value)| *value == n).map_or("", |(name, _)| name);
        match n {
            0..=20 => name(n).to_owned(),
            21..100 if n % 10 == 0 => name(n).to_owned(),
            21..100 => format!("{}-{}", name(n - n % 10), name(n % 10)),
            100..1_000 if n % 100 == 0 => format!("{} hundred", name(n / 100)),
            100..1_000 => format!("{} hundred {}", name(n / 100), in_words(n % 100)),
            _ if n % 1_000 == 0 => format!("{} thousand", in_words(n / 1_000)),
            _ => format!("{} thousand {}", in_words(n / 1_000), in_words(n % 1_000)),
        }
    }

    proptest! {
        #[test]
        fn every_amount_reads_back_from_its_words(dollars in 1_i64..1_000_000, cents in 0_i64..100) {
            let text = format!("{} and {cents:02}/100 dollars", in_words(dollars));
            prop_assert_eq!(cents_in_words(&text), Some(Cents(dollars * 100 + cents)), "{}", text);
        }
    }
}
