//! The classify worker.

use std::process::ExitCode;

use handlers::document::pdf;

fn main() -> ExitCode {
    if std::env::args_os().nth(1).is_some_and(|first| first == pdf::CHILD_ARGUMENT) {
        return pdf::child_main();
    }
    ExitCode::FAILURE
}
