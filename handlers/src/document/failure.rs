//! A failure before it is known which document and page it belongs to.

use contract::{Error, ErrorCode};

/// What went wrong; [`Failure::of`] puts the document's name before it.
#[derive(Debug)]
pub(crate) struct Failure {
    code: ErrorCode,
    /// Completes the document's name: "is 61 megapixels, limit is 40".
    message: String,
    /// Page number from 1, where the document has several and one is to blame.
    page: Option<usize>,
}

impl Failure {
    pub(crate) fn new(code: ErrorCode, message: impl Into<String>) -> Failure {
        Failure { code, message: message.into(), page: None }
    }

    /// The same failure, of this page.
    pub(crate) fn on_page(self, number: usize) -> Failure {
        Failure { page: Some(number), ..self }
    }

    /// The same failure, of the page that follows these, unless it is one of the document as a whole.
    pub(crate) fn on_page_after(self, pages: usize) -> Failure {
        if pages == 0 { self } else { self.on_page(pages + 1) }
    }

    /// The error for the caller. `name` is `image_urls[3]` and, for a remote document, its host.
    pub(crate) fn of(self, name: &str) -> Error {
        let message = match self.page {
            Some(page) => format!("{name} page {page} {}", self.message),
            None => format!("{name} {}", self.message),
        };
        Error::new(self.code, message)
    }

    pub(crate) fn broken(what: &str) -> Failure {
        Failure::new(ErrorCode::BrokenDocument, format!("is broken: {what}"))
    }

    pub(crate) fn too_complex(what: impl Into<String>) -> Failure {
        Failure::new(ErrorCode::DocumentTooComplex, what)
    }

    pub(crate) fn too_many_bytes(limit: usize) -> Failure {
        Failure::new(ErrorCode::DocumentTooLarge, format!("is larger than {} MB", megabytes(limit)))
    }

    pub(crate) fn internal(what: &str) -> Failure {
        Failure::new(ErrorCode::Internal, what)
    }
}

/// Bytes as megabytes with at most one decimal.
fn megabytes(bytes: usize) -> String {
    let tenths = bytes / 100_000;
    if tenths.is_multiple_of(10) { format!("{}", tenths / 10) } else { format!("{}.{}", tenths / 10, tenths % 10) }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_failure_names_the_document_and_the_page() {
        let error = Failure::broken("no end").on_page(2).of("image_urls[3]");
        assert_eq!(error.message, "image_urls[3] page 2 is broken: no end");
        assert_eq!(error.code, ErrorCode::BrokenDocument);
        assert_eq!(
            Failure::too_many_bytes(20_000_000).of("image_urls[0]").message,
            "image_urls[0] is larger than 20 MB"
        );
        assert_eq!(
            Failure::too_many_bytes(1_550_000).of("image_urls[0]").message,
            "image_urls[0] is larger than 1.5 MB"
        );
    }
}
