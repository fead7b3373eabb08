//! What a worker loop costs per job: an instant handler behind the local platform, ours beside the real Python SDK's.
//!
//! See the README beside this file for the command and for the meaning of the figures.

use std::error::Error;
use std::io::Write as _;
use std::path::{Path, PathBuf};
use std::process::Stdio;
use std::time::{Duration, Instant};

use bytes::Bytes;
use runpod::client::{Endpoint, Envelope, JobStatus, envelope, http_client};
use runpod::platform::{Options, serve, worker_env};
use rustix::process::{Pid, Signal};
use tokio::net::TcpListener;
use tokio::process::{Child, Command};

type Outcome<T> = Result<T, Box<dyn Error>>;

const ENDPOINT: &str = "classify";
const JOB: &[u8] = br#"{"mock_return": {"text": "done"}}"#;
const WAIT: Duration = Duration::from_secs(60);

/// One worker and how many jobs it gets: the SDK's needs about a second for each.
struct Contender {
    name: &'static str,
    command: Command,
    one_by_one: usize,
    queued: usize,
}

struct Figures {
    first: Duration,
    p50: Duration,
    p99: Duration,
    jobs_per_second: f64,
}

#[tokio::main]
async fn main() -> Outcome<()> {
    let args: Vec<String> = std::env::args().skip(1).collect();
    let python = args.iter().position(|arg| arg == "--python").and_then(|at| args.get(at + 1));
    let here = std::env::current_exe()?;
    let ours = here.with_file_name("echo_worker");
    let mut out = std::io::stdout();
    writeln!(out, "{:8} {:>10} {:>10} {:>10} {:>10}", "worker", "first ms", "p50 ms", "p99 ms", "jobs/s")?;
    let mut contenders = vec![Contender { name: "ours", command: Command::new(ours), one_by_one: 1000, queued: 5000 }];
    if let Some(python) = python {
        let mut command = Command::new(python);
        command.arg("-u").arg(script());
        contenders.push(Contender { name: "SDK", command, one_by_one: 20, queued: 20 });
    }
    for contender in contenders {
        let name = contender.name;
        let Figures { first, p50, p99, jobs_per_second } = measure(contender).await?;
        let [first, p50, p99] = [first, p50, p99].map(|time| time.as_secs_f64() * 1000.0);
        writeln!(out, "{name:8} {first:>10.1} {p50:>10.3} {p99:>10.3} {jobs_per_second:>10.1}")?;
    }
    Ok(())
}

fn script() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../../tests/sdk/python/worker.py")
}

async fn measure(contender: Contender) -> Outcome<Figures> {
    let listener = TcpListener::bind("127.0.0.1:0").await?;
    let base = format!("http://{}/v2", listener.local_addr()?);
    // The whole queue is filled before the worker gets to it.
    let options = Options { workers_max: 100, ..Options::default() };
    let platform = tokio::spawn(serve(listener, options, std::future::pending()));
    let endpoint = Endpoint::new(&base, ENDPOINT, "none", http_client(&base)?)?;
    let job = envelope(Bytes::from_static(JOB), None);

    let start = Instant::now();
    let mut worker = start_worker(contender.command, &base)?;
    round_trip(&endpoint, &job).await?;
    let first = start.elapsed();
    let mut times = Vec::with_capacity(contender.one_by_one);
    for _ in 0..contender.one_by_one {
        times.push(round_trip(&endpoint, &job).await?);
    }
    times.sort();
    let jobs_per_second = drain(&endpoint, &job, contender.queued).await?;
    end(&mut worker).await?;
    platform.abort();
    let percentile = |n: usize| times.get(times.len() * n / 100).copied().unwrap_or_default();
    Ok(Figures { first, p50: percentile(50), p99: percentile(99), jobs_per_second })
}

fn start_worker(mut command: Command, base: &str) -> std::io::Result<Child> {
    command
        .envs(worker_env(base, ENDPOINT, "w1", "none"))
        .env("RUNPOD_SKIP_GPU_CHECK", "true")
        .env("RUNPOD_SKIP_AUTO_SYSTEM_CHECKS", "true")
        .env("RUNPOD_LOG_LEVEL", "ERROR")
        .stdin(Stdio::null())
        .stdout(Stdio::null())
        .stderr(Stdio::null())
        .kill_on_drop(true)
        .process_group(0)
        .spawn()
}

/// Ends a worker with its children: the SDK's heartbeat is a process of its own that outlives a killed worker.
async fn end(worker: &mut Child) -> Outcome<()> {
    if let Some(group) = worker.id().and_then(|id| Pid::from_raw(id.cast_signed())) {
        rustix::process::kill_process_group(group, Signal::KILL)?;
    }
    worker.wait().await?;
    Ok(())
}

/// From the submission to the result in the client's hands.
async fn round_trip(endpoint: &Endpoint, job: &Envelope) -> Outcome<Duration> {
    let start = Instant::now();
    let answer = endpoint.runsync(job, WAIT, 2 * WAIT).await?;
    match answer.status {
        JobStatus::Completed => Ok(start.elapsed()),
        other => Err(format!("a job ended as {}", other.name()).into()),
    }
}

/// Fills the queue and waits until it is worked off: completed jobs per second between the last submission and the end.
async fn drain(endpoint: &Endpoint, job: &Envelope, count: usize) -> Outcome<f64> {
    let mut last = String::new();
    for _ in 0..count {
        last = endpoint.run(job).await?.id;
    }
    let before = endpoint.health().await?.jobs.completed;
    let start = Instant::now();
    while !endpoint.status_sync(&last, WAIT).await?.status.is_terminal() {}
    let took = start.elapsed();
    let done = endpoint.health().await?.jobs.completed - before;
    Ok(u32::try_from(done).map(f64::from)? / took.as_secs_f64())
}
