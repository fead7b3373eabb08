//! Pages that are no document: nothing panics, nothing takes long, and the type is `other`.

use std::time::{Duration, Instant};

use contract::DocType;
use reading::{Line, PageText};

use crate::document::{SERVICE, extract_text, lay_out};
use crate::paper::{line, page};

/// Far above what these pages take, so that only a runaway search fails on a busy machine.
const PATIENCE: Duration = Duration::from_secs(120);

/// Extracts as every type and classifies, within a time.
fn survives(name: &str, texts: &[PageText]) {
    let start = Instant::now();
    let verdict = SERVICE.classifier.classify(&lay_out(texts));
    assert_eq!(verdict.doc_type, DocType::Other, "{name}: {}", verdict.reasoning);
    for doc_type in DocType::ALL {
        let answer = extract_text(texts, doc_type);
        let placed =
            answer.fields.values().flat_map(|f| f.polygon.iter().flatten().flatten()).all(|v| (0.0..=1.0).contains(v));
        assert!(placed, "{name} as {doc_type}: a polygon lies off the page");
        assert!(answer.confidence.values().all(|c| c.is_finite()), "{name} as {doc_type}");
    }
    assert!(start.elapsed() < PATIENCE, "{name} took {:?}", start.elapsed());
}

/// Words of random letters, the same each time.
fn noise(lines: usize) -> Vec<Line> {
    let mut state = 7_u32;
    let mut next = move |n: u32| {
        state = state.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
        (state >> 16) % n
    };
    let letters: Vec<char> = ('a'..='z').collect();
    let mut text = || {
        let mut word = |n: u32| (0..n).map(|_| letters[next(26) as usize]).collect::<String>();
        format!("{} {}", word(5), word(7))
    };
    (0..lines).map(|i| line(&text(), (i % 5) as f32 * 0.19, (i / 5) as f32 / (lines as f32 / 5.0))).collect()
}

#[test]
fn a_page_without_text_is_other() {
    survives("an empty page", &[PageText { width: 800, height: 1000, ..PageText::default() }]);
    survives("a page without a size", &[PageText::default()]);
}

#[test]
fn a_page_of_one_line_is_other() {
    survives("one word", &[page(&[("hello", 0.4, 0.4)])]);
    survives("punctuation", &[page(&[("-- : . |", 0.4, 0.4)])]);
    survives("one line", &[page(&[("The quick brown fox jumps over the lazy dog", 0.1, 0.4)])]);
}

#[test]
fn five_thousand_lines_of_noise_are_other() {
    let start = Instant::now();
    let text = [PageText { width: 2000, height: 20_000, lines: noise(5000), ..PageText::default() }];
    assert_eq!(SERVICE.classifier.classify(&lay_out(&text)).doc_type, DocType::Other);
    extract_text(&text, DocType::Invoice);
    assert!(start.elapsed() < PATIENCE, "it took {:?}", start.elapsed());
}

#[test]
fn lines_without_a_sane_place_are_survived() {
    let places = [f32::NAN, f32::INFINITY, f32::NEG_INFINITY, -5.0, 0.0, 7.0, f32::MAX, f32::MIN_POSITIVE];
    let mut lines = noise(20);
    for (i, &v) in places.iter().enumerate() {
        let mut odd = lines[i].clone();
        odd.polygon[i % 4][i % 2] = v;
        let flat = Line { polygon: [[v, v]; 4], ..odd.clone() };
        lines.extend([odd, flat]);
    }
    survives("odd places", &[PageText { width: 1000, height: 1000, lines, ..PageText::default() }]);
}

#[test]
fn a_very_long_line_is_survived() {
    let long = "lorem ipsum dolor ".repeat(2_000);
    survives("a long line", &[page(&[(long.trim(), 0.0, 0.5)])]);
    let unbroken = "q".repeat(20_000);
    survives("a long word", &[page(&[(unbroken.as_str(), 0.0, 0.5)])]);
}

#[test]
fn letters_of_every_script_are_survived() {
    let text = ["ÄÖÜß €", "你好 世界 １２３", "שלום עולם", "مرحبا ١٢٣", "🙂🙃 9️⃣", "e\u{301}\u{200b}\u{202e}x", "İıſK"];
    let lines = text.iter().enumerate().map(|(i, t)| line(t, 0.13 * i as f32, 0.05 * i as f32)).collect();
    survives("scripts", &[PageText { width: 1000, height: 1000, lines, ..PageText::default() }]);
}

#[test]
fn a_document_without_pages_is_other_and_has_no_values() {
    assert_eq!(SERVICE.classifier.classify(&[]).doc_type, DocType::Other);
    for doc_type in DocType::ALL {
        assert!(extract_text(&[], doc_type).fields.is_empty());
    }
}
