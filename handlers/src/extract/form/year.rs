//! The tax year of a form: printed large beside the title, or as "calendar year 20 23".

use contract::catalog::Kind;

use crate::extract::candidate::{Candidate, Signals};
use crate::extract::kind;
use crate::extract::style::Style;
use crate::layout::fold::fold_text;
use crate::layout::label::Piece;
use crate::layout::{Page, Segment};

/// The best year of each page.
pub(super) fn find(pages: &[Page]) -> Vec<Candidate> {
    pages.iter().filter_map(best).collect()
}

fn best(page: &Page) -> Option<Candidate> {
    let style = Style::default();
    let ranked = page.segments.iter().enumerate().filter_map(|(i, segment)| {
        let text = segment.text();
        let parsed = kind::parse(Kind::Year, &text, &style)?;
        let weight = weight(page, segment, &text);
        (weight > 0.0).then_some((weight, i, parsed.value, text))
    });
    let (weight, segment, value, text) = ranked.max_by(|a, b| a.0.total_cmp(&b.0))?;
    let at = &page.segments[segment];
    let piece = Piece { segment, range: 0..at.chars.len(), rect: at.rect, text, score: at.score };
    let signals = Signals { label: weight.min(1.0), read: at.score, near: 1.0, shape: 1.0, agree: 1.0 };
    Some(Candidate::from_piece(page, &piece, value, signals))
}

/// How much a text that holds a year looks like the form's tax year.
fn weight(page: &Page, segment: &Segment, text: &str) -> f32 {
    let folded = fold_text(text);
    let letters = text.chars().filter(|c| c.is_alphabetic()).count() as f32;
    let digits = text.chars().filter(char::is_ascii_digit).count();
    let alone = letters == 0.0 && digits == 4;
    let title = ["calendaryear", "taxyear", "form", "statement", "wageandtax"].iter().any(|w| folded.contains(w));
    let other =
        ["rev", "instruction", "date", "exp", "omb", "notice", "publication"].iter().any(|w| folded.contains(w))
            || text.contains(['/', '$']);
    let size = (segment.rect.height() / page.em).min(3.0);
    let base = match (alone, title) {
        (true, _) => 0.6 + 0.2 * size,
        (false, true) => 0.5 + 0.1 * size,
        (false, false) => 0.25 - 0.005 * letters,
    };
    if other && !folded.contains("calendaryear") { base - 0.45 } else { base }
}
