//! What was found: lines on the terminal as it comes, and a Markdown file that is written anew with each section.

use std::fmt::Write as _;
use std::path::{Path, PathBuf};

use super::line::{Line, Verdict};
use crate::failure::{Failure, print};

/// Everything found so far.
pub(crate) struct Report {
    path: PathBuf,
    sections: Vec<Section>,
}

#[derive(Default)]
struct Section {
    title: String,
    figures: Vec<(String, String)>,
    verdicts: Vec<Verdict>,
    /// How its process ended, if not well.
    broke: Option<String>,
    /// Whether answers of the worker depend on it.
    required: bool,
}

impl Report {
    /// A report to be written to a file.
    pub(crate) fn new(path: PathBuf) -> Report {
        Report { path, sections: Vec::new() }
    }

    /// Where the messages of the jobs go.
    pub(crate) fn log(&self) -> PathBuf {
        self.path.with_extension("log")
    }

    pub(crate) fn path(&self) -> &Path {
        &self.path
    }

    /// Begins a section. One that is required must end well.
    pub(crate) fn section(&mut self, title: &str, required: bool) -> Result<(), Failure> {
        self.sections.push(Section { title: title.to_owned(), required, ..Section::default() });
        print(format_args!("\n{title}"))
    }

    /// Adds a figure of this process's own.
    pub(crate) fn figure(&mut self, name: &str, value: &str) -> Result<(), Failure> {
        self.add(&Line::Figure { name: name.to_owned(), value: value.to_owned() })
    }

    /// Adds what a job says.
    pub(crate) fn add(&mut self, line: &Line) -> Result<(), Failure> {
        let Some(section) = self.sections.last_mut() else { return Ok(()) };
        match line {
            Line::Figure { name, value } => {
                print(format_args!("  {name:<58} {value}"))?;
                section.figures.push((name.clone(), value.clone()));
            }
            Line::Verdict(verdict) => {
                print(format_args!("  {}", sentence(verdict)))?;
                section.verdicts.push(verdict.clone());
            }
            Line::Answers(_) => {}
        }
        self.write()
    }

    /// Notes that a job did not end well.
    pub(crate) fn broke(&mut self, how: &str) -> Result<(), Failure> {
        print(format_args!("  BROKE OFF: {how}; see {}", self.log().display()))?;
        if let Some(section) = self.sections.last_mut() {
            section.broke = Some(how.to_owned());
        }
        self.write()
    }

    /// The claims that must hold and do not.
    pub(crate) fn wrong(&self) -> Vec<&str> {
        let broke = self.sections.iter().filter(|s| s.required && s.broke.is_some()).map(|s| s.title.as_str());
        let failed = |verdict: &&Verdict| verdict.required && !verdict.holds;
        let claims = self.sections.iter().flat_map(|s| &s.verdicts).filter(failed).map(|v| v.claim.as_str());
        broke.chain(claims).collect()
    }

    fn write(&self) -> Result<(), Failure> {
        let failed = |error| Failure::new(format!("can't write {}: {error}", self.path.display()));
        std::fs::write(&self.path, self.markdown()).map_err(failed)
    }

    fn markdown(&self) -> String {
        let mut text = String::from("# Report of `docproc gpu-check`\n");
        for section in &self.sections {
            // Writing to a string never fails.
            let _written = write!(text, "\n## {}\n\n", section.title);
            if !section.figures.is_empty() {
                text.push_str("| | |\n|---|---|\n");
            }
            for (name, value) in &section.figures {
                let _written = writeln!(text, "| {} | {} |", cell(name), cell(value));
            }
            if !section.figures.is_empty() {
                text.push('\n');
            }
            for verdict in &section.verdicts {
                let _written = writeln!(text, "- {}", sentence(verdict));
            }
            if let Some(how) = &section.broke {
                let _written = writeln!(text, "- **broke off**: {how}");
            }
        }
        text
    }
}

fn sentence(verdict: &Verdict) -> String {
    let holds = if verdict.holds { "yes" } else { "no" };
    let weight = if verdict.required && !verdict.holds { " (WRONG ANSWERS)" } else { "" };
    format!("{}: {holds}{weight} ({})", verdict.claim, verdict.detail)
}

fn cell(text: &str) -> String {
    text.replace('|', "\\|")
}

#[cfg(test)]
mod tests {
    use super::*;

    fn verdict(holds: bool, required: bool) -> Line {
        Line::Verdict(Verdict { claim: "it is right".to_owned(), holds, detail: "0.1".to_owned(), required })
    }

    #[test]
    fn the_file_holds_what_was_said_so_far_and_wrong_answers_are_named() {
        let dir = tempfile::tempdir().unwrap();
        let mut report = Report::new(dir.path().join("report.md"));
        report.section("Speed", false).unwrap();
        report.figure("a | b", "3 s").unwrap();
        report.add(&verdict(false, false)).unwrap();
        report.broke("ended with signal 6").unwrap();
        assert!(report.wrong().is_empty(), "speed is no matter of right and wrong");
        let text = std::fs::read_to_string(report.path()).unwrap();
        for part in ["## Speed", "| a \\| b | 3 s |", "- it is right: no (0.1)", "broke off**: ended with signal 6"] {
            assert!(text.contains(part), "{part} in {text}");
        }
        report.section("Answers", true).unwrap();
        report.add(&verdict(false, true)).unwrap();
        report.broke("ended").unwrap();
        assert_eq!(report.wrong(), ["Answers", "it is right"]);
    }
}
