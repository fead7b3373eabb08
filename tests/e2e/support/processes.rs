//! Processes of this machine, as `/proc` knows them.

use std::fs;

use rustix::process::{Pid, Signal, kill_process};

/// The children of a process with their command lines.
pub(crate) fn children(parent: u32) -> Vec<(u32, String)> {
    let numbers = fs::read_dir("/proc").unwrap().flatten();
    let ids = numbers.filter_map(|entry| entry.file_name().to_str().and_then(|name| name.parse().ok()));
    ids.filter(|id| parent_of(*id) == Some(parent)).map(|id| (id, command_line(id))).collect()
}

/// Whether it still runs; one that nobody has waited for yet does not.
pub(crate) fn runs(id: u32) -> bool {
    fields(id).is_some_and(|fields| fields.first().is_some_and(|state| state != "Z"))
}

pub(crate) fn signal(id: u32, signal: Signal) {
    kill_process(Pid::from_raw(id.cast_signed()).unwrap(), signal).unwrap();
}

fn parent_of(id: u32) -> Option<u32> {
    fields(id)?.get(1)?.parse().ok()
}

fn command_line(id: u32) -> String {
    fs::read(format!("/proc/{id}/cmdline"))
        .map(|line| String::from_utf8_lossy(&line).replace('\0', " "))
        .unwrap_or_default()
}

/// State, parent and so on: what follows the name, which may hold anything.
fn fields(id: u32) -> Option<Vec<String>> {
    let line = fs::read_to_string(format!("/proc/{id}/stat")).ok()?;
    let (_, rest) = line.rsplit_once(')')?;
    Some(rest.split_whitespace().map(str::to_owned).collect())
}
