//! The `docproc` command.
fn main() {}
