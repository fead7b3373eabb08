//! Models that only write down a page, from the request to the lines.

use std::time::Duration;

use handlers::engine::openai::{Output, Profile};
use handlers::engine::vision::{Finish, Picture};
use serde_json::json;

use crate::server::Reply;
use crate::support::{engine, engine_with, page};

#[tokio::test]
async fn dots_ocr_is_asked_in_its_own_words_and_its_boxes_are_those_of_the_page_as_sent() {
    // 320 x 640 is sent as 308 x 644.
    let layout = json!([{"bbox": [0, 322, 154, 644], "category": "Text", "text": "Total\n12.50"}]).to_string();
    let (engine, server) = engine_with(vec![Reply::stream().text(&layout).finish("stop")], |settings| {
        settings.profile = Profile::named("dots_ocr").unwrap();
    })
    .await;
    assert_eq!(engine.output(), Output::Text);
    let pages = engine.transcribe(&[page(), page()]).await.unwrap().texts;
    assert_eq!(pages.len(), 2);
    assert_eq!((pages[0].width, pages[0].height), (320, 640));
    let lines: Vec<_> = pages[0].lines.iter().map(|line| (line.text.as_str(), line.polygon)).collect();
    assert_eq!(
        lines,
        [
            ("Total", [[0.0, 0.5], [0.5, 0.5], [0.5, 0.75], [0.0, 0.75]]),
            ("12.50", [[0.0, 0.75], [0.5, 0.75], [0.5, 1.0], [0.0, 1.0]]),
        ]
    );
    let text = server.requests()[0]["messages"][0]["content"][1]["text"].as_str().unwrap().to_owned();
    assert!(text.starts_with("<|img|><|imgpad|><|endofimg|>Please output the layout information"));
    assert!(text.ends_with("must be a single JSON object."));
}

#[tokio::test]
async fn deepseek_ocr_gets_the_fields_that_its_boxes_and_tables_need() {
    let answer = "<|ref|>text<|/ref|><|det|>[[0, 0, 999, 999]]<|/det|>\nhello";
    let (engine, server) = engine_with(vec![Reply::stream().text(answer).finish("stop")], |settings| {
        settings.profile = Profile::named("deepseek_ocr").unwrap();
    })
    .await;
    let pages = engine.transcribe(&[page()]).await.unwrap().texts;
    assert_eq!(pages[0].lines[0].text, "hello");
    let request = &server.requests()[0];
    assert_eq!(request["skip_special_tokens"], false);
    assert_eq!(request["vllm_xargs"]["ngram_size"], 30);
}

#[tokio::test]
async fn the_pages_of_a_long_document_wait_for_each_other_longer_than_for_one_answer() {
    let slow = |page: usize| Reply::stream().wait(Duration::from_millis(250)).text(&page.to_string()).finish("stop");
    let (engine, server) = engine_with((0..10).map(slow).collect(), |settings| {
        settings.profile = Profile::named("plain").unwrap();
        settings.timeout = Duration::from_millis(1500);
        settings.concurrency = 1;
    })
    .await;
    let pages: Vec<Picture> = vec![page(); 10];
    let transcript = engine.transcribe(&pages).await.unwrap();
    let texts: Vec<String> = transcript.texts.iter().map(|page| page.lines[0].text.clone()).collect();
    assert_eq!(texts, ["0", "1", "2", "3", "4", "5", "6", "7", "8", "9"]);
    assert_eq!(transcript.finish, Finish::Stop);
    assert_eq!(server.seen(|seen| seen.most_in_flight), 1);
}

#[tokio::test]
async fn a_transcript_says_when_any_of_its_pages_is_cut() {
    let page_of = |finish| Reply::stream().text("a").finish(finish);
    let (engine, _server) = engine_with(vec![page_of("stop"), page_of("length"), page_of("stop")], |settings| {
        settings.profile = Profile::named("plain").unwrap();
    })
    .await;
    let transcript = engine.transcribe(&[page(), page(), page()]).await.unwrap();
    assert_eq!((transcript.texts.len(), transcript.finish), (3, Finish::Length));
}

#[tokio::test]
async fn a_model_that_answers_with_fields_transcribes_nothing() {
    let (engine, _server) = engine(vec![Reply::stream()]).await;
    assert!(engine.transcribe(&[page()]).await.is_err());
}
