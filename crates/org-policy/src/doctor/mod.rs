//! Whether organization, function and solution are set up as they should be.
//!
//! ```text
//! (AWS) → facts → checks → report
//! ```
//!
//! Readings only read, and judgements only judge: what could not be read is one of the facts, and makes the checks that
//! rest on it unknown, never those beside them.

mod text;
mod json;
mod whole;
mod reading;
pub mod judge;

use clap::ValueEnum;

use judge::Check;
pub use judge::Verdict;
pub use whole::{Request, examine};

/// All checks, with what they are about.
#[derive(Debug)]
pub struct Report {
    /// The account of the credentials, if it could be read.
    pub account: Option<String>,
    /// The Region.
    pub region: String,
    /// The checks, by what they are about.
    pub sections: Vec<Section>,
}

/// Checks that belong together.
#[derive(Debug)]
pub struct Section {
    /// What they are about.
    pub title: String,
    /// They.
    pub checks: Vec<Check>,
}

/// How the report is written.
#[derive(Clone, Copy, Debug, Default, ValueEnum)]
pub enum Format {
    /// For people
    #[default]
    Text,
    /// For programs: one object, described in docs/DOCTOR.md
    Json,
}

impl Format {
    /// The report, written.
    pub fn written(self, report: &Report) -> String {
        match self {
            Self::Text => text::written(report),
            Self::Json => json::written(report),
        }
    }
}

impl Report {
    /// All checks.
    pub fn checks(&self) -> impl Iterator<Item = &Check> {
        self.sections.iter().flat_map(|section| &section.checks)
    }

    /// How many checks have come to this.
    pub fn count(&self, verdict: Verdict) -> usize {
        self.checks().filter(|check| check.verdict == verdict).count()
    }
}
