//! `docproc classify` and `docproc extract`: one document, in this process or through a gateway that runs.

use std::path::{Path, PathBuf};

use contract::{ClassifyRequest, DocType, ExtractRequest, ExtractResponse};
use handlers::config::Config;
use handlers::role::Role;
use handlers::service::Service;
use serde::Serialize;
use service::{Environment, Secret};

use crate::boxes;
use crate::client::Gateway;
use crate::failure::{Failure, note, print};
use crate::score::data_url;

/// The files of one document, in order, and who is asked about them.
#[derive(Debug)]
pub(crate) struct Question {
    pub(crate) files: Vec<PathBuf>,
    /// URL and key of a gateway; `None`: this process.
    pub(crate) gateway: Option<(String, Secret)>,
}

/// Prints what the document is.
pub(crate) async fn classify(question: Question) -> Result<(), Failure> {
    let request = ClassifyRequest { image_urls: data_urls(&question.files).await?, prompt: None };
    match question.gateway {
        Some((url, key)) => print_json(&Gateway::new(&url, key)?.post("/v1/classify", &json(&request)?).await?),
        None => print_json(&service(Role::Classify).await?.classify(&request).await.map_err(Failure::new)?),
    }
}

/// Prints the document's fields, and draws them on its pages if `boxes` says where to.
pub(crate) async fn extract(
    question: Question,
    doc_type: Option<DocType>,
    boxes: Option<PathBuf>,
) -> Result<(), Failure> {
    let image_urls = data_urls(&question.files).await?;
    let request = ExtractRequest { image_urls, doc_type, prompt: None, schema: None };
    let answer: ExtractResponse = match question.gateway {
        Some((url, key)) => {
            let answer = Gateway::new(&url, key)?.post("/v1/extract", &json(&request)?).await?;
            serde_json::from_value(answer).map_err(Failure::new)?
        }
        None => service(Role::Extract).await?.extract(&request).await.map_err(Failure::new)?,
    };
    print_json(&answer)?;
    match boxes {
        Some(path) => boxes::draw(&request.image_urls, &answer, &path).await,
        None => Ok(()),
    }
}

/// The workers' service in this process, as the environment configures it.
async fn service(role: Role) -> Result<Service, Failure> {
    let config = Config::read(Environment::from_process(), role).map_err(Failure::usage)?;
    let models = tokio::task::spawn_blocking(|| reading::Models::find_or_pull(note)).await;
    models.map_err(Failure::new)?.map_err(Failure::new)?;
    Service::load(config, role).await.map_err(Failure::new)
}

/// The files as `data:` URLs.
pub(crate) async fn data_urls(files: &[PathBuf]) -> Result<Vec<String>, Failure> {
    let mut urls = Vec::new();
    for path in files {
        let bytes = tokio::fs::read(path).await;
        let bytes = bytes.map_err(|error| Failure::new(format!("can't read {}: {error}", path.display())))?;
        urls.push(data_url(&name(path), &bytes));
    }
    Ok(urls)
}

fn name(path: &Path) -> String {
    path.file_name().unwrap_or_default().to_string_lossy().into_owned()
}

fn json(request: &impl Serialize) -> Result<serde_json::Value, Failure> {
    serde_json::to_value(request).map_err(Failure::new)
}

fn print_json(answer: &impl Serialize) -> Result<(), Failure> {
    print(serde_json::to_string_pretty(answer).map_err(Failure::new)?)
}
