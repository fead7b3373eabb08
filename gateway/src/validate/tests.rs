//! What is let through, what is refused, and that no message repeats what a body holds.

use super::*;

const URL: &str = r#""https://example.com/a.png""#;

fn code(service: Service, body: &str) -> Result<(), (ErrorCode, String)> {
    check(service, body.as_bytes()).map_err(|error| (error.code, error.message))
}

#[test]
fn every_documented_shape_passes() {
    for body in [
        format!(r#"{{"image_urls":[{URL}]}}"#),
        format!(
            r#" {{ "image_urls" : [ {URL} , "HTTP://h" ], "prompt":null, "doc_type":"W2", "schema":{{"properties":{{"a":[1,-2,1.5,true,null,"x"]}}}} }} "#
        ),
        r#"{"image_urls":["data:image/png;base64,AAAA"],"schema":null,"doc_type":null}"#.to_owned(),
        r#"{"image_urls":["data:application\/pdf;name=a;base64,AAAA"],"prompt":"read \u00e9"}"#.to_owned(),
    ] {
        assert_eq!(code(Service::Extract, &body), Ok(()), "{body}");
    }
}

#[test]
fn a_misfit_is_an_invalid_request_that_names_the_field() {
    let many = format!(r#"{{"image_urls":[{}]}}"#, [URL; 21].join(","));
    let long_prompt = format!(r#"{{"image_urls":[{URL}],"prompt":"{}"}}"#, "x".repeat(MAX_PROMPT_BYTES + 1));
    let deep = format!(r#"{{"image_urls":[{URL}],"schema":{{"a":{}1{}}}}}"#, "[".repeat(40), "]".repeat(40));
    for (body, part) in [
        ("[]", "JSON object"),
        ("{}", "`image_urls` is missing"),
        (r#"{"image_urls":"secret"}"#, "`image_urls` must be a list"),
        (r#"{"image_urls":null}"#, "`image_urls` must be a list"),
        (r#"{"image_urls":[]}"#, "1 to 20"),
        (&many, "1 to 20"),
        (r#"{"image_urls":["https://h",7]}"#, "`image_urls[1]` must be a string"),
        (r#"{"image_urls":[["secret"]]}"#, "`image_urls[0]` must be a string"),
        (r#"{"image_urls":["https://h"],"image_urls":["https://h"]}"#, "`image_urls` is given twice"),
        (r#"{"image_urls":["https://h"],"prompt":5}"#, "`prompt` must be a string"),
        (&long_prompt, "`prompt` is longer"),
        (r#"{"image_urls":["https://h"],"doc_type":"secret"}"#, "`doc_type` is no known"),
        (r#"{"image_urls":["https://h"],"doc_type":{}}"#, "`doc_type` must be a string"),
        (r#"{"image_urls":["https://h"],"schema":"secret"}"#, "`schema` must be an object"),
        (&deep, "`schema` is nested deeper than 32"),
        (r#"{"image_urls":["https://h"],"colour":1}"#, "unknown field `colour`"),
        (r#"{"image_urls":["https://h"],"a secret":1}"#, "unknown field"),
    ] {
        let (code, message) = code(Service::Extract, body).unwrap_err();
        assert_eq!(code, ErrorCode::InvalidRequest, "{body}");
        assert!(message.contains(part) && !message.contains("secret"), "{body}: {message}");
    }
}

#[test]
fn fields_of_extract_are_unknown_to_classify() {
    let body = format!(r#"{{"image_urls":[{URL}],"doc_type":"W2"}}"#);
    assert_eq!(code(Service::Classify, &body).unwrap_err().1, "unknown field `doc_type`");
}

#[test]
fn a_url_of_the_wrong_shape_is_named_by_its_place() {
    let long = format!("https://h/{}", "x".repeat(MAX_URL_BYTES));
    for url in [
        "",
        "secret",
        "file:///etc/secret",
        "ftp://h/a",
        "https:",
        "https://",
        "https:///a",
        "http://h/a secret",
        "http:h",
        "javascript:secret",
        "data:",
        "data:,secret",
        "data:image/png,secret",
        "data:image/png;base64",
        "data:image/png;base64,",
        "é:secret",
        &long,
    ] {
        let body = format!(r#"{{"image_urls":[{}]}}"#, serde_json::to_string(url).unwrap());
        let (code, message) = code(Service::Classify, &body).unwrap_err();
        assert_eq!(code, ErrorCode::UrlNotAllowed, "{url}");
        assert!(message.starts_with("`image_urls[0]` ") && !message.contains("secret"), "{message}");
    }
}

#[test]
fn what_is_no_json_is_told_by_its_place_and_not_by_its_words() {
    let nested = "[".repeat(500_000);
    let deep = format!(r#"{{"schema":{{"a":{nested}"#);
    for body in [
        "",
        "{",
        r#"{"image_urls":["https://h"]} secret"#,
        "secret",
        r#"{"image_urls":[}"#,
        "\u{feff}{}",
        r#"{"prompt":"\ud800"}"#,
    ] {
        let (code, message) = code(Service::Extract, body).unwrap_err();
        assert_eq!(code, ErrorCode::InvalidJson, "{body}");
        assert!(!message.contains("secret"), "{message}");
    }
    assert!(code(Service::Extract, &deep).is_err());
    assert_eq!(check(Service::Extract, b"{\"prompt\":\"\xff\"}").unwrap_err().code, ErrorCode::InvalidJson);
    let huge = r#"{"image_urls":["https://h"],"schema":{"a":1e999}}"#;
    assert_eq!(code(Service::Extract, huge).unwrap_err().0, ErrorCode::InvalidJson);
}

proptest::proptest! {
    /// Whatever the contract's own reader takes, and nothing that it can't read, goes to a worker.
    #[test]
    fn nothing_passes_that_the_worker_can_not_read(body in "\\{(\"(image_urls|prompt|doc_type|schema|x)\": ?(\\[\"(https://h|data:a;base64,AA)\"(,1)?\\]|null|\"W2\"|\\{\\}|1),?){0,3}\\}?") {
        if check(Service::Extract, body.as_bytes()).is_ok() {
            let read = serde_json::from_str::<contract::ExtractRequest>(&body);
            proptest::prop_assert!(read.is_ok(), "{body}: {:?}", read.err());
        }
    }
}
