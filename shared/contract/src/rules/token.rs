//! Cuts the text of a condition into tokens.

use super::number::{self, Number};

#[derive(Clone, Debug, PartialEq)]
pub(super) enum Token {
    Number(Number),
    Text(String),
    /// A field, a function or a word such as `and`; dots included.
    Name(String),
    /// One of `( ) , + - * / = < <= > >=`.
    Sign(&'static str),
}

/// Longest first, so that `<=` is not read as `<`.
const SIGNS: [&str; 12] = ["<=", ">=", "<", ">", "=", "(", ")", ",", "+", "-", "*", "/"];

/// The tokens of a text.
pub(super) fn tokens(text: &str) -> Result<Vec<Token>, String> {
    let mut rest = text.trim_start();
    let mut tokens = Vec::new();
    while let Some(first) = rest.chars().next() {
        let (token, after) = match first {
            '"' => quoted(rest)?,
            '0'..='9' => numeral(rest)?,
            'a'..='z' | '_' => name(rest),
            _ => sign(rest, first)?,
        };
        tokens.push(token);
        rest = after.trim_start();
    }
    Ok(tokens)
}

fn quoted(rest: &str) -> Result<(Token, &str), String> {
    let mut parts = rest.splitn(3, '"').skip(1);
    match (parts.next(), parts.next()) {
        (Some(text), Some(after)) => Ok((Token::Text(text.to_owned()), after)),
        _ => Err("a quoted text has no end".to_owned()),
    }
}

fn numeral(rest: &str) -> Result<(Token, &str), String> {
    let (text, after) = split(rest, |c| c.is_ascii_digit() || c == '.');
    let number = number::parse(text).ok_or_else(|| format!("{text} is not a number"))?;
    Ok((Token::Number(number), after))
}

fn name(rest: &str) -> (Token, &str) {
    let (text, after) = split(rest, |c| c.is_ascii_lowercase() || c.is_ascii_digit() || matches!(c, '_' | '.'));
    (Token::Name(text.to_owned()), after)
}

fn sign(rest: &str, first: char) -> Result<(Token, &str), String> {
    let found = SIGNS.into_iter().find_map(|sign| Some((Token::Sign(sign), rest.strip_prefix(sign)?)));
    found.ok_or_else(|| format!("{first:?} has no meaning"))
}

fn split(rest: &str, belongs: impl Fn(char) -> bool) -> (&str, &str) {
    rest.split_at(rest.find(|c| !belongs(c)).unwrap_or(rest.len()))
}
