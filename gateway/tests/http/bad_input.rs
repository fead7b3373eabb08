//! Every kind of bad request that we could think of: each has its documented status and code, the next good request is served,
//! and no word of a request is in the log, not even at the finest level.

use std::time::{Duration, Instant};

use futures_util::future::join_all;
use gateway::MAX_BODY_BYTES;
use serde_json::json;
use tokio::io::AsyncWriteExt;
use tokio::net::TcpStream;

use crate::program::Program;
use crate::support::{Answer, BODY, KEY, Platform, completed, exchange, post, post_request, read_answer};

/// A word in every bad request; must not be in any log line.
const WORD: &str = "Zyxwvut";
/// Longest time that a slow caller is borne.
const PATIENCE: Duration = Duration::from_secs(15);

/// What comes back.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Expect {
    /// This status with this code.
    Error(u16, &'static str),
    /// This status without a body: hyper's own answer to what is no HTTP.
    Bare(u16),
    /// The connection ends without an answer.
    End,
}

use Expect::{Bare, End, Error};

/// How the bytes are sent.
enum Send {
    AtOnce(Vec<u8>),
    /// The first part, then a byte now and then from the second.
    Slowly(Vec<u8>, Duration),
    /// The first part, then the end.
    Cut(Vec<u8>),
}

type Case = (&'static str, Send, Expect);

fn raw(name: &'static str, text: &str, expect: Expect) -> Case {
    (name, Send::AtOnce(text.replace('~', WORD).replace('\n', "\r\n").into_bytes()), expect)
}

/// A body for `/v1/extract`.
fn body(name: &'static str, text: &str, status: u16, code: &'static str) -> Case {
    let request = post_request("/v1/extract", &text.replace('~', WORD));
    (name, Send::AtOnce(request.into_bytes()), Error(status, code))
}

/// A good request but for one header line, exchanged for others.
fn header(name: &'static str, from: &str, to: &str, expect: Expect) -> Case {
    let request = post_request("/v1/classify", BODY);
    assert!(request.contains(from), "{from}");
    (name, Send::AtOnce(request.replacen(from, &to.replace('~', WORD), 1).into_bytes()), expect)
}

fn framing() -> Vec<Case> {
    let bad = Error(400, "bad_request");
    let long = format!("GET /live HTTP/1.1\nHost: h\nX: {}\n\n", WORD.repeat(10_000));
    let many = format!("GET /live HTTP/1.1\nHost: h\n{}\n", "X: ~\n".repeat(70));
    let with_key = format!("POST /v1/classify HTTP/1.1\nHost: h\nX-API-Key: {KEY}\nContent-Type: application/json\n");
    let bare_lf = b"GET /live HTTP/1.1\nHost: Zyxwvut\n\n".to_vec();
    vec![
        raw("no host", "GET /~ HTTP/1.1\n\n", bad),
        raw("two hosts", "GET /~ HTTP/1.1\nHost: a\nHost: b\n\n", bad),
        raw("a host with a path", "GET /~ HTTP/1.1\nHost: a/~\n\n", bad),
        raw("a target of another host", "GET http://~/live HTTP/1.1\nHost: h\n\n", bad),
        raw("two equal lengths", "POST /~ HTTP/1.1\nHost: h\nContent-Length: 0\nContent-Length: 0\n\n", bad),
        raw("two lengths", "POST /~ HTTP/1.1\nHost: h\nContent-Length: 0\nContent-Length: 5\n\n", Bare(400)),
        raw(
            "length, then chunked",
            "POST /~ HTTP/1.1\nHost: h\nContent-Length: 5\nTransfer-Encoding: chunked\n\n0\n\n",
            bad,
        ),
        raw(
            "chunked, then length",
            "POST /~ HTTP/1.1\nHost: h\nTransfer-Encoding: chunked\nContent-Length: 5\n\n0\n\n",
            bad,
        ),
        raw("two codings", "POST /~ HTTP/1.1\nHost: h\nTransfer-Encoding: gzip, chunked\n\n0\n\n", bad),
        raw("an unknown coding", "POST /~ HTTP/1.1\nHost: h\nTransfer-Encoding: ~\n\n", Bare(400)),
        raw("chunked in HTTP/1.0", "POST /~ HTTP/1.0\nHost: h\nTransfer-Encoding: chunked\n\n0\n\n", Bare(400)),
        raw("a signed length", "POST /~ HTTP/1.1\nHost: h\nContent-Length: +5\n\n12345", Bare(400)),
        raw("a negative length", "POST /~ HTTP/1.1\nHost: h\nContent-Length: -5\n\n", Bare(400)),
        raw("a list of lengths", "POST /~ HTTP/1.1\nHost: h\nContent-Length: 5, 5\n\n12345", Bare(400)),
        raw("a space before the colon", "GET /live HTTP/1.1\nHost: h\nX : ~\n\n", Bare(400)),
        raw("a folded line", "GET /live HTTP/1.1\nHost: h\nX: ~\n ~\n\n", Bare(400)),
        raw("a NUL in a header", "GET /live HTTP/1.1\nHost: h\nX: \0~\n\n", Bare(400)),
        raw("no HTTP at all", "~ ~ ~ ~\n\n", Bare(400)),
        raw("a chunk without a size", &format!("{with_key}Transfer-Encoding: chunked\n\n~\n"), bad),
        raw("a header of 70 KB", &long, Bare(431)),
        raw("70 headers", &many, Bare(431)),
        ("lines without carriage returns", Send::AtOnce(bare_lf), bad),
    ]
}

fn routes_keys_and_types() -> Vec<Case> {
    let key = format!("X-API-Key: {KEY}\r\n");
    let json = "Content-Type: application/json\r\n";
    let (unknown, media) = (Error(401, "unauthorized"), Error(415, "unsupported_media_type"));
    let mut no_text = post_request("/v1/classify", BODY).into_bytes();
    let at = no_text.windows(KEY.len()).position(|w| w == KEY.as_bytes()).unwrap();
    no_text[at] = 0xff;
    vec![
        raw("an unknown path", "GET /v1/~ HTTP/1.1\nHost: h\nConnection: close\n\n", Error(404, "not_found")),
        raw("a path with dots", "GET /live/../~ HTTP/1.1\nHost: h\nConnection: close\n\n", Error(404, "not_found")),
        raw(
            "GET for POST",
            "GET /v1/classify?~ HTTP/1.1\nHost: h\nConnection: close\n\n",
            Error(405, "method_not_allowed"),
        ),
        raw(
            "an unheard-of method",
            "ZYXWVUT /live HTTP/1.1\nHost: h\nConnection: close\n\n",
            Error(405, "method_not_allowed"),
        ),
        header("no key", &key, "", unknown),
        header("a wrong key", KEY, "~", unknown),
        header("half a key", KEY, KEY.split_at(10).0, unknown),
        header("a key and a half", KEY, &format!("{KEY}~"), unknown),
        header("two keys", &key, &format!("{key}{key}"), unknown),
        ("a key that is no text", Send::AtOnce(no_text), unknown),
        header("no content type", json, "", media),
        header("a content type of text", json, "Content-Type: text/~\r\n", media),
        header("a charset", json, "Content-Type: application/json; charset=~\r\n", media),
        header("two content types", json, &format!("{json}{json}"), media),
        header("a compressed body", json, &format!("{json}Content-Encoding: gzip\r\n"), media),
    ]
}

fn bodies() -> Vec<Case> {
    let many = format!(r#"{{"image_urls":[{}]}}"#, [r#""https://~/""#; 21].join(","));
    let long = format!(r#"{{"image_urls":["https://~/"],"prompt":"{}"}}"#, WORD.repeat(3000));
    let deep = format!(r#"{{"image_urls":["https://~/"],"schema":{{"~":{}{}}}}}"#, "[".repeat(9000), "]".repeat(9000));
    let (json, shape, url) = ("invalid_json", "invalid_request", "url_not_allowed");
    let mut no_text = post_request("/v1/extract", r#"{"image_urls":["https://Zyxwvut/?"]}"#).into_bytes();
    let at = no_text.iter().rposition(|&b| b == b'?').unwrap();
    no_text[at] = 0xff;
    vec![
        body("an empty body", "", 400, json),
        body("half a body", r#"{"image_urls":["https://~"#, 400, json),
        body("more than a body", r#"{"image_urls":["https://~/"]} ~"#, 400, json),
        body("no JSON", "~", 400, json),
        body("half a surrogate", r#"{"image_urls":["https://~/\ud800"]}"#, 400, json),
        body("a huge number", r#"{"image_urls":["https://~/"],"schema":{"~":1e9999}}"#, 400, json),
        ("bytes that are no UTF-8", Send::AtOnce(no_text), Error(400, json)),
        body("a list", r#"["~"]"#, 422, shape),
        body("no image_urls", r#"{"prompt":"~"}"#, 422, shape),
        body("image_urls twice", r#"{"image_urls":["https://~/"],"image_urls":["https://~/"]}"#, 422, shape),
        body("a URL for image_urls", r#"{"image_urls":"https://~/"}"#, 422, shape),
        body("no URLs", r#"{"image_urls":[],"prompt":"~"}"#, 422, shape),
        body("21 URLs", &many, 422, shape),
        body("a number for a URL", r#"{"image_urls":[7],"prompt":"~"}"#, 422, shape),
        body("lists in lists", &"[".repeat(100_000), 422, shape),
        body("a schema too deep", &deep, 422, shape),
        body("an unknown field", r#"{"image_urls":["https://~/"],"~":1}"#, 422, shape),
        body("an unknown type", r#"{"image_urls":["https://~/"],"doc_type":"~"}"#, 422, shape),
        body("a number for a prompt", r#"{"image_urls":["https://~/"],"prompt":5}"#, 422, shape),
        body("a prompt too long", &long, 422, shape),
        body("a list for a schema", r#"{"image_urls":["https://~/"],"schema":["~"]}"#, 422, shape),
        body("a file", r#"{"image_urls":["file:///~"]}"#, 422, url),
        body("a path", r#"{"image_urls":["/~/a.png"]}"#, 422, url),
        body("another scheme", r#"{"image_urls":["gopher://~/"]}"#, 422, url),
        body("no host", r#"{"image_urls":["https:///~"]}"#, 422, url),
        body("a space in a URL", r#"{"image_urls":["https://h/~ ~"]}"#, 422, url),
        body("data that is not base64", r#"{"image_urls":["data:image/png,~"]}"#, 422, url),
        body("data without data", r#"{"image_urls":["data:image/~;base64,"]}"#, 422, url),
    ]
}

fn sizes_and_times() -> Vec<Case> {
    let declared = |length: usize| {
        let whole = post_request("/v1/extract", "");
        whole.replace("Content-Length: 0", &format!("Content-Length: {length}"))
    };
    let chunked = declared(0).replace("Content-Length: 0", "Transfer-Encoding: chunked");
    let mut too_long = chunked.clone().into_bytes();
    let chunk = WORD.repeat(100_000);
    for _ in 0..=MAX_BODY_BYTES / chunk.len() {
        too_long.extend_from_slice(format!("{:x}\r\n{chunk}\r\n", chunk.len()).as_bytes());
    }
    let pause = Duration::from_millis(500);
    let late = Error(408, "request_timeout");
    vec![
        (
            "a length over the limit",
            Send::AtOnce(declared(MAX_BODY_BYTES + 1).into_bytes()),
            Error(413, "body_too_large"),
        ),
        ("chunks over the limit", Send::AtOnce(too_long), Error(413, "body_too_large")),
        ("a body that stops", Send::Slowly(declared(100_000).into_bytes(), PATIENCE), late),
        ("a body by the byte", Send::Slowly(declared(100_000).into_bytes(), pause), late),
        ("chunks by the byte", Send::Slowly(format!("{chunked}fff\r\n").into_bytes(), pause), late),
        (
            "a head that stops",
            Send::Slowly(format!("POST /{WORD} HTTP/1.1\r\nHost: h\r\nX: ").into_bytes(), PATIENCE),
            End,
        ),
        (
            "a head by the byte",
            Send::Slowly(format!("POST /{WORD} HTTP/1.1\r\nHost: h\r\nX: ").into_bytes(), pause),
            End,
        ),
        ("nothing", Send::Slowly(Vec::new(), PATIENCE), End),
        ("half a head", Send::Cut(format!("POST /{WORD} HT").into_bytes()), End),
        (
            "half a body, then gone",
            Send::Cut(format!("{}{WORD}", declared(1000)).into_bytes()),
            Error(400, "bad_request"),
        ),
    ]
}

async fn send(address: std::net::SocketAddr, how: &Send) -> Option<Answer> {
    match how {
        Send::AtOnce(bytes) => {
            let mut stream = TcpStream::connect(address).await.unwrap();
            let (mut reader, mut writer) = stream.split();
            let write = async {
                // The answer may come, and the connection close, before all is written.
                let _ = writer.write_all(bytes).await;
            };
            let mut text = Vec::new();
            let read = async {
                let _ = tokio::io::AsyncReadExt::read_to_end(&mut reader, &mut text).await;
            };
            tokio::join!(write, read);
            Answer::parse(&String::from_utf8_lossy(&text))
        }
        Send::Slowly(bytes, pause) => {
            let stream = TcpStream::connect(address).await.unwrap();
            let (reader, mut writer) = stream.into_split();
            let _ = writer.write_all(bytes).await;
            let pause = *pause;
            let dripping = tokio::spawn(async move {
                loop {
                    tokio::time::sleep(pause).await;
                    if writer.write_all(b"Z").await.is_err() {
                        break;
                    }
                }
            });
            let mut text = Vec::new();
            let mut reader = reader;
            let _ = tokio::io::AsyncReadExt::read_to_end(&mut reader, &mut text).await;
            dripping.abort();
            Answer::parse(&String::from_utf8_lossy(&text))
        }
        Send::Cut(bytes) => {
            let mut stream = TcpStream::connect(address).await.unwrap();
            stream.write_all(bytes).await.unwrap();
            stream.shutdown().await.unwrap();
            read_answer(&mut stream).await
        }
    }
}

/// Sends a case, then a good request, and says what was wrong.
async fn probe(address: std::net::SocketAddr, (name, how, expect): &Case) -> Option<String> {
    let started = Instant::now();
    let got = send(address, how).await;
    let took = started.elapsed();
    let good = match (expect, &got) {
        (Error(status, code), Some(answer)) => {
            let shown = answer.body.contains(WORD) && !name.contains("unknown field");
            answer.status == *status && answer.code() == *code && !shown && !answer.body.contains(KEY)
        }
        (Bare(status), Some(answer)) => answer.status == *status && answer.body.is_empty(),
        (End, None) => true,
        _ => false,
    };
    let next = post(address, "/v1/classify", BODY).await;
    let complaint = format!("{name}: expected {expect:?}, got {got:?} after {took:?}, then {}", next.status);
    (!good || next.status != 200 || took > PATIENCE).then_some(complaint)
}

#[tokio::test]
async fn each_bad_request_has_its_answer_and_leaves_no_trace_in_the_log() {
    let platform = Platform::start(|_| completed(json!({"type": "W2"}))).await;
    let program = Program::start(&platform.base_url()).await;
    let cases: Vec<Case> =
        [framing(), routes_keys_and_types(), bodies(), sizes_and_times()].into_iter().flatten().collect();
    assert!(cases.len() >= 60, "{}", cases.len());
    let wrong: Vec<String> =
        join_all(cases.iter().map(|case| probe(program.address, case))).await.into_iter().flatten().collect();
    assert!(wrong.is_empty(), "{} of {}:\n{}", wrong.len(), cases.len(), wrong.join("\n"));
    assert_eq!(platform.seen().len(), cases.len(), "a bad request got through to the platform");

    let (status, lines) = program.terminate().await;
    assert_eq!(status, Some(0));
    assert!(lines.len() > cases.len());
    for line in &lines {
        let low = line.to_lowercase();
        for secret in [WORD, KEY, "platform-key", "example.com"] {
            assert!(!low.contains(&secret.to_lowercase()), "{secret} is in the log: {line}");
        }
    }
}

#[tokio::test]
async fn a_flood_of_wrong_keys_does_not_reach_the_platform() {
    let platform = Platform::start(|_| completed(json!({}))).await;
    let program = Program::start(&platform.base_url()).await;
    let wrong = post_request("/v1/classify", BODY).replace(KEY, "wrong");
    let answers = join_all((0..200).map(|_| exchange(program.address, wrong.as_bytes()))).await;
    assert!(answers.iter().all(|answer| answer.as_ref().is_some_and(|a| a.status == 401)));
    assert!(platform.seen().is_empty());
    assert_eq!(program.terminate().await.0, Some(0));
}
