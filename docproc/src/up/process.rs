//! One child process: its start, its log lines, its end.

use std::io;
use std::process::{ExitStatus, Stdio};
use std::time::Duration;

use tokio::io::{AsyncBufReadExt, AsyncRead, BufReader};
use tokio::process::{Child, ChildStdin, Command};
use tokio::task::JoinSet;

use crate::failure::note;
use crate::program::{GRACE, Program};

/// How long the last log lines of a process may take after its end: a grandchild may hold the pipe.
const LAST_LINES: Duration = Duration::from_secs(1);

/// A running program. Dropped, it is killed.
pub(super) struct Process {
    child: Child,
    /// Held open for as long as the program is wanted; see [`crate::program`].
    wanted: Option<ChildStdin>,
    logs: JoinSet<()>,
}

impl Process {
    /// Starts a program with this environment and no other.
    pub(super) fn start(program: Program, variables: Vec<(String, String)>) -> io::Result<Process> {
        let mut child = Command::new(std::env::current_exe()?)
            .arg(program.argument())
            .env_clear()
            .envs(variables)
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            // Ctrl-C reaches a whole process group at once; these have an order in which they end.
            .process_group(0)
            .kill_on_drop(true)
            .spawn()?;
        let mut logs = JoinSet::new();
        child.stdout.take().map(|out| logs.spawn(pass_on(program.name(), out)));
        child.stderr.take().map(|err| logs.spawn(pass_on(program.name(), err)));
        let wanted = child.stdin.take();
        Ok(Process { child, wanted, logs })
    }

    pub(super) fn id(&self) -> u32 {
        self.child.id().unwrap_or_default()
    }

    /// Waits for the program to end by itself.
    pub(super) async fn ended(&mut self) -> io::Result<ExitStatus> {
        let status = self.child.wait().await;
        self.last_lines().await;
        status
    }

    /// Lets the program finish what it has and end. True if it did so in time and in order.
    pub(super) async fn end(mut self) -> bool {
        drop(self.wanted.take());
        let orderly = match tokio::time::timeout(GRACE + Duration::from_secs(1), self.child.wait()).await {
            Ok(status) => status.is_ok_and(|status| status.success()),
            Err(_) => false,
        };
        self.last_lines().await;
        orderly
    }

    async fn last_lines(&mut self) {
        let all = async { while self.logs.join_next().await.is_some() {} };
        if tokio::time::timeout(LAST_LINES, all).await.is_err() {
            self.logs.abort_all();
        }
    }
}

/// Writes each line of a program to our standard error, under its name.
async fn pass_on(name: &'static str, from: impl AsyncRead + Unpin) {
    let mut lines = BufReader::new(from);
    let mut line = Vec::new();
    while lines.read_until(b'\n', &mut line).await.is_ok_and(|read| read > 0) {
        note(format_args!("{name:<8} | {}", String::from_utf8_lossy(&line).trim_end()));
        line.clear();
    }
}
