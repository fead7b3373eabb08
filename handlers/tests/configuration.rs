//! `docs/configuration.md` against the programs: every variable that a program reads has a row, every row has a reader, and the
//! workers' defaults are the documented ones. The gateway's defaults have a test beside its configuration.

#![expect(clippy::unwrap_used, reason = "a helper that fails must fail its test")]

use std::collections::BTreeSet;
use std::fs;
use std::path::{Path, PathBuf};

use handlers::config::{Config, Vision};
use handlers::role::Role;
use runpod::Settings;
use service::Environment;

/// Folders with the code of all programs.
const SOURCES: [&str; 6] =
    ["gateway/src", "handlers/src", "handlers/reading/src", "docproc/src", "shared/runpod/src", "shared/service/src"];
/// Functions that read a variable whose name is their first argument.
const READERS: &str = "required or number optional variable text is_true url known contains_key var var_os";
/// Every program's, not settings of ours: where a person's files are, and which GPUs may be seen.
const NOT_OURS: [&str; 2] = ["HOME", "CUDA_VISIBLE_DEVICES"];

fn root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("..")
}

fn sources(folder: &Path, found: &mut Vec<String>) {
    for entry in fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() {
            sources(&path, found);
        } else if path.extension().is_some_and(|e| e == "rs") && path.file_stem().is_some_and(|stem| stem != "tests") {
            let text = fs::read_to_string(&path).unwrap();
            found.push(text.split("#[cfg(test)]").next().unwrap_or_default().to_owned());
        }
    }
}

/// The code of all programs without their tests.
fn code() -> Vec<String> {
    let mut found = Vec::new();
    SOURCES.iter().for_each(|folder| sources(&root().join(folder), &mut found));
    found
}

fn is_name(text: &str) -> bool {
    text.len() > 3 && text.bytes().all(|b| b.is_ascii_uppercase() || b.is_ascii_digit() || b == b'_')
}

/// The variables that a file reads: `reader("NAME"`, with or without a line break after the bracket.
fn read_by(code: &str) -> Vec<String> {
    let words: Vec<&str> = code.split('(').collect();
    let pairs = words.iter().zip(words.iter().skip(1));
    let named = pairs.filter_map(|(before, after)| {
        let reader = before.rsplit(|c: char| !c.is_ascii_alphanumeric() && c != '_').next()?;
        let name = after.trim_start().strip_prefix('"')?.split('"').next()?;
        (READERS.split(' ').any(|known| known == reader) && is_name(name)).then(|| name.to_owned())
    });
    named.collect()
}

/// The first cells of the tables' rows, and the last.
fn documented() -> Vec<(String, String)> {
    let text = fs::read_to_string(root().join("docs/configuration.md")).unwrap();
    let cells = |line: &str| line.trim_matches('|').split('|').map(|cell| cell.trim().to_owned()).collect::<Vec<_>>();
    let rows = text.lines().filter(|line| line.starts_with("| `")).map(cells);
    rows.map(|row| (row.first().unwrap().trim_matches('`').to_owned(), row.last().unwrap().clone())).collect()
}

#[test]
fn every_variable_that_a_program_reads_is_documented() {
    let documented: BTreeSet<String> = documented().into_iter().map(|(name, _)| name).collect();
    let read: BTreeSet<String> = code().iter().flat_map(|file| read_by(file)).collect();
    assert!(
        read.contains("PORT") && read.contains("MODELS_DIR") && read.contains("RUNPOD_WEBHOOK_GET_JOB"),
        "{read:?}"
    );
    let missing: Vec<_> =
        read.iter().filter(|name| !documented.contains(*name) && !NOT_OURS.contains(&&***name)).collect();
    assert!(missing.is_empty(), "docs/configuration.md has no row for {missing:?}");
}

#[test]
fn every_documented_variable_is_read_by_a_program() {
    let code = code();
    for (name, _) in documented() {
        let quoted = format!("\"{name}\"");
        assert!(
            code.iter().any(|file| file.contains(&quoted)),
            "docs/configuration.md describes {name}, which nobody reads"
        );
    }
}

#[test]
fn the_workers_documented_defaults_are_their_real_ones() {
    let rows = documented();
    let default = |name: &str| match rows.iter().find(|(n, _)| n == name) {
        Some((_, default)) => default.trim_matches('`').to_owned(),
        None => panic!("docs/configuration.md has no row for {name}"),
    };
    let config = Config::read(Environment::from_iter([]), Role::Classify).unwrap();
    assert_eq!(default("ALLOW_PRIVATE_URLS"), config.allow_private_urls.to_string());
    assert_eq!(default("READING_THREADS"), config.reading_threads.to_string());
    assert_eq!((default("CATALOG_DIR").as_str(), config.catalog_dir), ("none", None));
    let platform = ["RUNPOD_WEBHOOK_GET_JOB", "RUNPOD_WEBHOOK_POST_OUTPUT"];
    let settings = Settings::from_env(platform.map(|name| (name.to_owned(), "http://platform/".to_owned()))).unwrap();
    assert_eq!(default("WORKER_CONCURRENCY"), settings.concurrency.to_string());
    assert_eq!(default("RUNPOD_PING_INTERVAL"), settings.pace.ping_interval.as_millis().to_string());
    let vision = |role, engine: &str| {
        let server = ("OPENAI_BASE_URL".to_owned(), "http://server/v1".to_owned());
        let variables = [("ENGINE".to_owned(), engine.to_owned()), server];
        Config::read(Environment::from_iter(variables), role).unwrap().vision.unwrap()
    };
    let Vision::OpenAi(server) = vision(Role::Extract, "openai") else { panic!("another engine") };
    assert_eq!(default("OPENAI_TIMEOUT"), server.timeout.as_secs().to_string());
    assert_eq!(default("OPENAI_START_TIMEOUT"), server.start_timeout.as_secs().to_string());
    assert_eq!(default("OPENAI_CONCURRENCY"), server.concurrency.to_string());
    #[cfg(feature = "mistralrs")]
    for role in [Role::Classify, Role::Extract] {
        let Vision::MistralRs(model) = vision(role, "mistralrs") else { panic!("another engine") };
        assert!(default("MODEL_ID").contains(&model.hub.id) && default("MODEL_REVISION") == model.hub.revision);
        assert!(default("MODEL_MAX_PIXELS").contains(&model.max_pixels.to_string()));
    }
    // The default is the engine that the worker takes without complaint.
    let engine = [("ENGINE".to_owned(), default("ENGINE"))];
    assert!(Config::read(Environment::from_iter(engine), Role::Extract).is_ok());
}

#[test]
fn a_vision_model_that_is_not_configured_right_is_named_with_all_its_faults() {
    let problems = |variables: &[(&str, &str)]| {
        let variables = variables.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned()));
        Config::read(variables.collect(), Role::Extract).unwrap_err().to_string()
    };
    let wrong = problems(&[
        ("ENGINE", "openai"),
        ("OPENAI_PROFILE", "gpt"),
        ("OPENAI_BASE_URL", "ftp://server/v1"),
        ("MODEL_ID", "../secrets"),
        ("MODEL_MAX_PIXELS", "12"),
    ]);
    for name in ["OPENAI_PROFILE", "OPENAI_BASE_URL", "MODEL_ID", "MODEL_MAX_PIXELS"] {
        assert!(wrong.contains(name), "{name}: {wrong}");
    }
    assert!(problems(&[("ENGINE", "openai")]).contains("OPENAI_BASE_URL is required"));
    assert!(problems(&[("ENGINE", "gpt")]).contains("ENGINE is none of: reading, mistralrs, openai"));
    #[cfg(not(feature = "mistralrs"))]
    assert!(problems(&[("ENGINE", "mistralrs")]).contains("feature `mistralrs`"));
}
