//! `docproc gpu-check` on a machine without a GPU: what it says of tiny models is true there too.

use std::path::Path;
use std::process::Output;

use crate::support::docproc;

fn check(arguments: &[&str], folder: &Path) -> Output {
    let report = folder.join("report.md");
    let mut command = docproc();
    command.arg("gpu-check").args(arguments).arg("--dir").arg(folder).arg("--report").arg(report);
    command.output().unwrap()
}

#[test]
fn the_check_of_tiny_models_finds_right_answers_and_the_known_faults() {
    let folder = tempfile::tempdir().unwrap();
    let output = check(&["--shape", "tiny"], folder.path());
    let (said, report) = (String::from_utf8_lossy(&output.stdout), folder.path().join("report.md"));
    assert!(output.status.success(), "{said}\n{}", String::from_utf8_lossy(&output.stderr));
    let report = std::fs::read_to_string(report).unwrap();
    for line in [
        "qwen2_5_vl: class probabilities are those of transformers: yes (7 pages",
        "qwen3_vl: class probabilities are those of transformers: yes (7 pages",
        "qwen3_vl: greedy tokens are those of transformers: yes (6 of 6 documents",
        // The engine mixes up the attention of requests side by side on a CPU: a check that said yes would be blind.
        "batched decode equals single decode, 4 at a time: no",
        // Its panic is no end of the check, nor of the engine.
        "pages of different sizes at a time get the answers that they get alone: no",
        "the engine survives pages of different sizes at a time: yes",
        "| pages per second |",
        "| 3 pages: tokens per second after it |",
        "| memory in use, peak |",
    ] {
        assert!(report.contains(line), "{line}\nis not in\n{report}");
    }
    assert!(!report.contains("broke off"), "{report}");
    let left: Vec<_> = std::fs::read_dir(folder.path()).unwrap().map(|entry| entry.unwrap().file_name()).collect();
    assert!(left.iter().all(|name| name == "report.md" || name == "report.log"), "left behind: {left:?}");
}

#[test]
fn the_real_shapes_are_refused_without_a_gpu_before_anything_is_written() {
    let folder = tempfile::tempdir().unwrap();
    let output = check(&[], folder.path());
    let why = String::from_utf8_lossy(&output.stderr);
    assert!(output.status.code() == Some(1) && why.contains("--shape tiny"), "{why}");
    assert_eq!(std::fs::read_dir(folder.path()).unwrap().count(), 0);
}
