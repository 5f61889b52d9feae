//! The report for programs. docs/CHECKING.md describes it: what stands there changes only with `version`.

use std::io::{self, Write};

use serde::Serialize;

use super::{Checked, Report, Reported};
use crate::input::{Problem, Source};

/// Raised when a field goes away or changes its meaning; new fields may come at any time.
const VERSION: u32 = 1;

#[derive(Serialize)]
struct Whole<'a> {
    version: u32,
    tool: &'static str,
    summary: Summary,
    documents: Vec<Document<'a>>,
    findings: Vec<Finding<'a>>,
    silenced: Vec<Silenced<'a>>,
    problems: Vec<Unusable<'a>>,
    without_policy: &'a [String],
    unknown: Vec<Unknown<'a>>,
}

/// What only a deployment knows.
#[derive(Serialize)]
struct Unknown<'a> {
    path: &'a str,
    name: &'a str,
    reason: &'a str,
}

#[derive(Serialize)]
struct Summary {
    documents: usize,
    errors: usize,
    warnings: usize,
    silenced: usize,
    problems: usize,
}

#[derive(Serialize)]
struct Document<'a> {
    path: &'a str,
    name: Option<&'a str>,
    #[serde(rename = "type")]
    policy_type: &'a str,
}

#[derive(Serialize)]
struct Finding<'a> {
    path: &'a str,
    /// The document's name in its file.
    name: Option<&'a str>,
    #[serde(rename = "type")]
    policy_type: Option<&'a str>,
    code: &'static str,
    severity: &'static str,
    pointer: &'a str,
    line: usize,
    column: usize,
    end_line: usize,
    end_column: usize,
    found: &'a str,
    allowed: &'a str,
    suggestion: Option<&'a str>,
    rule: &'static str,
    source: &'static str,
}

#[derive(Serialize)]
struct Silenced<'a> {
    #[serde(flatten)]
    finding: Finding<'a>,
    reason: &'a str,
}

#[derive(Serialize)]
struct Unusable<'a> {
    path: &'a str,
    line: Option<usize>,
    column: Option<usize>,
    message: &'a str,
}

/// Writes one object.
pub fn write(report: &Report, out: &mut impl Write) -> io::Result<()> {
    let counts = report.counts();
    let files = &report.files;
    let whole = Whole {
        version: VERSION,
        tool: concat!("org-policy ", env!("ORG_POLICY_VERSION")),
        summary: Summary {
            documents: counts.documents,
            errors: counts.errors,
            warnings: counts.warnings,
            silenced: counts.silenced,
            problems: report.problems.len(),
        },
        documents: files.iter().flat_map(documents).collect(),
        findings: files
            .iter()
            .flat_map(|checked| checked.findings.iter().map(|found| finding(checked, found)))
            .collect(),
        silenced: files.iter().flat_map(silenced).collect(),
        problems: report.problems.iter().map(problem).collect(),
        without_policy: &report.others,
        unknown: files.iter().flat_map(unknown).collect(),
    };
    serde_json::to_writer_pretty(&mut *out, &whole)?;
    writeln!(out)
}

fn documents(checked: &Checked) -> impl Iterator<Item = Document<'_>> {
    checked.file.documents.iter().map(|document| Document {
        path: &checked.file.source.path,
        name: document.name.as_deref(),
        policy_type: &document.policy_type,
    })
}

fn unknown(checked: &Checked) -> impl Iterator<Item = Unknown<'_>> {
    let path = checked.file.source.path.as_str();
    let all = checked.file.unknown.iter();
    all.map(move |unknown| Unknown { path, name: &unknown.name, reason: &unknown.reason })
}

fn silenced(checked: &Checked) -> impl Iterator<Item = Silenced<'_>> {
    checked
        .silenced
        .iter()
        .map(|(found, reason)| Silenced { finding: finding(checked, found), reason })
}

fn finding<'a>(checked: &'a Checked, found: &'a Reported) -> Finding<'a> {
    let source: &Source = &checked.file.source;
    let document = found.document.and_then(|index| checked.file.documents.get(index));
    let (start, end) = (source.position(found.span.start), source.position(found.span.end));
    Finding {
        path: &source.path,
        name: document.and_then(|document| document.name.as_deref()),
        policy_type: document.map(|document| document.policy_type.as_str()),
        code: found.rule.code,
        severity: found.severity.word(),
        pointer: &found.pointer,
        line: start.line,
        column: start.column,
        end_line: end.line,
        end_column: end.column,
        found: &found.found,
        allowed: &found.allowed,
        suggestion: found.suggestion.as_deref(),
        rule: found.rule.summary,
        source: found.rule.source,
    }
}

fn problem(problem: &Problem) -> Unusable<'_> {
    Unusable {
        path: &problem.path,
        line: problem.position.map(|position| position.line),
        column: problem.position.map(|position| position.column),
        message: &problem.message,
    }
}
