//! The server in a virtual environment under the target folder, installed once.

use std::fs::{self, File};
use std::path::{Path, PathBuf};
use std::process::Command;
use std::sync::OnceLock;

const REQUIREMENTS: &str = include_str!("requirements.txt");

/// The virtual environment. The first call installs it, which takes minutes.
pub(crate) fn venv() -> &'static Path {
    static VENV: OnceLock<PathBuf> = OnceLock::new();
    VENV.get_or_init(install)
}

/// `target/python`, from `target/PROFILE/deps/TEST`.
pub(crate) fn folder() -> PathBuf {
    std::env::current_exe().unwrap().ancestors().nth(3).unwrap().join("python")
}

fn install() -> PathBuf {
    let folder = folder();
    fs::create_dir_all(&folder).unwrap();
    // Another test process may be at it: the first one holds the lock while it installs.
    let lock = File::create(folder.join("transformers.lock")).unwrap();
    lock.lock().unwrap();
    let (venv, stamp) = (folder.join("transformers"), folder.join("transformers.installed"));
    if fs::read_to_string(&stamp).is_ok_and(|installed| installed == REQUIREMENTS) {
        return venv;
    }
    let requirements = folder.join("transformers.txt");
    fs::write(&requirements, REQUIREMENTS).unwrap();
    must(Command::new("python3").args(["-m", "venv", "--clear"]).arg(&venv));
    let pip = ["-m", "pip", "install", "--quiet", "--disable-pip-version-check", "-r"];
    must(Command::new(venv.join("bin/python")).args(pip).arg(&requirements));
    fs::write(stamp, REQUIREMENTS).unwrap();
    venv
}

fn must(command: &mut Command) {
    let output = command.output().unwrap_or_else(|error| panic!("{command:?} can't be started: {error}"));
    let words = String::from_utf8_lossy(&output.stderr);
    assert!(output.status.success(), "the server that this test needs can't be installed: {command:?} says\n{words}");
}
