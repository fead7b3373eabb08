//! From the recogniser's probabilities to characters with their places (greedy CTC decoding).

use crate::alphabet::{Alphabet, is_latin};

/// A blank between words counts from this probability on, although another class is likelier: the recogniser was trained
/// on text that often has no blanks and hides them.
const HIDDEN_SPACE: f32 = 0.3;
/// A line is in another script when at least this many characters, and half of all, are surely not Latin.
const FOREIGN_CHARACTERS: usize = 2;
/// What "surely" means there.
const FOREIGN_PROBABILITY: f32 = 0.8;

/// One character of a line.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Symbol {
    pub(crate) class: u32,
    /// Where its middle is, as a column of the network's output.
    pub(crate) column: f32,
    /// 0..1.
    pub(crate) probability: f32,
    /// For a letter with an accent: the likeliest character without one at its column.
    pub(crate) plain: Option<u32>,
}

/// What the recogniser gives for one line: rows of class probabilities, one per column of the line.
#[derive(Clone, Copy)]
pub(crate) struct Probabilities<'a> {
    pub(crate) values: &'a [f32],
    pub(crate) classes: usize,
}

/// Reads a line. Characters of other scripts are taken only where the line as a whole is in one: on Latin pages they are
/// nothing but misread specks and checkboxes.
pub(crate) fn decode(probabilities: Probabilities<'_>, alphabet: &Alphabet) -> Vec<Symbol> {
    let mut latin = Decoder::new(alphabet);
    let mut any = Decoder::new(alphabet);
    for (column, row) in probabilities.values.chunks_exact(probabilities.classes).enumerate() {
        let best = likeliest_of(row, alphabet.latin());
        latin.push(column, row, best);
        // Probabilities sum to one, so nothing can beat more than half.
        any.push(column, row, if best.1 > 0.5 { best } else { likeliest(row) });
    }
    if is_foreign(&any.symbols, alphabet) { any.symbols } else { latin.symbols }
}

fn is_foreign(symbols: &[Symbol], alphabet: &Alphabet) -> bool {
    let foreign = symbols
        .iter()
        .filter(|s| s.probability >= FOREIGN_PROBABILITY)
        .filter(|s| alphabet.character(s.class).chars().any(|c| c.is_alphabetic() && !is_latin(c)))
        .count();
    foreign >= FOREIGN_CHARACTERS && foreign * 2 >= symbols.len()
}

fn likeliest_of(row: &[f32], classes: &[u32]) -> (u32, f32) {
    let mut best = (0, f32::NEG_INFINITY);
    for &class in classes {
        let probability = row.get(class as usize).copied().unwrap_or(0.0);
        if probability > best.1 {
            best = (class, probability);
        }
    }
    best
}

fn likeliest(row: &[f32]) -> (u32, f32) {
    (0_u32..).zip(row).fold((0, f32::NEG_INFINITY), |best, (class, &p)| if p > best.1 { (class, p) } else { best })
}

/// Collapses repeats, drops "nothing here", brings hidden blanks back.
struct Decoder<'a> {
    alphabet: &'a Alphabet,
    space: u32,
    symbols: Vec<Symbol>,
    previous: u32,
    /// The likeliest blank since the last character: column and probability.
    hidden: (f32, f32),
}

impl<'a> Decoder<'a> {
    fn new(alphabet: &'a Alphabet) -> Self {
        Self { alphabet, space: alphabet.space(), symbols: Vec::new(), previous: 0, hidden: (0.0, 0.0) }
    }

    fn push(&mut self, column: usize, row: &[f32], (class, probability): (u32, f32)) {
        let column = column as f32;
        let blank = row.get(self.space as usize).copied().unwrap_or(0.0);
        if class == 0 {
            if blank > self.hidden.1 {
                self.hidden = (column, blank);
            }
        } else if class != self.previous {
            self.take_hidden_blank(class);
            let symbol = self.symbol(class, column, probability, row);
            self.symbols.push(symbol);
        } else if self.symbols.last().is_some_and(|last| probability > last.probability) {
            self.symbols.pop();
            let symbol = self.symbol(class, column, probability, row);
            self.symbols.push(symbol);
        }
        self.previous = class;
    }

    fn symbol(&self, class: u32, column: f32, probability: f32, row: &[f32]) -> Symbol {
        let plain = self.alphabet.is_accented(class).then(|| likeliest_of(row, self.alphabet.plain()).0);
        Symbol { class, column, probability, plain }
    }

    fn take_hidden_blank(&mut self, next: u32) {
        let (column, probability) = std::mem::replace(&mut self.hidden, (0.0, 0.0));
        if probability < HIDDEN_SPACE || next == self.space {
            return;
        }
        let Some(last) = self.symbols.last().filter(|last| last.class != self.space) else { return };
        if may_part(self.alphabet.character(last.class), self.alphabet.character(next)) {
            self.symbols.push(Symbol { class: self.space, column, probability, plain: None });
        }
    }
}

/// Whether a hidden blank can stand between the two: not inside of numbers, where wide gaps are usual, and not before
/// closing or after opening punctuation.
fn may_part(before: &str, after: &str) -> bool {
    let in_number = |text: &str| text.chars().all(|c| c.is_ascii_digit() || "+-.,/$€£".contains(c));
    let closes = after.chars().all(|c| ".,;:!?)]%".contains(c));
    let opens = before.chars().all(|c| "([#".contains(c));
    !(closes || opens || in_number(before) && in_number(after))
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Classes: 0 nothing, 1 'a', 2 'b', 3 '中', 4 '文', 5 blank.
    fn alphabet() -> Alphabet {
        Alphabet::new("a\nb\n中\n文")
    }

    fn text_of(rows: &[[f32; 6]]) -> String {
        let alphabet = alphabet();
        let values: Vec<f32> = rows.iter().flatten().copied().collect();
        let symbols = decode(Probabilities { values: &values, classes: 6 }, &alphabet);
        symbols.iter().map(|s| alphabet.character(s.class)).collect()
    }

    const NOTHING: [f32; 6] = [0.9, 0.02, 0.02, 0.02, 0.02, 0.02];
    const A: [f32; 6] = [0.1, 0.8, 0.05, 0.0, 0.0, 0.05];
    const B: [f32; 6] = [0.1, 0.05, 0.8, 0.0, 0.0, 0.05];

    #[test]
    fn repeats_collapse_unless_nothing_stands_between_them() {
        assert_eq!(text_of(&[A, A, NOTHING, A, B, B]), "aab");
    }

    #[test]
    fn a_blank_that_is_only_likely_is_found_between_characters() {
        let maybe_blank = [0.6, 0.0, 0.0, 0.0, 0.0, 0.4];
        assert_eq!(text_of(&[A, maybe_blank, B]), "a b");
        assert_eq!(text_of(&[maybe_blank, A, maybe_blank]), "a");
    }

    #[test]
    fn no_hidden_blank_is_put_into_numbers_or_before_punctuation() {
        assert!(may_part("a", "B") && may_part(":", "1") && may_part("a", "$"));
        assert!(!may_part(".", "7") && !may_part("-", "5") && !may_part("3", ",") && !may_part("a", ":"));
    }

    #[test]
    fn a_lone_foreign_character_gives_way_to_the_best_latin_one() {
        let misread = [0.05, 0.1, 0.3, 0.5, 0.0, 0.05];
        assert_eq!(text_of(&[A, NOTHING, misread]), "ab");
    }

    #[test]
    fn a_line_in_another_script_is_kept() {
        let first = [0.05, 0.0, 0.0, 0.95, 0.0, 0.0];
        let second = [0.05, 0.0, 0.0, 0.0, 0.95, 0.0];
        assert_eq!(text_of(&[first, NOTHING, second]), "中文");
    }

    #[test]
    fn a_character_stands_at_its_likeliest_column() {
        let weak = [0.45, 0.55, 0.0, 0.0, 0.0, 0.0];
        let values: Vec<f32> = [NOTHING, weak, A, NOTHING].concat();
        let symbols = decode(Probabilities { values: &values, classes: 6 }, &alphabet());
        assert_eq!(symbols, [Symbol { class: 1, column: 2.0, probability: 0.8, plain: None }]);
    }

    #[test]
    fn a_letter_with_an_accent_knows_the_likeliest_one_without() {
        let alphabet = Alphabet::new("c\nl\n\u{e9}");
        let values = [0.2, 0.05, 0.1, 0.6, 0.05];
        let symbols = decode(Probabilities { values: &values, classes: 5 }, &alphabet);
        assert_eq!(symbols, [Symbol { class: 3, column: 0.0, probability: 0.6, plain: Some(2) }]);
    }
}
