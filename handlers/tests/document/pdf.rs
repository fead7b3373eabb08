//! PDF files that the tests write themselves.

use std::time::{Duration, Instant};

use contract::ErrorCode;
use handlers::document::Limits;

use crate::support::{data_url, load, load_page, loader, loader_with};

/// A PDF with a page of 200 x 100 points per content stream.
pub(crate) fn pdf_of(contents: &[&str]) -> Vec<u8> {
    pdf_with("/MediaBox [0 0 200 100]", contents)
}

/// The same with other page entries. The reader finds the objects by itself, so no table of their offsets is written.
pub(crate) fn pdf_with(page_entries: &str, contents: &[&str]) -> Vec<u8> {
    let kids: Vec<String> = (0..contents.len()).map(|i| format!("{} 0 R", 10 + 2 * i)).collect();
    let mut pdf = format!(
        "%PDF-1.4\n1 0 obj <</Type /Catalog /Pages 2 0 R>> endobj\n\
         2 0 obj <</Type /Pages /Count {} /Kids [{}]>> endobj\n\
         3 0 obj <</Type /Font /Subtype /Type1 /BaseFont /Helvetica>> endobj\n",
        contents.len(),
        kids.join(" ")
    );
    for (i, content) in contents.iter().enumerate() {
        let (page, stream) = (10 + 2 * i, 11 + 2 * i);
        pdf += &format!(
            "{page} 0 obj <</Type /Page /Parent 2 0 R {page_entries} /Contents {stream} 0 R \
             /Resources <</Font <</F 3 0 R>>>>>> endobj\n\
             {stream} 0 obj <</Length {}>> stream\n{content}\nendstream endobj\n",
            content.len()
        );
    }
    (pdf + "trailer <</Root 1 0 R>>\n%%EOF\n").into_bytes()
}

const RED_LEFT: &str = "1 0 0 rg 0 0 100 100 re f";

#[tokio::test(flavor = "multi_thread")]
async fn a_pdf_is_rendered_at_200_dpi_on_white() {
    let page = load_page(&pdf_of(&[RED_LEFT])).await;
    assert_eq!(page.image.dimensions(), (555, 277));
    assert_eq!(page.image.get_pixel(100, 100).0, [255, 0, 0]);
    assert_eq!(page.image.get_pixel(400, 100).0, [255, 255, 255]);
}

#[tokio::test(flavor = "multi_thread")]
async fn the_rotation_of_a_page_is_applied() {
    let page = load_page(&pdf_with("/MediaBox [0 0 200 100] /Rotate 90", &[RED_LEFT])).await;
    assert_eq!(page.image.dimensions(), (277, 555));
    assert_eq!(page.image.get_pixel(100, 100).0, [255, 0, 0]);
    assert_eq!(page.image.get_pixel(100, 400).0, [255, 255, 255]);
}

#[tokio::test(flavor = "multi_thread")]
async fn each_page_of_a_pdf_is_a_page_up_to_the_limit() {
    let pages = load(&pdf_of(&[RED_LEFT, "", RED_LEFT])).await.unwrap();
    assert_eq!(pages.iter().map(|p| p.number).collect::<Vec<_>>(), [1, 2, 3]);
    assert_eq!(pages[1].image.get_pixel(100, 100).0, [255, 255, 255]);
    let error = load(&pdf_of(&[""; 21])).await.err().unwrap();
    assert_eq!(error.code, ErrorCode::TooManyPages);
    assert_eq!(error.message, "image_urls[0] has 21 pages, limit is 20");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_poster_is_rendered_within_the_bound_and_a_needle_is_refused() {
    let poster = load_page(&pdf_with("/MediaBox [0 0 14400 14400]", &[""])).await;
    assert_eq!(poster.image.dimensions(), (4472, 4472));
    let needle = load(&pdf_with("/MediaBox [0 0 5 598542]", &[""])).await.err().unwrap();
    assert_eq!(needle.code, ErrorCode::ImageSizeOutOfRange, "{needle}");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_renderer_that_is_too_slow_is_stopped_and_the_next_document_is_read() {
    let limits = Limits { render_time: Duration::from_millis(1), ..Limits::default() };
    let loader = loader_with(limits);
    let started = Instant::now();
    let error = loader.load(&[data_url(&pdf_of(&[RED_LEFT]))]).await.err().unwrap();
    assert_eq!(error.code, ErrorCode::DocumentTooComplex, "{error}");
    assert!(started.elapsed() < Duration::from_secs(5));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_renderer_without_memory_is_a_document_too_complex() {
    let limits = Limits { render_bytes: 40_000_000, ..Limits::default() };
    let poster = data_url(&pdf_with("/MediaBox [0 0 14400 14400]", &[RED_LEFT]));
    let error = loader_with(limits).load(&[poster]).await.err().unwrap();
    assert_eq!(error.code, ErrorCode::DocumentTooComplex, "{error}");
}

#[tokio::test(flavor = "multi_thread")]
async fn many_pdfs_at_once_wait_for_a_renderer_and_all_come() {
    let urls = vec![data_url(&pdf_of(&[RED_LEFT])); 12];
    assert_eq!(loader().load(&urls).await.unwrap().len(), 12);
}

const TEXT: &str = "BT /F 10 Tf 20 70 Td (Invoice number) Tj 100 0 Td (Total due) Tj -100 -30 Td (Thank you) Tj ET";

#[tokio::test(flavor = "multi_thread")]
async fn the_text_of_a_page_comes_in_lines_with_places() {
    let page = load_page(&pdf_of(&[TEXT])).await;
    let layer = page.text.unwrap();
    let texts: Vec<&str> = layer.lines.iter().map(|line| line.text.as_str()).collect();
    assert_eq!(texts, ["Invoice number", "Total due", "Thank you"]);
    assert!(!layer.invisible);
    let line = &layer.lines[0];
    assert_eq!(line.score, 1.0);
    assert_eq!(line.words.iter().map(|word| word.text.as_str()).collect::<Vec<_>>(), ["Invoice", "number"]);
    let [x, bottom] = line.polygon[3];
    assert!((x - 0.1).abs() < 0.01 && (0.30..0.34).contains(&bottom), "{:?}", line.polygon);
}

#[tokio::test(flavor = "multi_thread")]
async fn invisible_text_is_marked_as_such() {
    let page = load_page(&pdf_of(&[&format!("BT 3 Tr ET {TEXT}")])).await;
    let layer = page.text.unwrap();
    assert!(layer.invisible);
    assert!(layer.lines.iter().all(|line| line.score < 1.0));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_layer_of_few_characters_or_of_symbols_is_withheld() {
    for content in
        ["BT /F 10 Tf 20 70 Td (Page 1) Tj ET", "BT /F 5 Tf 9 70 Td (.....-----/////+++++,,,,,%%%%%) Tj ET", RED_LEFT]
    {
        assert!(load_page(&pdf_of(&[content])).await.text.is_none(), "{content}");
    }
}
