//! The real SDK in a virtual environment under the target folder, installed once.

use std::fs::{self, File};
use std::path::{Path, PathBuf};
use std::process::Command;
use std::sync::OnceLock;

/// The interpreter that can import `runpod`. The first call installs it, which takes about half a minute.
///
/// Several test processes may come here at once: the first one holds a lock while it installs.
pub(crate) fn interpreter() -> &'static Path {
    static INTERPRETER: OnceLock<PathBuf> = OnceLock::new();
    INTERPRETER.get_or_init(install)
}

/// A program of `tests/sdk/python`.
pub(crate) fn script(name: &str) -> PathBuf {
    tests_folder().join("sdk/python").join(name)
}

/// A home folder without a `.runpod/config.toml`, whose key the SDK would prefer.
pub(crate) fn empty_home() -> PathBuf {
    let home = target_folder().join("python/home");
    fs::create_dir_all(&home).unwrap();
    home
}

fn install() -> PathBuf {
    let folder = target_folder().join("python");
    fs::create_dir_all(&folder).unwrap();
    let lock = File::create(folder.join("lock")).unwrap();
    lock.lock().unwrap();
    let requirements = tests_folder().join("python/requirements.txt");
    let wanted = fs::read_to_string(&requirements).unwrap();
    let (venv, stamp) = (folder.join("sdk"), folder.join("sdk.installed"));
    let interpreter = venv.join("bin/python");
    if fs::read_to_string(&stamp).is_ok_and(|installed| installed == wanted) {
        return interpreter;
    }
    must("python3", Command::new("python3").args(["-m", "venv", "--clear"]).arg(&venv));
    let pip = ["-m", "pip", "install", "--quiet", "--disable-pip-version-check", "-r"];
    must("pip", Command::new(&interpreter).args(pip).arg(&requirements));
    fs::write(stamp, wanted).unwrap();
    interpreter
}

fn must(what: &str, command: &mut Command) {
    let output = command.output().unwrap_or_else(|error| panic!("{what} can't be started: {error}"));
    let words = String::from_utf8_lossy(&output.stderr);
    assert!(output.status.success(), "the SDK that these tests need can't be installed: {what} says\n{words}");
}

/// `tests`, from the folder of whichever package runs these.
fn tests_folder() -> PathBuf {
    let tests = Path::new(env!("CARGO_MANIFEST_DIR")).ancestors().map(|folder| folder.join("tests"));
    tests.into_iter().find(|tests| tests.join("python/requirements.txt").exists()).unwrap()
}

/// `target`, from `target/PROFILE/deps/TEST`.
fn target_folder() -> PathBuf {
    std::env::current_exe().unwrap().ancestors().nth(3).unwrap().to_owned()
}
