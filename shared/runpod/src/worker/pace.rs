//! Every wait and time limit of the worker loop, with its reason, and the growing pause between attempts.

use std::time::Duration;

/// Waits and limits. The defaults are for production; tests shorten them.
#[derive(Debug, Clone)]
pub struct Pace {
    /// Time between two pings. The platform looks for lost jobs after about four missed pings of 10 s.
    pub ping_interval: Duration,
    /// How long a take or stop poll may stay unanswered: the SDK's 90 s, above any hold of the platform.
    pub poll_timeout: Duration,
    /// An empty answer that took at least this long was a real long poll, and the next one follows at once.
    pub long_hold: Duration,
    /// Pauses after an empty answer that came at once.
    pub idle: Backoff,
    /// Pauses after a take that failed.
    pub take_failed: Backoff,
    /// Pause after a 429 on a take.
    pub throttled: Duration,
    /// Pause between stop polls that brought nothing.
    pub stop_idle: Duration,
    /// Pauses after a stop poll that failed.
    pub stop_failed: Backoff,
    /// How long one post of a result may take: 20 MB over a slow line.
    pub post_timeout: Duration,
    /// Pauses between attempts to post a result.
    pub post_retry: Backoff,
    /// When to stop trying to post a result: the slot is needed, and the platform has long called the job lost.
    pub post_give_up: Duration,
    /// How long a progress update may take. It is a courtesy and must not hold back the result.
    pub progress_timeout: Duration,
    /// On shutdown, how long an answer that may already be on its way is waited for.
    pub shutdown_grace: Duration,
    /// On shutdown, how long the rest of an answer whose head has arrived is waited for.
    pub shutdown_body: Duration,
    /// How long a worker that could not prepare waits for a job to which it can tell why.
    pub explain_failure: Duration,
}

impl Default for Pace {
    fn default() -> Self {
        let millis = Duration::from_millis;
        Self {
            ping_interval: Duration::from_secs(10),
            poll_timeout: Duration::from_secs(90),
            long_hold: millis(500),
            idle: Backoff { first: millis(50), most: Duration::from_secs(1) },
            take_failed: Backoff { first: millis(200), most: Duration::from_secs(5) },
            throttled: Duration::from_secs(5),
            stop_idle: Duration::from_secs(1),
            stop_failed: Backoff { first: Duration::from_secs(1), most: Duration::from_secs(10) },
            post_timeout: Duration::from_secs(120),
            post_retry: Backoff { first: millis(200), most: Duration::from_secs(10) },
            post_give_up: Duration::from_secs(300),
            progress_timeout: Duration::from_secs(10),
            shutdown_grace: millis(300),
            shutdown_body: Duration::from_secs(10),
            explain_failure: Duration::from_secs(10),
        }
    }
}

/// Pauses that double from `first` to `most`, each shortened by up to half at random so that workers do not march in step.
#[derive(Debug, Clone, Copy)]
pub struct Backoff {
    /// The first pause.
    pub first: Duration,
    /// The longest pause.
    pub most: Duration,
}

impl Backoff {
    /// The pause after this many failures in a row (0 is the first).
    pub(crate) fn after(&self, failures: u32) -> Duration {
        let full = self.first.saturating_mul(2_u32.saturating_pow(failures)).min(self.most);
        full.mul_f64(1.0 - 0.5 * fastrand::f64())
    }
}

#[cfg(test)]
mod tests {
    use super::Backoff;
    use std::time::Duration;

    #[test]
    fn pauses_grow_to_the_limit_and_never_vanish() {
        let backoff = Backoff { first: Duration::from_millis(200), most: Duration::from_secs(5) };
        for failures in 0..100 {
            let pause = backoff.after(failures);
            assert!(pause >= Duration::from_millis(100) && pause <= Duration::from_secs(5), "{pause:?}");
        }
        assert!(backoff.after(40) >= Duration::from_millis(2500));
    }
}
