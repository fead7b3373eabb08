//! Failures that tests play to workers.

use std::collections::{HashMap, VecDeque};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

/// A route of the worker side.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum WorkerRoute {
    /// `job-take` and `job-take-batch`.
    Take,
    /// `job-stop`.
    Stop,
    /// `ping`.
    Ping,
    /// `job-done`.
    Done,
    /// `job-stream`.
    Stream,
}

/// What happens to one request.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Fault {
    /// Answered with this status, nothing else happens.
    Status(u16),
    /// The connection ends without an answer, nothing else happens.
    Cut,
    /// Everything happens, but the connection ends without an answer.
    CutAnswer,
    /// The answer comes this much later.
    Delay(Duration),
    /// `job-take` only: the jobs are handed out as usual and stay in the queue for the next taker too.
    Duplicate,
    /// Answered at once with 204: several of these are a storm.
    Empty,
}

/// The failures to come, by route and in order. Clones share one list.
#[derive(Clone, Debug, Default)]
pub struct Faults(Arc<Mutex<HashMap<WorkerRoute, VecDeque<Fault>>>>);

impl Faults {
    /// The next `times` requests on `route` meet `fault`.
    pub fn add(&self, route: WorkerRoute, fault: Fault, times: usize) {
        self.lists().entry(route).or_default().extend(std::iter::repeat_n(fault, times));
    }

    /// How many failures of `route` have not been met yet.
    pub fn left(&self, route: WorkerRoute) -> usize {
        self.lists().get(&route).map_or(0, VecDeque::len)
    }

    pub(super) fn next(&self, route: WorkerRoute) -> Option<Fault> {
        self.lists().get_mut(&route)?.pop_front()
    }

    fn lists(&self) -> std::sync::MutexGuard<'_, HashMap<WorkerRoute, VecDeque<Fault>>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
