//! A sample document: its labels, its recorded readings, its pixels, and what the service answers about it.

use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};
use std::sync::{Arc, LazyLock};

use contract::DocType;
use contract::catalog::Catalog;
use contract::date::Date;
use handlers::classify::{Classifier, Verdict};
use handlers::extract::ink::Ink;
use handlers::extract::{Extraction, Extractor};
use handlers::layout::Page;
use reading::PageText;
use serde::Deserialize;
use serde_json::Value;

/// The day by which the tests judge dates: after every sample, so that none lies in the future.
pub(crate) const TODAY: Date = Date { year: 2026, month: 6, day: 30 };

/// What a sample is and what it says.
#[derive(Deserialize)]
pub(crate) struct Labels {
    #[serde(rename = "type")]
    pub(crate) doc_type: DocType,
    #[serde(default)]
    pub(crate) fields: Value,
}

/// A sample.
pub(crate) struct Sample {
    pub(crate) name: String,
    pub(crate) labels: Labels,
    pub(crate) texts: Vec<PageText>,
}

/// The parts of the service that answer.
pub(crate) struct Service {
    pub(crate) catalog: Arc<Catalog>,
    pub(crate) classifier: Classifier,
    pub(crate) extractor: Extractor,
}

/// Built once for all tests.
pub(crate) static SERVICE: LazyLock<Service> = LazyLock::new(|| {
    let catalog = Arc::new(Catalog::shipped().unwrap());
    Service { classifier: Classifier::new(&catalog), extractor: Extractor::new(Arc::clone(&catalog)), catalog }
});

fn samples_dir() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../samples")
}

/// Every sample, by name.
pub(crate) fn samples() -> Vec<Sample> {
    let labels = fs::read_to_string(samples_dir().join("labels.json")).unwrap();
    let labels: BTreeMap<String, Labels> = serde_json::from_str(&labels).unwrap();
    labels.into_iter().map(|(name, labels)| Sample { texts: readings(&name), name, labels }).collect()
}

/// The sample of a name.
pub(crate) fn sample(name: &str) -> Sample {
    samples().into_iter().find(|s| s.name == name).unwrap_or_else(|| panic!("no sample {name}"))
}

/// The recorded pages of a sample: an image has one, a PDF's are numbered.
fn readings(name: &str) -> Vec<PageText> {
    let dir = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/samples/readings");
    let read = |file: String| {
        let text = fs::read_to_string(dir.join(file)).ok()?;
        Some(serde_json::from_str(&text).unwrap())
    };
    let single = read(format!("{name}.json")).into_iter();
    let pages: Vec<PageText> = single.chain((1..).map_while(|n| read(format!("{name}-{n}.png.json")))).collect();
    assert!(!pages.is_empty(), "no reading of {name} was recorded");
    pages
}

/// Every sample with its answer, read once for all tests.
pub(crate) fn answers() -> &'static [(Sample, Extraction)] {
    static ANSWERS: LazyLock<Vec<(Sample, Extraction)>> = LazyLock::new(|| {
        let answered = |sample: Sample| {
            let answer = sample.extract();
            (sample, answer)
        };
        samples().into_iter().map(answered).collect()
    });
    &ANSWERS
}

/// The pages of a document as geometry.
pub(crate) fn lay_out(texts: &[PageText]) -> Vec<Page> {
    texts.iter().enumerate().map(|(i, text)| Page::new(i + 1, text)).collect()
}

impl Sample {
    /// The pixels of an image; a PDF's are not recorded.
    pub(crate) fn ink(&self) -> Ink {
        let path = samples_dir().join("pages").join(&self.name);
        if path.extension().is_some_and(|e| e == "pdf") {
            return Ink::default();
        }
        Ink::new(vec![image::open(path).unwrap().into_luma8()])
    }

    pub(crate) fn classify(&self) -> Verdict {
        SERVICE.classifier.classify(&lay_out(&self.texts))
    }

    /// Extracts as the labelled type.
    pub(crate) fn extract(&self) -> Extraction {
        let pages = lay_out(&self.texts);
        SERVICE.extractor.extract(&self.texts, &pages, &self.ink(), self.labels.doc_type, TODAY)
    }
}

/// Extracts from text alone.
pub(crate) fn extract_text(texts: &[PageText], doc_type: DocType) -> Extraction {
    SERVICE.extractor.extract(texts, &lay_out(texts), &Ink::default(), doc_type, TODAY)
}
