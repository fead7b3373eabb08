//! The bodies of the worker's posts, byte for byte as the SDK writes them.

use bytes::Bytes;
use serde_json::value::RawValue;

use super::prepare::PrepareError;
use super::settings::{Identity, PROTOCOL_VERSION};
use crate::job::JobError;
use crate::json::{ascii_string, respace};

/// `{"output": …}`, with `"stopPod": true` if the worker is to be replaced.
pub(crate) fn output(value: &RawValue, stop_pod: bool) -> Bytes {
    let mut body = Vec::with_capacity(value.get().len() + value.get().len() / 16 + 40);
    body.extend_from_slice(b"{\"output\": ");
    respace(value.get(), &mut body);
    finish(body, stop_pod)
}

/// The last post of a generator: the chunks, or an empty list if they are not wanted a second time.
pub(crate) fn stream_end(chunks: &[Box<RawValue>], stop_pod: bool) -> Bytes {
    let mut body = b"{\"output\": [".to_vec();
    for (position, chunk) in chunks.iter().enumerate() {
        if position > 0 {
            body.extend_from_slice(b", ");
        }
        respace(chunk.get(), &mut body);
    }
    body.push(b']');
    finish(body, stop_pod)
}

/// `{"status": "IN_PROGRESS", "output": …}`
pub(crate) fn progress(value: &RawValue) -> Bytes {
    let mut body = b"{\"status\": \"IN_PROGRESS\", \"output\": ".to_vec();
    respace(value.get(), &mut body);
    finish(body, false)
}

/// `{"error": "…"}` with a plain text.
pub(crate) fn plain_error(text: &str, stop_pod: bool) -> Bytes {
    let mut body = b"{\"error\": ".to_vec();
    // Serialising a string to JSON cannot fail.
    body.extend_from_slice(serde_json::to_string(text).unwrap_or_default().as_bytes());
    finish(body, stop_pod)
}

/// `{"error": "<JSON text with six keys>"}`: how the SDK reports what a handler raised.
pub(crate) fn job_error(error: &JobError, identity: &Identity, stop_pod: bool) -> Bytes {
    plain_error(&error_text(error, identity), stop_pod)
}

/// The text of such an error alone, for whoever shows it without a platform.
pub(crate) fn error_text(error: &JobError, identity: &Identity) -> String {
    object(&[
        ("error_type", &error.error_type),
        ("error_message", &error.message),
        ("error_traceback", &error.traceback),
        ("hostname", &identity.hostname),
        ("worker_id", &identity.worker_id),
        ("runpod_version", PROTOCOL_VERSION),
    ])
}

/// Why the worker never became ready, in the words that newer SDKs use for a failed prestart hook.
pub(crate) fn prepare_error(error: &PrepareError, identity: &Identity) -> Bytes {
    let text = object(&[
        ("event", "prestart_failed"),
        ("error_type", &error.error_type),
        ("error_message", &error.message),
        ("error_traceback", ""),
        ("worker_id", &identity.worker_id),
        ("runpod_version", PROTOCOL_VERSION),
    ]);
    plain_error(&text, false)
}

fn object(pairs: &[(&str, &str)]) -> String {
    let members: Vec<String> = pairs.iter().map(|(key, value)| format!("\"{key}\": {}", ascii_string(value))).collect();
    format!("{{{}}}", members.join(", "))
}

/// What the SDK reports when a generator raised: plain text, with its blank before the line break.
pub(crate) fn generator_error(error: &JobError, stop_pod: bool) -> Bytes {
    plain_error(&format!("handler: {} \ntraceback: {}", error.message, error.traceback), stop_pod)
}

fn finish(mut body: Vec<u8>, stop_pod: bool) -> Bytes {
    body.extend_from_slice(if stop_pod { b", \"stopPod\": true}" } else { b"}" });
    body.into()
}

#[cfg(test)]
mod tests {
    use serde_json::value::RawValue;

    use super::{generator_error, job_error, output, plain_error, progress, stream_end};
    use crate::job::JobError;
    use crate::worker::settings::Identity;

    fn raw(text: &str) -> Box<RawValue> {
        RawValue::from_string(text.to_owned()).expect("valid JSON")
    }

    #[test]
    fn bodies_are_those_of_the_sdk() {
        assert_eq!(output(&raw("\"hello é☃\""), false), "{\"output\": \"hello é☃\"}");
        assert_eq!(output(&raw(r#"{"a":1}"#), true), r#"{"output": {"a": 1}, "stopPod": true}"#);
        assert_eq!(progress(&raw("50")), r#"{"status": "IN_PROGRESS", "output": 50}"#);
        assert_eq!(stream_end(&[], false), r#"{"output": []}"#);
        assert_eq!(stream_end(&[raw("1"), raw("\"b\"")], false), r#"{"output": [1, "b"]}"#);
        assert_eq!(plain_error("bad \"é\"", false), r#"{"error": "bad \"é\""}"#);
        let error = JobError::new("E", "went wrong");
        assert_eq!(generator_error(&error, false), r#"{"error": "handler: went wrong \ntraceback: "}"#);
    }

    #[test]
    fn an_error_is_json_text_with_six_keys_in_order() {
        let identity = Identity { hostname: "unknown".to_owned(), worker_id: "pod-1".to_owned() };
        let body = job_error(&JobError::new("bad_input", "é"), &identity, false);
        let expected = concat!(
            r#"{"error": "{\"error_type\": \"bad_input\", \"error_message\": \"\\u00e9\", \"error_traceback\": \"\", "#,
            r#"\"hostname\": \"unknown\", \"worker_id\": \"pod-1\", \"runpod_version\": \"1.12.0\"}"}"#
        );
        assert_eq!(body, expected);
    }
}
