//! The bodies of `/v1/classify` and `/v1/extract`.
//!
//! The request types double as the `input` of a job: the gateway validates a body against them and forwards its bytes as they
//! are, the worker reads them again.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};
use serde_json::Value;

use crate::DocType;

/// Largest number of entries in `image_urls`.
pub const MAX_IMAGE_URLS: usize = 20;
/// Largest number of pages in a request, over all its documents.
pub const MAX_PAGES: usize = 20;

/// Body of `POST /v1/classify`.
#[derive(Clone, Debug, Deserialize, Serialize)]
#[serde(deny_unknown_fields)]
pub struct ClassifyRequest {
    /// 1 to [`MAX_IMAGE_URLS`] `https:`, `http:` or `data:` URLs of images, TIFF or PDF files, together one document.
    pub image_urls: Vec<String>,
    /// Replaces the instruction to a vision model; the reading engine ignores it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub prompt: Option<String>,
}

/// Body of `POST /v1/extract`.
#[derive(Clone, Debug, Deserialize, Serialize)]
#[serde(deny_unknown_fields)]
pub struct ExtractRequest {
    /// As in [`ClassifyRequest`].
    pub image_urls: Vec<String>,
    /// The type, if the caller knows it; absent: the document is classified first.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub doc_type: Option<DocType>,
    /// Replaces the instruction to a vision model; the reading engine ignores it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub prompt: Option<String>,
    /// A JSON schema that narrows the answer: only its top-level `properties` are returned.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub schema: Option<Value>,
}

/// Answer of `POST /v1/classify`.
#[derive(Clone, Debug, Deserialize, Serialize)]
pub struct ClassifyResponse {
    /// The most likely type.
    #[serde(rename = "type")]
    pub doc_type: DocType,
    /// Probability of [`ClassifyResponse::doc_type`], 0..1.
    pub confidence: f64,
    /// The evidence on the page, in a sentence.
    pub reasoning: String,
    /// Time in the worker, milliseconds.
    pub latency_ms: u64,
    /// The other types with a probability worth naming, most likely first.
    pub alternatives: Vec<Alternative>,
    /// The type of each page by itself.
    pub pages: Vec<PageType>,
}

/// A type that the document might also be.
#[derive(Clone, Debug, Deserialize, Serialize)]
pub struct Alternative {
    /// The type.
    #[serde(rename = "type")]
    pub doc_type: DocType,
    /// Its probability, 0..1.
    pub confidence: f64,
}

/// The type of one page.
#[derive(Clone, Debug, Deserialize, Serialize)]
pub struct PageType {
    /// Number of the page, from 1.
    pub page: usize,
    /// Its type.
    #[serde(rename = "type")]
    pub doc_type: DocType,
    /// The type's probability, 0..1.
    pub confidence: f64,
}

/// Answer of `POST /v1/extract`.
#[derive(Clone, Debug, Deserialize, Serialize)]
pub struct ExtractResponse {
    /// The values by field name, nested as the catalog says.
    pub data: Value,
    /// Confidence of each value, 0..1, by dotted path (`state_taxes[0].tax`).
    pub confidence: BTreeMap<String, f64>,
    /// The type that the document was read as.
    pub doc_type: DocType,
    /// Number of pages read.
    pub page_count: usize,
    /// Time in the worker, milliseconds.
    pub latency_ms: u64,
    /// Where each value came from, by the same paths.
    pub fields: BTreeMap<String, FieldEvidence>,
    /// What the rules found.
    pub findings: Vec<Finding>,
}

/// Where a value came from.
#[derive(Clone, Debug, Deserialize, Serialize)]
pub struct FieldEvidence {
    /// The text as read, masked where the value is.
    pub raw: String,
    /// Number of the page, from 1; absent when the value was found on no page.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub page: Option<usize>,
    /// Four corners on the page as it was sent, clockwise from the text's top left; fractions of width and height, 0..1. Absent
    /// with the page.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub polygon: Option<[[f32; 2]; 4]>,
    /// Who read it: `reading`, `vlm` (a vision model) or `both`.
    pub source: String,
    /// Rules that implicate this value, with what they found: `pass`, `fail` or `unknown`; and `grounded`: `fail` for what a
    /// vision model said that was found on no page.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub checks: BTreeMap<String, String>,
}

/// How serious a finding is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum Severity {
    /// The document or the reading is wrong.
    Error,
    /// Unusual, worth a look.
    Warn,
}

/// A rule that does not hold.
#[derive(Clone, Debug, Deserialize, Serialize)]
pub struct Finding {
    /// The rule's id in the catalog.
    pub rule: String,
    /// How serious.
    pub severity: Severity,
    /// Paths of the fields that the rule implicates.
    pub fields: Vec<String>,
    /// What does not hold. Names fields, never their values.
    pub message: String,
}
