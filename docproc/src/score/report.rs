//! The figures of a run, as a table for people and as JSON for programs.

use std::collections::BTreeMap;
use std::fmt;

use serde_json::{Value, json};

use super::figures::{self, Tally};

/// The figures of a run. `Display` is the table.
#[derive(Clone, Debug, Default)]
pub struct Report {
    /// File, labelled type, answered type.
    pub types: Vec<(String, String, String)>,
    /// Labelled values by document type.
    pub fields: BTreeMap<String, Tally>,
    /// Confidence of each labelled and answered value, and whether it is right.
    pub scored: Vec<(f64, bool)>,
    /// Seconds of each request to `/v1/classify`.
    pub classify_seconds: Vec<f64>,
    /// Seconds of each request to `/v1/extract`.
    pub extract_seconds: Vec<f64>,
    /// Wrong and missing values.
    pub wrong: Vec<Wrong>,
    /// Whether the table lists the wrong and missing values.
    pub verbose: bool,
}

/// A value that was answered wrong or not at all.
#[derive(Clone, Debug)]
pub struct Wrong {
    /// The file.
    pub file: String,
    /// The field's path, `(request)` for a request that failed.
    pub path: String,
    /// As labelled.
    pub want: Value,
    /// As answered, null if it was not.
    pub got: Value,
}

impl Wrong {
    pub(super) fn new(file: &str, path: &str, want: Value, got: Value) -> Wrong {
        Wrong { file: file.to_owned(), path: path.to_owned(), want, got }
    }
}

impl Report {
    pub(super) fn add_type(&mut self, file: &str, want: &str, got: String) {
        self.types.push((file.to_owned(), want.to_owned(), got));
    }

    pub(super) fn tally(&mut self, doc_type: &str) -> &mut Tally {
        self.fields.entry(doc_type.to_owned()).or_default()
    }

    /// Files whose type is right.
    pub fn right_types(&self) -> usize {
        self.types.iter().filter(|(_, want, got)| want == got).count()
    }

    /// Files whose type is right, of all, 0..1.
    pub fn type_accuracy(&self) -> f64 {
        figures::ratio(self.right_types(), self.types.len().max(1))
    }

    /// Labelled values of all types.
    pub fn total(&self) -> Tally {
        self.fields.values().fold(Tally::default(), |sum, tally| sum.plus(*tally))
    }

    /// The chance that a right value has a higher confidence than a wrong one.
    pub fn auroc(&self) -> Option<f64> {
        figures::auroc(&self.scored)
    }

    /// Expected calibration error of the confidence.
    pub fn ece(&self) -> Option<f64> {
        figures::ece(&self.scored)
    }

    /// The figures with the answers as they came.
    pub(super) fn to_json(&self, raw: Value) -> Value {
        let counts = |t: &Tally| json!([t.right, t.wrong, t.missing]);
        let mut fields: serde_json::Map<String, Value> =
            self.fields.iter().map(|(name, tally)| (name.clone(), counts(tally))).collect();
        fields.insert(String::from("ALL"), counts(&self.total()));
        let wrong: Vec<Value> = self.wrong.iter().map(|w| json!([w.file, w.path, w.want, w.got])).collect();
        json!({ "type_accuracy": self.type_accuracy(), "types": self.types, "fields": fields, "auroc": self.auroc(), "ece": self.ece(),
                "wrong": wrong, "raw": raw })
    }
}

impl fmt::Display for Report {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        writeln!(f, "type accuracy: {}/{} = {:.3}", self.right_types(), self.types.len(), self.type_accuracy())?;
        for (file, want, got) in self.types.iter().filter(|(_, want, got)| want != got) {
            writeln!(f, "  {file}: {want} read as {got}")?;
        }
        writeln!(f, "{:24} labelled right wrong missing accuracy precision", "type")?;
        let total = self.total();
        for (name, t) in self.fields.iter().map(|(name, t)| (name.as_str(), t)).chain([("ALL", &total)]) {
            let (n, accuracy, precision) = (t.labelled(), t.accuracy(), t.precision());
            writeln!(f, "{name:24} {n:8} {:5} {:5} {:7} {accuracy:8.3} {precision:9.3}", t.right, t.wrong, t.missing)?;
        }
        let (auroc, ece) = (rounded(self.auroc()), rounded(self.ece()));
        write!(f, "confidence: {} scored values, auroc {auroc}, ece {ece}", self.scored.len())?;
        for (name, seconds) in [("classify", &self.classify_seconds), ("extract", &self.extract_seconds)] {
            if let Some(median) = figures::median(seconds) {
                let longest = seconds.iter().copied().fold(0.0, f64::max);
                write!(f, "\n{name} seconds: median {median:.2}, max {longest:.2}")?;
            }
        }
        for w in self.wrong.iter().filter(|_| self.verbose) {
            write!(f, "\n  {} {}: want {}, got {}", w.file, w.path, w.want, w.got)?;
        }
        Ok(())
    }
}

/// Three decimals without trailing zeros, one at least.
fn rounded(figure: Option<f64>) -> String {
    let Some(figure) = figure else { return String::from("None") };
    let text = format!("{figure:.3}");
    let short = text.trim_end_matches('0');
    if short.ends_with('.') { format!("{short}0") } else { short.to_owned() }
}
