//! Workflow commands: GitHub Actions shows them in the files of a pull request.

use std::io::{self, Write};

use super::Report;
use super::text::summary;

/// Writes a command for every finding and for everything that could not be used.
pub fn write(report: &Report, out: &mut impl Write) -> io::Result<()> {
    for checked in &report.files {
        let source = &checked.file.source;
        for finding in &checked.findings {
            let start = source.position(finding.span.start);
            let end = source.position(finding.span.end);
            let path = &source.path;
            let message = format!("{path}:{}:{}: {}", start.line, start.column, finding.message());
            writeln!(
                out,
                "::{} file={},line={},col={},endLine={},endColumn={},title={}::{}",
                finding.severity.word(),
                property(path),
                start.line,
                start.column,
                end.line,
                end.column,
                property(finding.rule.code),
                data(&message),
            )?;
        }
    }
    for problem in &report.problems {
        let file = property(&problem.path);
        let place = problem.position.map_or(String::new(), |position| {
            format!(",line={},col={}", position.line, position.column)
        });
        writeln!(out, "::error file={file}{place}::{}", data(&problem.to_string()))?;
    }
    if report.files.is_empty() {
        return Ok(());
    }
    writeln!(out, "{}", summary(&report.counts()))
}

/// A message as the runner reads it back.
fn data(text: &str) -> String {
    text.replace('%', "%25").replace('\r', "%0D").replace('\n', "%0A")
}

/// A property's value, which in addition ends at a comma or at colons.
fn property(text: &str) -> String {
    data(text).replace(':', "%3A").replace(',', "%2C")
}
