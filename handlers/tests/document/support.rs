//! What the tests share: a loader whose renderer is the real worker binary, and `data:` URLs.

use std::io::Cursor;
use std::path::PathBuf;

use base64::Engine;
use base64::prelude::BASE64_STANDARD;
use contract::Error;
use handlers::document::pdf::Renderer;
use handlers::document::{Addresses, Limits, Loader, Page};
use image::{DynamicImage, ImageFormat};

pub(crate) fn renderer() -> Renderer {
    Renderer::program(PathBuf::from(env!("CARGO_BIN_EXE_classify")))
}

pub(crate) fn loader() -> Loader {
    loader_with(Limits::default())
}

pub(crate) fn loader_with(limits: Limits) -> Loader {
    Loader::new(limits, Addresses::new(false), renderer()).unwrap()
}

pub(crate) fn data_url(bytes: &[u8]) -> String {
    format!("data:application/octet-stream;base64,{}", BASE64_STANDARD.encode(bytes))
}

pub(crate) fn encode(image: &DynamicImage, format: ImageFormat) -> Vec<u8> {
    let mut bytes = Cursor::new(Vec::new());
    image.write_to(&mut bytes, format).unwrap();
    bytes.into_inner()
}

/// Loads one document from its bytes.
pub(crate) async fn load(bytes: &[u8]) -> Result<Vec<Page>, Error> {
    loader().load(&[data_url(bytes)]).await
}

/// Loads one document that has one page.
pub(crate) async fn load_page(bytes: &[u8]) -> Page {
    let mut pages = load(bytes).await.unwrap();
    assert_eq!(pages.len(), 1);
    pages.remove(0)
}
