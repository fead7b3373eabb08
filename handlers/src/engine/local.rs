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
}

impl fmt::Display for HubModel {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} ({})", self.id, self.revision)
    }
}
