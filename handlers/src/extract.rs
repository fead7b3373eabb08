//! Pages to structured fields.
//!
//! [`Extractor::extract`] is the whole way: geometry and labels give a draft (`form`, `pairs`), the rules of the type choose between
//! readings (`choose`), and the answer gets its confidence, its places and its masks (`answer`).

pub mod address;
pub mod answer;
pub mod block;
pub mod candidate;
pub mod check;
pub mod checkbox;
pub mod choose;
pub mod confidence;
pub mod form;
pub mod ink;
pub mod kind;
pub mod ledger_dates;
pub mod pairs;
pub mod style;
pub mod vision;

use std::collections::BTreeMap;
use std::sync::Arc;

use contract::catalog::{Catalog, Layout};
use contract::date::Date;
use contract::{DocType, ExtractResponse, FieldEvidence, Finding};
use reading::PageText;
use serde_json::Value;

use crate::layout::Page;
use crate::layout::label::Lexicon;
use candidate::Draft;
use ink::Ink;
use style::Style;

/// Reads fields by the catalog.
#[derive(Debug)]
pub struct Extractor {
    catalog: Arc<Catalog>,
    forms: BTreeMap<DocType, Lexicon<form::Target>>,
    pairs: BTreeMap<DocType, pairs::Lexicons>,
}

/// What was read of a document.
#[derive(Debug)]
pub struct Extraction {
    /// The values by field name.
    pub data: Value,
    /// Confidence of each value by its path.
    pub confidence: BTreeMap<String, f64>,
    /// Where each value came from, by its path.
    pub fields: BTreeMap<String, FieldEvidence>,
    /// Rules that do not hold.
    pub findings: Vec<Finding>,
}

impl Extractor {
    /// Prepares the phrases of a catalog.
    pub fn new(catalog: Arc<Catalog>) -> Extractor {
        let of = |form: bool| catalog.iter().filter(move |e| (e.layout == Layout::Form) == form);
        let forms = of(true).map(|e| (e.doc_type, form::lexicon(e))).collect();
        let pairs = of(false).map(|e| (e.doc_type, pairs::lexicons(e))).collect();
        Extractor { catalog, forms, pairs }
    }

    /// Reads a document as a type. `today` is the day by which dates are judged.
    pub fn extract(&self, texts: &[PageText], pages: &[Page], ink: &Ink, doc_type: DocType, today: Date) -> Extraction {
        let entry = self.catalog.get(doc_type);
        let mut draft = self.draft(pages, ink, doc_type);
        ledger_dates::complete(&mut draft);
        choose::choose(&mut draft, entry, today);
        answer::answer(draft, entry, texts, today)
    }

    /// What geometry and labels tell.
    fn draft(&self, pages: &[Page], ink: &Ink, doc_type: DocType) -> Draft {
        let entry = self.catalog.get(doc_type);
        let style = Style::of(pages);
        let mut draft = match (self.forms.get(&doc_type), self.pairs.get(&doc_type)) {
            (Some(lexicon), _) => form::read(pages, entry, lexicon, &style, ink),
            (None, Some(lexicons)) if entry.layout != Layout::None => pairs::read(pages, entry, lexicons, &style),
            _ => Draft::default(),
        };
        if doc_type == DocType::Check {
            check::complete(&mut draft, pages, &style, ink);
        }
        draft
    }
}

impl Extraction {
    /// Keeps only the top-level names that a caller's JSON schema lists under `properties`; everything if it lists none.
    pub fn narrow(&mut self, schema: &Value) {
        let Some(wanted) = vision::caller::properties(schema) else { return };
        let keep = |path: &str| wanted.contains_key(path.split(['.', '[']).next().unwrap_or(path));
        if let Some(data) = self.data.as_object_mut() {
            data.retain(|name, _| wanted.contains_key(name));
        }
        self.confidence.retain(|path, _| keep(path));
        self.fields.retain(|path, _| keep(path));
    }

    /// The answer of `/v1/extract`.
    pub fn into_response(self, doc_type: DocType, page_count: usize, latency_ms: u64) -> ExtractResponse {
        ExtractResponse {
            data: self.data,
            confidence: self.confidence,
            doc_type,
            page_count,
            latency_ms,
            fields: self.fields,
            findings: self.findings,
        }
    }
}
