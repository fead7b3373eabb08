//! The variables by which a worker process finds the platform.

/// The `RUNPOD_*` variables with which a worker is started against the platform at `base_url` (`http://HOST:PORT/v2`). The
/// placeholders stay in them: each SDK substitutes its worker and job ids itself.
pub fn worker_env(base_url: &str, endpoint_id: &str, worker_id: &str, key: &str) -> Vec<(String, String)> {
    let base = format!("{}/{endpoint_id}", base_url.trim_end_matches('/'));
    let url = |path: &str| format!("{base}/{path}?gpu=local");
    [
        ("RUNPOD_WEBHOOK_GET_JOB", url("job-take/$ID")),
        ("RUNPOD_WEBHOOK_POST_OUTPUT", url("job-done/$RUNPOD_POD_ID/$ID")),
        ("RUNPOD_WEBHOOK_POST_STREAM", url("job-stream/$RUNPOD_POD_ID/$ID")),
        ("RUNPOD_WEBHOOK_PING", url("ping/$RUNPOD_POD_ID")),
        ("RUNPOD_AI_API_KEY", key.to_owned()),
        ("RUNPOD_POD_ID", worker_id.to_owned()),
        ("RUNPOD_ENDPOINT_ID", endpoint_id.to_owned()),
    ]
    .map(|(name, value)| (name.to_owned(), value))
    .into()
}
