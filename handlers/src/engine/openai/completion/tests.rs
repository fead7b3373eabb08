//! Chunks as servers send them, and as they should not.

use proptest::prelude::*;
use serde_json::json;

use super::*;

fn complete(chunks: &[Value]) -> Result<Completion, Error> {
    let mut completion = Completion::default();
    for chunk in chunks {
        assert_eq!(completion.take(chunk.to_string().as_bytes())?, Event::Part);
    }
    completion.take(b"[DONE]")?;
    Ok(completion)
}

fn part(text: &str, tokens: Value) -> Value {
    json!({"choices": [{"index": 0, "delta": {"content": text}, "logprobs": {"content": tokens}}]})
}

#[test]
fn the_text_its_tokens_and_the_reason_are_put_together() {
    let completion = complete(&[
        json!({"choices": [{"index": 0, "delta": {"role": "assistant", "content": null}, "logprobs": null}]}),
        part("{\"a", json!([{"token": "{\"", "logprob": -0.5, "bytes": [123, 34]}, {"token": "a", "logprob": -1.5}])),
        part("\"}", json!([{"token": "\"}", "logprob": -9999.0}])),
        json!({"choices": [{"index": 0, "delta": {}, "finish_reason": "stop"}]}),
        json!({"choices": [], "usage": {"total_tokens": 3}}),
    ]);
    let generated = completion.unwrap().into_generated();
    assert_eq!(generated.text, "{\"a\"}");
    let token = |end, logprob| Token { end, logprob };
    assert_eq!(generated.tokens, [token(2, Some(-0.5)), token(3, Some(-1.5)), token(5, None)]);
    assert_eq!(generated.finish, Finish::Stop);
}

#[test]
fn a_character_of_two_tokens_ends_with_the_second() {
    let completion = complete(&[
        part("", json!([{"token": "\u{fffd}", "logprob": -1.0, "bytes": [195]}])),
        part(
            "\u{fc}b",
            json!([{"token": "\u{fffd}", "logprob": -2.0, "bytes": [188]}, {"token": "b", "logprob": -3.0}]),
        ),
    ]);
    let ends: Vec<usize> = completion.unwrap().into_generated().tokens.iter().map(|token| token.end).collect();
    assert_eq!(ends, [0, 0, 3]);
}

#[test]
fn text_without_its_tokens_makes_all_of_them_unknown() {
    let without = json!({"choices": [{"delta": {"content": "b"}, "logprobs": {"tokens": ["b"]}}]});
    let completion = complete(&[part("a", json!([{"token": "a", "logprob": -1.0}])), without]).unwrap();
    let generated = completion.into_generated();
    assert_eq!((generated.text.as_str(), generated.tokens.len()), ("ab", 0));
}

#[test]
fn a_cut_answer_says_so_and_an_unknown_reason_is_no_answer() {
    let finished = |reason: Value| complete(&[json!({"choices": [{"delta": {}, "finish_reason": reason}]})]);
    assert_eq!(finished(json!("length")).unwrap().into_generated().finish, Finish::Length);
    for reason in [json!("content_filter"), json!("abort"), json!(7)] {
        assert!(finished(reason).is_err());
    }
}

#[test]
fn an_answer_in_one_piece_and_a_failure_in_the_stream_are_told_apart() {
    let whole = json!({"choices": [{"index": 0, "message": {"content": "C"}, "finish_reason": "stop"}]});
    assert_eq!(complete(&[whole]).unwrap().text, "C");
    let mut completion = Completion::default();
    assert_eq!(completion.take(br#"{"error": {"message": "out of memory", "code": 500}}"#), Ok(Event::Failed));
}

proptest! {
    #[test]
    fn ends_of_tokens_rise_within_the_text_whatever_the_server_says(
        chunks in prop::collection::vec(("[a\u{fc}\u{4f60}]{0,3}", prop::collection::vec(("[a\u{fc}]{0,2}",
            prop::option::of(prop::collection::vec(any::<u8>(), 0..3)), prop::option::of(-20.0..20.0f64)), 0..3)), 0..9),
    ) {
        let chunks: Vec<Value> = chunks.into_iter().map(|(text, tokens)| part(&text, tokens.into_iter()
            .map(|(token, bytes, logprob)| json!({"token": token, "bytes": bytes, "logprob": logprob})).collect())).collect();
        let generated = complete(&chunks).unwrap().into_generated();
        let mut before = 0;
        for token in &generated.tokens {
            prop_assert!(token.end >= before && generated.text.is_char_boundary(token.end));
            prop_assert!(token.logprob.is_none_or(|l| l <= 0.0));
            before = token.end;
        }
    }

    #[test]
    fn no_data_makes_it_panic(data in prop::collection::vec(any::<u8>(), 0..80)) {
        let _ = Completion::default().take(&data);
    }
}
