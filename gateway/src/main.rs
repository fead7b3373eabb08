//! The `gateway` program. Everything it does is in the library; see [`gateway::main_with`].

use std::process::ExitCode;

fn main() -> ExitCode {
    gateway::main_with(service::Environment::from_process())
}
