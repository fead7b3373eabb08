//! A job as the endpoint API shows it.

use serde::{Deserialize, Deserializer, Serialize};
use serde_json::Value;
use serde_json::value::RawValue;

/// State of a job.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize)]
#[serde(rename_all = "SCREAMING_SNAKE_CASE")]
pub enum JobStatus {
    /// Waits for a worker.
    InQueue,
    /// A worker has it. RunPod's `RUNNING`, documented but never seen, is read as this.
    InProgress,
    /// Has its output.
    Completed,
    /// Has its error.
    Failed,
    /// Cancelled by the client.
    Cancelled,
    /// Took too long.
    TimedOut,
    /// A word that RunPod's documentation does not have.
    Unknown,
}

impl JobStatus {
    /// The job will not change any more.
    pub fn is_terminal(self) -> bool {
        matches!(self, JobStatus::Completed | JobStatus::Failed | JobStatus::Cancelled | JobStatus::TimedOut)
    }

    /// The word on the wire.
    pub fn name(self) -> &'static str {
        match self {
            JobStatus::InQueue => "IN_QUEUE",
            JobStatus::InProgress => "IN_PROGRESS",
            JobStatus::Completed => "COMPLETED",
            JobStatus::Failed => "FAILED",
            JobStatus::Cancelled => "CANCELLED",
            JobStatus::TimedOut => "TIMED_OUT",
            JobStatus::Unknown => "UNKNOWN",
        }
    }
}

impl<'de> Deserialize<'de> for JobStatus {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        Ok(match String::deserialize(deserializer)?.as_str() {
            "IN_QUEUE" => JobStatus::InQueue,
            "IN_PROGRESS" | "RUNNING" => JobStatus::InProgress,
            "COMPLETED" => JobStatus::Completed,
            "FAILED" => JobStatus::Failed,
            "CANCELLED" => JobStatus::Cancelled,
            "TIMED_OUT" => JobStatus::TimedOut,
            _ => JobStatus::Unknown,
        })
    }
}

/// Answer of `/run`, `/runsync`, `/status` and their like. Absent fields are what the platform left out.
#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct JobView {
    /// Identifies the job in further calls.
    pub id: String,
    /// Where it stands.
    pub status: JobStatus,
    /// Its result, or while it runs its last progress update; the bytes as the worker sent them.
    #[serde(default)]
    pub output: Option<Box<RawValue>>,
    /// Why it failed: mostly a string, but a worker may send any JSON.
    #[serde(default)]
    pub error: Option<Value>,
    /// Milliseconds in the queue before the last attempt.
    #[serde(default)]
    pub delay_time: Option<u64>,
    /// Milliseconds that the last attempt ran.
    #[serde(default)]
    pub execution_time: Option<u64>,
    /// Who has or had it.
    #[serde(default)]
    pub worker_id: Option<String>,
    /// How often it was handed out again.
    #[serde(default)]
    pub retries: u32,
}

/// Answer of `/purge-queue`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize)]
pub struct Purged {
    /// Number of jobs dropped.
    #[serde(default)]
    pub removed: u64,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_job_reads_from_the_least_and_from_the_most_that_the_platform_sends() {
        let least: JobView = serde_json::from_str(r#"{"id":"a-u1","status":"IN_QUEUE"}"#).unwrap();
        assert_eq!((least.status, least.retries), (JobStatus::InQueue, 0));
        let most: JobView = serde_json::from_str(
            r#"{"delayTime":9,"error":{"code":5},"executionTime":4,"id":"a","input":{},"output":{"b" : 1.50},
                "retries":1,"status":"FAILED","stream":[],"webhook":"","workerId":"w"}"#,
        )
        .unwrap();
        assert_eq!(most.output.unwrap().get(), r#"{"b" : 1.50}"#);
        assert_eq!((most.delay_time, most.execution_time, most.retries), (Some(9), Some(4), 1));
        assert_eq!(most.error.unwrap()["code"], 5);
    }

    #[test]
    fn unheard_of_states_are_not_terminal_and_no_error() {
        let job: JobView = serde_json::from_str(r#"{"id":"a","status":"PAUSED"}"#).unwrap();
        assert_eq!(job.status, JobStatus::Unknown);
        assert!(!job.status.is_terminal());
        let running: JobStatus = serde_json::from_str(r#""RUNNING""#).unwrap();
        assert_eq!(running, JobStatus::InProgress);
    }

    #[test]
    fn every_state_reads_back_from_its_name() {
        use JobStatus::{Cancelled, Completed, Failed, InProgress, InQueue, TimedOut, Unknown};
        for status in [InQueue, InProgress, Completed, Failed, Cancelled, TimedOut, Unknown] {
            assert_eq!(serde_json::to_value(status).unwrap(), status.name());
            assert_eq!(serde_json::from_value::<JobStatus>(status.name().into()).unwrap(), status);
        }
    }
}
