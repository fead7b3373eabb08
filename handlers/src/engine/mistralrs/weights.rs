//! Where a model's files are: a folder that is named, RunPod's cache of models, or the Hugging Face cache.

use std::path::{Path, PathBuf};

use serde_json::Value;

use crate::engine::local::HubModel;

/// Where RunPod puts the model that an endpoint names before its workers start.
pub(super) const RUNPOD_CACHE: &str = "/runpod-volume/huggingface-cache/hub";

/// The revision that is meant when none is named.
const MAIN: &str = "main";

/// Files without which a vision model can't run. Some of them are only missed when the first page comes, so they are checked here.
const NEEDED: [&str; 3] = ["config.json", "tokenizer.json", "preprocessor_config.json"];

/// The folder of a cache that holds a model, whole or not.
pub(super) fn repository(cache: &Path, model: &HubModel) -> PathBuf {
    cache.join(format!("models--{}", model.id.replace('/', "--")))
}

/// A model's files in the first of several caches that has all of them.
pub(super) fn find(caches: &[PathBuf], model: &HubModel, quantised: bool) -> Option<PathBuf> {
    caches.iter().find_map(|cache| {
        let folder = same_name(cache, &repository(cache, model))?;
        snapshot(&folder, &model.revision).filter(|found| missing(found, quantised).is_empty())
    })
}

/// RunPod writes the names of its cache in lower case.
fn same_name(cache: &Path, wanted: &Path) -> Option<PathBuf> {
    if wanted.is_dir() {
        return Some(wanted.to_owned());
    }
    let name = wanted.file_name()?.to_str()?;
    let entries = std::fs::read_dir(cache).ok()?.filter_map(Result::ok);
    entries.map(|e| e.path()).find(|path| {
        path.file_name().and_then(|n| n.to_str()).is_some_and(|n| n.eq_ignore_ascii_case(name)) && path.is_dir()
    })
}

/// The snapshot that a revision names. A cache may be restored without `refs`: then its only snapshot is taken for the main branch,
/// but never for a revision that was pinned.
fn snapshot(folder: &Path, revision: &str) -> Option<PathBuf> {
    let (snapshots, refs) = (folder.join("snapshots"), folder.join("refs"));
    let commit = std::fs::read_to_string(refs.join(revision));
    let named = snapshots.join(commit.as_deref().map_or(revision, str::trim));
    if named.is_dir() {
        return Some(named);
    }
    if refs.is_dir() || revision != MAIN {
        return None;
    }
    let mut all = std::fs::read_dir(&snapshots).ok()?.filter_map(|e| Some(e.ok()?.path())).filter(|path| path.is_dir());
    all.next().filter(|_| all.next().is_none())
}

/// The names of the files that a model's folder lacks. One whose weights come quantised from elsewhere needs none of its own.
pub(super) fn missing(folder: &Path, quantised: bool) -> Vec<String> {
    let mut names: Vec<String> = NEEDED.map(str::to_owned).to_vec();
    match std::fs::read(folder.join("model.safetensors.index.json")) {
        _ if quantised => {}
        Ok(index) => names.extend(shards(&index)),
        Err(_) => names.push("model.safetensors".to_owned()),
    }
    names.retain(|name| !folder.join(name).is_file());
    names
}

/// The files that an index lists; one that can't be read lists a file that is not there.
fn shards(index: &[u8]) -> Vec<String> {
    let index: Value = serde_json::from_slice(index).unwrap_or_default();
    let Some(map) = index.get("weight_map").and_then(Value::as_object) else {
        return vec!["a readable model.safetensors.index.json".to_owned()];
    };
    let mut names: Vec<String> = map.values().filter_map(|v| v.as_str().map(str::to_owned)).collect();
    names.sort();
    names.dedup();
    names
}

#[cfg(test)]
mod tests {
    use super::*;

    fn model() -> HubModel {
        HubModel { id: "Org/Model-7B".to_owned(), revision: "main".to_owned() }
    }

    fn write(folder: &Path, names: &[&str]) {
        std::fs::create_dir_all(folder).unwrap();
        for name in names {
            std::fs::write(folder.join(name), "{}").unwrap();
        }
    }

    const WHOLE: [&str; 4] = ["config.json", "tokenizer.json", "preprocessor_config.json", "model.safetensors"];

    #[test]
    fn the_first_cache_that_has_the_whole_model_is_taken() {
        let dir = tempfile::tempdir().unwrap();
        let (first, second) = (dir.path().join("a"), dir.path().join("b"));
        write(&first.join("models--Org--Model-7B/snapshots/abc"), &WHOLE[..3]);
        let whole = second.join("models--Org--Model-7B/snapshots/def");
        write(&whole, &WHOLE);
        let caches = [first.clone(), second];
        assert_eq!(find(&caches, &model(), false), Some(whole), "the first lacks the weights");
        write(&first.join("models--Org--Model-7B/snapshots/abc"), &WHOLE);
        assert_eq!(find(&caches, &model(), false), Some(first.join("models--Org--Model-7B/snapshots/abc")));
    }

    #[test]
    fn names_in_lower_case_are_found_and_refs_choose_the_snapshot() {
        let dir = tempfile::tempdir().unwrap();
        let folder = dir.path().join("models--org--model-7b");
        write(&folder.join("snapshots/aaa"), &WHOLE);
        let caches = [dir.path().to_owned()];
        assert_eq!(find(&caches, &model(), false), Some(folder.join("snapshots/aaa")), "without refs the only one");
        let pinned = HubModel { revision: "v2".to_owned(), ..model() };
        assert_eq!(find(&caches, &pinned, false), None, "another revision than the pinned one is another model");
        write(&folder.join("snapshots/bbb"), &WHOLE);
        assert_eq!(find(&caches, &model(), false), None, "which of two is not known");
        std::fs::create_dir_all(folder.join("refs")).unwrap();
        std::fs::write(folder.join("refs/main"), "bbb\n").unwrap();
        assert_eq!(find(&caches, &model(), false), Some(folder.join("snapshots/bbb")));
    }

    #[test]
    fn a_shard_that_is_not_there_is_missed() {
        let dir = tempfile::tempdir().unwrap();
        write(dir.path(), &WHOLE[..3]);
        let index = r#"{"weight_map": {"a": "model-1-of-2.safetensors", "b": "model-2-of-2.safetensors"}}"#;
        std::fs::write(dir.path().join("model.safetensors.index.json"), index).unwrap();
        write(dir.path(), &["model-1-of-2.safetensors"]);
        assert_eq!(missing(dir.path(), false), ["model-2-of-2.safetensors"]);
        assert!(missing(dir.path(), true).is_empty(), "quantised weights stand elsewhere");
    }
}
