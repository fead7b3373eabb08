//! Preparing the handler (loading a model) while the worker already takes jobs.

use std::fmt;
use std::sync::Arc;

use tokio::sync::watch;

/// Why a worker cannot serve. It is told to one caller and to the endpoint's owner, so it must hold no secret.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{error_type}: {message}")]
pub struct PrepareError {
    /// A stable, machine-readable kind.
    pub error_type: String,
    /// One sentence for a person.
    pub message: String,
}

impl PrepareError {
    /// An error of this kind with this message.
    pub fn new(error_type: impl Into<String>, message: impl Into<String>) -> Self {
        Self { error_type: error_type.into(), message: message.into() }
    }
}

/// How far the preparation is.
pub(crate) enum State<H> {
    Preparing,
    Ready(Arc<H>),
    Failed(PrepareError),
}

impl<H> fmt::Debug for State<H> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Preparing => "Preparing",
            Self::Ready(_) => "Ready",
            Self::Failed(_) => "Failed",
        })
    }
}

/// A view of the preparation; each job has one.
#[derive(Debug)]
pub(crate) struct Preparation<H>(watch::Receiver<State<H>>);

impl<H> Clone for Preparation<H> {
    fn clone(&self) -> Self {
        Self(self.0.clone())
    }
}

impl<H> Preparation<H> {
    pub(crate) fn new() -> (watch::Sender<State<H>>, Self) {
        let (sender, receiver) = watch::channel(State::Preparing);
        (sender, Self(receiver))
    }

    /// Waits for the end of the preparation.
    pub(crate) async fn done(&mut self) -> Result<Arc<H>, PrepareError> {
        match self.0.wait_for(|state| !matches!(state, State::Preparing)).await.as_deref() {
            Ok(State::Ready(handler)) => Ok(Arc::clone(handler)),
            Ok(State::Failed(error)) => Err(error.clone()),
            Ok(State::Preparing) | Err(_) => {
                Err(PrepareError::new("prepare_ended", "the worker ended before it was prepared"))
            }
        }
    }

    /// Resolves only if the preparation fails.
    pub(crate) async fn failed(&mut self) {
        if self.done().await.is_ok() {
            std::future::pending::<()>().await;
        }
    }

    pub(crate) fn has_failed(&self) -> bool {
        matches!(*self.0.borrow(), State::Failed(_))
    }

    pub(crate) fn is_running(&self) -> bool {
        matches!(*self.0.borrow(), State::Preparing)
    }
}
