//! RunPod's serverless protocol: worker loop, endpoint client, local modes, local platform.
//!
//! Only this crate knows RunPod's URLs and field names.

pub mod client;
mod context;
mod job;
mod json;
pub mod local;
pub mod log;
mod panics;
pub mod platform;
pub mod worker;

pub use context::JobContext;
pub use job::{Handler, Job, JobError};
pub use local::{shutdown_on_signals, start, start_with};
pub use worker::{PrepareError, ServeError, Settings, serve};
