//! Inputs that must be refused, through the whole chain: each has its code within the time limit, and the next good request is
//! answered. The workers' own tests have more of them, redirects to private addresses among them.

use std::io::Write as _;
use std::path::Path;
use std::time::{Duration, Instant};

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use serde_json::{Value, json};

use crate::support::{GATEWAY_KEY, Up, about, answer, client, labels, shared};

const WITHIN: Duration = Duration::from_secs(10);

struct Bad {
    name: &'static str,
    body: Vec<u8>,
    status: u16,
    code: &'static str,
}

fn bad(name: &'static str, body: impl ToString, status: u16, code: &'static str) -> Bad {
    Bad { name, body: body.to_string().into_bytes(), status, code }
}

fn file(bytes: &[u8]) -> Value {
    about(&format!("data:application/octet-stream;base64,{}", STANDARD.encode(bytes)))
}

fn sample(name: &str) -> Vec<u8> {
    let url = labels::data_url(name);
    STANDARD.decode(url.split_once(',').unwrap().1).unwrap()
}

/// A PNG whose header claims these sides and whose data are few.
fn png_claiming(width: u32, height: u32) -> Vec<u8> {
    let mut data = flate2::write::ZlibEncoder::new(Vec::new(), flate2::Compression::best());
    data.write_all(&[0; 100_000]).unwrap();
    let header = [&width.to_be_bytes()[..], &height.to_be_bytes(), &[8, 2, 0, 0, 0]].concat();
    let mut png = b"\x89PNG\r\n\x1a\n".to_vec();
    for (name, body) in [(b"IHDR", header), (b"IDAT", data.finish().unwrap()), (b"IEND", Vec::new())] {
        png.extend(u32::try_from(body.len()).unwrap().to_be_bytes());
        let chunk = [&name[..], &body].concat();
        let mut crc = flate2::Crc::new();
        crc.update(&chunk);
        png.extend([&chunk[..], &crc.sum().to_be_bytes()].concat());
    }
    png
}

fn requests() -> Vec<Bad> {
    let page = labels::data_url("check.png");
    vec![
        bad("no body", "", 400, "invalid_json"),
        bad("half a JSON text", r#"{"image_urls": ["#, 400, "invalid_json"),
        bad("JSON and more", r#"{"image_urls": ["https://example.com/a.png"]} x"#, 400, "invalid_json"),
        bad("a list", "[]", 422, "invalid_request"),
        bad("no image_urls", "{}", 422, "invalid_request"),
        bad("empty image_urls", json!({"image_urls": []}), 422, "invalid_request"),
        bad("one URL without a list", json!({"image_urls": page}), 422, "invalid_request"),
        bad("a number for a URL", json!({"image_urls": [1]}), 422, "invalid_request"),
        bad("21 URLs", json!({"image_urls": vec!["https://example.com/a.png"; 21]}), 422, "invalid_request"),
        bad("an unknown field", json!({"image_urls": [page], "colour": 1}), 422, "invalid_request"),
        bad("an unknown type", json!({"image_urls": [page], "doc_type": "W3"}), 422, "invalid_request"),
        bad("a schema that is none", json!({"image_urls": [page], "schema": 7}), 422, "invalid_request"),
        Bad { name: "21 MB", body: vec![b' '; 21_000_000], status: 413, code: "body_too_large" },
        Bad { name: "no UTF-8", body: b"{\"image_urls\": [\"\xff\"]}".to_vec(), status: 400, code: "invalid_json" },
    ]
}

fn urls() -> Vec<Bad> {
    [
        ("a file of the worker", "file:///etc/passwd"),
        ("another protocol", "ftp://example.com/a.png"),
        ("loopback", "http://127.0.0.1/a.png"),
        ("loopback as one number", "http://2130706433/a.png"),
        ("loopback in IPv6", "http://[::1]/a.png"),
        ("loopback in IPv6's clothes", "http://[::ffff:127.0.0.1]/a.png"),
        ("localhost", "http://localhost/a.png"),
        ("a cloud's metadata", "http://169.254.169.254/latest/meta-data/"),
        ("a private network", "https://10.0.0.1/a.png"),
        ("credentials", "https://user:word@example.com/a.png"),
        ("base64 that is none", "data:image/png;base64,!!!!"),
        ("nothing", "data:image/png;base64,"),
    ]
    .map(|(name, url)| bad(name, about(url), 422, "url_not_allowed"))
    .into()
}

fn documents() -> Vec<Bad> {
    let (png, jpeg, pdf) = (sample("w2.png"), sample("w2_photo.jpg"), sample("invoice_two_pages.pdf"));
    let half = |bytes: &[u8]| file(&bytes[..bytes.len() / 2]);
    vec![
        bad("zeros", file(&[0; 5000]), 422, "unsupported_format"),
        bad("a web page", file(b"<!doctype html><p>not found"), 422, "unsupported_format"),
        bad("a PNG that ends early", half(&png), 422, "broken_document"),
        bad("a JPEG that ends early", half(&jpeg), 422, "broken_document"),
        bad("a PDF of its first bytes", file(&pdf[..20]), 422, "broken_document"),
        bad("a PNG of 60000 x 60000", file(&png_claiming(60_000, 60_000)), 422, "image_size_out_of_range"),
        bad("a PNG of 8000 x 8000 with few data", file(&png_claiming(8_000, 8_000)), 422, "broken_document"),
        bad("a PNG of 1 x 1", file(&png_claiming(1, 1)), 422, "image_size_out_of_range"),
    ]
}

/// PDF files that hang, swell or panic renderers. They are not part of this repository.
fn hostile_pdfs() -> Vec<Bad> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../shared/hostile-pdfs");
    let files = [
        ("bomb.pdf", "document_too_complex"),
        ("enc_user.pdf", "encrypted_document"),
        ("fuzz1.pdf", "image_size_out_of_range"),
        ("fuzz_timeout.pdf", "document_too_complex"),
    ];
    let there = files.into_iter().filter_map(|(name, code)| Some((name, std::fs::read(folder.join(name)).ok()?, code)));
    there.map(|(name, bytes, code)| bad(name, file(&bytes), 422, code)).collect()
}

#[tokio::test]
async fn each_bad_input_has_its_code_in_time_and_the_next_good_one_is_answered() {
    // Its own: the time of a request counts, and a worker does one job after the other.
    let up = Up::start();
    let good = about(&labels::data_url("check.png"));
    let mut problems = Vec::new();
    for Bad { name, body, status, code } in
        requests().into_iter().chain(urls()).chain(documents()).chain(hostile_pdfs())
    {
        let start = Instant::now();
        let (got, answer) = up.post_bytes("/v1/extract", body).await;
        let took = start.elapsed();
        if (got, &answer["error"]["code"]) != (status, &json!(code)) {
            problems.push(format!("{name}: {got} {answer}, not {status} {code}"));
        }
        if took > WITHIN {
            problems.push(format!("{name}: took {took:?}"));
        }
    }
    let (status, answer) = up.post("/v1/extract", &good).await;
    assert_eq!((status, &answer["doc_type"]), (200, &json!("check")), "{answer}");
    assert!(problems.is_empty(), "{problems:#?}");
}

#[tokio::test]
async fn a_good_document_is_answered_right_after_each_kind_of_broken_one() {
    let up = shared();
    let good = about(&labels::data_url("check.png"));
    for Bad { name, body, .. } in documents() {
        let (status, _) = up.post_bytes("/v1/classify", body).await;
        assert!((400..500).contains(&status), "{name}: {status}");
        let (status, answer) = up.post("/v1/classify", &good).await;
        assert_eq!((status, &answer["type"]), (200, &json!("check")), "after {name}");
    }
}

#[tokio::test]
async fn what_is_no_request_of_the_api_is_said_to_be_none() {
    let up = shared();
    let (client, url) = (client(), format!("{}/v1/extract", up.url));
    let asked = |request: reqwest::RequestBuilder| answer(request.header("X-API-Key", GATEWAY_KEY));
    for (request, status, code) in [
        (client.get(&url), 405, "method_not_allowed"),
        (client.put(&url).body("{}"), 405, "method_not_allowed"),
        (client.post(format!("{}/v2/extract", up.url)), 404, "not_found"),
        (client.post(&url).header("Content-Type", "text/plain").body("{}"), 415, "unsupported_media_type"),
        (client.post(&url).body("{}"), 415, "unsupported_media_type"),
    ] {
        let (got, answer) = asked(request).await;
        assert_eq!((got, &answer["error"]["code"]), (status, &json!(code)), "{answer}");
    }
}

#[tokio::test]
async fn an_error_names_the_entry_that_is_bad_and_carries_the_requests_id() {
    let up = shared();
    let urls = [labels::data_url("check.png"), "http://127.0.0.1/a.png".to_owned()];
    let (status, answer) = up.post("/v1/classify", &json!({ "image_urls": urls })).await;
    let error = &answer["error"];
    assert_eq!((status, &error["code"]), (422, &json!("url_not_allowed")));
    assert!(error["message"].as_str().unwrap().contains("image_urls[1]"), "{error}");
    assert!(error["request_id"].as_str().unwrap().len() > 10);
}
