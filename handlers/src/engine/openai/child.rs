//! A model server that the worker runs itself: started, watched, started again when it ends, and ended with the worker.
//!
//! It gets a process group of its own, because servers such as vLLM start processes that hold the GPU: the group is ended, not the
//! one process. What it prints goes to the log at `debug`. vLLM prints prompts only with `--enable-log-requests` (older:
//! without `--disable-log-requests`): leave that off where logs are kept.

use std::collections::VecDeque;
use std::io;
use std::process::{ExitStatus, Stdio};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, Instant};

use contract::{Error, ErrorCode};
use rustix::process::{Pid, Signal, kill_process_group};
use service::Backoff;
use tokio::io::{AsyncBufReadExt, AsyncRead, BufReader};
use tokio::process::{Child, Command};
use tokio::sync::watch;
use tokio::task::JoinHandle;
use tokio_util::sync::CancellationToken;

use super::client::Client;

/// Between two questions to a server that is starting, and to one that runs.
const ASK_STARTING: Duration = Duration::from_millis(300);
const ASK_RUNNING: Duration = Duration::from_secs(5);

/// A running server that is silent for this long hangs. Long, because some answer nothing while they read a page.
const HANGS_AFTER: Duration = Duration::from_secs(180);

/// A server that ran for this long was well: when it ends, the waits start anew.
const WELL_AFTER: Duration = Duration::from_secs(120);

/// What a server gets to end by itself.
const GRACE: Duration = Duration::from_secs(10);

/// Ends in a row, none of them after it answered, that make a start hopeless: a wrong flag, not a mishap.
const HOPELESS: usize = 3;

/// Longest part of a line that is logged, and lines that are kept to say why a start failed.
const LINE_BYTES: usize = 2_000;
const LAST_LINES: usize = 20;

/// Where the server is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum State {
    /// Not answering yet, after this many ends in a row.
    Starting { ends: usize },
    /// Answering.
    Ready,
}

/// A server of ours. Dropping it ends the server.
pub(super) struct Server {
    state: watch::Receiver<State>,
    stop: CancellationToken,
    supervisor: Option<JoinHandle<()>>,
}

impl Server {
    /// Starts a command line, whose words may be quoted as in a shell. A start that takes longer than the limit hangs.
    ///
    /// # Errors
    /// `model_unavailable` for a line that has no words.
    pub(super) fn start(line: &str, client: Client, start_timeout: Duration) -> Result<Server, Error> {
        let words = shlex::split(line).filter(|words| !words.is_empty());
        let words = words.ok_or_else(|| {
            Error::new(
                ErrorCode::ModelUnavailable,
                "the command line of the model server is empty or its quotes are open",
            )
        })?;
        let (sender, state) = watch::channel(State::Starting { ends: 0 });
        let stop = CancellationToken::new();
        let supervisor = Supervisor { words, client, start_timeout, state: sender, stop: stop.clone() };
        let supervisor = tokio::spawn(async move { supervisor.supervise().await });
        Ok(Server { state, stop, supervisor: Some(supervisor) })
    }

    /// Waits until it answers for the first time. Drop the future to give up.
    ///
    /// # Errors
    /// `model_unavailable` when it ended several times before.
    pub(super) async fn started(&self) -> Result<(), Error> {
        let mut state = self.state.clone();
        let known = state.wait_for(|state| match state {
            State::Ready => true,
            State::Starting { ends } => *ends >= HOPELESS,
        });
        match known.await.as_deref() {
            Ok(State::Ready) => Ok(()),
            _ => Err(Error::new(
                ErrorCode::ModelUnavailable,
                format!("the model server ended {HOPELESS} times before it answered; its last lines are in the log"),
            )),
        }
    }

    /// Waits until it answers, through a restart if there is one. Drop the future to give up.
    pub(super) async fn ready(&self) {
        let mut state = self.state.clone();
        if state.wait_for(|state| *state == State::Ready).await.is_err() {
            // Only a server that was stopped has no supervisor; then nobody waits for long.
            std::future::pending::<()>().await;
        }
    }

    /// Whether it answers at this moment.
    pub(super) fn is_ready(&self) -> bool {
        *self.state.borrow() == State::Ready
    }

    /// Ends it: SIGTERM, then SIGKILL for what is left.
    pub(super) async fn stop(mut self) {
        self.stop.cancel();
        if let Some(supervisor) = self.supervisor.take() {
            let _ = supervisor.await;
        }
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        self.stop.cancel();
    }
}

/// How a run of the server came to its end.
enum End {
    NotStarted(io::Error),
    Exited(io::Result<ExitStatus>),
    Hangs,
    Stopped,
}

/// Who starts the server, watches it and ends it.
struct Supervisor {
    words: Vec<String>,
    client: Client,
    start_timeout: Duration,
    state: watch::Sender<State>,
    stop: CancellationToken,
}

impl Supervisor {
    async fn supervise(&self) {
        let waits = || Backoff::new(Duration::from_secs(1), Duration::from_secs(60));
        let (mut backoff, mut ends) = (waits(), 0);
        loop {
            let start = Instant::now();
            let last_lines = LastLines::default();
            let end = self.run(&last_lines).await;
            let was_ready = self.is_ready();
            let ran_s = start.elapsed().as_secs();
            match end {
                End::Stopped => return,
                End::NotStarted(error) => tracing::error!(%error, "the model server can't be started"),
                End::Hangs => tracing::error!(ran_s, "the model server hangs and is started again"),
                End::Exited(status) => {
                    let status = status.map_or_else(|error| error.to_string(), |status| status.to_string());
                    // Before its first answer it was sent no page, so its words quote none.
                    let lines = if was_ready { String::new() } else { last_lines.join() };
                    tracing::error!(status, ran_s, lines, "the model server ended and is started again");
                }
            }
            if was_ready && start.elapsed() > WELL_AFTER {
                backoff = waits();
            }
            ends = if was_ready { 1 } else { ends + 1 };
            self.state.send_replace(State::Starting { ends });
            tokio::select! {
                () = self.stop.cancelled() => return,
                () = tokio::time::sleep(backoff.next_delay()) => {}
            }
        }
    }

    async fn run(&self, last_lines: &LastLines) -> End {
        let mut group = match Group::spawn(&self.words) {
            Ok(group) => group,
            Err(error) => return End::NotStarted(error),
        };
        let (out, err) = (group.child.stdout.take(), group.child.stderr.take());
        let printed = async {
            tokio::join!(copy_lines(out, last_lines), copy_lines(err, last_lines));
            std::future::pending::<()>().await;
        };
        let end = tokio::select! {
            status = group.child.wait() => End::Exited(status),
            () = self.watch_health() => End::Hangs,
            () = self.stop.cancelled() => End::Stopped,
            () = printed => End::Stopped, // never: it stays pending
        };
        group.end().await;
        end
    }

    fn is_ready(&self) -> bool {
        *self.state.borrow() == State::Ready
    }

    /// Tells when the server answers; returns when it no longer does.
    async fn watch_health(&self) {
        let start = Instant::now();
        let (mut answered, mut told) = (start, start);
        loop {
            let ready = self.is_ready();
            match self.client.models().await {
                Ok(_) => {
                    answered = Instant::now();
                    if !ready {
                        tracing::info!(load_s = start.elapsed().as_secs(), "the model server answers");
                        self.state.send_replace(State::Ready);
                    }
                }
                Err(_) if answered.elapsed() > if ready { HANGS_AFTER } else { self.start_timeout } => return,
                Err(why) if !ready && told.elapsed() > Duration::from_secs(15) => {
                    told = Instant::now();
                    let waited_s = start.elapsed().as_secs();
                    tracing::info!(waited_s, why = why.describe(), "waiting for the model server");
                }
                Err(_) => {}
            }
            tokio::time::sleep(if ready { ASK_RUNNING } else { ASK_STARTING }).await;
        }
    }
}

/// A process group with the server as its leader. Dropping it kills all of it.
struct Group {
    child: Child,
    id: Option<Pid>,
}

impl Group {
    fn spawn(words: &[String]) -> io::Result<Group> {
        let (program, arguments) = words.split_first().ok_or(io::ErrorKind::InvalidInput)?;
        let mut command = Command::new(program);
        command.args(arguments).stdin(Stdio::null()).stdout(Stdio::piped()).stderr(Stdio::piped());
        // The server has no business with our keys.
        for (name, _) in std::env::vars_os() {
            let ours = name.to_str().is_some_and(|name| name.starts_with("RUNPOD_") || name == "OPENAI_API_KEY");
            if ours {
                command.env_remove(name);
            }
        }
        let child = command.process_group(0).kill_on_drop(true).spawn()?;
        let id = child.id().and_then(|id| i32::try_from(id).ok()).and_then(Pid::from_raw);
        Ok(Group { child, id })
    }

    fn signal(&self, signal: Signal) {
        if let Some(id) = self.id {
            // It fails when nobody is left in the group, which is what is wanted.
            let _ = kill_process_group(id, signal);
        }
    }

    /// Asks the server to end, then kills what is left of the group, be it that the server ended before its own processes.
    async fn end(&mut self) {
        self.signal(Signal::TERM);
        let _ = tokio::time::timeout(GRACE, self.child.wait()).await;
        self.signal(Signal::KILL);
        let _ = self.child.wait().await;
    }
}

impl Drop for Group {
    fn drop(&mut self) {
        self.signal(Signal::KILL);
    }
}

/// The last lines that a server printed.
#[derive(Default)]
struct LastLines(Arc<Mutex<VecDeque<String>>>);

impl LastLines {
    fn push(&self, line: String) {
        let mut lines = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        if lines.len() == LAST_LINES {
            lines.pop_front();
        }
        lines.push_back(line);
    }

    fn join(&self) -> String {
        let mut lines = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        lines.make_contiguous().join("\n")
    }
}

/// Copies what the server prints to the log.
async fn copy_lines(from: Option<impl AsyncRead + Unpin>, last_lines: &LastLines) {
    let Some(from) = from else { return };
    let mut from = BufReader::new(from);
    let mut line = Vec::new();
    loop {
        let Ok(part) = from.fill_buf().await else { return };
        if part.is_empty() {
            return;
        }
        let end = part.iter().position(|&b| b == b'\n');
        let body = part.get(..end.unwrap_or(part.len())).unwrap_or_default();
        let room = LINE_BYTES.saturating_sub(line.len());
        line.extend(body.iter().take(room));
        let used = end.map_or(part.len(), |end| end + 1);
        from.consume(used);
        if end.is_some() {
            let text = String::from_utf8_lossy(&line).trim_end().to_owned();
            tracing::debug!(target: "model_server", "{text}");
            last_lines.push(text);
            line.clear();
        }
    }
}
