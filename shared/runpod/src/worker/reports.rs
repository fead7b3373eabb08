//! Where a running job's progress and chunks go: to the platform, or, in the local modes, no further than this process.

use std::sync::Arc;

use serde_json::value::RawValue;
use tokio_util::sync::CancellationToken;

use super::link::Link;
use crate::job::{Handler, JobError};

#[derive(Debug)]
pub(crate) struct Reports {
    platform: Option<Platform>,
    is_generator: bool,
    keeps_chunks: bool,
}

#[derive(Debug)]
struct Platform {
    link: Arc<Link>,
    job: String,
}

impl Reports {
    /// Progress and chunks are posted; chunks are kept as well if the final post repeats them.
    pub(crate) fn posted(link: Arc<Link>, job: String, handler: &impl Handler) -> Self {
        Self {
            platform: Some(Platform { link, job }),
            is_generator: handler.is_generator(),
            keeps_chunks: handler.aggregates_stream(),
        }
    }

    /// Nobody listens to progress; chunks are kept for the answer.
    pub(crate) fn local(handler: &impl Handler) -> Self {
        Self { platform: None, is_generator: handler.is_generator(), keeps_chunks: true }
    }

    pub(crate) fn keeps_chunks(&self) -> bool {
        self.keeps_chunks
    }

    pub(crate) async fn progress(&self, value: &RawValue, closing: &CancellationToken) {
        if let Some(platform) = &self.platform {
            platform.link.post_progress(&platform.job, value, closing).await;
        }
    }

    pub(crate) async fn chunk(&self, value: &RawValue, closing: &CancellationToken) -> Result<(), JobError> {
        if !self.is_generator {
            return Err(JobError::new("not_a_generator", "only a generator handler sends chunks"));
        }
        match &self.platform {
            Some(platform) => platform.link.post_chunk(&platform.job, value, closing).await,
            None => Ok(()),
        }
    }
}
