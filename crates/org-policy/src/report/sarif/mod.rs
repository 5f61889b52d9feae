//! SARIF 2.1.0: GitHub code scanning and others take it.

mod shapes;

use std::env;
use std::io::{self, Write};
use std::path::{Component, Path};

use policy_document::check::Rule as CheckRule;

use self::shapes::{
    ArtifactLocation, Configuration, Driver, Invocation, Location, Log, LogicalLocation,
    Notification, PhysicalLocation, Region, Rule, Run, SCHEMA, SarifResult, Suppression, Text,
    Tool,
};
use super::{Checked, Report, Reported};
use crate::input::Problem;

/// Writes one log with one run.
pub fn write(report: &Report, out: &mut impl Write) -> io::Result<()> {
    let mut rules: Vec<&'static CheckRule> = report
        .files
        .iter()
        .flat_map(|checked| {
            let silenced = checked.silenced.iter().map(|(found, _)| found.rule);
            checked.findings.iter().map(|found| found.rule).chain(silenced)
        })
        .collect();
    rules.sort_by_key(|rule| rule.code);
    rules.dedup_by_key(|rule| rule.code);
    let results = report.files.iter().flat_map(|checked| results(checked, &rules)).collect();
    let run = Run {
        tool: Tool {
            driver: Driver {
                name: "org-policy",
                version: env!("ORG_POLICY_VERSION"),
                semantic_version: env!("CARGO_PKG_VERSION"),
                rules: rules.iter().map(|found| rule(found)).collect(),
            },
        },
        column_kind: "unicodeCodePoints",
        invocations: [Invocation {
            execution_successful: report.problems.is_empty(),
            tool_execution_notifications: report.problems.iter().map(notification).collect(),
        }],
        results,
    };
    let log = Log { schema: SCHEMA, version: "2.1.0", runs: [run] };
    serde_json::to_writer_pretty(&mut *out, &log)?;
    writeln!(out)
}

fn text(text: impl Into<String>) -> Text {
    Text { text: text.into() }
}

fn rule(rule: &CheckRule) -> Rule {
    Rule {
        id: rule.code,
        short_description: text(rule.summary),
        full_description: text(rule.explanation),
        help: text(format!("{}\n\nSource: {}, read {}.", rule.explanation, rule.source, rule.date)),
        default_configuration: Configuration { level: rule.severity.word() },
    }
}

fn results<'a>(
    checked: &'a Checked,
    rules: &'a [&CheckRule],
) -> impl Iterator<Item = SarifResult> + 'a {
    let open = checked.findings.iter().map(|found| (found, Vec::new()));
    let silenced = checked.silenced.iter().map(|(found, reason)| {
        (found, vec![Suppression { kind: "inSource", justification: reason.clone() }])
    });
    open.chain(silenced).map(|(found, suppressions)| SarifResult {
        rule_id: found.rule.code,
        rule_index: rules.partition_point(|rule| rule.code < found.rule.code),
        level: found.severity.word(),
        message: text(found.message()),
        locations: [location(checked, found)],
        suppressions,
    })
}

fn location(checked: &Checked, found: &Reported) -> Location {
    let source = &checked.file.source;
    let (start, end) = (source.position(found.span.start), source.position(found.span.end));
    let region = Region {
        start_line: start.line,
        start_column: start.column,
        end_line: Some(end.line),
        end_column: Some(end.column),
    };
    let document = found.document.and_then(|index| checked.file.documents.get(index));
    let logical = document.map(|document| LogicalLocation {
        fully_qualified_name: format!(
            "{}{}",
            document.name.as_deref().unwrap_or_default(),
            found.pointer
        ),
        kind: "member",
    });
    let logical = logical.filter(|logical| !logical.fully_qualified_name.is_empty());
    Location {
        physical_location: physical(&source.path, Some(region)),
        logical_locations: logical.into_iter().collect(),
    }
}

fn notification(problem: &Problem) -> Notification {
    let region = problem.position.map(|position| Region {
        start_line: position.line,
        start_column: position.column,
        end_line: None,
        end_column: None,
    });
    let location = Location {
        physical_location: physical(&problem.path, region),
        logical_locations: Vec::new(),
    };
    Notification { level: "error", message: text(&problem.message), locations: [location] }
}

fn physical(path: &str, region: Option<Region>) -> PhysicalLocation {
    PhysicalLocation { artifact_location: ArtifactLocation { uri: uri(path) }, region }
}

/// The path as a URI, relative to the current directory if it lies below it: code scanning wants it relative to the
/// repository, where the tool is started.
fn uri(path: &str) -> String {
    let here = env::current_dir().unwrap_or_default();
    let path = Path::new(path);
    let path = path.strip_prefix(&here).unwrap_or(path);
    let mut parts: Vec<String> = Vec::new();
    for component in path.components() {
        match component {
            Component::CurDir => {}
            Component::RootDir | Component::Prefix(_) => parts.push(String::new()),
            other => parts.push(encoded(&other.as_os_str().to_string_lossy())),
        }
    }
    let joined = parts.join("/");
    if path.is_absolute() { format!("file://{joined}") } else { joined }
}

/// All but what a URI leaves as it is (RFC 3986, unreserved), in percent signs.
fn encoded(part: &str) -> String {
    let mut text = String::with_capacity(part.len());
    for byte in part.bytes() {
        match byte {
            b'a'..=b'z' | b'A'..=b'Z' | b'0'..=b'9' | b'-' | b'.' | b'_' | b'~' => {
                text.push(char::from(byte));
            }
            other => text.push_str(&format!("%{other:02X}")),
        }
    }
    text
}
