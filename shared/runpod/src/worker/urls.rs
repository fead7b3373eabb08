//! The four URL templates of RunPod's worker API, and the requests' addresses built from them.

use url::form_urlencoded::Serializer;

/// Addresses with everything but the job id filled in.
#[derive(Debug)]
pub(crate) struct Urls {
    take: String,
    done: String,
    stream: Option<String>,
    ping: Option<String>,
}

/// Stands for the job id in `done` and `stream`; also the platform's own placeholder.
const ID: &str = "$ID";

impl Urls {
    /// Fills the templates. `$ID` is the worker in the take template and the job in the two post templates, and
    /// `$RUNPOD_POD_ID` has to go first because `$ID` is not a prefix-free name. Placeholders that stay make the platform
    /// answer 400 or 500, so all are replaced in all templates.
    pub(crate) fn new(
        worker: &str,
        gpu: &str,
        take: &str,
        done: &str,
        stream: Option<&str>,
        ping: Option<&str>,
    ) -> Self {
        let fill = |template: &str| template.replace("$RUNPOD_POD_ID", worker).replace("$RUNPOD_GPU_TYPE_ID", gpu);
        Self {
            take: fill(take).replace(ID, worker),
            done: fill(done),
            stream: stream.map(fill),
            ping: ping.map(|template| fill(template).replace(ID, worker)),
        }
    }

    /// Takes up to `slots` jobs; one slot uses the single-job address, as the SDK does.
    pub(crate) fn take(&self, slots: usize, busy: bool) -> String {
        let busy = u8::from(busy);
        if slots > 1 && self.take.contains("/job-take/") {
            let batch = self.take.replace("/job-take/", "/job-take-batch/");
            with_query(&batch, &format!("batch_size={slots}&job_in_progress={busy}"))
        } else {
            with_query(&self.take, &format!("job_in_progress={busy}"))
        }
    }

    /// Where the platform says which jobs to stop; none if the take address does not show where.
    pub(crate) fn stop(&self) -> Option<String> {
        self.take.contains("/job-take/").then(|| self.take.replace("/job-take/", "/job-stop/"))
    }

    pub(crate) fn done(&self, job: &str, is_stream: bool) -> String {
        with_query(&self.done.replace(ID, &path_segment(job)), &format!("isStream={is_stream}"))
    }

    /// Chunks carry `isStream=false`, whatever the name suggests: that is what the SDK sends.
    pub(crate) fn chunk(&self, job: &str) -> Option<String> {
        let stream = self.stream.as_ref()?;
        Some(with_query(&stream.replace(ID, &path_segment(job)), "isStream=false"))
    }

    pub(crate) fn ping(&self, jobs: &[String], version: &str) -> Option<String> {
        let mut query = Serializer::new(String::new());
        if !jobs.is_empty() {
            query.append_pair("job_id", &jobs.join(","));
        }
        query.append_pair("runpod_version", version);
        Some(with_query(self.ping.as_ref()?, &query.finish()))
    }

    pub(crate) fn unhealthy(&self, check: &str, reason: &str, version: &str) -> Option<String> {
        let mut query = Serializer::new(String::new());
        query.append_pair("status", "unhealthy").append_pair("check", check).append_pair("reason", reason);
        query.append_pair("runpod_version", version);
        Some(with_query(self.ping.as_ref()?, &query.finish()))
    }
}

fn with_query(url: &str, query: &str) -> String {
    let joint = match url.chars().next_back() {
        Some('?' | '&') => "",
        _ if url.contains('?') => "&",
        _ => "?",
    };
    format!("{url}{joint}{query}")
}

/// A job id comes from outside; it must stay one segment of the path.
fn path_segment(id: &str) -> String {
    use std::fmt::Write;
    let mut out = String::with_capacity(id.len());
    for byte in id.bytes() {
        if byte.is_ascii_alphanumeric() || b"-_~.".contains(&byte) {
            out.push(char::from(byte));
        } else {
            // Writing to a String cannot fail.
            let _ = write!(out, "%{byte:02X}");
        }
    }
    out
}

#[cfg(test)]
mod tests {
    use super::Urls;

    fn urls() -> Urls {
        Urls::new(
            "pod-1",
            "A40",
            "https://h/v2/e/job-take/$ID?gpu=NVIDIA+A40",
            "https://h/v2/e/job-done/$RUNPOD_POD_ID/$ID?gpu=$RUNPOD_GPU_TYPE_ID",
            Some("https://h/v2/e/job-stream/$RUNPOD_POD_ID/$ID"),
            Some("https://h/v2/e/ping/$RUNPOD_POD_ID?"),
        )
    }

    #[test]
    fn one_slot_takes_one_job_and_more_slots_take_a_batch() {
        assert_eq!(urls().take(1, false), "https://h/v2/e/job-take/pod-1?gpu=NVIDIA+A40&job_in_progress=0");
        let batch = "https://h/v2/e/job-take-batch/pod-1?gpu=NVIDIA+A40&batch_size=3&job_in_progress=1";
        assert_eq!(urls().take(3, true), batch);
    }

    #[test]
    fn the_stop_address_is_the_take_address_with_nothing_added() {
        assert_eq!(urls().stop().as_deref(), Some("https://h/v2/e/job-stop/pod-1?gpu=NVIDIA+A40"));
    }

    #[test]
    fn the_same_placeholder_is_the_job_in_posts() {
        assert_eq!(urls().done("j1-u1", true), "https://h/v2/e/job-done/pod-1/j1-u1?gpu=A40&isStream=true");
        assert_eq!(urls().chunk("j1").as_deref(), Some("https://h/v2/e/job-stream/pod-1/j1?isStream=false"));
    }

    #[test]
    fn a_job_id_stays_one_path_segment() {
        assert!(urls().done("../x?y", false).contains("/pod-1/..%2Fx%3Fy?"));
    }

    #[test]
    fn pings_list_jobs_with_encoded_commas_or_not_at_all() {
        let jobs = ["c1".to_owned(), "c2".to_owned()];
        let ping = "https://h/v2/e/ping/pod-1?job_id=c1%2Cc2&runpod_version=1.12.0";
        assert_eq!(urls().ping(&jobs, "1.12.0").as_deref(), Some(ping));
        assert_eq!(urls().ping(&[], "1.12.0").as_deref(), Some("https://h/v2/e/ping/pod-1?runpod_version=1.12.0"));
    }
}
