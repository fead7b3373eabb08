//! The command line.

use std::ffi::OsString;
use std::net::{IpAddr, Ipv4Addr};
use std::path::PathBuf;
use std::process::ExitCode;
use std::time::Duration;

use clap::{Args, Parser, Subcommand};
use contract::DocType;
use service::Secret;
use service::telemetry::{self, Format, Level};

use crate::ask::Question;
use crate::failure::{Failure, note, print};
use crate::platform::PLATFORM_KEY;
use crate::up::GATEWAY_KEY;
use crate::{ask, demo, gpu_check, models, platform, program, score, up};

/// Where the local platform is unless told otherwise.
const PLATFORM_PORT: u16 = 8001;
/// How long threads may take to end after their command has.
const LAST_THREADS: Duration = Duration::from_secs(1);

/// Reads documents: page images and PDFs to types and structured fields.
#[derive(Debug, Parser)]
#[command(name = "docproc", version)]
struct Cli {
    #[command(subcommand)]
    command: Command,
}

#[derive(Debug, Subcommand)]
enum Command {
    /// Runs the whole service on this machine: gateway, both workers, local platform
    Up {
        /// Port of the gateway; 0 takes a free one. Without it PORT counts, else 8000
        #[arg(long)]
        port: Option<u16>,
        /// Port of the local platform; 0 takes a free one
        #[arg(long, default_value_t = PLATFORM_PORT)]
        platform_port: u16,
    },
    /// Starts the service, shows what it reads on a sample page, and ends it
    Demo {
        /// Another document
        file: Option<PathBuf>,
    },
    /// Says what a document is
    Classify {
        #[command(flatten)]
        question: Document,
    },
    /// Reads a document's fields
    Extract {
        #[command(flatten)]
        question: Document,
        /// The document's type, such as W2; without it the document is classified first
        #[arg(long = "type", value_parser = doc_type)]
        doc_type: Option<DocType>,
        /// Draws the fields on the pages, into this PNG file
        #[arg(long)]
        boxes: Option<PathBuf>,
    },
    /// Measures a running gateway on labelled documents
    Score(Score),
    /// Looks after the models
    Models {
        #[command(subcommand)]
        command: ModelsCommand,
    },
    /// Checks on this machine's GPU that the vision models answer right, and measures what they cost
    GpuCheck(gpu_check::Options),
    /// One job of that, in a process of its own
    #[command(hide = true)]
    GpuCheckJob {
        /// The job as JSON
        job: String,
    },
    /// Runs the local platform alone and prints the variables that lead to it
    Platform {
        /// Address to listen on
        #[arg(long, default_value_t = IpAddr::V4(Ipv4Addr::LOCALHOST))]
        host: IpAddr,
        /// Port; 0 takes a free one
        #[arg(long, default_value_t = PLATFORM_PORT)]
        port: u16,
        /// Key of clients and workers; choose your own where others can reach the address
        #[arg(long, default_value = PLATFORM_KEY, hide_default_value = true)]
        key: String,
    },
}

#[derive(Debug, Args)]
struct Document {
    /// Images, TIFF or PDF files: together one document, in this order
    #[arg(required = true)]
    files: Vec<PathBuf>,
    /// A running gateway to ask instead of this process
    #[arg(long)]
    url: Option<String>,
    /// The gateway's key
    #[arg(long, default_value = GATEWAY_KEY, requires = "url")]
    key: String,
}

#[derive(Debug, Args)]
struct Score {
    /// Labels: {file: {type, fields}}
    labels: PathBuf,
    /// Folder of the files
    pages: PathBuf,
    /// The gateway
    #[arg(long, default_value = "http://127.0.0.1:8000")]
    url: String,
    /// Its key
    #[arg(long, default_value = GATEWAY_KEY)]
    key: String,
    /// Only files whose name contains this
    #[arg(long, default_value = "", hide_default_value = true)]
    only: String,
    /// Documents in flight at a time
    #[arg(long, default_value_t = 2)]
    jobs: usize,
    /// Time limit of a request, seconds
    #[arg(long, default_value_t = 300)]
    timeout: u64,
    /// Lists every wrong and missing value
    #[arg(long)]
    verbose: bool,
    /// Writes figures and answers to this JSON file
    #[arg(long)]
    out: Option<PathBuf>,
}

#[derive(Debug, Subcommand)]
enum ModelsCommand {
    /// Fetches and verifies the models
    Pull {
        /// Folder for them, in the place of the usual one
        #[arg(long)]
        dir: Option<PathBuf>,
    },
}

/// The whole program. `args` begin with the program's own name.
pub fn main_with(args: Vec<OsString>) -> ExitCode {
    if let Some(code) = program::run(args.get(1)) {
        return code;
    }
    let cli = match Cli::try_parse_from(args) {
        Ok(cli) => cli,
        Err(asked) if !asked.use_stderr() => return outcome(print(asked)),
        Err(error) => return outcome(Err(Failure::usage(error.to_string().trim_end()))),
    };
    let runtime = tokio::runtime::Builder::new_multi_thread().enable_all().build();
    match runtime {
        Ok(runtime) => {
            let result = runtime.block_on(run(cli.command));
            // A download that was interrupted goes on in a thread that can't be stopped.
            runtime.shutdown_timeout(LAST_THREADS);
            outcome(result)
        }
        Err(error) => outcome(Err(Failure::new(error))),
    }
}

fn outcome(result: Result<(), Failure>) -> ExitCode {
    match result {
        Ok(()) => ExitCode::SUCCESS,
        Err(failure) => {
            note(&failure.message);
            failure.exit_code()
        }
    }
}

async fn run(command: Command) -> Result<(), Failure> {
    // A single document or a demo is asked for its answer; a server for what happens.
    let serves = matches!(command, Command::Up { .. } | Command::Platform { .. });
    log(if serves { "INFO" } else { "WARNING" })?;
    match command {
        Command::Up { port, platform_port } => up::run(port, platform_port).await,
        Command::Demo { file } => demo::run(file).await,
        Command::Classify { question } => ask::classify(question.into()).await,
        Command::Extract { question, doc_type, boxes } => ask::extract(question.into(), doc_type, boxes).await,
        Command::Score(options) => print(score::run(options.into()).await.map_err(Failure::new)?),
        Command::Models { command: ModelsCommand::Pull { dir } } => models::pull(dir).await,
        Command::GpuCheck(options) => gpu_check::run(options).await,
        Command::GpuCheckJob { job } => gpu_check::run_job(&job).await,
        Command::Platform { host, port, key } => platform::run(host, port, Secret::new(key)).await,
    }
}

fn log(default: &str) -> Result<(), Failure> {
    let set = std::env::var("LOG_LEVEL").ok().filter(|level| !level.trim().is_empty());
    let level: Result<Level, _> = set.as_deref().unwrap_or(default).trim().parse();
    let level = level.map_err(|_| Failure::usage("LOG_LEVEL must be TRACE, DEBUG, INFO, WARNING or ERROR"))?;
    telemetry::init(level, Format::Auto);
    Ok(())
}

fn doc_type(name: &str) -> Result<DocType, String> {
    name.parse().map_err(|_| format!("the types are {}", DocType::ALL.map(DocType::name).join(", ")))
}

impl From<Document> for Question {
    fn from(document: Document) -> Question {
        let gateway = document.url.map(|url| (url, Secret::new(document.key)));
        Question { files: document.files, gateway }
    }
}

impl From<Score> for score::Options {
    fn from(score: Score) -> score::Options {
        score::Options {
            url: score.url,
            key: Secret::new(score.key),
            labels: score.labels,
            pages: score.pages,
            only: score.only,
            jobs: score.jobs,
            timeout: Duration::from_secs(score.timeout),
            out: score.out,
            verbose: score.verbose,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_command_line_is_consistent() {
        use clap::CommandFactory as _;
        Cli::command().debug_assert();
    }
}
