//! The jobs this worker holds: what pings report, and how the platform's wish to stop one reaches it.

use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use tokio_util::sync::CancellationToken;

/// Jobs from the moment they are taken until their result is posted or given up, in the order they came.
#[derive(Debug, Clone, Default)]
pub(crate) struct Jobs(Arc<Mutex<Listed>>);

#[derive(Debug, Default)]
struct Listed {
    jobs: Vec<(String, CancellationToken)>,
    any_came: bool,
}

impl Jobs {
    /// Lists a job, or refuses if it is listed: the platform delivered it twice, and it needs one answer.
    pub(crate) fn track(&self, id: &str) -> Option<Tracked> {
        let mut listed = self.lock();
        if listed.jobs.iter().any(|(known, _)| known == id) {
            return None;
        }
        let stop = CancellationToken::new();
        listed.any_came = true;
        listed.jobs.push((id.to_owned(), stop.clone()));
        Some(Tracked { jobs: self.clone(), id: id.to_owned(), stop })
    }

    /// Tells a job to stop; false if it is not here.
    pub(crate) fn stop(&self, id: &str) -> bool {
        self.lock().jobs.iter().find(|(known, _)| known == id).map(|(_, stop)| stop.cancel()).is_some()
    }

    pub(crate) fn ids(&self) -> Vec<String> {
        self.lock().jobs.iter().map(|(id, _)| id.clone()).collect()
    }

    pub(crate) fn is_empty(&self) -> bool {
        self.lock().jobs.is_empty()
    }

    /// Whether there ever was a job.
    pub(crate) fn any_came(&self) -> bool {
        self.lock().any_came
    }

    fn lock(&self) -> MutexGuard<'_, Listed> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// A listed job; dropping it takes it off the list.
#[derive(Debug)]
pub(crate) struct Tracked {
    jobs: Jobs,
    id: String,
    stop: CancellationToken,
}

impl Tracked {
    pub(crate) fn id(&self) -> &str {
        &self.id
    }

    pub(crate) fn stop_token(&self) -> &CancellationToken {
        &self.stop
    }
}

impl Drop for Tracked {
    fn drop(&mut self) {
        self.jobs.lock().jobs.retain(|(id, _)| *id != self.id);
    }
}
