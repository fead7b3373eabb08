//! Blocks without a heading: the one who issued a document, and the one it was sent to.

use contract::catalog::{Block, BlockAt, Kind};

use crate::extract::address;
use crate::extract::candidate::{Candidate, Draft};
use crate::extract::style::Style;
use crate::extract::{block, kind};
use crate::layout::fold::fold_text;
use crate::layout::label::{Label, Piece};
use crate::layout::{Page, rows};

/// Words in names of companies besides their legal forms, folded.
const COMPANY: &[&str] = &[
    "co",
    "company",
    "sa",
    "sl",
    "ug",
    "enterprise",
    "trading",
    "bank",
    "union",
    "store",
    "restaurant",
    "group",
    "services",
];

/// The text of a page among which the blocks are looked for.
struct Head<'a> {
    page: &'a Page,
    pieces: &'a [Piece],
}

/// Fills the parts of a block that its headings did not give.
pub fn fill(draft: &mut Draft, page: &Page, all: &[Piece], definition: &Block, style: &Style, taken: &mut [bool]) {
    let missing = |draft: &Draft, name: &Option<String>| name.as_ref().is_some_and(|n| draft.get(n).is_none());
    if !missing(draft, &definition.name) && !missing(draft, &definition.address) {
        return;
    }
    let sheet = &Head { page, pieces: all };
    let paragraphs = paragraphs(sheet, taken);
    let weigh = |lines: &Vec<Vec<usize>>| match definition.at {
        Some(BlockAt::Addressee) => addressee_weight(sheet, lines),
        _ => issuer_weight(sheet, lines),
    };
    let best = paragraphs
        .iter()
        .map(|lines| (weigh(lines), lines))
        .filter(|(w, _)| *w > 0.0)
        .max_by(|a, b| a.0.total_cmp(&b.0));
    let Some((_, lines)) = best else { return };
    let pieces: Vec<Vec<&Piece>> = lines.iter().map(|line| line.iter().map(|&i| &sheet.pieces[i]).collect()).collect();
    let no_label: Option<&Label<()>> = None;
    let values = block::values(sheet.page, definition, no_label, &pieces, style, |lines| address::parts(lines, style));
    lines.iter().flatten().for_each(|&i| taken[i] = true);
    let named = values.iter().any(|(n, _)| Some(*n) == definition.name.as_deref());
    for (name, candidate) in values {
        draft.fill(name, Some(candidate));
    }
    if let (Some(name), false, Some(BlockAt::Issuer)) = (&definition.name, named, definition.at) {
        draft.fill(name, top_line(sheet, style, taken));
    }
}

/// Lines that hang together: each begins or is centred where the one above does, without a gap.
fn paragraphs(sheet: &Head, taken: &[bool]) -> Vec<Vec<Vec<usize>>> {
    let em = sheet.page.em;
    let free: Vec<usize> = (0..sheet.pieces.len()).filter(|&i| !taken[i]).collect();
    let mut paragraphs: Vec<Vec<Vec<usize>>> = Vec::new();
    for row in rows(free.iter().map(|&i| sheet.pieces[i].rect)) {
        for k in row {
            let i = free[k];
            let rect = sheet.pieces[i].rect;
            let home = paragraphs.iter_mut().rev().find(|p| {
                let last = sheet.pieces[p[p.len() - 1][0]].rect;
                let gap = rect.y0 - last.y1;
                let height = rect.height().max(last.height());
                let alike = rect.height() < 1.5 * last.height() && last.height() < 1.5 * rect.height();
                alike
                    && gap > -0.6 * height
                    && gap < 1.1 * height.max(em)
                    && ((rect.x0 - last.x0).abs() < 1.5 * em || (rect.center_x() - last.center_x()).abs() < 1.5 * em)
            });
            match home {
                Some(paragraph) => paragraph.push(vec![i]),
                None => paragraphs.push(vec![vec![i]]),
            }
        }
    }
    paragraphs
}

/// How much a paragraph looks like the letterhead.
fn issuer_weight(sheet: &Head, lines: &[Vec<usize>]) -> f32 {
    let text = |line: &Vec<usize>| sheet.pieces[line[0]].text.clone();
    let first = sheet.pieces[lines[0][0]].rect;
    let addresses = lines.iter().filter(|l| address::is_address_line(&text(l))).count().min(3) as f32;
    let company = lines.iter().take(3).any(|l| is_company(&text(l)));
    let top = 1.0 - first.y0 / sheet.page.height;
    let size = (first.height() / sheet.page.em).min(2.5);
    let letters = text(&lines[0]).chars().filter(|c| c.is_alphabetic()).count();
    if letters < 3 || is_chatter(&text(&lines[0])) {
        return 0.0;
    }
    0.5 * addresses
        + if company { 1.2 } else { 0.0 }
        + 1.6 * top
        + 0.5 * size
        + if lines.len() > 8 { -1.5 } else { 0.0 }
}

/// Lines at the head of a page that are no name: greetings, mail headers, labels with a colon, references, the title itself.
fn is_chatter(text: &str) -> bool {
    const WORDS: &[&str] = &[
        "thank",
        "welcome",
        "receipt",
        "invoice",
        "statement",
        "customer",
        "cashier",
        "staff",
        "order",
        "page",
        "date",
        "copy",
        "subject",
        "sent",
        "rechnung",
        "factur",
        "fattura",
        "merci",
        "gracias",
        "duplicate",
        "reprint",
    ];
    let folded = fold_text(text);
    let titled = WORDS.iter().any(|w| folded.starts_with(w)) && folded.len() < 24;
    titled
        || text.ends_with(['!', '?'])
        || text.starts_with(char::is_lowercase)
        || text.trim_start_matches(char::is_alphabetic).starts_with(':')
}

/// How much a paragraph looks like the address window of a letter.
fn addressee_weight(sheet: &Head, lines: &[Vec<usize>]) -> f32 {
    let text = |line: &Vec<usize>| sheet.pieces[line[0]].text.clone();
    let addresses = lines.iter().filter(|l| address::is_address_line(&text(l))).count();
    let first = sheet.pieces[lines[0][0]].rect;
    let named = !address::is_address_line(&text(&lines[0])) && !is_chatter(&text(&lines[0]));
    if addresses == 0 || !named || first.y0 > 0.6 * sheet.page.height || lines.len() > 7 {
        return 0.0;
    }
    1.0 + 0.4 * addresses.min(3) as f32
        + if first.x0 < 0.5 * sheet.page.width { 0.6 } else { 0.0 }
        + if is_company(&text(&lines[0])) { 0.0 } else { 0.4 }
}

/// Whether a line ends like a company's name.
pub fn is_company(text: &str) -> bool {
    text.split(|c: char| c.is_whitespace() || matches!(c, ',' | '(' | ')' | '&'))
        .any(|w| w.len() > 1 && [COMPANY, address::LEGAL].iter().any(|words| words.contains(&fold_text(w).as_str())))
}

/// The largest line near the top, when no paragraph has a name.
fn top_line(sheet: &Head, style: &Style, taken: &[bool]) -> Option<Candidate> {
    let weight = |i: &usize| {
        let rect = sheet.pieces[*i].rect;
        rect.height() / sheet.page.em
            + 2.0 * (1.0 - rect.y0 / sheet.page.height)
            + if is_company(&sheet.pieces[*i].text) { 1.0 } else { 0.0 }
    };
    let ok = |i: &usize| {
        !taken[*i]
            && kind::parse(Kind::Name, &sheet.pieces[*i].text, style).is_some()
            && !address::is_address_line(&sheet.pieces[*i].text)
    };
    let best = (0..sheet.pieces.len()).filter(ok).max_by(|a, b| weight(a).total_cmp(&weight(b)))?;
    let piece = &sheet.pieces[best];
    let parsed = kind::parse(Kind::Name, &piece.text, style)?;
    let signals =
        crate::extract::candidate::Signals { label: 0.3, read: piece.score, near: 0.5, shape: 0.6, agree: 1.0 };
    Some(Candidate::from_piece(sheet.page, piece, parsed.value, signals))
}
