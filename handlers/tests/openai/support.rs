//! What the tests share: an engine, a page, a question.

use std::sync::Arc;
use std::time::Duration;

use contract::Error;
use handlers::engine::openai::{OpenAi, Profile, Settings};
use handlers::engine::vision::{Generated, Picture, Question};
use image::{Rgb, RgbImage};
use serde_json::{Value, json};

use crate::server::{Reply, Server};

/// Long enough for any answer that comes; a test of what does not come takes less.
pub(crate) const TIME: Duration = Duration::from_secs(20);

pub(crate) fn settings(port: u16) -> Settings {
    Settings {
        base_url: format!("http://127.0.0.1:{port}/v1").parse().unwrap(),
        api_key: None,
        model: None,
        profile: Profile::named("qwen").unwrap(),
        server: None,
        timeout: TIME,
        start_timeout: TIME,
        concurrency: 4,
    }
}

/// An engine whose server gives these answers.
pub(crate) async fn engine(replies: Vec<Reply>) -> (OpenAi, Server) {
    engine_with(replies, |_| {}).await
}

pub(crate) async fn engine_with(replies: Vec<Reply>, change: impl FnOnce(&mut Settings)) -> (OpenAi, Server) {
    let server = Server::start(replies).await;
    let mut settings = settings(server.port);
    change(&mut settings);
    (OpenAi::start(settings).await.unwrap(), server)
}

pub(crate) fn page() -> Picture {
    Arc::new(RgbImage::from_pixel(320, 640, Rgb([255, 255, 255])))
}

pub(crate) fn schema() -> Value {
    json!({"type": "object", "properties": {"a": {"type": "string"}}})
}

/// Asks for JSON of the schema.
pub(crate) async fn generate(engine: &OpenAi) -> Result<Generated, Error> {
    generate_from(engine, 1, &schema()).await
}

/// Asks for JSON of a schema about some pages.
pub(crate) async fn generate_from(engine: &OpenAi, pages: usize, schema: &Value) -> Result<Generated, Error> {
    let pages = vec![page(); pages];
    engine.generate(Question { pages: &pages, instruction: "Read.", schema, max_tokens: 100 }).await
}
