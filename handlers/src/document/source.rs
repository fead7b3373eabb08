//! An entry of `image_urls`: what kind of URL it is, and the name by which errors speak of it.

use contract::ErrorCode;
use url::Url;

use super::data_url::DataUrl;
use super::failure::Failure;

/// Longest http URL that is taken, characters. Signed URLs of the large object stores stay below 4,000.
const URL_LENGTH_MAX: usize = 8_192;

/// Where a document's bytes are.
pub(crate) enum Source<'a> {
    /// In the URL itself.
    Data(DataUrl<'a>),
    /// Behind http or https.
    Remote(Box<Url>),
}

impl<'a> Source<'a> {
    pub(crate) fn parse(url: &'a str) -> Result<Source<'a>, Failure> {
        let url = url.trim_ascii();
        if let Some(data) = DataUrl::parse(url)? {
            return Ok(Source::Data(data));
        }
        if url.len() > URL_LENGTH_MAX {
            return Err(not_allowed(format!("is {} characters long, limit is {URL_LENGTH_MAX}", url.len())));
        }
        let url =
            Url::parse(url).map_err(|e| not_allowed(format!("is not a URL: {}", e.to_string().to_lowercase())))?;
        check_remote(&url)?;
        Ok(Source::Remote(Box::new(url)))
    }

    /// The document's name in errors: never the path or query, which may hold secrets.
    pub(crate) fn name(&self, index: usize) -> String {
        match self {
            Source::Data(_) => unnamed(index),
            Source::Remote(url) => format!("{} ({})", unnamed(index), url.host_str().unwrap_or("no host")),
        }
    }
}

/// The name of a document of which only its place in the request is known.
pub(crate) fn unnamed(index: usize) -> String {
    format!("image_urls[{index}]")
}

/// Checks what can be known of an http URL without resolving its host. Also asked for each redirect.
pub(crate) fn check_remote(url: &Url) -> Result<(), Failure> {
    if !matches!(url.scheme(), "http" | "https") {
        return Err(not_allowed("has a scheme other than https, http or data"));
    }
    if !url.username().is_empty() || url.password().is_some() {
        return Err(not_allowed("holds a user name or password"));
    }
    Ok(())
}

pub(crate) fn not_allowed(message: impl Into<String>) -> Failure {
    Failure::new(ErrorCode::UrlNotAllowed, message)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn refusal(url: &str) -> contract::Error {
        match Source::parse(url) {
            Ok(_) => panic!("{url} was taken"),
            Err(failure) => failure.of(&unnamed(0)),
        }
    }

    #[test]
    fn a_url_is_refused_for_its_scheme_its_credentials_or_its_length() {
        for url in ["", "page.png", "file:///etc/passwd", "ftp://example.com/a", "http://", "https://u:p@example.com/a"]
        {
            assert_eq!(refusal(url).code, ErrorCode::UrlNotAllowed, "{url}");
        }
        let long = format!("https://example.com/{}", "a".repeat(URL_LENGTH_MAX));
        assert_eq!(refusal(&long).message, "image_urls[0] is 8212 characters long, limit is 8192");
    }

    #[test]
    fn a_remote_document_is_named_by_its_host_alone() {
        let source = Source::parse("https://files.example.com/a/secret.png?sig=secret").unwrap_or_else(|_| panic!());
        assert_eq!(source.name(2), "image_urls[2] (files.example.com)");
    }
}
