//! Waiting times between tries: exponential, capped, with full jitter so that callers that failed together don't return together.

use std::time::Duration;

/// A sequence of waiting times.
#[derive(Clone, Debug)]
pub struct Backoff {
    ceiling: Duration,
    max: Duration,
}

impl Backoff {
    /// Waits between half of `first` and `first`, then doubles up to `max`.
    pub fn new(first: Duration, max: Duration) -> Backoff {
        Backoff { ceiling: first.min(max), max }
    }

    /// The next waiting time: uniformly between half of the current ceiling and all of it. Never zero, so no caller spins.
    pub fn next_delay(&mut self) -> Duration {
        let ceiling = self.ceiling;
        self.ceiling = (ceiling * 2).min(self.max);
        ceiling.mul_f64(fastrand::f64().mul_add(0.5, 0.5))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn delays_double_up_to_the_maximum_and_stay_in_the_upper_half() {
        let mut backoff = Backoff::new(Duration::from_millis(100), Duration::from_millis(350));
        for ceiling in [100, 200, 350, 350] {
            let delay = backoff.next_delay();
            let ceiling = Duration::from_millis(ceiling);
            assert!(delay <= ceiling && delay >= ceiling / 2, "{delay:?} of {ceiling:?}");
        }
    }

    #[test]
    fn two_callers_that_fail_together_wait_differently() {
        let delays: Vec<_> =
            (0..8).map(|_| Backoff::new(Duration::from_secs(1), Duration::from_secs(9)).next_delay()).collect();
        assert!(delays.windows(2).any(|pair| pair[0] != pair[1]));
    }
}
