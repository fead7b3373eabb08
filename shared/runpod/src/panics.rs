//! Panics of handlers: where they happened is worth knowing, what they say is not.
//!
//! A panic message quotes the data that surprised the code, and a worker's data are people's documents. So the message never
//! leaves the process: neither to the log nor to the caller.

use std::cell::RefCell;
use std::panic::AssertUnwindSafe;
use std::sync::Once;

use futures_util::FutureExt;

use crate::job::JobError;

thread_local! {
    static PLACE: RefCell<Option<String>> = const { RefCell::new(None) };
}

/// Replaces the process's panic hook, which would print the message, by one that logs only the place.
pub(crate) fn hide_messages() {
    static ONCE: Once = Once::new();
    ONCE.call_once(|| {
        std::panic::set_hook(Box::new(|panic| {
            let place = panic.location().map(ToString::to_string).unwrap_or_default();
            tracing::error!(place, "panic");
            // A thread that is being torn down has no place to put it.
            let _ = PLACE.try_with(|last| last.replace(Some(place)));
        }));
    });
}

/// Runs `work`; a panic in it becomes a [`JobError`].
pub(crate) async fn caught<T>(work: impl Future<Output = Result<T, JobError>>) -> Result<T, JobError> {
    let _ = PLACE.try_with(|last| last.take());
    match AssertUnwindSafe(work).catch_unwind().await {
        Ok(result) => result,
        Err(_message) => {
            let place = PLACE.try_with(RefCell::take).ok().flatten();
            Err(JobError {
                error_type: "panic".to_owned(),
                message: "the handler panicked".to_owned(),
                traceback: place.map(|place| format!("at {place}")).unwrap_or_default(),
            })
        }
    }
}
