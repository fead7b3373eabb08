//! How a platform behaves. The defaults are RunPod's where they are known, see each field.

use std::fmt;
use std::time::Duration;

use tokio::sync::mpsc::UnboundedSender;

use super::fault::Faults;

/// How a platform behaves.
#[derive(Clone, Debug)]
pub struct Options {
    /// Ids of the endpoints that exist.
    pub endpoints: Vec<String>,
    /// Keys of clients (`Authorization: Bearer KEY`, or the bare key). `None`: everybody may.
    pub client_keys: Option<Keys>,
    /// Keys of workers (`Authorization: KEY`). `None`: everybody may.
    pub worker_keys: Option<Keys>,
    /// Times and time limits.
    pub timing: Timing,
    /// Largest body of `/run` and of a result of such a job, bytes.
    pub max_run_body: usize,
    /// Largest body of `/runsync` and of a result of such a job, bytes.
    pub max_runsync_body: usize,
    /// Largest body of one stream chunk, bytes.
    pub max_chunk: usize,
    /// Largest number of workers that the endpoint would have. A queue longer than 50 and 500 times this is full (429).
    pub workers_max: usize,
    /// Inputs waiting in one queue, bytes; beyond it the queue is full (429). RunPod has no such limit, one machine does.
    pub max_queued_bytes: usize,
    /// Results kept per endpoint, bytes; beyond it the oldest are forgotten early. RunPod has no such limit, one machine does.
    pub max_kept_bytes: usize,
    /// Drop an `input` of `{}` as RunPod does, so that the worker gets a job without input.
    pub drop_empty_input: bool,
    /// Told when a result carries `stopPod`: whoever runs the workers should replace this one.
    pub stop_pod: Option<UnboundedSender<StopPod>>,
    /// Failures to play to workers. Only tests set it.
    pub faults: Option<Faults>,
}

/// Times and time limits.
#[derive(Clone, Copy, Debug)]
pub struct Timing {
    /// How long `job-take` is held without a job. The SDK gives up after 90 s; RunPod's value is not known.
    pub take_hold: Duration,
    /// How long `job-stop` is held without an id.
    pub stop_hold: Duration,
    /// A job that its worker's pings have not listed for this long is lost, and so is a worker that was not heard of.
    pub lost_after: Duration,
    /// Pause between two looks at the deadlines.
    pub sweep: Duration,
    /// Running time after which a job fails, where its policy has none.
    pub execution_timeout: Duration,
    /// Life time of a job from its submission, where its policy has none.
    pub ttl: Duration,
    /// How long the result of a `/run` job is kept.
    pub keep_run: Duration,
    /// How long the result of a `/runsync` job is kept.
    pub keep_runsync: Duration,
    /// Time limit of one webhook delivery.
    pub webhook_timeout: Duration,
    /// Pause between webhook deliveries.
    pub webhook_pause: Duration,
}

/// A worker asked, with its result, to be stopped.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct StopPod {
    /// Its endpoint.
    pub endpoint: String,
    /// Its id.
    pub worker: String,
}

/// Accepted keys. `Debug` shows only their number.
#[derive(Clone)]
pub struct Keys(pub(super) Vec<String>);

impl Keys {
    /// The given keys and no others.
    pub fn new(keys: impl IntoIterator<Item = impl Into<String>>) -> Keys {
        Keys(keys.into_iter().map(Into::into).collect())
    }
}

impl fmt::Debug for Keys {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Keys({})", self.0.len())
    }
}

impl Default for Options {
    fn default() -> Options {
        Options {
            endpoints: vec!["classify".to_owned(), "extract".to_owned()],
            client_keys: None,
            worker_keys: None,
            timing: Timing::default(),
            max_run_body: 10 << 20,
            max_runsync_body: 20 << 20,
            max_chunk: 1 << 20,
            workers_max: 3,
            max_queued_bytes: 2 << 30,
            max_kept_bytes: 256 << 20,
            drop_empty_input: false,
            stop_pod: None,
            faults: None,
        }
    }
}

impl Default for Timing {
    fn default() -> Timing {
        Timing {
            take_hold: Duration::from_secs(25),
            stop_hold: Duration::from_secs(25),
            lost_after: Duration::from_secs(40),
            sweep: Duration::from_secs(1),
            execution_timeout: Duration::from_secs(600),
            ttl: Duration::from_secs(24 * 3600),
            keep_run: Duration::from_secs(30 * 60),
            keep_runsync: Duration::from_secs(60),
            webhook_timeout: Duration::from_secs(12),
            webhook_pause: Duration::from_secs(10),
        }
    }
}
