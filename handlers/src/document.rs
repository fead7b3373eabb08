//! Bytes to pages: the entries of `image_urls` become upright, bounded RGB images, in order.
//!
//! Everything here is hostile until proven otherwise: URLs may lead into our own network, files may be bombs, PDFs may never end.
//! So downloads go through a guarded client ([`Addresses`]), sizes are checked in headers before anything is decoded ([`Limits`]),
//! and PDFs are rendered in a child process that can be killed ([`pdf`]). What the text on a page says is left to `reading`.
//! Both workers call [`Loader::load`].

mod address;
mod canvas;
mod data_url;
mod failure;
mod fetch;
mod limits;
mod loader;
pub mod pdf;
mod raster;
mod sniff;
mod source;
mod tiff;

pub use address::Addresses;
pub use limits::Limits;
pub use loader::Loader;
pub use pdf::TextLayer;

use std::sync::Arc;

/// One page, ready to be read.
pub struct Page {
    /// The page, turned upright by its own metadata, transparent parts white, at most [`Limits::kept_pixels`] large.
    pub image: Arc<image::RgbImage>,
    /// Index of its document in `image_urls`.
    pub document: usize,
    /// Its number in the document, from 1.
    pub number: usize,
    /// The text that the page itself holds, where it is a PDF's and to be trusted.
    pub text: Option<TextLayer>,
}
