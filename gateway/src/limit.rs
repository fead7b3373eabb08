//! The rate limit of each key (GCRA: a burst of the whole window's requests, refilled evenly), and the headers that tell it.

use std::num::NonZeroU32;
use std::time::Duration;

use governor::clock::{Clock, DefaultClock};
use governor::middleware::StateInformationMiddleware;
use governor::state::{InMemoryState, NotKeyed};
use governor::{Quota, RateLimiter};
use http::{HeaderMap, HeaderName, HeaderValue};

type Limiter = RateLimiter<NotKeyed, InMemoryState, DefaultClock, StateInformationMiddleware>;

const LIMIT: HeaderName = HeaderName::from_static("ratelimit-limit");
const REMAINING: HeaderName = HeaderName::from_static("ratelimit-remaining");
const RESET: HeaderName = HeaderName::from_static("ratelimit-reset");

/// One limiter per key of the set, by the key's index: a lookup is an array access.
pub(crate) struct RateLimits {
    limiters: Vec<Limiter>,
    clock: DefaultClock,
    requests: u32,
    /// Time in which one request is earned back.
    interval: Duration,
}

/// What a key may still do.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Allowance {
    limit: u32,
    remaining: u32,
    /// Until the whole window is available again.
    reset: Duration,
}

/// The key has used up its window.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Exceeded {
    pub(crate) retry_after: Duration,
    pub(crate) allowance: Allowance,
}

impl RateLimits {
    pub(crate) fn new(keys: usize, requests: u32, window: Duration) -> RateLimits {
        let burst = NonZeroU32::new(requests).unwrap_or(NonZeroU32::MIN);
        let interval = (window / burst.get()).max(Duration::from_nanos(1));
        let quota = Quota::with_period(interval).unwrap_or_else(|| Quota::per_second(burst)).allow_burst(burst);
        let limiter = || RateLimiter::direct(quota).with_middleware::<StateInformationMiddleware>();
        RateLimits {
            limiters: (0..keys).map(|_| limiter()).collect(),
            clock: DefaultClock::default(),
            requests: burst.get(),
            interval,
        }
    }

    /// Counts a request of the key with this index.
    pub(crate) fn check(&self, key: usize) -> Result<Allowance, Exceeded> {
        let Some(limiter) = self.limiters.get(key) else { return Ok(self.allowance(self.requests)) };
        match limiter.check() {
            Ok(state) => Ok(self.allowance(state.remaining_burst_capacity())),
            Err(not_until) => {
                let retry_after = not_until.wait_time_from(self.clock.now());
                Err(Exceeded { retry_after, allowance: self.allowance(0) })
            }
        }
    }

    fn allowance(&self, remaining: u32) -> Allowance {
        let spent = self.requests.saturating_sub(remaining);
        Allowance { limit: self.requests, remaining, reset: self.interval * spent }
    }
}

impl Allowance {
    /// Writes the three headers.
    pub(crate) fn write(self, headers: &mut HeaderMap) {
        headers.insert(LIMIT, HeaderValue::from(self.limit));
        headers.insert(REMAINING, HeaderValue::from(self.remaining));
        headers.insert(RESET, HeaderValue::from(whole_seconds(self.reset)));
    }
}

/// Seconds, rounded up so that nobody comes back too early.
pub(crate) fn whole_seconds(time: Duration) -> u64 {
    time.as_secs() + u64::from(time.subsec_nanos() > 0)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_key_that_used_its_window_is_told_when_to_return_and_others_are_not_touched() {
        let limits = RateLimits::new(2, 2, Duration::from_secs(60));
        assert_eq!(limits.check(0).unwrap().remaining, 1);
        assert_eq!(limits.check(0).unwrap().remaining, 0);
        let exceeded = limits.check(0).unwrap_err();
        assert!((29..=30).contains(&whole_seconds(exceeded.retry_after)), "{exceeded:?}");
        assert_eq!(limits.check(1).unwrap().remaining, 1);
    }

    #[test]
    fn the_headers_tell_limit_remaining_and_reset() {
        let mut headers = HeaderMap::new();
        RateLimits::new(1, 100, Duration::from_secs(60)).check(0).unwrap().write(&mut headers);
        assert_eq!(
            (&headers[LIMIT], &headers[REMAINING], &headers[RESET]),
            (&HeaderValue::from(100), &HeaderValue::from(99), &HeaderValue::from(1))
        );
    }

    #[test]
    fn a_part_of_a_second_counts_as_a_whole_one() {
        assert_eq!(whole_seconds(Duration::from_millis(1)), 1);
        assert_eq!(whole_seconds(Duration::from_secs(2)), 2);
        assert_eq!(whole_seconds(Duration::ZERO), 0);
    }
}
