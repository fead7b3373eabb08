//! The gateway's two document routes, as any client calls them.

use std::path::Path;
use std::time::{Duration, Instant};

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use serde_json::{Map, Value};
use service::secret::Secret;

/// Characters of an error's body that are kept.
const KEPT: usize = 300;

/// A client of one gateway.
#[derive(Clone)]
pub(super) struct Client {
    http: reqwest::Client,
    url: String,
    key: Secret,
}

/// An answer, or why there is none.
pub(super) struct Reply {
    /// HTTP status; 0: no answer at all.
    status: u16,
    /// The JSON of a 200, else the beginning of the text.
    pub(super) body: Value,
    /// From sending to the last byte.
    pub(super) seconds: f64,
}

impl Client {
    pub(super) fn new(url: &str, key: Secret, timeout: Duration) -> Result<Client, reqwest::Error> {
        // reqwest is built without a TLS provider; a second installation is refused and changes nothing.
        let _installed = rustls::crypto::ring::default_provider().install_default();
        let http = reqwest::Client::builder().tcp_nodelay(true).timeout(timeout).build()?;
        Ok(Client { http, url: url.trim_end_matches('/').to_owned(), key })
    }

    pub(super) async fn post(&self, path: &str, body: &Value) -> Reply {
        let start = Instant::now();
        let (status, body) =
            self.exchange(path, body).await.unwrap_or_else(|error| (0, cut(&error.without_url().to_string())));
        Reply { status, body, seconds: start.elapsed().as_secs_f64() }
    }

    async fn exchange(&self, path: &str, body: &Value) -> Result<(u16, Value), reqwest::Error> {
        let request = self.http.post(format!("{}{path}", self.url)).header("Content-Type", "application/json");
        let response = request.header("X-API-Key", self.key.expose()).body(body.to_string()).send().await?;
        let status = response.status().as_u16();
        let text = response.text().await?;
        Ok(match serde_json::from_str(&text) {
            Ok(json) if status == 200 => (status, json),
            Err(error) if status == 200 => (0, cut(&error.to_string())),
            _ => (status, cut(&text)),
        })
    }
}

impl Reply {
    /// The JSON object of a 200.
    pub(super) fn object(&self) -> Option<&Map<String, Value>> {
        self.body.as_object().filter(|_| self.status == 200)
    }

    /// The type that was answered, or what was answered instead.
    pub(super) fn doc_type(&self) -> String {
        match self.object() {
            Some(body) => body.get("type").map_or_else(|| String::from("None"), text),
            None => self.described(),
        }
    }

    /// What is wrong with an answer that is not a 200.
    pub(super) fn problem(&self) -> Option<String> {
        (self.status != 200).then(|| self.described())
    }

    fn described(&self) -> String {
        format!("HTTP {}: {}", self.status, text(&self.body))
    }
}

fn text(value: &Value) -> String {
    value.as_str().map_or_else(|| value.to_string(), str::to_owned)
}

fn cut(text: &str) -> Value {
    text.chars().take(KEPT).collect::<String>().into()
}

/// A file as a `data:` URL, its media type guessed from its name.
pub(crate) fn data_url(name: &str, bytes: &[u8]) -> String {
    let extension = Path::new(name).extension().and_then(|e| e.to_str()).unwrap_or_default().to_lowercase();
    let media_type = match extension.as_str() {
        "png" => "image/png",
        "jpg" | "jpeg" => "image/jpeg",
        "tif" | "tiff" => "image/tiff",
        "webp" => "image/webp",
        "gif" => "image/gif",
        "bmp" => "image/bmp",
        "pdf" => "application/pdf",
        _ => "application/octet-stream",
    };
    format!("data:{media_type};base64,{}", STANDARD.encode(bytes))
}
