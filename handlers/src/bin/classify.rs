//! The classify worker. Everything it does is in the library; see [`handlers::worker::main_with`].

use std::process::ExitCode;

use handlers::role::Role;
use handlers::worker::main_with;

fn main() -> ExitCode {
    main_with(Role::Classify, std::env::args().skip(1).collect(), std::env::vars().collect())
}
