//! Text of a date as numbers, words and separators, with the blanks remembered but not counted.

/// A piece of text.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Kind {
    /// Digits, as written.
    Number(String),
    /// Letters, lower case, accents folded.
    Word(String),
    /// Any other character.
    Mark(char),
}

/// A piece of text and where it stands.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Token {
    pub(super) kind: Kind,
    /// First byte.
    pub(super) start: usize,
    /// Byte behind the last one.
    pub(super) end: usize,
    /// A blank stands before it.
    pub(super) blank_before: bool,
}

impl Token {
    pub(super) fn number(&self) -> Option<&str> {
        if let Kind::Number(digits) = &self.kind { Some(digits) } else { None }
    }

    pub(super) fn word(&self) -> Option<&str> {
        if let Kind::Word(letters) = &self.kind { Some(letters) } else { None }
    }

    pub(super) fn mark(&self) -> Option<char> {
        if let Kind::Mark(c) = self.kind { Some(c) } else { None }
    }
}

pub(super) fn tokens(text: &str) -> Vec<Token> {
    let chars = repaired(text);
    let mut tokens: Vec<Token> = Vec::new();
    let mut blank = false;
    for (start, c) in chars {
        let end = start + c.len_utf8();
        if c.is_whitespace() {
            blank = true;
            continue;
        }
        let kind = if c.is_ascii_digit() {
            Kind::Number(c.to_string())
        } else if c.is_alphabetic() {
            Kind::Word(fold(c).to_string())
        } else {
            Kind::Mark(c)
        };
        let last = tokens.last_mut().filter(|_| !blank);
        match (last.map(|t| (&mut t.kind, &mut t.end)), kind) {
            (Some((Kind::Number(digits), token_end)), Kind::Number(digit)) => {
                digits.push_str(&digit);
                *token_end = end;
            }
            (Some((Kind::Word(letters), token_end)), Kind::Word(letter)) => {
                letters.push_str(&letter);
                *token_end = end;
            }
            (_, kind) => tokens.push(Token { kind, start, end, blank_before: blank }),
        }
        blank = false;
    }
    tokens
}

/// The characters with digits for the letters that recognition confuses with them, where a digit or separator is on each side
/// and a digit on one: `O3/l2/2O23`. Positions stay those of the text.
fn repaired(text: &str) -> Vec<(usize, char)> {
    let mut chars: Vec<(usize, char)> = text.char_indices().collect();
    for i in 0..chars.len() {
        let digit = match chars.get(i) {
            Some((_, 'O' | 'o')) => '0',
            Some((_, 'l' | 'I' | '|')) => '1',
            _ => continue,
        };
        let before = i.checked_sub(1).and_then(|j| chars.get(j)).map(|&(_, c)| c);
        let after = chars.get(i + 1).map(|&(_, c)| c);
        let is_digit = |c: Option<char>| c.is_some_and(|c| c.is_ascii_digit());
        let letter = |c: Option<char>| c.is_some_and(char::is_alphabetic);
        if (is_digit(before) || is_digit(after))
            && !letter(before)
            && !letter(after)
            && let Some(place) = chars.get_mut(i)
        {
            place.1 = digit;
        }
    }
    chars
}

/// Lower case without accent, for the letters of the month names.
fn fold(c: char) -> char {
    match c.to_lowercase().next().unwrap_or(c) {
        'ä' | 'à' | 'á' | 'â' | 'ã' => 'a',
        'é' | 'è' | 'ê' | 'ë' => 'e',
        'í' | 'ì' | 'î' => 'i',
        'ó' | 'ò' | 'ô' | 'ö' => 'o',
        'ú' | 'ù' | 'û' | 'ü' => 'u',
        'ç' => 'c',
        c => c,
    }
}
