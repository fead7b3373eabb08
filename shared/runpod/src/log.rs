//! RunPod's two log formats, as a layer under `tracing`.
//!
//! Inside an endpoint the platform reads one JSON object per line and files it under the job's id; elsewhere people read plain
//! lines. Fields follow the message as `name=value`. The job's id is the `job_id` of the event or of the nearest span.

use std::fmt::{self, Write as _};
use std::io::Write as _;

use tracing::field::{Field, Visit};
use tracing::{Event, Level, Subscriber, span};
use tracing_subscriber::filter::{LevelFilter, Targets};
use tracing_subscriber::fmt::MakeWriter;
use tracing_subscriber::layer::{Context, Layer, SubscriberExt};
use tracing_subscriber::registry::LookupSpan;
use tracing_subscriber::util::SubscriberInitExt;

use crate::json::ascii_string;

/// Longer messages keep this many characters at each end, as the SDK's do.
const KEPT_CHARS: usize = 2048;

/// How a line looks.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Format {
    /// `INFO   | job-id | message`
    Plain,
    /// `{"requestId": "job-id", "message": "message", "level": "INFO"}`
    Json,
}

/// The layer; give it to a `tracing_subscriber` registry.
#[derive(Debug)]
pub struct RunpodLayer<W> {
    format: Format,
    writer: W,
}

impl<W> RunpodLayer<W> {
    /// Writes lines of this format to this writer.
    pub fn new(format: Format, writer: W) -> Self {
        Self { format, writer }
    }
}

/// A level by the SDK's names (any case); `NOTSET` shows all.
///
/// # Errors
/// The name, if it is none of them.
pub fn level(name: &str) -> Result<LevelFilter, String> {
    match name.to_ascii_uppercase().as_str() {
        "NOTSET" | "TRACE" => Ok(LevelFilter::TRACE),
        "DEBUG" => Ok(LevelFilter::DEBUG),
        "INFO" => Ok(LevelFilter::INFO),
        "WARN" | "WARNING" => Ok(LevelFilter::WARN),
        "ERROR" => Ok(LevelFilter::ERROR),
        _ => Err(format!("{name} is not a log level: NOTSET, TRACE, DEBUG, INFO, WARN, ERROR")),
    }
}

/// Sends the process's log to standard output. Libraries below us speak only from WARN up: their DEBUG lines hold addresses.
///
/// Does nothing if a subscriber is installed already, as in a test or a program that embeds several workers.
pub(crate) fn install(format: Format, level: LevelFilter) {
    let mut targets = Targets::new().with_default(level);
    for library in ["hyper", "hyper_util", "reqwest", "rustls", "h2", "rustls_platform_verifier"] {
        targets = targets.with_target(library, level.min(LevelFilter::WARN));
    }
    let layer = RunpodLayer::new(format, std::io::stdout).with_filter(targets);
    let _ = tracing_subscriber::registry().with(layer).try_init();
}

/// The job's id, kept with the span that named it.
struct JobId(String);

impl<S, W> Layer<S> for RunpodLayer<W>
where
    S: Subscriber + for<'a> LookupSpan<'a>,
    W: for<'w> MakeWriter<'w> + 'static,
{
    fn on_new_span(&self, attributes: &span::Attributes<'_>, id: &span::Id, context: Context<'_, S>) {
        let mut fields = Fields::default();
        attributes.record(&mut fields);
        if let (Some(job), Some(span)) = (fields.job_id, context.span(id)) {
            span.extensions_mut().insert(JobId(job));
        }
    }

    fn on_event(&self, event: &Event<'_>, context: Context<'_, S>) {
        let mut fields = Fields::default();
        event.record(&mut fields);
        let job = fields.job_id.take().or_else(|| {
            let mut spans = context.event_scope(event)?;
            spans.find_map(|span| span.extensions().get::<JobId>().map(|job| job.0.clone()))
        });
        let line = self.format.line(*event.metadata().level(), job.as_deref(), fields.text());
        // A log that cannot be written is no reason to stop serving.
        let _ = self.writer.make_writer().write_all(line.as_bytes());
    }
}

impl Format {
    fn line(self, level: Level, job: Option<&str>, message: String) -> String {
        let message = shortened(message);
        match self {
            Self::Plain => match job {
                Some(job) => format!("{level:<7}| {job} | {message}\n"),
                None => format!("{level:<7}| {message}\n"),
            },
            Self::Json => {
                let job = job.map_or_else(|| "null".to_owned(), ascii_string);
                format!("{{\"requestId\": {job}, \"message\": {}, \"level\": \"{level}\"}}\n", ascii_string(&message))
            }
        }
    }
}

fn shortened(message: String) -> String {
    let count = message.chars().count();
    if count <= 2 * KEPT_CHARS {
        return message;
    }
    let start: String = message.chars().take(KEPT_CHARS).collect();
    let end: String = message.chars().skip(count - KEPT_CHARS).collect();
    format!("{start}\n...TRUNCATED {} CHARACTERS...\n{end}", count - 2 * KEPT_CHARS)
}

#[derive(Default)]
struct Fields {
    message: String,
    job_id: Option<String>,
    others: String,
}

impl Fields {
    fn text(self) -> String {
        self.message + &self.others
    }
}

impl Visit for Fields {
    fn record_str(&mut self, field: &Field, value: &str) {
        match field.name() {
            "message" => value.clone_into(&mut self.message),
            "job_id" => self.job_id = Some(value.to_owned()),
            name if value.contains([' ', '"', '=']) || value.is_empty() => {
                // Writing to a String cannot fail.
                let _ = write!(self.others, " {name}={value:?}");
            }
            name => {
                let _ = write!(self.others, " {name}={value}");
            }
        }
    }

    fn record_debug(&mut self, field: &Field, value: &dyn fmt::Debug) {
        match field.name() {
            "message" => self.message = format!("{value:?}"),
            "job_id" => self.job_id = Some(format!("{value:?}")),
            name => {
                let _ = write!(self.others, " {name}={value:?}");
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use std::io;
    use std::sync::{Arc, Mutex};

    use tracing_subscriber::layer::SubscriberExt;

    use super::{Format, RunpodLayer, level};

    #[derive(Clone, Default)]
    struct Lines(Arc<Mutex<Vec<u8>>>);

    impl io::Write for Lines {
        fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
            self.0.lock().expect("no panic while writing").extend_from_slice(bytes);
            Ok(bytes.len())
        }
        fn flush(&mut self) -> io::Result<()> {
            Ok(())
        }
    }

    fn logged(format: Format, write: impl FnOnce()) -> String {
        let lines = Lines::default();
        let writer = lines.clone();
        let layer = RunpodLayer::new(format, move || writer.clone());
        tracing::subscriber::with_default(tracing_subscriber::registry().with(layer), write);
        let bytes = lines.0.lock().expect("no panic while writing").clone();
        String::from_utf8(bytes).expect("UTF-8")
    }

    #[test]
    fn a_plain_line_has_level_job_and_message() {
        let text = logged(Format::Plain, || {
            tracing::warn!("careful");
            let _job = tracing::info_span!("job", job_id = "j1").entered();
            let _inner = tracing::info_span!("page").entered();
            tracing::info!(pages = 2, why = "two words", "Started.");
        });
        assert_eq!(text, "WARN   | careful\nINFO   | j1 | Started. pages=2 why=\"two words\"\n");
    }

    #[test]
    fn a_json_line_has_the_job_as_request_id_and_is_ascii() {
        let text = logged(Format::Json, || {
            tracing::error!("é");
            tracing::info!(job_id = "j1", "Finished.");
        });
        let expected = concat!(
            r#"{"requestId": null, "message": "\u00e9", "level": "ERROR"}"#,
            "\n",
            r#"{"requestId": "j1", "message": "Finished.", "level": "INFO"}"#,
            "\n"
        );
        assert_eq!(text, expected);
    }

    #[test]
    fn a_long_message_loses_its_middle() {
        let text = logged(Format::Plain, || tracing::info!("{}{}", "a".repeat(3000), "b".repeat(2000)));
        assert!(text.contains("a\n...TRUNCATED 904 CHARACTERS...\n"), "{text}");
        assert!(text.ends_with("b\n"));
    }

    #[test]
    fn levels_have_the_names_of_the_sdk() {
        for name in ["notset", "Trace", "DEBUG", "info", "WARN", "error"] {
            assert!(level(name).is_ok(), "{name}");
        }
        assert!(level("loud").is_err());
        assert!(level("10").is_err());
    }
}
