//! What every server of this workspace needs and no library gives whole: an accept loop that drains, strict about HTTP framing
//! and slow peers; bounded bodies; typed configuration from the environment; telemetry; request ids; secrets and key sets;
//! back-off. Used by the gateway, the local platform and the workers. Knows nothing of RunPod or of documents.

pub mod backoff;
pub mod body;
pub mod config;
pub mod keys;
pub mod request_id;
pub mod secret;
pub mod server;
pub mod telemetry;

pub use backoff::Backoff;
pub use body::{BodyError, BodyLimits};
pub use config::{ConfigError, Environment, Variable};
pub use keys::{Key, KeySet};
pub use request_id::RequestId;
pub use secret::Secret;
pub use server::{Drained, Handler, Refusal, ServerLimits, serve};
