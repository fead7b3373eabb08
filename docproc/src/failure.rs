//! How a command fails: one line for people and an exit status.

use std::process::ExitCode;

/// Exit status for a command line or a configuration that can't be used (`EX_USAGE` of sysexits).
const USAGE: u8 = service::config::EXIT_BAD_CONFIG;

/// Why a command ended without doing what it was asked to.
#[derive(Debug)]
pub(crate) struct Failure {
    pub(crate) message: String,
    status: u8,
}

impl Failure {
    /// What was asked for can't be done.
    pub(crate) fn new(message: impl ToString) -> Failure {
        Failure { message: message.to_string(), status: 1 }
    }

    /// What was asked for makes no sense.
    pub(crate) fn usage(message: impl ToString) -> Failure {
        Failure { message: message.to_string(), status: USAGE }
    }

    pub(crate) fn exit_code(&self) -> ExitCode {
        ExitCode::from(self.status)
    }
}

/// Writes to standard output. A reader that went away, as `head` does, is a failure without a panic.
pub(crate) fn print(text: impl std::fmt::Display) -> Result<(), Failure> {
    use std::io::Write as _;
    let mut out = std::io::stdout().lock();
    writeln!(out, "{text}").and_then(|()| out.flush()).map_err(|error| Failure::new(format!("can't write: {error}")))
}

/// Writes a line for people to standard error. If nobody listens, nobody misses it.
pub(crate) fn note(text: impl std::fmt::Display) {
    use std::io::Write as _;
    let _unheard = writeln!(std::io::stderr().lock(), "{text}");
}
