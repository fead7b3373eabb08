//! The gateway over real sockets, before a scripted platform: answers, faults of the platform, callers that misbehave.

mod answers;
mod bad_input;
mod callers;
mod faults;
mod program;
mod support;
mod whole_path;
