//! One command for people: the whole service on one machine, single documents without a server, figures over labelled documents.
//!
//! [`main_with`] is the program. `cli` reads the command line; each command has a module of its name. `program` is what `up`
//! starts: the two workers and the gateway are this same binary under hidden names, each in a process of its own.

mod ask;
mod boxes;
mod cli;
mod client;
mod demo;
mod failure;
mod gpu_check;
mod models;
mod platform;
mod program;
pub mod score;
mod up;

pub use cli::main_with;
