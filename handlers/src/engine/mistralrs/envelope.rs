//! What version 0.8.1 of mistral.rs does right, as measured against Hugging Face transformers with the same weights. Everything else
//! is refused before a page is answered wrongly.
//!
//! | model | the first token of one page | text about several pages |
//! |---|---|---|
//! | Qwen3-VL | exact | exact |
//! | Qwen2.5-VL | exact | wrong: positions of generated tokens are off by one, a third page gets the wrong embeddings |
//! | Qwen2-VL | every page fails | every page fails |
//! | Gemma 3 | - | wrong beyond its sliding window, which one page fills |
//! | Mistral 3, Idefics 3 | - | fail or panic on pages of different sizes |
//!
//! When a version of the crate in the registry mends these, the table and [`check`] grow.

use std::path::Path;

use serde_json::Value;

use crate::engine::grid::Grid;

/// What a model will be asked to do.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Task {
    /// Choose between codes: one page, one token.
    Choose,
    /// Write JSON about pages.
    Write,
}

/// Why a model is not run.
#[derive(Debug, thiserror::Error, PartialEq, Eq)]
pub enum Unsound {
    /// A file of the model can't be read.
    #[error("{0} of the model can't be read")]
    Unreadable(&'static str),
    /// The model is known to answer wrongly, or nobody knows.
    #[error("{model} is not run in this process: {why}. Run it behind ENGINE=openai, or choose a Qwen3-VL model")]
    Refused {
        /// Its `model_type`.
        model: String,
        /// What is wrong.
        why: &'static str,
    },
}

/// Whether a model does a task right, by its `config.json`; the sizes of page that it takes.
pub(super) fn check(folder: &Path, task: Task, max_pixels: u64) -> Result<Grid, Unsound> {
    let config = json(folder, "config.json")?;
    let model = config.get("model_type").and_then(Value::as_str).unwrap_or("a model without a type");
    let refused = |why| Err(Unsound::Refused { model: model.to_owned(), why });
    let patch = match (model, task) {
        ("qwen3_vl", _) => 16,
        ("qwen2_5_vl", Task::Choose) => 14,
        ("qwen2_5_vl", Task::Write) => return refused("mistral.rs 0.8.1 gives its generated tokens wrong positions"),
        ("qwen2_vl", _) => return refused("mistral.rs 0.8.1 fails on every page with it"),
        ("gemma3", _) => return refused("mistral.rs 0.8.1 attends wrongly beyond its sliding window"),
        ("mistral3", _) => return refused("mistral.rs 0.8.1 fails on pages of different sizes"),
        ("idefics3" | "smolvlm", _) => return refused("mistral.rs 0.8.1 panics on pages that it splits"),
        _ => return refused("its answers were never compared with those of transformers"),
    };
    Ok(grid(&json(folder, "preprocessor_config.json")?, patch, max_pixels))
}

fn json(folder: &Path, name: &'static str) -> Result<Value, Unsound> {
    let bytes = std::fs::read(folder.join(name)).map_err(|_| Unsound::Unreadable(name))?;
    serde_json::from_slice(&bytes).map_err(|_| Unsound::Unreadable(name))
}

/// The grid of a model: what its own preprocessing takes as it is.
fn grid(config: &Value, patch: u64, max_pixels: u64) -> Grid {
    let number = |name: &str| config.get(name).and_then(Value::as_u64);
    let size = |name: &str| config.get("size").and_then(|s| s.get(name)).and_then(Value::as_u64);
    let side = number("patch_size").unwrap_or(patch) * number("merge_size").unwrap_or(2);
    // Defaults of the published models.
    let least = number("min_pixels").or(size("shortest_edge")).unwrap_or(56 * 56);
    let most = number("max_pixels").or(size("longest_edge")).unwrap_or(28 * 28 * 1280);
    let max_pixels = max_pixels.min(most).max(least);
    Grid { side: u32::try_from(side).unwrap_or(28).max(1), min_pixels: least, max_pixels }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn folder(model_type: &str, preprocessor: &str) -> tempfile::TempDir {
        let dir = tempfile::tempdir().unwrap();
        std::fs::write(dir.path().join("config.json"), format!(r#"{{"model_type": "{model_type}"}}"#)).unwrap();
        std::fs::write(dir.path().join("preprocessor_config.json"), preprocessor).unwrap();
        dir
    }

    #[test]
    fn qwen3_vl_does_both_tasks_and_qwen2_5_vl_only_chooses() {
        let grid = check(folder("qwen3_vl", "{}").path(), Task::Write, 500_000).unwrap();
        assert_eq!((grid.side, grid.max_pixels), (32, 500_000));
        let qwen2_5 = folder("qwen2_5_vl", r#"{"patch_size": 14, "merge_size": 2, "min_pixels": 3136}"#);
        assert_eq!(check(qwen2_5.path(), Task::Choose, 500_000).unwrap().side, 28);
        let error = check(qwen2_5.path(), Task::Write, 500_000).unwrap_err().to_string();
        assert!(error.contains("qwen2_5_vl") && error.contains("ENGINE=openai"), "{error}");
    }

    #[test]
    fn models_that_answer_wrongly_or_were_never_compared_are_refused() {
        for model in ["qwen2_vl", "gemma3", "mistral3", "idefics3", "qwen3_vl_moe", "llava", ""] {
            for task in [Task::Choose, Task::Write] {
                let refused = check(folder(model, "{}").path(), task, 1).unwrap_err();
                assert!(matches!(refused, Unsound::Refused { .. }), "{model}");
            }
        }
    }

    #[test]
    fn a_broken_file_is_named() {
        let dir = folder("qwen3_vl", "no json");
        assert_eq!(check(dir.path(), Task::Choose, 1), Err(Unsound::Unreadable("preprocessor_config.json")));
    }

    #[test]
    fn the_budget_stays_within_what_the_model_itself_takes() {
        let dir = folder("qwen3_vl", r#"{"size": {"shortest_edge": 65536, "longest_edge": 1000000}}"#);
        assert_eq!(check(dir.path(), Task::Write, 9_000_000).unwrap().max_pixels, 1_000_000);
        assert_eq!(check(dir.path(), Task::Write, 10).unwrap().max_pixels, 65536);
    }
}
