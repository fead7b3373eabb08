//! The tiny models, the references, and the pages that both sides draw alike.

use std::path::{Path, PathBuf};
use std::process::Command;
use std::sync::LazyLock;

use handlers::engine::local::{HubModel, LocalModel, Running};
use handlers::engine::mistralrs::{LoadError, MistralRs, Task};
use handlers::engine::vision::Picture;
use serde_json::Value;

#[path = "tiny/page.rs"]
mod tiny;

pub(crate) const QWEN2_5: &str = "qwen2_5_vl";
pub(crate) const QWEN3: &str = "qwen3_vl";

static MODELS: LazyLock<PathBuf> = LazyLock::new(|| {
    let folder = Path::new(env!("CARGO_TARGET_TMPDIR")).join("tiny-models");
    let script = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/vision/tiny/make.py");
    let made = Command::new("python3").arg(script).arg(&folder).output().unwrap();
    assert!(made.status.success(), "{}", String::from_utf8_lossy(&made.stderr));
    folder
});

pub(crate) static REFERENCES: LazyLock<Value> =
    LazyLock::new(|| serde_json::from_str(include_str!("tiny/references.json")).unwrap());

/// The folder of a tiny model.
pub(crate) fn folder(model: &str) -> PathBuf {
    MODELS.join(model)
}

pub(crate) fn settings(dir: PathBuf) -> LocalModel {
    LocalModel {
        hub: HubModel { id: "tiny/model".to_owned(), revision: "main".to_owned() },
        dir: Some(dir),
        cache: PathBuf::from("/nonexistent"),
        isq: None,
        uqff: None,
        token: None,
        max_pixels: 2_097_152,
        running: Running::default(),
    }
}

pub(crate) async fn load(model: &str, task: Task) -> Result<MistralRs, LoadError> {
    MistralRs::load(settings(folder(model)), task).await
}

pub(crate) async fn qwen3() -> MistralRs {
    load(QWEN3, Task::Write).await.unwrap()
}

/// A page of the references.
pub(crate) fn page(seed: u32, width: u32, height: u32) -> Picture {
    tiny::page(seed, (width, height))
}

/// A page as a reference describes it.
pub(crate) fn drawn(page: &Value) -> Picture {
    let number = |name: &str| u32::try_from(page[name].as_u64().unwrap()).unwrap();
    self::page(number("seed"), number("width"), number("height"))
}

pub(crate) fn text<'a>(value: &'a Value, name: &str) -> &'a str {
    value[name].as_str().unwrap()
}

pub(crate) fn numbers(value: &Value) -> Vec<f64> {
    value.as_array().unwrap().iter().map(|n| n.as_f64().unwrap()).collect()
}
