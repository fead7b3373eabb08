//! Text reduced to what survives bad printing and reading: small letters and digits without accents, blanks or punctuation.

/// Folds a character to nothing or to one or two plain letters or digits.
pub fn fold_char(c: char) -> &'static [u8] {
    const PLAIN: &[u8; 36] = b"abcdefghijklmnopqrstuvwxyz0123456789";
    let one = |i: usize| &PLAIN[i..=i];
    match c {
        'a'..='z' => one(c as usize - 'a' as usize),
        'A'..='Z' => one(c as usize - 'A' as usize),
        '0'..='9' => one(26 + c as usize - '0' as usize),
        'à' | 'á' | 'â' | 'ã' | 'å' | 'À' | 'Á' | 'Â' | 'Ã' | 'Å' | 'ä' | 'Ä' => b"a",
        'ç' | 'Ç' | 'ć' | 'č' => b"c",
        'è' | 'é' | 'ê' | 'ë' | 'È' | 'É' | 'Ê' | 'Ë' => b"e",
        'ì' | 'í' | 'î' | 'ï' | 'Ì' | 'Í' | 'Î' | 'Ï' => b"i",
        'ñ' | 'Ñ' => b"n",
        'ò' | 'ó' | 'ô' | 'õ' | 'ø' | 'Ò' | 'Ó' | 'Ô' | 'Õ' | 'Ø' | 'ö' | 'Ö' => b"o",
        'š' | 'Š' => b"s",
        'ß' => b"ss",
        'ù' | 'ú' | 'û' | 'ü' | 'Ù' | 'Ú' | 'Û' | 'Ü' => b"u",
        'ý' | 'ÿ' | 'Ý' => b"y",
        'ž' | 'Ž' => b"z",
        'æ' | 'Æ' => b"ae",
        'œ' | 'Œ' => b"oe",
        '°' | 'º' => b"o",
        _ => b"",
    }
}

/// Folds a text.
pub fn fold(text: &str) -> Vec<u8> {
    text.chars().flat_map(fold_char).copied().collect()
}

/// Folds a text to a string.
pub fn fold_text(text: &str) -> String {
    fold(text).into_iter().map(char::from).collect()
}

/// A folded text whose bytes know the character they come from.
#[derive(Debug)]
pub struct Folded {
    /// The folded bytes.
    pub bytes: Vec<u8>,
    /// For each byte, the index of its character in the source.
    pub source: Vec<usize>,
    /// For each byte, whether a word of the source begins here.
    pub starts: Vec<bool>,
    /// For each byte, whether a hyphen or the like ties it to the one before.
    pub tied: Vec<bool>,
    /// Which letters and digits occur, a bit each.
    pub letters: u64,
}

impl Folded {
    /// Folds characters.
    pub fn new(chars: impl Iterator<Item = char>) -> Folded {
        let mut folded =
            Folded { bytes: Vec::new(), source: Vec::new(), starts: Vec::new(), tied: Vec::new(), letters: 0 };
        let (mut between, mut tie) = (true, false);
        for (i, c) in chars.enumerate() {
            let bytes = fold_char(c);
            if bytes.is_empty() {
                // An apostrophe or hyphen joins what it stands in: "Employer's" and "PO-17" are one word each.
                let joins = matches!(c, '\'' | '’' | '`' | '-' | '_' | '@');
                between |= !joins;
                tie = joins && !between;
                continue;
            }
            for &b in bytes {
                folded.bytes.push(b);
                folded.source.push(i);
                folded.starts.push(between);
                folded.tied.push(tie);
                folded.letters |= letter_bit(b);
                (between, tie) = (false, false);
            }
        }
        folded
    }
}

/// The bit of a folded byte in a set of letters and digits.
pub fn letter_bit(b: u8) -> u64 {
    match b {
        b'a'..=b'z' => 1 << (b - b'a'),
        b'0'..=b'9' => 1 << (26 + (b - b'0')),
        _ => 0,
    }
}

/// Similarity of two texts after folding: 1 - edit distance / longer length.
pub fn similarity(a: &str, b: &str) -> f32 {
    let (a, b) = (fold(a), fold(b));
    if a.is_empty() || b.is_empty() {
        return f32::from(u8::from(a == b));
    }
    let mut row: Vec<usize> = (0..=b.len()).collect();
    for (i, ca) in a.iter().enumerate() {
        let mut diagonal = row[0];
        row[0] = i + 1;
        for (j, cb) in b.iter().enumerate() {
            let next = (row[j + 1] + 1).min(row[j] + 1).min(diagonal + usize::from(ca != cb));
            diagonal = row[j + 1];
            row[j + 1] = next;
        }
    }
    1.0 - row[b.len()] as f32 / a.len().max(b.len()) as f32
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn folding_keeps_letters_and_digits_without_accents_or_punctuation() {
        assert_eq!(fold_text("Wages, tips — Façade Ñ 12.5 %"), "wagestipsfacaden125");
        assert_eq!(similarity("Müller & Söhne", "MULLER SOHNE"), 1.0);
        assert!(similarity("abcd", "abxd") > 0.7 && similarity("abcd", "wxyz") < 0.1);
    }

    #[test]
    fn a_folded_byte_knows_its_character_and_whether_it_starts_a_word() {
        let folded = Folded::new("Employer's EIN".chars());
        assert_eq!(folded.bytes, b"employersein");
        assert_eq!(folded.source[9], 11);
        let starts: Vec<usize> = (0..12).filter(|&i| folded.starts[i]).collect();
        assert_eq!(starts, [0, 9]);
    }
}
