//! RunPod's serverless protocol: worker loop, endpoint client, local modes, local platform.

pub mod client;
pub mod local;
pub mod platform;
pub mod worker;
