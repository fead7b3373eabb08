//! The model files and ONNX Runtime's library: where they are, and getting them.

use std::env;
use std::path::{Path, PathBuf};

/// Paths of all that a [`crate::Reader`] loads.
#[derive(Clone, Debug)]
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

/// Why the models are not there.
#[derive(Debug, thiserror::Error)]
pub enum ModelsError {
    /// A file is not in the folder.
    #[error("{path} is missing: run `docproc models pull`, or set MODELS_DIR to a folder that has the models")]
    Missing {
        /// The file.
        path: PathBuf,
    },
    /// Neither `MODELS_DIR` nor a home folder is known.
    #[error("no folder for the models: set MODELS_DIR")]
    NoFolder,
}

impl Models {
    /// The models in `MODELS_DIR`, else in the cache folder.
    ///
    /// # Errors
    /// When a file is missing.
    pub fn find() -> Result<Self, ModelsError> {
        Self::in_folder(&folder()?)
    }

    fn in_folder(folder: &Path) -> Result<Self, ModelsError> {
        let file = |name: &str| {
            let path = folder.join(name);
            if path.is_file() { Ok(path) } else { Err(ModelsError::Missing { path }) }
        };
        Ok(Self {
            det: file("PP-OCRv6_det_small.onnx")?,
            rec: file("PP-OCRv6_rec_small.onnx")?,
            cls: file("ch_ppocr_mobile_v2.0_cls_mobile.onnx")?,
            onnxruntime: file("libonnxruntime.so.1.31.1")?,
        })
    }
}

fn folder() -> Result<PathBuf, ModelsError> {
    let variable = |name: &str| env::var_os(name).filter(|value| !value.is_empty()).map(PathBuf::from);
    variable("MODELS_DIR")
        .or_else(|| variable("XDG_CACHE_HOME").map(|cache| cache.join("docproc/models")))
        .or_else(|| variable("HOME").map(|home| home.join(".cache/docproc/models")))
        .ok_or(ModelsError::NoFolder)
}
