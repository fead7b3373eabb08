//! The job-stop channel: a long poll beside the take loop, through which the platform cancels running jobs.

use std::time::Instant;

use http::StatusCode;
use serde::Deserialize;
use serde_json::Value;
use tokio_util::sync::CancellationToken;

use super::http::{describe, is_unanswered};
use super::link::Link;

#[derive(Deserialize)]
struct StopList {
    #[serde(default, rename = "jobsToStop")]
    jobs: Vec<Value>,
}

enum Answer {
    Stop(Vec<Value>),
    Nothing,
    Throttled,
    Failed(String),
}

/// Polls until `end`. Without a stop address the platform cannot stop jobs, which is said once.
pub(crate) async fn watch(link: &Link, end: &CancellationToken) {
    let Some(url) = link.settings.urls.stop() else {
        tracing::warn!("the job-take address has no /job-take/ part: running jobs cannot be stopped");
        return;
    };
    // Cancelling a poll loses nothing: at the end there is nothing left to stop.
    let _ = end.run_until_cancelled(poll_for_ever(link, &url)).await;
}

async fn poll_for_ever(link: &Link, url: &str) {
    let pace = &link.settings.pace;
    let mut failures = 0_u32;
    loop {
        let asked = Instant::now();
        let answer = poll(link, url).await;
        let failed_before = std::mem::take(&mut failures);
        let pause = match answer {
            Answer::Stop(jobs) if !jobs.is_empty() => {
                stop(link, &jobs);
                continue;
            }
            Answer::Stop(_) | Answer::Nothing if asked.elapsed() >= pace.long_hold => continue,
            Answer::Stop(_) | Answer::Nothing => pace.stop_idle,
            Answer::Throttled => pace.throttled,
            Answer::Failed(why) => {
                // A platform without this route would fill the log; the first failure of a row says it all.
                if failed_before == 0 {
                    tracing::error!(why, "job-stop poll failed, trying on");
                }
                failures = failed_before.saturating_add(1);
                pace.stop_failed.after(failed_before)
            }
        };
        tokio::time::sleep(pause).await;
    }
}

fn stop(link: &Link, jobs: &[Value]) {
    for job in jobs {
        match job.as_str() {
            Some(id) if link.jobs.stop(id) => tracing::info!(job_id = id, "Stopping job."),
            Some(_) => {}
            None => tracing::warn!("an id in the list of jobs to stop is not text"),
        }
    }
}

async fn poll(link: &Link, url: &str) -> Answer {
    let response = match link.http.get(url, link.settings.pace.poll_timeout).await {
        Ok(response) => response,
        Err(error) if is_unanswered(&error) => return Answer::Nothing,
        Err(error) => return Answer::Failed(describe(error)),
    };
    let status = response.status();
    match (status, response.bytes().await) {
        (StatusCode::OK, Ok(body)) => match serde_json::from_slice::<StopList>(&body) {
            Ok(list) => Answer::Stop(list.jobs),
            Err(_) => Answer::Nothing,
        },
        (StatusCode::OK, Err(error)) => Answer::Failed(describe(error)),
        (StatusCode::NO_CONTENT, _) => Answer::Nothing,
        (StatusCode::TOO_MANY_REQUESTS, _) => Answer::Throttled,
        (other, _) => Answer::Failed(format!("status {}", other.as_u16())),
    }
}
