//! A text that must never be printed: keys and credentials. The only way to the text is [`Secret::expose`].

use std::fmt;

use serde::{Deserialize, Deserializer};

/// A key or credential. `Debug` and `Display` show that it is there, never what it is.
#[derive(Clone, Default, PartialEq, Eq)]
pub struct Secret(String);

impl Secret {
    /// Wraps a text.
    pub fn new(text: impl Into<String>) -> Secret {
        Secret(text.into())
    }

    /// The text itself, for the place that sends or hashes it.
    pub fn expose(&self) -> &str {
        &self.0
    }
}

impl fmt::Debug for Secret {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Secret(..)")
    }
}

impl fmt::Display for Secret {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("(hidden)")
    }
}

impl<'de> Deserialize<'de> for Secret {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Secret, D::Error> {
        String::deserialize(deserializer).map(Secret)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_secret_shows_nothing_of_itself_however_it_is_printed() {
        let secret = Secret::new("k-123456");
        for shown in [format!("{secret:?}"), format!("{secret:#?}"), format!("{secret}")] {
            assert!(!shown.contains("123"), "{shown}");
        }
        assert_eq!(secret.expose(), "k-123456");
    }
}
