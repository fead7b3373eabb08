//! A vision model and the reading engine at the same time.

use std::pin::pin;
use std::sync::Arc;

use contract::Error;
use futures_util::future::{Either, select};

use super::document::Document;
use crate::document;
use crate::engine::ReadingEngine;
use crate::engine::vision::Picture;

/// Asks a model about pages while they are read. The reading finds out which pages lie on their side; about those the model is
/// asked again, upright, and what it was busy with is dropped.
pub(super) async fn ask<T, F: Future<Output = Result<T, Error>>>(
    engine: &ReadingEngine,
    pages: Vec<document::Page>,
    ask: impl Fn(Vec<Picture>) -> F,
) -> Result<(Document, T), Error> {
    let given: Vec<Picture> = pages.iter().map(|page| Arc::clone(&page.image)).collect();
    let first = match select(pin!(Document::read(engine, pages)), pin!(ask(given))).await {
        Either::Left((document, asking)) => {
            let document = document?;
            if document.is_upright() {
                let answer = asking.await?;
                return Ok((document, answer));
            }
            document
        }
        Either::Right((answer, reading)) => {
            // A page that lies on its side may be why the model failed: that is known only when it was read.
            let document = reading.await?;
            if document.is_upright() {
                return Ok((document, answer?));
            }
            document
        }
    };
    tracing::debug!("a page was turned upright; the vision model is asked again");
    let answer = ask(first.upright()).await?;
    Ok((first, answer))
}
