//! PDF files that hang, swell or panic the renderer, or are merely odd: each gives pages or a clear error in time, and the loader
//! goes on.

use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};

use contract::ErrorCode::{self, DocumentTooComplex, EncryptedDocument, ImageSizeOutOfRange};
use handlers::document::pdf::Renderer;
use handlers::document::{Addresses, Limits, Loader};

use crate::pdf::pdf_of;
use crate::support::{data_url, loader};

/// What each file must give: a number of pages, or an error.
const EXPECTED: &[(&str, Result<usize, ErrorCode>)] = &[
    ("acroform.pdf", Ok(1)),
    ("bomb.pdf", Err(DocumentTooComplex)),
    ("ccitt_g4.pdf", Ok(1)),
    ("enc_empty_user.pdf", Ok(1)),
    ("enc_rc4.pdf", Ok(1)),
    ("enc_user.pdf", Err(EncryptedDocument)),
    ("fuzz1.pdf", Err(ImageSizeOutOfRange)),
    ("fuzz_timeout.pdf", Err(DocumentTooComplex)),
    ("huge.pdf", Ok(1)),
    ("jp2.pdf", Ok(1)),
    ("lin_objstm.pdf", Ok(1)),
];

/// Files that other programs choke on. They are not part of this repository; without them this test has nothing to show.
fn folder() -> Option<PathBuf> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../shared/hostile-pdfs");
    folder.is_dir().then_some(folder)
}

#[tokio::test(flavor = "multi_thread")]
async fn every_hostile_pdf_gives_pages_or_a_clear_error_in_time() {
    let Some(folder) = folder() else {
        eprintln!("skipped: the folder of hostile PDF files is not here");
        return;
    };
    let loader = loader();
    for (name, expected) in EXPECTED {
        let started = Instant::now();
        let result = loader.load(&[data_url(&std::fs::read(folder.join(name)).unwrap())]).await;
        let took = started.elapsed();
        assert!(took < Duration::from_secs(13), "{name} took {took:?}");
        let found = result.map(|pages| pages.len()).map_err(|error| error.code);
        // The memory and the time limit race on a slow machine: both end in the same code.
        assert_eq!(found, *expected, "{name}");
        assert_eq!(loader.load(&[data_url(&pdf_of(&[""]))]).await.unwrap().len(), 1, "after {name}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_request_that_is_dropped_takes_its_renderer_along() {
    // Stands for a renderer that never answers.
    let renderer = Renderer { program: "/bin/sleep".into(), arguments: vec!["61.25".into()] };
    let loader = Loader::new(Limits::default(), Addresses::new(false), renderer).unwrap();
    let urls = [data_url(&pdf_of(&[""]))];
    let dropped = tokio::time::timeout(Duration::from_millis(300), loader.load(&urls)).await;
    assert!(dropped.is_err());
    let deadline = Instant::now() + Duration::from_secs(5);
    while runs("61.25") {
        assert!(Instant::now() < deadline, "the renderer still runs");
        tokio::time::sleep(Duration::from_millis(50)).await;
    }
}

/// Whether a process with this argument runs.
fn runs(argument: &str) -> bool {
    let processes = std::fs::read_dir("/proc").unwrap().flatten();
    let command_lines = processes.filter_map(|process| std::fs::read(process.path().join("cmdline")).ok());
    command_lines.into_iter().any(|line| line.split(|&b| b == 0).any(|part| part == argument.as_bytes()))
}

#[tokio::test(flavor = "multi_thread")]
async fn a_renderer_that_is_missing_or_talks_nonsense_is_a_fault_of_ours() {
    for (program, script) in [
        ("/nowhere/at/all", ""),
        ("/bin/sh", "cat > /dev/null; printf '\\1\\0\\0\\0'; printf '\\377%.0s' 1 2 3 4 5 6 7 8 9 10 11 12"),
        ("/bin/sh", "cat > /dev/null; exit 3"),
    ] {
        let renderer = Renderer { program: program.into(), arguments: vec!["-c".into(), script.into()] };
        let loader = Loader::new(Limits::default(), Addresses::new(false), renderer).unwrap();
        let error = loader.load(&[data_url(&pdf_of(&[""]))]).await.err().unwrap();
        assert_eq!(error.code, ErrorCode::Internal, "{program} {script}: {error}");
    }
}
