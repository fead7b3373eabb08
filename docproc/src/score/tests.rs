//! A run against a scripted gateway. The expected figures are those of the reference scorer in Python on the same answers.

use std::collections::BTreeMap;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use service::secret::Secret;
use tokio::io::{AsyncBufReadExt, AsyncReadExt, AsyncWriteExt, BufReader};
use tokio::net::{TcpListener, TcpStream};

use super::*;

const LABELS: &str = include_str!("fixture/labels.json");
const ANSWERS: &str = include_str!("fixture/answers.json");

const TABLE: &str = "\
type accuracy: 4/6 = 0.667
  b.jpg: invoice read as receipt
  e.png: check read as HTTP 500: boom
type                     labelled right wrong missing accuracy precision
W2                             29    20     4       5    0.690     0.833
bank_statement                  4     0     0       4    0.000     0.000
check                           3     0     0       3    0.000     0.000
invoice                        22    13     7       2    0.591     0.650
receipt                         4     4     0       0    1.000     1.000
ALL                            62    37    11      14    0.597     0.771
confidence: 33 scored values, auroc 0.8, ece 0.14
";

/// Answers one request of a connection with what the script has for the file, whose content is its name.
async fn answer(stream: TcpStream, script: Arc<Value>) {
    let mut stream = BufReader::new(stream);
    let mut lines = Vec::new();
    loop {
        let mut line = String::new();
        stream.read_line(&mut line).await.unwrap();
        if line.trim().is_empty() {
            break;
        }
        lines.push(line.trim().to_lowercase());
    }
    let header = |name: &str| lines.iter().find_map(|l| l.strip_prefix(name)).unwrap_or_default().trim();
    let route = lines.first().unwrap().split(' ').nth(1).unwrap().rsplit('/').next().unwrap();
    let mut body = vec![0; header("content-length:").parse().unwrap()];
    stream.read_exact(&mut body).await.unwrap();
    let body: Value = serde_json::from_slice(&body).unwrap();
    let (media_type, data) = body["image_urls"][0].as_str().unwrap().split_once(";base64,").unwrap();
    let name = String::from_utf8(STANDARD.decode(data).unwrap()).unwrap();
    assert_eq!(header("x-api-key:"), "k");
    assert_eq!(header("content-type:"), "application/json");
    assert_eq!(media_type.ends_with("pdf"), name.ends_with(".pdf"));
    assert_eq!(body.get("doc_type").is_some(), route == "extract");
    let reply = &script[&name][route];
    let text = reply[1].as_str().map_or_else(|| reply[1].to_string(), str::to_owned);
    let head = format!("HTTP/1.1 {} -\r\nConnection: close\r\nContent-Length: {}\r\n\r\n", reply[0], text.len());
    stream.write_all(format!("{head}{text}").as_bytes()).await.unwrap();
}

/// A gateway that answers from the script, and the folder of the files.
async fn scripted() -> (Options, tempfile::TempDir) {
    let folder = tempfile::tempdir().unwrap();
    let labels: BTreeMap<String, Value> = serde_json::from_str(LABELS).unwrap();
    for name in labels.keys() {
        std::fs::write(folder.path().join(name), name).unwrap();
    }
    std::fs::write(folder.path().join("labels.json"), LABELS).unwrap();
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let options = Options {
        url: format!("http://{}/", listener.local_addr().unwrap()),
        key: Secret::new("k"),
        labels: folder.path().join("labels.json"),
        pages: folder.path().to_owned(),
        only: String::new(),
        jobs: 3,
        timeout: Duration::from_secs(10),
        out: None,
        verbose: false,
    };
    let script = Arc::new(serde_json::from_str::<Value>(ANSWERS).unwrap());
    tokio::spawn(async move {
        while let Ok((stream, _)) = listener.accept().await {
            tokio::spawn(answer(stream, script.clone()));
        }
    });
    (options, folder)
}

#[tokio::test]
async fn the_figures_and_the_table_are_those_of_the_reference_scorer() {
    let (options, _folder) = scripted().await;
    let report = run(options).await.unwrap();
    let table = report.to_string();
    let (figures, latencies) = table.split_once("classify seconds").unwrap();
    assert_eq!(figures, TABLE);
    assert!(latencies.contains("extract seconds: median"));
    assert_eq!(report.total(), Tally { right: 37, wrong: 11, missing: 14 });
    assert!((report.ece().unwrap() - 0.139_696_969_696_969_68).abs() < 1e-12);
    assert!((report.auroc().unwrap() - 0.8).abs() < 1e-12);
    assert_eq!(report.wrong.len(), 26);
    assert_eq!((report.classify_seconds.len(), report.extract_seconds.len()), (6, 5));
}

#[tokio::test]
async fn a_run_on_some_files_lists_what_is_wrong_and_writes_all_answers() {
    let (mut options, folder) = scripted().await;
    options.only = String::from("b.j");
    options.verbose = true;
    options.out = Some(folder.path().join("figures.json"));
    let report = run(options).await.unwrap();
    assert!(report.to_string().contains("\n  b.jpg invoice_date: want \"2023-04-03\", got \"2023-03-04\""));
    let written: Value = serde_json::from_slice(&std::fs::read(folder.path().join("figures.json")).unwrap()).unwrap();
    assert_eq!(written["fields"]["invoice"], json!([13, 7, 2]));
    assert_eq!(written["types"], json!([["b.jpg", "invoice", "receipt"]]));
    assert_eq!(written["raw"]["b.jpg"]["extract"]["data"]["currency"], "eur");
}

#[tokio::test]
async fn a_gateway_that_is_away_is_a_wrong_answer() {
    let (mut options, _folder) = scripted().await;
    options.url = String::from("http://127.0.0.1:9");
    let report = run(options).await.unwrap();
    assert_eq!((report.right_types(), report.total().missing), (0, 62));
    assert!(report.types.iter().all(|(_, _, got)| got.starts_with("HTTP 0:")));
}

#[tokio::test]
async fn labels_that_are_away_or_broken_are_an_error() {
    let (mut options, folder) = scripted().await;
    options.labels = folder.path().join("a.png");
    assert!(matches!(run(options.clone()).await, Err(Error::Json { .. })));
    options.labels = folder.path().join("none.json");
    assert!(matches!(run(options.clone()).await, Err(Error::File { .. })));
    std::fs::write(folder.path().join("list.json"), r#"{"a.png": {}}"#).unwrap();
    options.labels = folder.path().join("list.json");
    assert!(matches!(run(options).await, Err(Error::Labels(_))));
}
