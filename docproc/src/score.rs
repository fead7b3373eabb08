//! `docproc score`: sends labelled documents to a running gateway, over its public HTTP API only, and says how much of what it
//! answers is right.
//!
//! Each file goes to `/v1/classify` and, if it has labelled values, to `/v1/extract` with its labelled type. What counts as
//! right is in [`matching`], the figures are in [`figures`], how they are printed is in [`report`].

use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Duration;

use serde_json::{Map, Value, json};
use tokio::sync::Semaphore;
use tokio::task::JoinSet;

mod client;
mod figures;
mod matching;
mod report;
#[cfg(test)]
mod tests;

pub use figures::Tally;
pub use report::{Report, Wrong};

pub(crate) use client::data_url;
use client::{Client, Reply};

/// What to measure, and where.
#[derive(Clone, Debug)]
pub struct Options {
    /// The gateway, such as `http://127.0.0.1:8000`.
    pub url: String,
    /// Its key.
    pub key: service::secret::Secret,
    /// The labels: `{file: {type, fields, notes}}`. Files of the type `packet` are left out.
    pub labels: PathBuf,
    /// The folder of the files.
    pub pages: PathBuf,
    /// Only files whose name contains this; empty means all.
    pub only: String,
    /// Documents in flight at a time.
    pub jobs: usize,
    /// Time limit of one request.
    pub timeout: Duration,
    /// Where to write the figures with all answers, as JSON.
    pub out: Option<PathBuf>,
    /// Whether the report lists each wrong or missing value.
    pub verbose: bool,
}

/// Why there are no figures. A gateway that fails or is away is a wrong answer, not an error.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// A file can't be read or written.
    #[error("can't access {}: {source}", path.display())]
    File {
        /// The file.
        path: PathBuf,
        /// Why.
        source: std::io::Error,
    },
    /// The labels are not JSON.
    #[error("{} is not valid JSON: {source}", path.display())]
    Json {
        /// The file.
        path: PathBuf,
        /// Why.
        source: serde_json::Error,
    },
    /// The labels are not of the form that is wanted.
    #[error("{} needs an object of files, each with a type", .0.display())]
    Labels(PathBuf),
    /// The HTTP client can't be set up.
    #[error("can't set up the HTTP client: {0}")]
    Client(#[from] reqwest::Error),
    /// A request's task was lost.
    #[error("a request was lost: {0}")]
    Lost(#[from] tokio::task::JoinError),
}

/// A labelled file.
struct Labelled {
    name: String,
    doc_type: String,
    fields: Map<String, Value>,
}

/// What the gateway said about a file.
struct Answers {
    classify: Reply,
    extract: Option<Reply>,
}

/// Asks the gateway about every file and compares its answers with the labels.
pub async fn run(options: Options) -> Result<Report, Error> {
    let labelled = Arc::new(read_labels(&options)?);
    let client = Client::new(&options.url, options.key.clone(), options.timeout)?;
    let answers = ask_all(&client, &labelled, &options).await?;
    let report = compare(&labelled, &answers, options.verbose);
    if let Some(path) = &options.out {
        let text = format!("{:#}\n", report.to_json(raw(&labelled, &answers)));
        std::fs::write(path, text).map_err(|source| Error::File { path: path.clone(), source })?;
    }
    Ok(report)
}

fn read_labels(options: &Options) -> Result<Vec<Labelled>, Error> {
    let path = &options.labels;
    let text = std::fs::read_to_string(path).map_err(|source| Error::File { path: path.clone(), source })?;
    let all: Map<String, Value> =
        serde_json::from_str(&text).map_err(|source| Error::Json { path: path.clone(), source })?;
    let mut labelled = Vec::new();
    for (name, mut label) in all.into_iter().filter(|(name, _)| name.contains(&options.only)) {
        let doc_type = label.get("type").and_then(Value::as_str).ok_or_else(|| Error::Labels(path.clone()))?.to_owned();
        let fields = match label.get_mut("fields").map(Value::take) {
            Some(Value::Object(fields)) => fields,
            _ => Map::new(),
        };
        if doc_type != "packet" {
            labelled.push(Labelled { name, doc_type, fields });
        }
    }
    Ok(labelled)
}

/// The answers in the order of the labels.
async fn ask_all(client: &Client, labelled: &Arc<Vec<Labelled>>, options: &Options) -> Result<Vec<Answers>, Error> {
    let permits = Arc::new(Semaphore::new(options.jobs.max(1)));
    let mut tasks: JoinSet<Result<_, Error>> = JoinSet::new();
    for index in 0..labelled.len() {
        let (client, labelled, permits, pages) =
            (client.clone(), labelled.clone(), permits.clone(), options.pages.clone());
        tasks.spawn(async move {
            let _permit = permits.acquire_owned().await;
            let Some(label) = labelled.get(index) else { return Ok(None) };
            Ok(Some((index, ask(&client, label, &pages).await?)))
        });
    }
    let mut answers = Vec::new();
    while let Some(done) = tasks.join_next().await {
        answers.extend(done??);
    }
    answers.sort_by_key(|(index, _)| *index);
    Ok(answers.into_iter().map(|(_, answers)| answers).collect())
}

async fn ask(client: &Client, label: &Labelled, pages: &Path) -> Result<Answers, Error> {
    let path = pages.join(&label.name);
    let bytes = tokio::fs::read(&path).await.map_err(|source| Error::File { path: path.clone(), source })?;
    let image_urls = json!([data_url(&label.name, &bytes)]);
    let classify = client.post("/v1/classify", &json!({ "image_urls": image_urls })).await;
    if label.fields.is_empty() {
        return Ok(Answers { classify, extract: None });
    }
    let body = json!({ "image_urls": image_urls, "doc_type": label.doc_type });
    let extract = Some(client.post("/v1/extract", &body).await);
    Ok(Answers { classify, extract })
}

fn compare(labelled: &[Labelled], answers: &[Answers], verbose: bool) -> Report {
    let mut report = Report { verbose, ..Report::default() };
    for (label, given) in labelled.iter().zip(answers) {
        report.add_type(&label.name, &label.doc_type, given.classify.doc_type());
        report.classify_seconds.push(given.classify.seconds);
        let Some(extract) = &given.extract else { continue };
        report.extract_seconds.push(extract.seconds);
        if let Some(problem) = extract.problem() {
            report.wrong.push(Wrong::new(&label.name, "(request)", json!("200"), json!(problem)));
        }
        compare_values(label, extract, &mut report);
    }
    report
}

fn compare_values(label: &Labelled, extract: &Reply, report: &mut Report) {
    let nothing = Value::Null;
    let body = extract.object();
    let data = body.and_then(|b| b.get("data")).unwrap_or(&nothing);
    let confidence = body.and_then(|b| b.get("confidence")).unwrap_or(&nothing);
    for leaf in matching::align(&label.fields, data) {
        let right = matching::matches(&leaf.path, leaf.want, leaf.given.as_ref());
        report.tally(&label.doc_type).add(right);
        let score = confidence.get(&leaf.path).and_then(Value::as_f64);
        if let (Some(right), Some(score), false) = (right, score, leaf.path.starts_with("n_")) {
            report.scored.push((score, right));
        }
        if right != Some(true) {
            report.wrong.push(Wrong::new(
                &label.name,
                &leaf.path,
                leaf.want.clone(),
                leaf.given.unwrap_or(Value::Null),
            ));
        }
    }
}

/// Every answer as it came, by file.
fn raw(labelled: &[Labelled], answers: &[Answers]) -> Value {
    let of = |given: &Answers| json!({ "classify": given.classify.body, "extract": given.extract.as_ref().map(|e| &e.body) });
    labelled.iter().zip(answers).map(|(label, given)| (label.name.clone(), of(given))).collect::<Map<_, _>>().into()
}
