//! `docproc demo`: starts the whole service on free ports, sends it a page over HTTP as any caller would, shows the answers as
//! a table, and ends everything.

use std::path::PathBuf;

use serde_json::{Value, json};

use crate::ask;
use crate::client::Gateway;
use crate::failure::{Failure, note, print};
use crate::score::data_url;
use crate::up::{Ports, Service};

/// A photo of a form W-2 with made-up people, so that the demo needs no file.
const SAMPLE: (&str, &[u8]) = ("w2_photo.jpg", include_bytes!("../../samples/pages/w2_photo.jpg"));

/// The document shown is `file`, or the sample.
pub(crate) async fn run(file: Option<PathBuf>) -> Result<(), Failure> {
    let (name, url) = match file {
        Some(path) => (path.display().to_string(), ask::data_urls(&[path]).await?.remove(0)),
        None => (format!("samples/pages/{}", SAMPLE.0), data_url(SAMPLE.0, SAMPLE.1)),
    };
    let mut own: Vec<_> = std::env::vars().collect();
    // The answers are the show; what fails still speaks.
    if !own.iter().any(|(name, _)| name == "LOG_LEVEL") {
        own.push(("LOG_LEVEL".to_owned(), "WARNING".to_owned()));
    }
    note("starting the gateway, two workers and the local platform");
    let stop = service::server::termination().map_err(Failure::new)?;
    let mut service = Service::start(Ports { gateway: 0, platform: 0 }, own).await?;
    let shown = async {
        service.ready().await?;
        show(&service.gateway, &name, &url).await
    };
    let outcome = tokio::select! {
        outcome = shown => outcome,
        () = stop => Err(Failure::new("interrupted")),
    };
    outcome.and(service.end().await)
}

async fn show(gateway: &Gateway, name: &str, url: &str) -> Result<(), Failure> {
    let body = json!({ "image_urls": [url] });
    print(format_args!("POST {}/v1/classify   {name}", gateway.url))?;
    let class = gateway.post("/v1/classify", &body).await?;
    print(format_args!(
        "  type {}, confidence {}\n  {}",
        text(&class["type"]),
        class["confidence"],
        text(&class["reasoning"])
    ))?;
    print(format_args!("\nPOST {}/v1/extract   {name}", gateway.url))?;
    let answer = gateway.post("/v1/extract", &body).await?;
    print(table(&answer))?;
    print(format_args!("\nanswered in {} ms and {} ms", class["latency_ms"], answer["latency_ms"]))
}

/// A line per value: path, value, confidence, page.
fn table(answer: &Value) -> String {
    let mut lines = vec![format!("  {:<34} {:<48} confidence  page", "field", "value")];
    for (path, value) in leaves(&answer["data"]) {
        let confidence = answer["confidence"][&path].as_f64().unwrap_or_default();
        let page = &answer["fields"][&path]["page"];
        let page = if page.is_null() { "-".to_owned() } else { page.to_string() };
        lines.push(format!("  {path:<34} {:<48} {confidence:>10.2} {page:>5}", text(value)));
    }
    for finding in answer["findings"].as_array().into_iter().flatten() {
        lines.push(format!("  {}: {}", text(&finding["severity"]), text(&finding["message"])));
    }
    lines.join("\n")
}

/// The values that were found, by path.
fn leaves(data: &Value) -> Vec<(String, &Value)> {
    let mut found = Vec::new();
    let mut open = vec![(String::new(), data)];
    while let Some((path, value)) = open.pop() {
        match value {
            Value::Object(members) => {
                open.extend(members.iter().rev().map(|(name, member)| {
                    (if path.is_empty() { name.clone() } else { format!("{path}.{name}") }, member)
                }))
            }
            Value::Array(items) => {
                open.extend(items.iter().enumerate().rev().map(|(index, item)| (format!("{path}[{index}]"), item)));
            }
            Value::Null => {}
            _ => found.push((path, value)),
        }
    }
    found
}

fn text(value: &Value) -> String {
    value.as_str().map_or_else(|| value.to_string(), str::to_owned)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_table_shows_every_value_that_was_found_in_order_with_its_page() {
        let answer = json!({
            "data": { "wages": 12.5, "other": null, "box_12": [{ "code": "D", "amount": 3.0 }] },
            "confidence": { "wages": 0.987, "box_12[0].code": 0.5 },
            "fields": { "wages": { "page": 2 } },
            "findings": [{ "severity": "warn", "message": "unusual" }],
        });
        let table = table(&answer);
        let lines: Vec<_> = table.lines().map(|line| line.split_whitespace().collect::<Vec<_>>()).collect();
        assert_eq!(lines[1], ["wages", "12.5", "0.99", "2"]);
        assert_eq!(lines[2], ["box_12[0].code", "D", "0.50", "-"]);
        assert_eq!(lines[3][0], "box_12[0].amount");
        assert_eq!((lines[4][0], lines.len()), ("warn:", 5));
    }
}
