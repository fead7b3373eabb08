//! `docproc up` on free ports, requests to it, and the sample documents.

pub(crate) mod labels;
pub(crate) mod processes;

use std::io::{BufRead, BufReader, Read};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, ExitStatus, Stdio};
use std::sync::{Arc, Mutex, PoisonError, Weak};
use std::time::{Duration, Instant};

use rustix::process::{Pid, Signal, kill_process};
use serde_json::{Value, json};

/// Unlike the default, these can be searched for in logs without finding something else.
pub(crate) const GATEWAY_KEY: &str = "gateway-key-9f31c2";
/// A request takes seconds; a busy machine takes its time.
pub(crate) const PATIENCE: Duration = Duration::from_secs(120);

/// A running `docproc up`, ended when it is dropped.
pub(crate) struct Up {
    child: Child,
    /// The gateway.
    pub(crate) url: String,
    /// The platform's base URL and the key for it, as printed.
    pub(crate) platform: String,
    pub(crate) platform_key: String,
    log: Arc<Mutex<String>>,
}

/// The one that tests share as long as any of them runs.
pub(crate) fn shared() -> Arc<Up> {
    static SHARED: Mutex<Weak<Up>> = Mutex::new(Weak::new());
    let mut shared = SHARED.lock().unwrap_or_else(PoisonError::into_inner);
    shared.upgrade().unwrap_or_else(|| {
        let up = Arc::new(Up::start());
        *shared = Arc::downgrade(&up);
        up
    })
}

/// The command with no settings of the shell that runs the tests.
pub(crate) fn docproc() -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_docproc"));
    let settings = ["RUNPOD_", "GATEWAY_", "LOG_", "RATE_", "ENGINE", "MODEL_", "OPENAI_"];
    let ours = |name: &str| settings.iter().any(|prefix| name.starts_with(prefix));
    for (name, _) in std::env::vars().filter(|(name, _)| ours(name)) {
        command.env_remove(name);
    }
    command.current_dir(repository());
    command
}

impl Up {
    /// Starts it and waits until it says that it is ready.
    pub(crate) fn start() -> Up {
        Up::start_with(&[])
    }

    /// The same with more variables.
    pub(crate) fn start_with(variables: &[(&str, &str)]) -> Up {
        let mut child = docproc()
            .args(["up", "--port", "0", "--platform-port", "0"])
            .env("GATEWAY_API_KEY", format!("{GATEWAY_KEY},another-key"))
            .env("RATE_LIMIT_REQUESTS", "100000")
            .env("LOG_LEVEL", "DEBUG")
            .envs(variables.iter().copied())
            .stdin(Stdio::null())
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .spawn()
            .unwrap();
        let log = collect(child.stderr.take().unwrap());
        let mut lines = BufReader::new(child.stdout.take().unwrap()).lines();
        let mut value = |name: &str| {
            let line = lines.by_ref().map_while(Result::ok).find(|line| line.trim_start().starts_with(name));
            let line = line.unwrap_or_else(|| panic!("no {name}; the log:\n{}", text_of(&log)));
            line.split_whitespace().last().unwrap_or_default().to_owned()
        };
        let (url, key) = (value("gateway"), value("X-API-Key"));
        assert_eq!(key, GATEWAY_KEY);
        let (platform, platform_key) = (value("platform"), value("RunPod key"));
        Up { child, url, platform, platform_key, log }
    }

    pub(crate) fn id(&self) -> u32 {
        self.child.id()
    }

    /// All that it and its processes have logged so far.
    pub(crate) fn log(&self) -> String {
        text_of(&self.log)
    }

    pub(crate) fn signal(&self, signal: Signal) {
        processes::signal(self.id(), signal);
    }

    pub(crate) fn ended(&mut self) -> ExitStatus {
        let start = Instant::now();
        loop {
            if let Some(status) = self.child.try_wait().unwrap() {
                return status;
            }
            assert!(start.elapsed() < PATIENCE, "it goes on; the log:\n{}", self.log());
            std::thread::sleep(Duration::from_millis(20));
        }
    }

    pub(crate) async fn get(&self, path: &str) -> (u16, Value) {
        answer(client().get(format!("{}{path}", self.url))).await
    }

    pub(crate) async fn post(&self, path: &str, body: &Value) -> (u16, Value) {
        self.post_bytes(path, body.to_string().into_bytes()).await
    }

    pub(crate) async fn post_bytes(&self, path: &str, body: Vec<u8>) -> (u16, Value) {
        let request = client().post(format!("{}{path}", self.url)).header("X-API-Key", GATEWAY_KEY);
        answer(request.header("Content-Type", "application/json").body(body)).await
    }

    /// The health of an endpoint, as the platform's clients see it.
    pub(crate) async fn endpoint_health(&self, endpoint: &str) -> Value {
        let request = client().get(format!("{}/{endpoint}/health", self.platform));
        answer(request.header("Authorization", format!("Bearer {}", self.platform_key))).await.1
    }
}

impl Drop for Up {
    fn drop(&mut self) {
        if std::thread::panicking() {
            let log = self.log();
            let last = log.lines().rev().take(80).collect::<Vec<_>>();
            eprintln!("the end of the log:\n{}", last.into_iter().rev().collect::<Vec<_>>().join("\n"));
        }
        if self.child.try_wait().is_ok_and(|ended| ended.is_some()) {
            return;
        }
        let id = Pid::from_child(&self.child);
        let asked = Instant::now();
        // Already gone is as good.
        let _gone = kill_process(id, Signal::TERM);
        while asked.elapsed() < Duration::from_secs(20) && self.child.try_wait().is_ok_and(|ended| ended.is_none()) {
            std::thread::sleep(Duration::from_millis(20));
        }
        let _gone = self.child.kill();
        let _gone = self.child.wait();
    }
}

/// A request about one document.
pub(crate) fn about(url: &str) -> Value {
    json!({ "image_urls": [url] })
}

pub(crate) fn repository() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("..")
}

pub(crate) fn client() -> reqwest::Client {
    let _installed = rustls::crypto::ring::default_provider().install_default();
    reqwest::Client::builder().timeout(PATIENCE).build().unwrap()
}

/// Status and JSON of an answer; null for one without JSON.
pub(crate) async fn answer(request: reqwest::RequestBuilder) -> (u16, Value) {
    let response = request.send().await.unwrap();
    let status = response.status().as_u16();
    (status, serde_json::from_slice(&response.bytes().await.unwrap()).unwrap_or_default())
}

fn collect(from: impl Read + Send + 'static) -> Arc<Mutex<String>> {
    let log = Arc::new(Mutex::new(String::new()));
    let filled = Arc::clone(&log);
    std::thread::spawn(move || {
        for line in BufReader::new(from).lines().map_while(Result::ok) {
            let mut log = filled.lock().unwrap_or_else(PoisonError::into_inner);
            log.push_str(&line);
            log.push('\n');
        }
    });
    log
}

fn text_of(log: &Mutex<String>) -> String {
    log.lock().unwrap_or_else(PoisonError::into_inner).clone()
}
