//! What the machine is.

use std::process::Command;

use super::memory;

/// Megabytes that a model in its real shape needs on the GPU: 17.5 GB of weights, keys and values of eight pages, workspace.
const REAL_SHAPE_MB: u64 = 23_000;

/// Name and value of each thing known.
pub(crate) fn facts() -> Vec<(String, String)> {
    let mut facts = vec![
        ("GPU".to_owned(), gpu().unwrap_or_else(|| "none".to_owned())),
        ("CPU cores".to_owned(), std::thread::available_parallelism().map_or(0, usize::from).to_string()),
        ("memory".to_owned(), memory::of_machine().map_or("unknown".to_owned(), |mb| format!("{mb} MB"))),
        ("docproc".to_owned(), format!("{} ({})", env!("CARGO_PKG_VERSION"), build())),
        ("engine".to_owned(), "mistralrs 0.8.1".to_owned()),
    ];
    if let Some(version) = first_match(said("nvcc", &["--version"]), "release") {
        facts.insert(1, ("CUDA toolkit".to_owned(), version));
    }
    if let Some(cpu) = first_match(std::fs::read_to_string("/proc/cpuinfo").ok(), "model name") {
        facts.push(("CPU".to_owned(), cpu.split_once(':').map_or(cpu.clone(), |(_, name)| name.trim().to_owned())));
    }
    if let Some(commit) = option_env!("DOCPROC_COMMIT") {
        facts.push(("commit".to_owned(), commit.to_owned()));
    }
    facts
}

/// Why the check can't run here in a shape.
pub(crate) fn refusal(real: bool) -> Option<String> {
    if said("python3", &["--version"]).is_none() {
        return Some("python3 is needed: it writes the models".to_owned());
    }
    if cfg!(feature = "cuda") {
        let Some(total) = memory::gpu("memory.total") else {
            return Some("this program was built for CUDA, but nvidia-smi finds no GPU".to_owned());
        };
        let small =
            format!("the GPU has {total} MB, the real shapes need {REAL_SHAPE_MB}; --shape tiny checks what is right");
        return (real && total < REAL_SHAPE_MB).then_some(small);
    }
    let slow =
        "without CUDA the real shapes take hours: build with --features cuda,flash-attn, or ask for --shape tiny";
    real.then(|| slow.to_owned())
}

fn build() -> String {
    let mut parts = vec![if cfg!(debug_assertions) { "debug build" } else { "optimised build" }];
    parts.push(if cfg!(feature = "cuda") { "with CUDA" } else { "for the CPU" });
    if cfg!(feature = "flash-attn") {
        parts.push("with flash attention");
    }
    parts.join(", ")
}

fn gpu() -> Option<String> {
    let query = ["--query-gpu=name,memory.total,driver_version,compute_cap", "--format=csv,noheader"];
    let lines = said("nvidia-smi", &query)?;
    let each: Vec<String> = lines.lines().filter_map(described).collect();
    (!each.is_empty()).then(|| each.join("; "))
}

fn described(line: &str) -> Option<String> {
    let parts: Vec<&str> = line.split(',').map(str::trim).collect();
    let [name, memory, driver, capability] = parts.as_slice() else { return None };
    Some(format!("{name}, {memory}, driver {driver}, compute capability {capability}"))
}

fn first_match(text: Option<String>, word: &str) -> Option<String> {
    text?.lines().find(|line| line.contains(word)).map(|line| line.trim().to_owned())
}

fn said(program: &str, arguments: &[&str]) -> Option<String> {
    let output = Command::new(program).args(arguments).output().ok()?;
    output.status.success().then(|| String::from_utf8_lossy(&output.stdout).into_owned())
}
