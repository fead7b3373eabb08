//! A platform that does nothing but hand out scripted jobs and write down every request of a worker.

use std::convert::Infallible;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex};
use std::time::Duration;

use bytes::Bytes;
use http::{Request, Response, StatusCode};
use http_body_util::{BodyExt as _, Full};
use hyper::body::Incoming;
use hyper::service::service_fn;
use hyper_util::rt::TokioIo;
use tokio::net::TcpListener;
use tokio::sync::Notify;

/// A request as it was on the wire, but for the order of its headers.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Recorded {
    pub(crate) method: String,
    pub(crate) path: String,
    pub(crate) query: String,
    /// Names in lower case.
    pub(crate) headers: Vec<(String, String)>,
    pub(crate) body: String,
}

impl Recorded {
    pub(crate) fn header(&self, name: &str) -> Option<&str> {
        self.headers.iter().find(|(key, _)| key == name).map(|(_, value)| value.as_str())
    }

    /// `job-take`, `ping`, ...
    pub(crate) fn verb(&self) -> &str {
        self.path.split('/').nth(3).unwrap_or_default()
    }
}

/// A scripted job: its id, its input, and whether it is stopped through `job-stop` once it runs.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Scripted {
    pub(crate) id: &'static str,
    pub(crate) input: &'static str,
    pub(crate) stopped: bool,
}

#[derive(Clone)]
pub(crate) struct Recorder {
    pub(crate) base: String,
    state: Arc<State>,
}

struct State {
    requests: Mutex<Vec<Recorded>>,
    /// Index of the job to hand out next, and whether the one before is over.
    next: Mutex<(usize, bool)>,
    /// Whether a ping was seen. The first job waits for it, so that every worker pings once without a job.
    pinged: AtomicBool,
    script: Vec<Scripted>,
    progress: Notify,
    all_done: Notify,
    stop: Notify,
}

/// How long a stopped job runs before it is stopped: long enough to be listed in a ping.
const BEFORE_STOP: Duration = Duration::from_millis(1500);
/// How long after the stop the next job is handed out: whatever the worker wrongly posts of the stopped one comes before.
const AFTER_STOP: Duration = Duration::from_millis(500);

impl Recorder {
    pub(crate) async fn new(script: &[Scripted]) -> Recorder {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let base = format!("http://{}/v2", listener.local_addr().unwrap());
        let state = Arc::new(State {
            requests: Mutex::default(),
            next: Mutex::new((0, true)),
            pinged: AtomicBool::new(false),
            script: script.to_vec(),
            progress: Notify::new(),
            all_done: Notify::new(),
            stop: Notify::new(),
        });
        let recorder = Recorder { base, state };
        let accepting = recorder.clone();
        tokio::spawn(async move {
            loop {
                let (stream, _) = listener.accept().await.unwrap();
                let recorder = accepting.clone();
                tokio::spawn(async move {
                    let service = service_fn(|request| async { Ok::<_, Infallible>(recorder.answer(request).await) });
                    hyper::server::conn::http1::Builder::new().serve_connection(TokioIo::new(stream), service).await
                });
            }
        });
        recorder
    }

    /// All requests, once every scripted job is over.
    pub(crate) async fn requests(&self) -> Vec<Recorded> {
        self.state.all_done.notified().await;
        self.state.requests.lock().unwrap().clone()
    }

    async fn answer(&self, request: Request<Incoming>) -> Response<Full<Bytes>> {
        let (head, body) = request.into_parts();
        let body = body.collect().await.unwrap().to_bytes();
        let header = |(name, value): (&http::HeaderName, &http::HeaderValue)| {
            (name.as_str().to_owned(), String::from_utf8_lossy(value.as_bytes()).into_owned())
        };
        let recorded = Recorded {
            method: head.method.to_string(),
            path: head.uri.path().to_owned(),
            query: head.uri.query().unwrap_or_default().to_owned(),
            headers: head.headers.iter().map(header).collect(),
            body: String::from_utf8(body.to_vec()).unwrap(),
        };
        let verb = recorded.verb().to_owned();
        let is_end = verb == "job-done" && !recorded.body.contains("\"IN_PROGRESS\"");
        self.state.requests.lock().unwrap().push(recorded);
        match verb.as_str() {
            "job-take" | "job-take-batch" => self.take().await,
            "job-stop" => self.stop().await,
            "ping" => {
                self.state.pinged.store(true, Ordering::SeqCst);
                self.state.progress.notify_waiters();
                json("{}".to_owned())
            }
            _ => {
                if is_end {
                    self.over();
                }
                json("{}".to_owned())
            }
        }
    }

    async fn take(&self) -> Response<Full<Bytes>> {
        loop {
            let progress = self.state.progress.notified();
            if let Some(job) = self.next_job() {
                if job.stopped {
                    let recorder = self.clone();
                    tokio::spawn(async move {
                        tokio::time::sleep(BEFORE_STOP).await;
                        recorder.state.stop.notify_one();
                        tokio::time::sleep(AFTER_STOP).await;
                        recorder.over();
                    });
                }
                return json(format!(r#"{{"delayTime":5,"id":"{}","input":{}}}"#, job.id, job.input));
            }
            progress.await;
        }
    }

    fn next_job(&self) -> Option<Scripted> {
        if !self.state.pinged.load(Ordering::SeqCst) {
            return None;
        }
        let mut next = self.state.next.lock().unwrap();
        let job = self.state.script.get(next.0).copied().filter(|_| next.1)?;
        *next = (next.0 + 1, false);
        Some(job)
    }

    async fn stop(&self) -> Response<Full<Bytes>> {
        self.state.stop.notified().await;
        let id = self.state.script[self.state.next.lock().unwrap().0 - 1].id;
        json(format!(r#"{{"jobsToStop": ["{id}"]}}"#))
    }

    fn over(&self) {
        let mut next = self.state.next.lock().unwrap();
        next.1 = true;
        if next.0 == self.state.script.len() {
            self.state.all_done.notify_one();
        }
        self.state.progress.notify_waiters();
    }
}

fn json(body: String) -> Response<Full<Bytes>> {
    let mut response = Response::new(Full::from(body));
    *response.status_mut() = StatusCode::OK;
    response.headers_mut().insert("content-type", http::HeaderValue::from_static("application/json"));
    response
}
