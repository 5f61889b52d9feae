//! Findings as rustc prints them.

use std::collections::BTreeSet;
use std::io::{self, Write};

use annotate_snippets::renderer::Renderer;
use annotate_snippets::{AnnotationKind, Group, Level, Snippet};
use policy_document::check::Severity;

use super::{Checked, Counts, Report, Reported};
use crate::input::Source;
use crate::terminal::{self, count};

/// So many files that hold no policy are named.
const OTHERS_NAMED: usize = 5;
/// What is allowed stands behind the carets, if it is no longer than this.
const LONGEST_LABEL: usize = 72;
/// A line of more bytes is no line that a person reads.
const LONGEST_LINE: usize = 64 << 10;
/// So many findings of one file are shown. A file with more has one cause, or nobody reads them all.
const MOST_FINDINGS: usize = 200;

/// Writes every finding with its line of the source, and a line that counts them.
pub fn write(report: &Report, out: &mut impl Write) -> io::Result<()> {
    let renderer = Renderer::styled().term_width(terminal::width());
    for checked in &report.files {
        for finding in checked.findings.iter().take(MOST_FINDINGS) {
            let group = group(checked, finding);
            writeln!(out, "{}\n", renderer.render(&[group]))?;
        }
        if let Some(more) = checked.findings.len().checked_sub(MOST_FINDINGS + 1) {
            let path = terminal::one_line(&checked.file.source.path);
            writeln!(out, "{path}: {} more; --format json has all\n", more + 1)?;
        }
    }
    if !report.files.is_empty() {
        writeln!(out, "{}", summary(&report.counts()))?;
    }
    if let Some(finding) = report.files.iter().flat_map(|checked| &checked.findings).next() {
        let code = finding.rule.code;
        writeln!(out, "for more about a finding: org-policy check --explain {code}")?;
    }
    let unknown = report.files.iter().flat_map(|checked| &checked.file.unknown);
    let reasons: BTreeSet<String> = unknown.map(|unknown| unknown.reason.clone()).collect();
    if !reasons.is_empty() {
        let reasons: Vec<String> = reasons.into_iter().collect();
        writeln!(out, "not checked, as only a deployment knows it: {}", listed(&reasons))?;
    }
    if !report.others.is_empty() {
        writeln!(out, "{}", others(&report.others))?;
    }
    Ok(())
}

fn group<'a>(checked: &'a Checked, finding: &'a Reported) -> Group<'a> {
    let source = &checked.file.source;
    let level = match finding.severity {
        Severity::Error => Level::ERROR,
        Severity::Warning => Level::WARNING,
    };
    let title = level.primary_title(terminal::one_line(&finding.found)).id(finding.rule.code);
    let mut group = title.element(snippet(source, finding));
    if let Some(help) = help(finding) {
        group = group.element(Level::HELP.message(help));
    }
    if let Some(at) = at(checked, finding) {
        group = group.element(Level::NOTE.message(terminal::one_line(&at)));
    }
    group
}

/// What stands behind the carets: what is allowed, or what was meant if the first is long.
fn label(finding: &Reported) -> Option<String> {
    is_short(finding).then(|| terminal::one_line(&finding.allowed)).or_else(|| meant(finding))
}

/// What stands below, where it is not behind the carets.
fn help(finding: &Reported) -> Option<String> {
    match meant(finding) {
        Some(meant) => is_short(finding).then_some(meant),
        None if is_short(finding) => None,
        None => Some(format!("allowed: {}", terminal::one_line(&finding.allowed))),
    }
}

fn is_short(finding: &Reported) -> bool {
    finding.allowed.chars().count() <= LONGEST_LABEL
}

fn meant(finding: &Reported) -> Option<String> {
    let meant = finding.suggestion.as_ref()?;
    Some(format!("did you mean {}?", terminal::one_line(meant)))
}

/// Where in the document: lines of a policy look alike.
fn at(checked: &Checked, finding: &Reported) -> Option<String> {
    let document = checked.file.documents.get(finding.document?)?;
    match (&document.name, finding.pointer.as_str()) {
        (None, "") => None,
        (None, pointer) => Some(format!("at {pointer}")),
        (Some(name), "") => Some(format!("of {name}")),
        (Some(name), pointer) => Some(format!("at {pointer} of {name}")),
    }
}

/// The lines of a finding, and no others: a file may be large and have many.
fn snippet<'a>(
    source: &'a Source,
    finding: &Reported,
) -> Snippet<'a, annotate_snippets::Annotation<'a>> {
    let first = source.line_of(finding.span.start);
    let last = source.line_of(finding.span.end.max(finding.span.start + 1) - 1).max(first);
    let (start, end) = (source.line(first).start, source.line(last).end);
    let lines = source.text.get(start..end).unwrap_or_default();
    let (lines, from, to) = if lines.len() > LONGEST_LINE {
        ("", 0, 0)
    } else {
        let within = |offset: usize| (offset.max(start) - start).min(lines.len());
        (lines, within(finding.span.start), within(finding.span.end))
    };
    let annotation = AnnotationKind::Primary.span(from..to).label(label(finding));
    Snippet::source(lines)
        .line_start(first)
        .path(terminal::one_line(&source.path))
        .annotation(annotation)
}

/// `2 errors and 1 warning in 3 policies`.
pub fn summary(counts: &Counts) -> String {
    let policies = match counts.documents {
        1 => "1 policy".to_owned(),
        number => format!("{number} policies"),
    };
    let silenced = match counts.silenced {
        0 => String::new(),
        number => format!("; {} silenced", count(number, "finding")),
    };
    let (errors, warnings) = (count(counts.errors, "error"), count(counts.warnings, "warning"));
    match (counts.errors, counts.warnings) {
        (0, 0) => format!("no findings in {policies}{silenced}"),
        (_, 0) => format!("{errors} in {policies}{silenced}"),
        (0, _) => format!("{warnings} in {policies}{silenced}"),
        _ => format!("{errors} and {warnings} in {policies}{silenced}"),
    }
}

/// The files of directories that nobody needs to look at, but may miss.
fn others(paths: &[String]) -> String {
    format!("without a policy that is recognized: {}", listed(paths))
}

/// The first ones, and how many more there are.
fn listed(texts: &[String]) -> String {
    let named: Vec<String> =
        texts.iter().take(OTHERS_NAMED).map(|text| terminal::one_line(text)).collect();
    let more = match texts.len().saturating_sub(OTHERS_NAMED) {
        0 => String::new(),
        number => format!(" and {number} more"),
    };
    format!("{}{more}", named.join(", "))
}
