//! The programs of the service inside this binary: `up` starts them as processes of its own executable under hidden names, so
//! that they speak the real protocol over sockets, and one that dies takes nothing with it.

use std::ffi::OsString;
use std::io::Read;
use std::process::ExitCode;
use std::time::Duration;

use handlers::document::pdf;
use handlers::role::Role;
use handlers::worker;
use rustix::process::{Signal, getpid, kill_process};
use service::Environment;

/// How long a program may take to end after its parent let go of it, before it is cut.
pub(crate) const GRACE: Duration = Duration::from_secs(40);

/// One of the three programs.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Program {
    Classify,
    Extract,
    Gateway,
}

impl Program {
    const ALL: [Program; 3] = [Program::Classify, Program::Extract, Program::Gateway];

    /// Its name in logs; a worker's is also its endpoint id.
    pub(crate) fn name(self) -> &'static str {
        match self {
            Program::Classify => "classify",
            Program::Extract => "extract",
            Program::Gateway => "gateway",
        }
    }

    /// The argument that makes this binary be it.
    pub(crate) fn argument(self) -> &'static str {
        match self {
            Program::Classify => "__classify-worker",
            Program::Extract => "__extract-worker",
            Program::Gateway => "__gateway",
        }
    }

    fn run(self) -> ExitCode {
        let worker = |role| worker::main_with(role, Vec::new(), std::env::vars().collect());
        match self {
            Program::Classify => worker(Role::Classify),
            Program::Extract => worker(Role::Extract),
            Program::Gateway => gateway::main_with(Environment::from_process()),
        }
    }
}

/// Runs the program that the first argument names, if it names one. The first is the PDF renderer that a worker starts.
pub(crate) fn run(first: Option<&OsString>) -> Option<ExitCode> {
    let first = first?;
    if first == pdf::CHILD_ARGUMENT {
        return Some(pdf::child_main());
    }
    let program = Program::ALL.into_iter().find(|program| first == program.argument())?;
    std::thread::spawn(end_with_parent);
    Some(program.run())
}

/// The parent holds the other end of standard input and never writes. Its end, wanted or not, is the order to finish.
fn end_with_parent() {
    // Whatever comes is no order, and an error is an end too.
    let _read = std::io::stdin().lock().read_to_end(&mut Vec::new());
    if kill_process(getpid(), Signal::TERM).is_ok() {
        std::thread::sleep(GRACE);
    }
    std::process::exit(1);
}
