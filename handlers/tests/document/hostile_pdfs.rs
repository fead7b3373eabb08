//! PDF files that hang, swell or panic the renderer, or are merely odd: each gives pages or a clear error in time, and the loader
//! goes on.

use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};

use crate::support::{data_url, loader};

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
    let mut files: Vec<PathBuf> = std::fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().path()).collect();
    files.sort();
    assert!(!files.is_empty());
    for file in files {
        let name = file.file_name().unwrap().to_string_lossy().into_owned();
        let started = Instant::now();
        let result = loader.load(&[data_url(&std::fs::read(&file).unwrap())]).await;
        let took = started.elapsed();
        assert!(took < Duration::from_secs(13), "{name} took {took:?}");
        match &result {
            Ok(pages) => eprintln!("{name}: {} pages in {took:?}", pages.len()),
            Err(error) => eprintln!("{name}: {error} in {took:?}"),
        }
    }
}
