//! Processes and platforms for the proofs: the SDK's Python, our echo worker, a served platform.

pub(crate) mod python;
pub(crate) mod recorder;

use std::path::PathBuf;
use std::process::{ExitStatus, Stdio};
use std::time::{Duration, Instant};

use bytes::Bytes;
use runpod::client::{Endpoint, JobStatus, JobView, envelope, http_client};
use runpod::platform::{Keys, Options, Timing, serve, worker_env};
use rustix::process::{Pid, Signal};
use tokio::net::TcpListener;
use tokio::process::{Child, Command};

pub(crate) const CLIENT_KEY: &str = "client-key";
pub(crate) const WORKER_KEY: &str = "worker-key";
/// Anything here takes a second or two; a machine under load takes longer.
pub(crate) const PATIENCE: Duration = Duration::from_secs(60);

/// A platform on a port of its own, until the test ends.
pub(crate) struct Local {
    pub(crate) base: String,
    pub(crate) endpoint: Endpoint,
}

impl Local {
    pub(crate) async fn new() -> Local {
        Local::with(Timing::default()).await
    }

    pub(crate) async fn with(timing: Timing) -> Local {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let base = format!("http://{}/v2", listener.local_addr().unwrap());
        let options = Options {
            client_keys: Some(Keys::new([CLIENT_KEY])),
            worker_keys: Some(Keys::new([WORKER_KEY])),
            timing,
            ..Options::default()
        };
        tokio::spawn(serve(listener, options, std::future::pending()));
        let endpoint = Endpoint::new(&base, "classify", CLIENT_KEY, http_client(&base).unwrap()).unwrap();
        Local { base, endpoint }
    }

    pub(crate) async fn run(&self, input: &'static str) -> String {
        self.endpoint.run(&envelope(Bytes::from_static(input.as_bytes()), None)).await.unwrap().id
    }

    /// The job when it is finished.
    pub(crate) async fn finished(&self, id: &str) -> JobView {
        let job = self.endpoint.status_sync(id, PATIENCE).await.unwrap();
        assert!(job.status.is_terminal(), "{job:?}");
        job
    }

    pub(crate) async fn until(&self, id: &str, status: JobStatus) {
        let start = Instant::now();
        while self.endpoint.status(id).await.unwrap().status != status {
            assert!(start.elapsed() < PATIENCE, "never {status:?}");
            tokio::time::sleep(Duration::from_millis(20)).await;
        }
    }
}

/// A worker process and its children; killed at the end of its test.
pub(crate) struct Worker(Child);

impl Drop for Worker {
    fn drop(&mut self) {
        // The SDK's heartbeat is a process of its own that outlives a killed worker.
        if let Some(group) = self.0.id().and_then(|id| Pid::from_raw(id.cast_signed())) {
            rustix::process::kill_process_group(group, Signal::KILL).ok();
        }
    }
}

impl Worker {
    /// Our echo worker against the platform at `base`.
    pub(crate) fn ours(base: &str, id: &str, flags: &[&str]) -> Worker {
        Worker::start(Command::new(echo_worker()).args(flags), base, id)
    }

    /// The same worker on the real SDK.
    pub(crate) fn python(base: &str, id: &str, flags: &[&str]) -> Worker {
        Worker::start(
            Command::new(python::interpreter()).arg("-u").arg(python::script("worker.py")).args(flags),
            base,
            id,
        )
    }

    fn start(command: &mut Command, base: &str, id: &str) -> Worker {
        let home = python::empty_home();
        command
            .env_clear()
            .env("PATH", std::env::var_os("PATH").unwrap_or_default())
            .env("HOME", home)
            .envs(worker_env(base, "classify", id, WORKER_KEY))
            .env("RUNPOD_PING_INTERVAL", "1000")
            .env("RUNPOD_SKIP_GPU_CHECK", "true")
            .env("RUNPOD_SKIP_AUTO_SYSTEM_CHECKS", "true")
            .stdin(Stdio::null())
            .stdout(Stdio::null())
            .stderr(Stdio::null())
            .process_group(0);
        Worker(command.spawn().unwrap())
    }

    /// Sends a signal to the worker alone.
    pub(crate) fn signal(&self, signal: Signal) {
        let id = Pid::from_raw(self.0.id().unwrap().cast_signed()).unwrap();
        rustix::process::kill_process(id, signal).unwrap();
    }

    pub(crate) async fn ended(&mut self) -> ExitStatus {
        tokio::time::timeout(PATIENCE, self.0.wait()).await.expect("the worker goes on").unwrap()
    }
}

/// The example beside the test's own executable.
fn echo_worker() -> PathBuf {
    let here = std::env::current_exe().unwrap();
    let path = here.parent().and_then(|deps| deps.parent()).unwrap().join("examples/echo_worker");
    assert!(path.exists(), "{} is missing: cargo build -p runpod --example echo_worker", path.display());
    path
}
