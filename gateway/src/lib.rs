//! The public HTTP API in front of the two workers.
