//! Logging: one line per event on stderr, as JSON or text, and a panic hook that keeps what a panic says about data private.

use std::fmt;
use std::io::IsTerminal;
use std::panic::PanicHookInfo;
use std::str::FromStr;

use serde::Deserialize;
use tracing_subscriber::EnvFilter;

/// Libraries whose own lines may show headers, addresses with credentials or prompts in them: never below warnings.
const QUIET: &str = "hyper=warn,hyper_util=warn,h2=warn,reqwest=warn,rustls=warn,mistralrs=warn,hf_hub=warn";

/// How log lines look.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Format {
    /// Text on a terminal, JSON elsewhere.
    #[default]
    Auto,
    /// One JSON object per line.
    Json,
    /// For people.
    Text,
}

impl fmt::Display for Format {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Format::Auto => "auto",
            Format::Json => "json",
            Format::Text => "text",
        })
    }
}

/// The least severe level that is logged.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Level(tracing::Level);

impl Level {
    /// What happened, one line per request.
    pub const INFO: Level = Level(tracing::Level::INFO);
}

/// The text names no level.
#[derive(Debug, PartialEq, Eq, thiserror::Error)]
#[error("unknown log level")]
pub struct UnknownLevel;

impl FromStr for Level {
    type Err = UnknownLevel;

    /// `TRACE`, `DEBUG`, `INFO`, `WARN` or `WARNING`, `ERROR` or `CRITICAL`, in any case.
    fn from_str(text: &str) -> Result<Level, UnknownLevel> {
        match text.to_ascii_uppercase().as_str() {
            "TRACE" => Ok(Level(tracing::Level::TRACE)),
            "DEBUG" => Ok(Level(tracing::Level::DEBUG)),
            "INFO" => Ok(Level(tracing::Level::INFO)),
            "WARN" | "WARNING" => Ok(Level(tracing::Level::WARN)),
            "ERROR" | "CRITICAL" => Ok(Level(tracing::Level::ERROR)),
            _ => Err(UnknownLevel),
        }
    }
}

/// Installs the subscriber and the panic hook of this process. A second call changes nothing.
pub fn init(level: Level, format: Format) {
    let filter = EnvFilter::new(format!("{},{QUIET}", level.0));
    let builder = tracing_subscriber::fmt().with_env_filter(filter).with_writer(std::io::stderr);
    let json = format == Format::Json || (format == Format::Auto && !std::io::stderr().is_terminal());
    let installed = if json {
        builder.json().flatten_event(true).with_current_span(false).with_span_list(false).try_init()
    } else {
        builder.try_init()
    };
    if installed.is_ok() {
        std::panic::set_hook(Box::new(log_panic));
    }
}

/// A formatted panic message may quote what was being read; a literal one can't.
fn log_panic(panic: &PanicHookInfo<'_>) {
    let message = panic.payload().downcast_ref::<&'static str>().copied().unwrap_or("(message withheld)");
    let location = panic.location().map(ToString::to_string).unwrap_or_default();
    tracing::error!(location, message, "panic");
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn levels_have_the_names_that_operators_type() {
        for name in ["info", "INFO", "warning", "WARN", "critical", "debug", "trace", "error"] {
            assert!(name.parse::<Level>().is_ok(), "{name}");
        }
        assert_eq!("loud".parse::<Level>(), Err(UnknownLevel));
    }
}
