//! Keeps one program running: starts it, starts it again when it dies, ends it when that is asked.

use std::time::{Duration, Instant};

use service::Backoff;
use service::config::EXIT_BAD_CONFIG;
use tokio::sync::mpsc::UnboundedSender;
use tokio::task::JoinHandle;
use tokio_util::sync::CancellationToken;

use super::process::Process;
use crate::failure::Failure;
use crate::program::Program;

/// First and longest pause before a program that died is started again.
const PAUSE: (Duration, Duration) = (Duration::from_millis(200), Duration::from_secs(30));
/// A program that ran this long before it died is started again after the first pause.
const SETTLED: Duration = Duration::from_secs(60);

/// A program that is kept running.
pub(super) struct Supervised {
    program: Program,
    stop: CancellationToken,
    task: JoinHandle<bool>,
}

impl Supervised {
    /// Starts it. `variables` gives the environment of the nth process, from 1. What no further start can mend goes to
    /// `hopeless`.
    pub(super) fn start(
        program: Program,
        variables: impl Fn(u32) -> Vec<(String, String)> + Send + 'static,
        hopeless: UnboundedSender<Failure>,
    ) -> Supervised {
        let stop = CancellationToken::new();
        let task = tokio::spawn(keep(program, variables, hopeless, stop.clone()));
        Supervised { program, stop, task }
    }

    /// Ends it in order. The error says that it did not end well.
    pub(super) async fn end(self) -> Result<(), Failure> {
        self.stop.cancel();
        match self.task.await {
            Ok(true) => Ok(()),
            _ => Err(Failure::new(format!("the {} did not end in order", self.program.name()))),
        }
    }
}

async fn keep(
    program: Program,
    variables: impl Fn(u32) -> Vec<(String, String)>,
    hopeless: UnboundedSender<Failure>,
    stop: CancellationToken,
) -> bool {
    let name = program.name();
    let mut pauses = Backoff::new(PAUSE.0, PAUSE.1);
    for nth in 1.. {
        let started = Instant::now();
        let mut process = match Process::start(program, variables(nth)) {
            Ok(process) => process,
            Err(error) => {
                report(&hopeless, format!("the {name} can't be started: {error}"));
                return false;
            }
        };
        tracing::info!(program = name, pid = process.id(), "started");
        let status = tokio::select! {
            status = process.ended() => status,
            () = stop.cancelled() => return process.end().await,
        };
        if status.as_ref().is_ok_and(|status| status.code() == Some(i32::from(EXIT_BAD_CONFIG))) {
            report(&hopeless, format!("the {name} can't work with this configuration, see its last lines above"));
            return false;
        }
        let status = status.map_or_else(|error| error.to_string(), |status| status.to_string());
        if started.elapsed() > SETTLED {
            pauses = Backoff::new(PAUSE.0, PAUSE.1);
        }
        let pause = pauses.next_delay();
        tracing::warn!(
            program = name,
            status,
            pause_ms = u64::try_from(pause.as_millis()).unwrap_or(u64::MAX),
            "ended by itself, will be started again"
        );
        if stop.run_until_cancelled(tokio::time::sleep(pause)).await.is_none() {
            return true;
        }
    }
    true
}

fn report(hopeless: &UnboundedSender<Failure>, message: String) {
    // Nobody listens any more only when everything ends anyway.
    let _unheard = hopeless.send(Failure::new(message));
}
