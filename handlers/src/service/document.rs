//! A document whose pages were read.

use std::sync::Arc;

use contract::Error;
use image::GrayImage;
use reading::{PageText, Rotation};

use crate::document;
use crate::engine::vision::Picture;
use crate::engine::{ReadPage, ReadingEngine, upright};
use crate::layout::Page;

/// A document whose pages were read.
pub(super) struct Document {
    /// What the pages say.
    pub(super) texts: Vec<PageText>,
    /// The same as geometry.
    pub(super) pages: Vec<Page>,
    /// The pages in grey, upright.
    pub(super) images: Vec<GrayImage>,
    given: Vec<Picture>,
}

impl Document {
    /// Reads pages.
    pub(super) async fn read(engine: &ReadingEngine, pages: Vec<document::Page>) -> Result<Document, Error> {
        let given = pages.iter().map(|page| Arc::clone(&page.image)).collect();
        let read: Vec<ReadPage> = engine.read(pages).await?;
        let (texts, images): (Vec<PageText>, Vec<GrayImage>) =
            read.into_iter().map(|page| (page.text, page.image)).unzip();
        Ok(Document { pages: lay_out(&texts), texts, images, given })
    }

    /// Whether every page came upright.
    pub(super) fn is_upright(&self) -> bool {
        self.texts.iter().all(|text| text.rotation == Rotation::None)
    }

    /// The pages in colour, upright.
    pub(super) fn upright(&self) -> Vec<Picture> {
        let turned = |(page, text): (&Picture, &PageText)| match text.rotation {
            Rotation::None => Arc::clone(page),
            rotation => Arc::new(upright(page.as_ref().clone(), rotation)),
        };
        self.given.iter().zip(&self.texts).map(turned).collect()
    }
}

/// Pages as geometry.
pub(super) fn lay_out(texts: &[PageText]) -> Vec<Page> {
    texts.iter().enumerate().map(|(i, text)| Page::new(i + 1, text)).collect()
}
