//! Reading a request's body within bounds: size, time between frames, total time, and a least rate.
//!
//! hyper gives none of these. A peer that sends a byte a second would hold memory and a slot for hours.

use std::pin::pin;
use std::time::Duration;

use bytes::{Bytes, BytesMut};
use http_body::Body;
use http_body_util::BodyExt;
use tokio::time::{Instant, timeout_at};

/// The bounds.
#[derive(Clone, Copy, Debug)]
pub struct BodyLimits {
    /// Most bytes.
    pub max_bytes: usize,
    /// Longest time without a frame.
    pub idle: Duration,
    /// Longest time for the whole body.
    pub total: Duration,
    /// Time before the rate counts, which lets a slow start pass.
    pub grace: Duration,
    /// Least average rate after that, bytes per second.
    pub min_rate: u32,
}

/// Why a body was not read to its end.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum BodyError {
    /// More bytes than allowed, as declared or as sent.
    #[error("body is larger than {limit} bytes")]
    TooLarge {
        /// The most bytes.
        limit: usize,
    },
    /// The peer was too slow: no frame in time, too low a rate, or over the total time.
    #[error("body did not arrive in time")]
    TooSlow,
    /// The peer stopped early, or broke the framing.
    #[error("body is cut short or malformed")]
    Cut,
}

impl BodyLimits {
    /// The moment by which the next frame must be here, given what came so far.
    fn next_by(&self, started: Instant, now: Instant, received: usize) -> Instant {
        let earned = Duration::from_secs_f64(received as f64 / f64::from(self.min_rate.max(1)));
        (now + self.idle).min(started + self.total).min(started + self.grace + earned)
    }
}

/// Reads a whole body into one buffer, sized by the declared length at once so that a large body is never copied to grow.
///
/// A declared length costs address space, not memory: pages become resident as bytes arrive.
///
/// # Errors
/// See [`BodyError`]. After an error the connection can't be used again.
pub async fn collect<B>(body: B, limits: &BodyLimits) -> Result<Bytes, BodyError>
where
    B: Body<Data = Bytes>,
{
    let too_large = BodyError::TooLarge { limit: limits.max_bytes };
    let hint = body.size_hint();
    let declared = usize::try_from(hint.lower()).map_err(|_| too_large)?;
    if declared > limits.max_bytes {
        return Err(too_large);
    }
    let exact = hint.exact().is_some();
    let mut body = pin!(body);
    let mut whole = BytesMut::new();
    let started = Instant::now();
    let mut now = started;
    loop {
        let by = limits.next_by(started, now, whole.len());
        let frame = timeout_at(by, body.frame()).await.map_err(|_| BodyError::TooSlow)?;
        let Some(frame) = frame else { return Ok(whole.freeze()) };
        let Ok(data) = frame.map_err(|_| BodyError::Cut)?.into_data() else { continue };
        if whole.len() + data.len() > limits.max_bytes {
            return Err(too_large);
        }
        if whole.is_empty() {
            if exact && data.len() == declared {
                return Ok(data);
            }
            whole.reserve(declared.max(data.len()));
        }
        whole.extend_from_slice(&data);
        now = Instant::now();
    }
}

#[cfg(test)]
mod tests {
    use std::convert::Infallible;

    use futures_util::stream;
    use http_body::Frame;
    use http_body_util::{Full, StreamBody};

    use super::*;

    const LIMITS: BodyLimits = BodyLimits {
        max_bytes: 1000,
        idle: Duration::from_secs(10),
        total: Duration::from_secs(60),
        grace: Duration::from_secs(5),
        min_rate: 100,
    };

    /// A body of `count` frames of `size` bytes with a pause before each.
    fn dripping(count: usize, size: usize, pause: Duration) -> impl Body<Data = Bytes, Error = Infallible> {
        StreamBody::new(stream::unfold(0, move |sent| async move {
            if sent == count {
                return None;
            }
            tokio::time::sleep(pause).await;
            Some((Ok(Frame::data(Bytes::from(vec![b'x'; size]))), sent + 1))
        }))
    }

    #[tokio::test]
    async fn a_body_within_the_limits_arrives_whole() {
        assert_eq!(collect(Full::new(Bytes::from_static(b"abc")), &LIMITS).await.unwrap(), "abc");
        let body = dripping(4, 250, Duration::from_millis(1));
        assert_eq!(collect(body, &LIMITS).await.unwrap().len(), 1000);
    }

    #[tokio::test]
    async fn a_body_over_the_limit_is_refused_whether_it_says_so_or_not() {
        let declared = Full::new(Bytes::from(vec![0; 1001]));
        assert_eq!(collect(declared, &LIMITS).await, Err(BodyError::TooLarge { limit: 1000 }));
        let undeclared = dripping(5, 250, Duration::ZERO);
        assert_eq!(collect(undeclared, &LIMITS).await, Err(BodyError::TooLarge { limit: 1000 }));
    }

    #[tokio::test(start_paused = true)]
    async fn a_silent_peer_is_cut_after_the_grace_and_a_dripping_one_soon_after() {
        let started = Instant::now();
        assert_eq!(collect(dripping(1, 1, Duration::from_secs(3600)), &LIMITS).await, Err(BodyError::TooSlow));
        assert_eq!(started.elapsed().as_secs(), 5);
        let started = Instant::now();
        assert_eq!(collect(dripping(900, 1, Duration::from_secs(1)), &LIMITS).await, Err(BodyError::TooSlow));
        assert_eq!(started.elapsed().as_secs(), 5);
    }

    #[tokio::test(start_paused = true)]
    async fn an_honest_slow_peer_keeps_its_connection_until_the_total_time() {
        let steady = dripping(9, 111, Duration::from_secs(1));
        assert_eq!(collect(steady, &LIMITS).await.unwrap().len(), 999);
    }
}
