//! What only receipts have: a total that the cash paid and the change given confirm, a payment method that is a word on its own.

use contract::catalog::Kind;
use serde_json::Value;

use super::Sheet;
use crate::extract::candidate::{Candidate, Draft, Signals};
use crate::extract::kind;
use crate::extract::style::Style;
use crate::layout::Page;
use crate::layout::fold::fold_text;
use crate::layout::label::Piece;

/// Words of a row that states what is to be paid, folded; English, Malay, German, French, Spanish, Italian, Dutch, Portuguese.
const TOTAL: &[&str] = &[
    "total",
    "payable",
    "amountdue",
    "nett",
    "summe",
    "gesamt",
    "zuzahlen",
    "totaal",
    "apayer",
    "tebetalen",
    "rounded",
    "jumlah",
    "roundingrm",
];
/// Words of a row that states a part, a count or a saving.
const PART: &[&str] = &[
    "subtotal",
    "sub total",
    "excl",
    "taxtotal",
    "totaltax",
    "totalgst",
    "gstamount",
    "discount",
    "qty",
    "quantity",
    "item",
    "supplies",
    "saving",
    "points",
    "zwischensumme",
    "soustotal",
    "subtotaal",
    "subtotale",
    "nontax",
    "netto",
    "tva",
    "mwst",
];
/// Words that make a total the last one.
const FINAL: &[&str] =
    &["grand", "payable", "rounded", "afterrounding", "nettotal", "totaldue", "amountdue", "incl", "roundingrm"];
/// Words of a row that states what was given.
const PAID: &[&str] = &[
    "cash", "tender", "payment", "paid", "visa", "master", "amex", "card", "tunai", "bar", "especes", "efectivo",
    "contant", "contanti",
];
/// Words of a row that states what was given back.
const CHANGE: &[&str] = &["change", "ruckgeld", "cambio", "rendu", "resto", "wisselgeld", "baki", "troco"];
/// Payment methods as printed.
const METHODS: &[&str] =
    &["american express", "mastercard", "master card", "credit card", "debit card", "visa", "amex", "maestro", "cash"];

/// A row with an amount at its end.
struct Row {
    segment: usize,
    words: String,
    cents: i64,
    value: Value,
    y: f32,
}

/// Sets the total and the payment method.
pub fn complete(draft: &mut Draft, sheets: &[Sheet], style: &Style) {
    for sheet in sheets {
        let rows = rows(sheet.page, style);
        if let Some((row, strength)) = total(&rows) {
            let signals = Signals {
                label: strength,
                read: sheet.page.segments[row.segment].score,
                near: 0.9,
                shape: 0.95,
                agree: strength,
            };
            // What the cash confirms is no longer a matter of choice.
            draft.alternatives.retain(|(name, _)| name != "total" || strength < 0.7);
            let same = draft.get("total").is_some_and(|c| c.value == row.value);
            if !same {
                draft.set(
                    "total",
                    Some(Candidate::from_piece(
                        sheet.page,
                        &piece(sheet.page, row.segment),
                        row.value.clone(),
                        signals,
                    )),
                );
            }
            break;
        }
    }
    if draft.get("payment_method").is_none() {
        draft.fill("payment_method", sheets.iter().find_map(|s| method(s.page)));
    }
}

fn rows(page: &Page, style: &Style) -> Vec<Row> {
    let amount = |s: usize| {
        let text = page.segments[s].text();
        let whole = kind::parse(Kind::Money, &text, style);
        let last = || {
            text.split_whitespace()
                .rev()
                .find(|w| contract::money::looks_like_money(w))
                .and_then(|w| kind::parse(Kind::Money, w, style))
        };
        whole.or_else(last).filter(|p| p.shape >= 0.6)
    };
    let row = |row: &Vec<usize>| {
        let (segment, parsed) = row.iter().rev().find_map(|&s| Some((s, amount(s)?)))?;
        let words = fold_text(&row.iter().map(|&s| page.segments[s].text()).collect::<Vec<_>>().join(" "));
        let cents = parsed.value.as_f64().map(|v| (v * 100.0).round() as i64)?;
        Some(Row { segment, words, cents, value: parsed.value, y: page.segments[segment].rect.y0 })
    };
    page.rows().iter().filter_map(row).collect()
}

/// The row that states the total, and how sure that is, 0..1.
fn total(rows: &[Row]) -> Option<(&Row, f32)> {
    let has = |row: &Row, words: &[&str]| words.iter().any(|w| row.words.contains(w));
    let change = rows.iter().find(|r| has(r, CHANGE));
    let end = change.map_or(f32::INFINITY, |r| r.y);
    let paid: Vec<i64> =
        rows.iter().filter(|r| has(r, PAID) && !has(r, CHANGE) && r.y <= end).map(|r| r.cents).collect();
    let weigh = |row: &Row| -> (f32, f32) {
        let settled =
            paid.contains(&row.cents) || change.is_some_and(|c| paid.iter().any(|p| p - c.cents == row.cents));
        let mut weight = 1.0_f32;
        weight += if settled { 1.0 } else { 0.0 };
        weight += if has(row, FINAL) { 0.4 } else { 0.0 };
        weight -= if has(row, PART) { 0.9 } else { 0.0 };
        weight -= if row.y > end { 1.0 } else { 0.0 };
        weight -= if row.cents <= 0 { 0.5 } else { 0.0 };
        // Of equals the later one, after rounding.
        (weight, row.y)
    };
    let stated = rows.iter().filter(|r| has(r, TOTAL) && !has(r, CHANGE));
    let best = stated.map(|r| (weigh(r), r)).max_by(|a, b| a.0.0.total_cmp(&b.0.0).then(a.0.1.total_cmp(&b.0.1)));
    let ((weight, _), row) = best?;
    (weight >= 0.4).then_some((row, (0.45 + 0.2 * weight).clamp(0.3, 0.95)))
}

fn method(page: &Page) -> Option<Candidate> {
    METHODS.iter().find_map(|method| {
        let wanted = fold_text(method);
        let segment = page.segments.iter().position(|s| fold_text(&s.text()).contains(&wanted))?;
        let at = &page.segments[segment];
        let signals = Signals { label: 0.4, read: at.score, near: 0.6, shape: 0.7, agree: 1.0 };
        Some(Candidate::from_piece(page, &piece(page, segment), method.to_uppercase().into(), signals))
    })
}

fn piece(page: &Page, segment: usize) -> Piece {
    let at = &page.segments[segment];
    Piece { segment, range: 0..at.chars.len(), rect: at.rect, text: at.text(), score: at.score }
}

#[cfg(test)]
mod tests;
