//! Answers in each format, as models give them and as they should not.

use proptest::prelude::*;
use serde_json::json;

use super::*;
use crate::engine::vision::{Finish, Token};

const SIZE: (u32, u32) = (1000, 2000);

fn generated(text: &str) -> Generated {
    Generated { text: text.to_owned(), tokens: Vec::new(), finish: Finish::Stop }
}

fn read(format: Format, text: &str) -> Vec<Line> {
    lines(format, &generated(text), SIZE)
}

/// Text and box in thousandths.
fn boxes(lines: &[Line]) -> Vec<(&str, [i32; 4])> {
    let thousandth = |value: f32| (value * 1000.0).round() as i32;
    let corners = |line: &Line| {
        let ([x0, y0], [x1, y1]) = (line.polygon[0], line.polygon[2]);
        [x0, y0, x1, y1].map(thousandth)
    };
    lines.iter().map(|line| (line.text.as_str(), corners(line))).collect()
}

#[test]
fn a_dots_ocr_block_is_split_into_lines_over_its_height() {
    let answer = json!([
        {"bbox": [100, 200, 500, 400], "category": "Text", "text": "**Name:** Ann\n# Title"},
        {"bbox": [0, 0, 10, 10], "category": "Picture"},
    ]);
    let lines = read(Format::DotsOcr, &answer.to_string());
    assert_eq!(boxes(&lines), [("Name: Ann", [100, 100, 500, 150]), ("Title", [100, 150, 500, 200])]);
    let words: Vec<&str> = lines[0].words.iter().map(|word| word.text.as_str()).collect();
    assert_eq!(words, ["Name:", "Ann"]);
    // Nine characters: the second word begins after six of them.
    assert!((lines[0].words[1].polygon[0][0] - (0.1 + 0.4 * 6.0 / 9.0)).abs() < 1e-6);
}

#[test]
fn a_table_is_laid_out_by_its_rows_and_columns() {
    let html = "<table><tr><th>Qty</th><th>Amt</th></tr><tr><td>1</td><td>2 &amp; 3</td></tr>\
                <tr><td colspan=\"2\">Total</td></tr></table>";
    let answer = json!([{"bbox": [0, 0, 1000, 2000], "category": "Table", "text": html}]);
    let lines = read(Format::DotsOcr, &answer.to_string());
    assert_eq!(
        boxes(&lines),
        [
            ("Qty", [0, 0, 375, 333]),
            ("Amt", [375, 0, 1000, 333]),
            ("1", [0, 333, 375, 667]),
            ("2 & 3", [375, 333, 1000, 667]),
            ("Total", [0, 667, 1000, 1000]),
        ]
    );
}

#[test]
fn a_cell_over_two_rows_moves_the_cells_of_the_second_to_the_right() {
    let html = "<table><tr><td rowspan='2'>abc</td><td>one</td></tr><tr><td>two</td></tr></table>";
    let rows = table::rows(html);
    let columns: Vec<(usize, &str)> =
        rows.iter().flat_map(|row| &row.cells).map(|cell| (cell.column, cell.text.as_str())).collect();
    assert_eq!(columns, [(0, "abc"), (1, "one"), (1, "two")]);
}

#[test]
fn a_cut_dots_ocr_answer_gives_the_blocks_before_the_cut() {
    let whole = json!([{"bbox": [0, 0, 500, 500], "category": "Text", "text": "first"},
        {"bbox": [0, 500, 500, 900], "category": "Text", "text": "second"}]);
    let whole = whole.to_string();
    assert_eq!(read(Format::DotsOcr, whole.split_at(whole.len() - 8).0).len(), 1);
    let fenced = format!("```json\n{whole}\n```");
    assert_eq!(read(Format::DotsOcr, &fenced).len(), 2);
    assert_eq!(read(Format::DotsOcr, &format!("{{\"layout\": {whole}}}")).len(), 2);
    assert_eq!(boxes(&read(Format::DotsOcr, "no JSON at all")), [("no JSON at all", [0, 0, 1000, 1000])]);
}

#[test]
fn a_box_that_is_none_leaves_the_text_somewhere_on_the_page() {
    for bbox in [json!(null), json!([1, 2]), json!(["1", {}, [], true]), json!([5, 5, 5, 5]), json!([-9, -9, -5, -5])] {
        let answer = json!([{"bbox": bbox, "category": "Text", "text": "kept"}]).to_string();
        assert_eq!(boxes(&read(Format::DotsOcr, &answer)), [("kept", [0, 0, 1000, 1000])], "{answer}");
    }
    let outside = json!([{"bbox": [-100, 0, 9000, 1000], "category": "Text", "text": "cut"}]).to_string();
    assert_eq!(boxes(&read(Format::DotsOcr, &outside)), [("cut", [0, 0, 1000, 500])]);
}

#[test]
fn deepseek_ocr_blocks_are_read_with_and_without_their_special_tokens() {
    let answer = "<|ref|>title<|/ref|><|det|>[[0, 0, 999, 99]]<|/det|>\n# Invoice\n\n\
        <|ref|>text<|/ref|><|det|>[[0, 333, 333, 666], [333, 333, 666, 666]]<|/det|>\nBill to\nAnn \n\n\
        <|ref|>image<|/ref|><|det|>[[1, 1, 2, 2]]<|/det|>\n";
    let bare = answer.replace("<|ref|>", "").replace("<|/ref|>", "").replace("<|det|>", "").replace("<|/det|>", "");
    for text in [answer, &bare] {
        let lines = read(Format::DeepseekOcr, text);
        assert_eq!(
            boxes(&lines),
            [("Invoice", [0, 0, 1000, 99]), ("Bill to", [0, 333, 667, 500]), ("Ann", [0, 500, 667, 667]),]
        );
    }
}

#[test]
fn a_deepseek_ocr_table_is_html() {
    let answer = "table[[0, 0, 999, 999]]\n<table><tr><td>a</td><td>b</td></tr></table>";
    assert_eq!(boxes(&read(Format::DeepseekOcr, answer)), [("a", [0, 0, 500, 1000]), ("b", [500, 0, 1000, 1000])]);
}

#[test]
fn plain_text_keeps_its_order_and_may_stand_anywhere() {
    let lines = read(Format::Plain, "## Receipt\n\n| Tea | 2.00 |\n|---|---|\n- 1 \\* 2\n---\n![logo](a.png)\n");
    let whole = [0, 0, 1000, 1000];
    assert_eq!(boxes(&lines), [("Receipt", whole), ("Tea 2.00", whole), ("1 * 2", whole)]);
}

#[test]
fn the_score_is_the_mean_probability_of_the_tokens() {
    let token = |p: f64| Token { end: 1, logprob: Some(p.ln()) };
    let mut answer = generated("text");
    answer.tokens = vec![token(0.9), token(0.4)];
    assert!((lines(Format::Plain, &answer, SIZE)[0].score - 0.6).abs() < 1e-6);
}

#[test]
fn the_fence_around_json_is_taken_off_and_the_tokens_follow() {
    let mut answer = generated("```json\n{}\n```");
    answer.tokens = [7, 8, 10, 14].map(|end| Token { end, logprob: None }).to_vec();
    let unfenced = unfenced(answer);
    assert_eq!(unfenced.text, "{}\n");
    assert_eq!(unfenced.tokens.iter().map(|token| token.end).collect::<Vec<_>>(), [2, 3]);
    assert_eq!(super::unfenced(generated("{\"a\":\"```\"}")).text, "{\"a\":\"```\"}");
}

/// Pieces of which hostile answers are made.
fn hostile() -> impl Strategy<Value = String> {
    let pieces = prop::sample::select(vec![
        "[",
        "{",
        "]",
        "}",
        "\"bbox\":",
        "[1,2,3,4]",
        "[1e999,-1,0,1]",
        "\"text\":",
        "\"a\\nb\"",
        ",",
        "null",
        "<table>",
        "<tr>",
        "<td colspan=99999999>",
        "<td rowspan=\"0\">",
        "</td>",
        "</table>",
        "<",
        ">",
        "&#x110000;",
        "&amp",
        "text[[",
        "]]",
        "[[1,2,3,4],[",
        "<|ref|>",
        "<|det|>",
        "NaN",
        "\u{fc}\u{4f60}",
        "\n",
        "|",
        "```",
        "![",
        "](",
        ")",
        "**",
        "\\",
        " ",
    ]);
    prop::collection::vec(pieces, 0..40).prop_map(|pieces| pieces.concat())
}

proptest! {
    #[test]
    fn whatever_a_model_writes_lines_stay_on_the_page(text in prop_oneof![hostile(), any::<String>()]) {
        for format in [Format::DotsOcr, Format::DeepseekOcr, Format::Plain] {
            for line in read(format, &text) {
                prop_assert!(!line.text.is_empty() && !line.words.is_empty());
                for [x, y] in line.polygon.iter().chain(line.words.iter().flat_map(|word| &word.polygon)) {
                    prop_assert!((0.0..=1.000_001).contains(x) && (0.0..=1.000_001).contains(y));
                }
            }
        }
        unfenced(generated(&text));
    }
}

#[test]
fn nesting_and_size_are_bounded() {
    assert!(read(Format::DotsOcr, &"[{\"a\":".repeat(100_000)).is_empty());
    assert!(read(Format::DotsOcr, &"[".repeat(1_000_000)).is_empty());
    let row = "<tr><td>x</td></tr>";
    assert!(read(Format::Plain, &format!("<table>{}</table>", row.repeat(100_000))).len() <= LINES);
    assert!(read(Format::Plain, &"word\n".repeat(100_000)).len() <= LINES);
}
