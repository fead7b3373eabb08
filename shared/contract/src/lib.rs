//! What travels between callers, the gateway and the workers: requests, answers, error codes, the document types, and the
//! field catalog with its rules as data. No I/O but reading the catalog, no async.

pub mod api;
pub mod catalog;
pub mod date;
pub mod doc_type;
pub mod error;
pub mod mask;
pub mod money;
pub mod rules;
pub mod validate;

pub use api::{
    Alternative, ClassifyRequest, ClassifyResponse, ExtractRequest, ExtractResponse, FieldEvidence, Finding, PageType,
    Severity,
};
pub use doc_type::DocType;
pub use error::{Error, ErrorCode, Fault};
