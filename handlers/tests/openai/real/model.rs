//! The tiny model laid out as a Hugging Face cache, its references, and the pages that they were recorded with.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::sync::OnceLock;

use handlers::engine::vision::Picture;
use serde_json::Value;

use crate::install;

#[path = "../../vision/tiny/page.rs"]
mod drawn;

/// The server lists what its cache holds, so the model needs a name and a revision in it.
const MODEL: &str = "docproc/tiny-qwen3-vl";
const REVISION: &str = "0000000000000000000000000000000000000001";

/// The command line that serves the tiny model, without a network.
pub(crate) fn server(port: u16) -> String {
    let (program, cache) = (install::venv().join("bin/transformers"), cache());
    format!(
        "env HF_HUB_OFFLINE=1 HF_HOME='{}' '{}' serve {MODEL} --device cpu --dtype float32 --host 127.0.0.1 --port {port}",
        cache.display(),
        program.display(),
    )
}

fn cache() -> &'static Path {
    static CACHE: OnceLock<PathBuf> = OnceLock::new();
    CACHE.get_or_init(|| {
        let cache = install::folder().join("openai-cache");
        let models = cache.join("models");
        let made = Command::new("python3").arg(tiny().join("make.py")).arg(&models).output().unwrap();
        assert!(made.status.success(), "{}", String::from_utf8_lossy(&made.stderr));
        let home = cache.join("hub/models--docproc--tiny-qwen3-vl");
        let snapshot = home.join("snapshots").join(REVISION);
        fs::create_dir_all(&snapshot).unwrap();
        fs::create_dir_all(home.join("refs")).unwrap();
        fs::write(home.join("refs/main"), REVISION).unwrap();
        for file in fs::read_dir(models.join("qwen3_vl")).unwrap() {
            let file = file.unwrap().path();
            fs::copy(&file, snapshot.join(file.file_name().unwrap())).unwrap();
        }
        cache
    })
}

/// What transformers says of the model without a server.
pub(crate) fn references() -> Value {
    serde_json::from_slice(&fs::read(tiny().join("references.json")).unwrap()).unwrap()
}

/// A page of the references: `{seed, width, height}`, drawn as their README says.
pub(crate) fn page(of: &Value) -> Picture {
    let number = |name: &str| u32::try_from(of[name].as_u64().unwrap()).unwrap();
    drawn::page(number("seed"), (number("width"), number("height")))
}

fn tiny() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../handlers/tests/vision/tiny")
}
