//! Documents as callers send them, through [`handlers::document::Loader`]: every format, every limit, every way to go wrong.

mod support;

mod hostile_pdfs;
