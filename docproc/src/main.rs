//! The `docproc` command. Everything it does is in the library; see [`docproc::main_with`].

use std::process::ExitCode;

fn main() -> ExitCode {
    docproc::main_with(std::env::args_os().collect())
}
