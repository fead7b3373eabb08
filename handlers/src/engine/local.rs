//! Which model an engine loads into this process, and how.

use std::fmt;
use std::path::PathBuf;

use service::Secret;

/// A model on the Hugging Face hub.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct HubModel {
    /// `organisation/name`.
    pub id: String,
    /// A branch, a tag or a commit.
    pub revision: String,
}

/// What to load, and how.
#[derive(Clone, Debug)]
pub struct LocalModel {
    /// The model, found in a cache or downloaded, unless [`LocalModel::dir`] is set.
    pub hub: HubModel,
    /// A folder with the model's files.
    pub dir: Option<PathBuf>,
    /// The Hugging Face cache: the folder with `models--organisation--name` in it.
    pub cache: PathBuf,
    /// Quantise while loading, such as `Q8_0`.
    pub isq: Option<String>,
    /// A file of weights that were quantised before.
    pub uqff: Option<PathBuf>,
    /// Token for models that are not open to all.
    pub token: Option<Secret>,
    /// Most pixels at which the model sees a page.
    pub max_pixels: u64,
    /// How it is run. Workers take the default, which is all that was compared with transformers.
    pub running: Running,
}

/// How a model is run. The default is the envelope in which answers were measured right.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Running {
    /// Requests that the engine may work on at the same time.
    pub in_flight: usize,
    /// Keep keys and values in blocks of the GPU's memory; on a CPU it changes nothing.
    pub paged_attention: bool,
    /// The numbers that the model computes with.
    pub precision: Precision,
}

/// The numbers that a model computes with.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Precision {
    /// 16 bits on a GPU, bf16 where it has it; 32 on a CPU, whose kernels for 16 fail or are off.
    Native,
    /// 32 bits everywhere: what references were recorded with.
    F32,
}

impl Default for Running {
    fn default() -> Running {
        Running { in_flight: 1, paged_attention: false, precision: Precision::Native }
    }
}

impl fmt::Display for HubModel {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} ({})", self.id, self.revision)
    }
}
