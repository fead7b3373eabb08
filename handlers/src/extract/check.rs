//! What only checks have: the MICR line at the foot, the amount in words, the number in the top right corner.

use contract::money;
use contract::validate;

use super::candidate::{Candidate, Draft, Signals};
use super::ink::Ink;
use super::kind;
use super::style::Style;
use crate::layout::fold::fold_text;
use crate::layout::label::Piece;
use crate::layout::{Page, Rect};
use contract::catalog::Kind;

/// Completes a draft by the first page.
pub fn complete(draft: &mut Draft, pages: &[Page], style: &Style, ink: &Ink) {
    let Some(page) = pages.first() else { return };
    micr(draft, page);
    draft.set("signature_present", signature(draft, page, ink));
    let words = best(page, |text| {
        let words = text
            .split_once("DOLLARS")
            .or_else(|| text.split_once("Dollars"))
            .or_else(|| text.split_once("dollars"))
            .map_or(text, |(head, _)| head);
        let words = words.trim_matches(|c: char| !c.is_alphanumeric());
        validate::cents_in_words(words)
            .filter(|_| text.chars().filter(|c| c.is_alphabetic()).count() >= 6)
            .map(|_| (words.to_owned().into(), words.chars().count() as f32))
    });
    draft.fill("amount_words", words);
    let amount = best(page, |text| {
        let text = text.trim_matches(['*', ' ']);
        let parsed = kind::parse(Kind::Money, text, style).filter(|_| money::looks_like_money(text))?;
        Some((parsed.value, parsed.shape + if text.contains('$') { 1.0 } else { 0.0 }))
    });
    draft.fill("amount", amount);
    let number = best(page, |text| {
        let text = text.trim_start_matches(['#', 'N', 'o', '.', ' ']);
        let digits = text.bytes().all(|b| b.is_ascii_digit()) && (3..=6).contains(&text.len());
        digits.then(|| (text.to_owned().into(), 1.0))
    });
    trust_words(draft);
    draft.fill("bank_name", best(page, bank_name));
    draft.fill("check_number", number.filter(|c| c.rect.x0 > 0.5 * page.width && c.rect.y0 < 0.4 * page.height));
}

/// Words that a bank's name holds, folded.
const BANK: &[&str] =
    &["bank", "creditunion", "trust", "savings", "financial", "federalcu", "banco", "banque", "sparkasse"];

/// How much a text looks like the name of the bank.
fn bank_name(text: &str) -> Option<(serde_json::Value, f32)> {
    let folded = fold_text(text);
    let named = BANK.iter().any(|w| folded.contains(w));
    let letters = text.chars().filter(|c| c.is_alphabetic()).count();
    let digits = text.chars().filter(char::is_ascii_digit).count();
    (named && digits == 0 && (4..=45).contains(&letters)).then(|| (text.trim().to_owned().into(), 1.0 / letters as f32))
}

/// The best piece of a page by a weight.
fn best(page: &Page, weigh: impl Fn(&str) -> Option<(serde_json::Value, f32)>) -> Option<Candidate> {
    let pieces = page.segments.iter().enumerate().map(|(i, s)| Piece {
        segment: i,
        range: 0..s.chars.len(),
        rect: s.rect,
        text: s.text(),
        score: s.score,
    });
    let weighed = pieces.filter_map(|p| weigh(p.text.trim()).map(|(value, weight)| (weight, p, value)));
    let (_, piece, value) = weighed.max_by(|a, b| a.0.total_cmp(&b.0))?;
    let signals = Signals { label: 0.5, read: piece.score, near: 0.7, shape: 0.8, agree: 1.0 };
    Some(Candidate::from_piece(page, &piece, value, signals))
}

/// The code line: nine digits between transit marks, the account before the on-us mark, the check number first or last. The
/// marks themselves are read as odd signs, so only the groups of digits count.
fn micr(draft: &mut Draft, page: &Page) {
    let foot = page.segments.iter().map(|s| s.rect.y1).fold(0.0, f32::max) * 0.6;
    let line = page.rows().into_iter().rev().find_map(|row| {
        let text: Vec<String> = row.iter().map(|&s| page.segments[s].text()).collect();
        let all = text.join(" ");
        let digits = all.chars().filter(char::is_ascii_digit).count();
        let letters = all.chars().filter(|c| c.is_alphabetic()).count();
        (digits >= 14 && letters <= 6 && page.segments[row[0]].rect.y0 > foot).then_some((row, all))
    });
    let Some((row, text)) = line else { return };
    let groups =
        text.split(|c: char| !c.is_ascii_digit() && c != '-').map(|g| g.replace('-', "")).filter(|g| g.len() >= 3);
    let groups: Vec<String> = groups.flat_map(|g| part_routing(&g)).collect();
    let routing = groups
        .iter()
        .position(|g| g.len() == 9 && validate::aba(g))
        .or_else(|| groups.iter().position(|g| g.len() == 9));
    let signals = |shape| Signals { label: 0.7, read: page.segments[row[0]].score, near: 0.9, shape, agree: 1.0 };
    let segment = &page.segments[row[0]];
    let piece =
        Piece { segment: row[0], range: 0..segment.chars.len(), rect: segment.rect, text, score: segment.score };
    // The raw text of each is its own digits: the whole line would show the account beside the other two.
    let value = |digits: &str, shape| {
        let whole = Candidate::from_piece(page, &piece, digits.to_owned().into(), signals(shape));
        Some(Candidate { raw: digits.to_owned(), ..whole })
    };
    let Some(at) = routing else { return };
    draft.set("routing_number", value(&groups[at], if validate::aba(&groups[at]) { 1.0 } else { 0.4 }));
    let mut rest: Vec<&String> = groups.iter().enumerate().filter(|(i, _)| *i != at).map(|(_, g)| g).collect();
    let printed =
        draft.get("check_number").and_then(|c| c.value.as_str().map(|t| t.trim_start_matches('0').to_owned()));
    // The check's own number is the group that is printed elsewhere too, else the shorter one.
    let own = rest.iter().position(|g| Some(g.trim_start_matches('0')) == printed.as_deref());
    let own = own.or_else(|| (rest.len() > 1).then(|| (0..rest.len()).min_by_key(|&i| rest[i].len())).flatten());
    if let Some(own) = own {
        let number = rest.remove(own).trim_start_matches('0').to_owned();
        draft.fill("check_number", value(&number, 0.8));
    }
    if let Some(account) = rest.into_iter().max_by_key(|g| g.len()) {
        draft.set("account_number", value(account, 0.8));
    }
}

/// The transit mark behind the routing number is easily read as a digit, or not at all, so that the account follows at once.
fn part_routing(group: &str) -> Vec<String> {
    match (group.get(..9), group.get(9..)) {
        (Some(head), Some(tail)) if group.len() > 9 && validate::aba(head) => match tail.len() {
            0..=2 => vec![head.to_owned()],
            _ => vec![head.to_owned(), tail.to_owned()],
        },
        _ => vec![group.to_owned()],
    }
}

/// Whether there is writing on the signature line: ink at the lower right, above the code line, that is neither a ruled line nor
/// read print.
fn signature(draft: &Draft, page: &Page, ink: &Ink) -> Option<Candidate> {
    let right = page.segments.iter().map(|s| s.rect.x1).fold(0.0, f32::max);
    let left = page.segments.iter().map(|s| s.rect.x0).fold(f32::INFINITY, f32::min);
    let code = draft.get("routing_number").or_else(|| draft.get("account_number"));
    let foot =
        code.map_or_else(|| page.segments.iter().map(|s| s.rect.y1).fold(0.0, f32::max), |c| c.rect.y0 - 0.5 * page.em);
    let area = Rect { x0: left + 0.55 * (right - left), x1: right, y0: (foot - 7.0 * page.em).max(0.0), y1: foot };
    let patch = ink.patch(page, area)?;
    let print: Vec<Rect> =
        page.segments.iter().filter(|s| s.score > 0.85 && is_print(&s.text())).map(|s| s.rect).collect();
    let printed = |x: usize, y: usize| {
        let (x, y) = (area.x0 + x as f32, area.y0 + y as f32);
        print.iter().any(|r| x > r.x0 - 2.0 && x < r.x1 + 2.0 && y > r.y0 - 2.0 && y < r.y1 + 2.0)
    };
    let rule = |y: usize| (0..patch.width).filter(|&x| patch.dark(x, y)).count() * 2 > patch.width;
    let rows = (0..patch.height).filter(|&y| !rule(y) && !rule(y + 1) && !rule(y.saturating_sub(1)));
    let dark: usize = rows.map(|y| (0..patch.width).filter(|&x| patch.dark(x, y) && !printed(x, y)).count()).sum();
    // A short name in a thin pen covers about two letters' squares.
    let letters = dark as f32 / (page.em * page.em);
    let corner = |x: f32, y: f32| {
        let (x, y) = page.to_upright(x, y);
        [x / page.width, y / page.height]
    };
    Some(Candidate {
        value: (letters > 1.2).into(),
        raw: String::new(),
        page: page.number,
        polygon: [
            corner(area.x0, area.y0),
            corner(area.x1, area.y0),
            corner(area.x1, area.y1),
            corner(area.x0, area.y1),
        ],
        rect: area,
        signals: Signals {
            label: 0.6,
            read: 0.8,
            near: 0.8,
            shape: (0.5 + 0.1 * (letters - 1.2).abs()).min(0.9),
            agree: 1.0,
        },
        second: None,
    })
}

/// Words that are printed under the line, and the printed bank's code line.
fn is_print(text: &str) -> bool {
    let folded = fold_text(text);
    ["signature", "authorized", "authorised", "mp", "memo", "for", "void", "dollars"].iter().any(|w| folded.contains(w))
        || text.chars().filter(char::is_ascii_digit).count() >= 4
}

/// The currency sign before a handwritten or protected amount is easily read as a digit; the words tell.
fn trust_words(draft: &mut Draft) {
    let words = draft.get("amount_words").and_then(|c| validate::cents_in_words(c.value.as_str()?));
    let (Some(words), Some(amount)) = (words, draft.get("amount").cloned()) else { return };
    let (printed, spoken) = (amount.value.to_string(), words.to_json());
    if amount.value != spoken && printed.len() > 4 && printed.get(1..) == Some(spoken.to_string().as_str()) {
        draft.set("amount", Some(Candidate { value: spoken, ..amount }));
    }
}

#[cfg(test)]
mod tests;
