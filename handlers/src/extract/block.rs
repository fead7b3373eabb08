//! Turns the lines of a block into values: name, address, phone number, e-mail address, tax number.

use contract::catalog::{Block, Kind};

use super::address::{Parts, is_address_line, without_registration};
use super::candidate::{Candidate, Signals};
use super::kind;
use super::style::Style;
use crate::layout::Page;
use crate::layout::fold::fold_text;
use crate::layout::label::{Label, Piece};

/// The values of a block whose lines are given, each line as its pieces from left to right.
pub fn values<'b, T>(
    page: &Page,
    block: &'b Block,
    label: Option<&Label<T>>,
    lines: &[Vec<&Piece>],
    style: &Style,
    split: impl Fn(&[String]) -> Parts,
) -> Vec<(&'b str, Candidate)> {
    let texts: Vec<String> =
        lines.iter().map(|line| line.iter().map(|p| p.text.as_str()).collect::<Vec<_>>().join(" ")).collect();
    let parts = split(&texts);
    let signals = |line: usize, shape: f32| {
        let read = lines[line].iter().map(|p| p.score).fold(1.0, f32::min);
        Signals::new(label, read, 0.5, shape)
    };
    let join = |indexes: &[usize], separator: &str, shape: f32| {
        let first = *indexes.first()?;
        let text = indexes.iter().map(|&i| texts[i].trim_matches([',', ' ', ':'])).collect::<Vec<_>>().join(separator);
        let pieces: Vec<&Piece> = indexes.iter().flat_map(|&i| lines[i].iter().copied()).collect();
        Candidate::from_pieces(page, &pieces, text.into(), signals(first, shape))
    };
    let single = |found: &Option<(usize, String)>| {
        let (line, text) = found.as_ref()?;
        Candidate::from_pieces(page, &lines[*line], text.clone().into(), signals(*line, 0.9))
    };
    let tax_id = || {
        let (line, text) = texts
            .iter()
            .enumerate()
            .find_map(|(i, t)| Some((i, kind::parse(Kind::Tin, t, style).filter(|p| p.shape > 0.5)?)))?;
        Candidate::from_pieces(page, &lines[line], text.value, signals(line, text.shape))
    };
    let name_shape = if parts.address.is_empty() { 0.6 } else { 0.85 };
    let address_shape = if parts.address.len() >= 2 { 0.9 } else { 0.65 };
    let mut values = Vec::new();
    let mut push = |name: &'b Option<String>, candidate: Option<Candidate>| {
        if let (Some(name), Some(candidate)) = (name, candidate) {
            values.push((name.as_str(), candidate));
        }
    };
    let name = join(&parts.name, " ", name_shape).map(|mut c| {
        let text = c.value.as_str().unwrap_or_default();
        c.value = without_attention(without_registration(text)).to_owned().into();
        c
    });
    push(&block.name, name.filter(|c| c.value.as_str().is_some_and(looks_like_name)));
    // Lines without a digit and without a word of an address are something else.
    let address =
        parts.address.iter().any(|&i| is_address_line(&texts[i]) || texts[i].chars().any(|c| c.is_ascii_digit()));
    push(&block.address, if address { join(&parts.address, ", ", address_shape) } else { None });
    push(&block.phone, single(&parts.phone));
    push(&block.email, single(&parts.email));
    if block.tax_id.is_some() {
        push(&block.tax_id, tax_id());
    }
    values
}

/// Whether a line may be a name rather than a piece of running text.
fn looks_like_name(text: &str) -> bool {
    let letters = text.chars().filter(|c| c.is_alphabetic()).count();
    let running = text.split_whitespace().count() > 8 || (text.ends_with('.') && text.split_whitespace().count() > 5);
    letters >= 2 && !running && !text.starts_with(char::is_lowercase)
}

/// A name without "Attn:" before it.
fn without_attention(name: &str) -> &str {
    match name.split_once([':', ' ']) {
        Some((head, rest)) if matches!(fold_text(head).as_str(), "attn" | "attention" | "co" | "name") => {
            rest.trim_start_matches([':', ' '])
        }
        _ => name,
    }
}
