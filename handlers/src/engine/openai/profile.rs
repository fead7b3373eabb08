//! Model profiles: what a family of models wants to be shown and asked, and how it answers. They are data, in `profiles.toml`.

use std::collections::BTreeMap;

use serde::Deserialize;
use serde_json::{Map, Value};

use crate::engine::grid::Grid;

/// The shipped profiles.
const SHIPPED: &str = include_str!("profiles.toml");

/// What a model's answers are.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Output {
    /// JSON of a schema: it follows instructions.
    Fields,
    /// The text of a page: it only transcribes.
    Text,
}

/// How a family of models is used.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Profile {
    side: u32,
    min_pixels: u64,
    max_pixels: u64,
    pub(super) constraints: Vec<Constraint>,
    pub(super) transcription: Option<Transcription>,
}

/// How a server is told the schema of an answer.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "snake_case")]
pub(super) enum Constraint {
    /// `response_format` of type `json_schema`, strict.
    JsonSchema,
    /// The field `guided_json`.
    GuidedJson,
    /// In words; nothing forces the model to follow.
    Prompt,
}

/// How a model is asked to transcribe a page.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Transcription {
    pub(super) format: Format,
    pub(super) prompt: String,
    pub(super) max_tokens: usize,
    /// Fields of the request besides those of OpenAI's protocol.
    #[serde(default)]
    pub(super) extra: Map<String, Value>,
}

/// What a transcription looks like.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "snake_case")]
pub(super) enum Format {
    /// A JSON list of `{bbox, category, text}`, in pixels of the page as sent.
    DotsOcr,
    /// Markdown, each block after its label and box in thousandths.
    DeepseekOcr,
    /// Text alone.
    Plain,
}

/// No profile has this name.
#[derive(Debug, PartialEq, Eq, thiserror::Error)]
#[error("is none of: {known}")]
pub struct UnknownProfile {
    known: String,
}

impl Profile {
    /// The shipped profile of a name.
    ///
    /// # Errors
    /// The names that there are.
    pub fn named(name: &str) -> Result<Profile, UnknownProfile> {
        let mut shipped = shipped();
        match shipped.remove(name) {
            Some(profile) => Ok(profile),
            None => Err(UnknownProfile { known: shipped.into_keys().collect::<Vec<_>>().join(", ") }),
        }
    }

    /// The same with another pixel budget of a page.
    #[must_use]
    pub fn with_max_pixels(self, max_pixels: u64) -> Profile {
        let min_pixels = self.min_pixels.min(max_pixels);
        Profile { min_pixels, max_pixels, ..self }
    }

    /// What the model's answers are.
    pub fn output(&self) -> Output {
        if self.transcription.is_some() { Output::Text } else { Output::Fields }
    }

    /// The sizes at which pages are sent.
    pub(super) fn grid(&self) -> Grid {
        Grid { side: self.side, min_pixels: self.min_pixels, max_pixels: self.max_pixels }
    }
}

/// A test holds the file to be readable, so that an unreadable one is never shipped.
fn shipped() -> BTreeMap<String, Profile> {
    toml::from_str(SHIPPED).unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_shipped_profiles_are_read_and_an_unknown_name_lists_them() {
        let read: Result<BTreeMap<String, Profile>, _> = toml::from_str(SHIPPED);
        let names: Vec<String> = read.unwrap().into_keys().collect();
        assert_eq!(names, ["deepseek_ocr", "dots_ocr", "plain", "qwen", "qwen2_5"]);
        let error = Profile::named("gpt").unwrap_err();
        assert_eq!(error.to_string(), "is none of: deepseek_ocr, dots_ocr, plain, qwen, qwen2_5");
    }

    #[test]
    fn a_profile_either_follows_a_schema_or_transcribes() {
        for name in shipped().into_keys() {
            let profile = Profile::named(&name).unwrap();
            assert_eq!(profile.output() == Output::Text, profile.constraints.is_empty(), "{name}");
            assert!(profile.min_pixels <= profile.max_pixels, "{name}");
        }
    }

    #[test]
    fn a_smaller_pixel_budget_bounds_the_least_size_too() {
        let grid = Profile::named("qwen").unwrap().with_max_pixels(4096).grid();
        assert_eq!(grid.size(1700, 2200).unwrap(), (32, 64));
    }
}
