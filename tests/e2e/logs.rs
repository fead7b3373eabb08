//! What the service never writes down, looked for in the log of all its processes at the level DEBUG.

use serde_json::{Value, json};

use crate::support::{GATEWAY_KEY, Up, about, client, labels};

/// Shorter texts (a state, a code) are in any log by chance.
const TELLING: usize = 6;

#[tokio::test]
async fn no_key_no_byte_of_a_document_and_no_value_is_in_any_log_line() {
    let up = Up::start();
    let (name, broken) = ("w2.png", "data:image/png;base64,iVBORw0KGgoAAAANSUhEUg==");
    let page = labels::data_url(name);
    for path in ["/v1/classify", "/v1/extract"] {
        assert_eq!(up.post(path, &about(&page)).await.0, 200);
        assert_eq!(up.post(path, &about(broken)).await.0, 422);
        assert_eq!(
            up.post(path, &about("https://private-user:private-word@127.0.0.1/private-path?q=private")).await.0,
            422
        );
        assert_eq!(up.post(path, &json!({"image_urls": [page], "private-field": "private"})).await.0, 422);
    }
    let wrong = client().post(format!("{}/v1/classify", up.url)).header("X-API-Key", "private-guess").body("private");
    assert_eq!(wrong.send().await.unwrap().status(), 401);
    let log = up.log();
    for program in ["classify | ", "extract  | ", "gateway  | "] {
        assert!(log.contains(program), "the log of {program} is missing, so nothing is shown");
    }
    let mut secrets =
        vec![GATEWAY_KEY.to_owned(), "another-key".to_owned(), up.platform_key.clone(), "private".to_owned()];
    secrets.extend(pieces(&page));
    secrets.extend(pieces(broken));
    secrets.extend(values(&labels::all()[name]["fields"]));
    let told: Vec<_> = secrets.iter().filter(|secret| log.contains(secret.as_str())).collect();
    assert!(told.is_empty(), "{} of {} secrets are in the log", told.len(), secrets.len());
}

/// Pieces of a document as it is sent.
fn pieces(url: &str) -> impl Iterator<Item = String> {
    let (_, data) = url.split_once(',').unwrap();
    let length = data.len();
    [0, length / 2, length.saturating_sub(20)].into_iter().map(move |at| data.chars().skip(at).take(20).collect())
}

/// Labelled values, numbers with and without thousands.
fn values(fields: &Value) -> Vec<String> {
    let mut texts = Vec::new();
    for (_, value) in labels::leaves(fields) {
        match value {
            Value::String(text) => texts.push(text),
            Value::Number(number) => {
                let plain = format!("{:.2}", number.as_f64().unwrap());
                let (whole, cents) = plain.split_once('.').unwrap();
                if whole.len() > 3 {
                    let (thousands, rest) = whole.split_at(whole.len() - 3);
                    texts.push(format!("{thousands},{rest}.{cents}"));
                }
                texts.push(plain);
            }
            _ => {}
        }
    }
    texts.retain(|text| text.len() >= TELLING);
    texts
}
