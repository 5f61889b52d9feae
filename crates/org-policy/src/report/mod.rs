//! What was found, and the forms in which it is told.

mod github;
mod json;
mod sarif;
mod text;
mod place;

use std::io::{self, Write};

use clap::ValueEnum;
use policy_document::check::{Rule, Severity};
use policy_document::tree::Span;

use crate::input::{File, Problem};

pub use place::Places;

/// Everything that is to be told.
#[derive(Debug, Default)]
pub struct Report {
    /// The files that hold policies, in the order of the command line.
    pub files: Vec<Checked>,
    /// Files of directories that hold none.
    pub others: Vec<String>,
    /// What could not be used.
    pub problems: Vec<Problem>,
}

/// A file, and what is wrong in it.
#[derive(Debug)]
pub struct Checked {
    /// The file.
    pub file: File,
    /// What is wrong, in the order of the text.
    pub findings: Vec<Reported>,
    /// What comments silence, each with the reason that is given.
    pub silenced: Vec<(Reported, String)>,
}

/// A finding of the checker, or about a comment that silences one.
#[derive(Debug)]
pub struct Reported {
    /// The document of the file; none if it is about a comment.
    pub document: Option<usize>,
    /// The rule that is broken.
    pub rule: &'static Rule,
    /// How bad it is: as the rule says, or as --deny does.
    pub severity: Severity,
    /// Where in the document, as a JSON pointer.
    pub pointer: String,
    /// Where in the text: a key, a value, or a comment.
    pub span: Span,
    /// What was found.
    pub found: String,
    /// What is allowed.
    pub allowed: String,
    /// What was probably meant.
    pub suggestion: Option<String>,
}

impl Reported {
    /// The finding in one line: `30 is too short: at least 60 minutes`.
    pub fn message(&self) -> String {
        match &self.suggestion {
            Some(meant) => format!("{}: {}; did you mean {meant}?", self.found, self.allowed),
            None => format!("{}: {}", self.found, self.allowed),
        }
    }
}

/// How many there are of each.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Counts {
    /// Policy documents.
    pub documents: usize,
    /// Errors in them.
    pub errors: usize,
    /// Warnings about them.
    pub warnings: usize,
    /// Findings that comments silence.
    pub silenced: usize,
}

impl Report {
    /// Counts everything.
    pub fn counts(&self) -> Counts {
        let mut counts = Counts::default();
        for checked in &self.files {
            let of = |severity| checked.findings.iter().filter(|f| f.severity == severity).count();
            counts.documents += checked.file.documents.len();
            counts.errors += of(Severity::Error);
            counts.warnings += of(Severity::Warning);
            counts.silenced += checked.silenced.len();
        }
        counts
    }
}

/// How the findings are written.
#[derive(Clone, Copy, Debug, Default, ValueEnum)]
pub enum Format {
    /// For people: each finding with its line of the source
    #[default]
    Text,
    /// For programs: one object, described in docs/CHECKING.md
    Json,
    /// SARIF 2.1.0, for code scanning
    Sarif,
    /// Workflow commands, which GitHub Actions shows in a pull request
    Github,
}

impl Format {
    /// Writes the report.
    ///
    /// # Errors
    /// What the writer says.
    pub fn write(self, report: &Report, out: &mut impl Write) -> io::Result<()> {
        match self {
            Self::Text => text::write(report, out),
            Self::Json => json::write(report, out),
            Self::Sarif => sarif::write(report, out),
            Self::Github => github::write(report, out),
        }
    }
}
