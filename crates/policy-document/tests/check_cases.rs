//! The cases of `tests/cases`: what AWS does with a document, and what is found in it.
//!
//! A file is read line by line:
//!
//! ```text
//! # A comment.
//! type BACKUP_POLICY
//! in /plans/daily/rules/nightly
//! refused "start_backup_window_minutes": {"@@assign": 30}
//!     error[backup-window-too-short] …/start_backup_window_minutes/@@assign: 30 is too short: at least 60 minutes
//! ```
//!
//! `in` says which object the cases below are members of; `…` is its pointer. A case begins with
//! what AWS was seen to do, or its guide says: `taken`, `refused` or `unknown`. What is refused has
//! to be an error, and nothing else may. The indented lines are all findings, with the suggestion at
//! the end if there is one. `WRITE_CASES=1 cargo test …` writes them anew: look at the difference.

#![cfg(test)]

use std::fmt::Write as _;
use std::path::{Path, PathBuf};

use policy_document::check::{Finding, Severity, check};
use policy_document::tree::parse;

#[test]
fn every_case_has_its_findings() {
    let files = files();
    assert!(!files.is_empty(), "there are no cases");
    let mut wrong = String::new();
    for file in files {
        let text = std::fs::read_to_string(&file).unwrap();
        let is = checked(&text, &file, &mut wrong);
        if std::env::var_os("WRITE_CASES").is_some() {
            std::fs::write(&file, is).unwrap();
        } else if is != text {
            let lines = is.lines().zip(text.lines()).enumerate();
            let (line, (is, expected)) = lines.into_iter().find(|(_, (a, b))| a != b).unwrap();
            writeln!(wrong, "{}:{}\n  is {is}\n not {expected}", file.display(), line + 1).unwrap();
        }
    }
    assert!(wrong.is_empty(), "\n{wrong}");
}

fn files() -> Vec<PathBuf> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/cases");
    let entries = folder.read_dir().unwrap().map(|entry| entry.unwrap().path());
    let mut files: Vec<PathBuf> = entries.collect();
    files.sort();
    files
}

/// The text of a file with the findings that there are.
fn checked(text: &str, file: &Path, wrong: &mut String) -> String {
    let (mut policy_type, mut pointer) = (String::new(), String::new());
    let mut written = String::new();
    for (number, line) in text.lines().enumerate() {
        let (word, rest) = line.split_once(' ').unwrap_or((line, ""));
        if line.starts_with(' ') {
            continue;
        }
        writeln!(written, "{line}").unwrap();
        match word {
            "type" => rest.clone_into(&mut policy_type),
            "in" => rest.clone_into(&mut pointer),
            "" | "#" => {}
            "taken" | "refused" | "unknown" => {
                let findings = findings(rest, &policy_type, &pointer);
                let is_refused =
                    findings.iter().any(|found| found.rule.severity == Severity::Error);
                if (word == "refused") != is_refused {
                    let is = if is_refused { "an error" } else { "no error" };
                    writeln!(wrong, "{}:{}: {is}: {line}", file.display(), number + 1).unwrap();
                }
                for finding in findings {
                    writeln!(written, "    {}", printed(&finding, &pointer)).unwrap();
                }
            }
            _ => panic!("{}:{}: {line}", file.display(), number + 1),
        }
    }
    written
}

fn findings(members: &str, policy_type: &str, pointer: &str) -> Vec<Finding> {
    let text = if members.starts_with('=') {
        members.trim_start_matches('=').to_owned()
    } else {
        let keys: Vec<&str> = pointer.split('/').skip(1).filter(|key| !key.is_empty()).collect();
        let opened: String =
            keys.iter().map(|key| format!("{{{:?}: ", key.replace("~1", "/"))).collect();
        format!("{opened}{{{members}}}{}", "}".repeat(keys.len()))
    };
    let document = parse(&text).unwrap_or_else(|error| panic!("{text}: {error}"));
    check(&document, policy_type)
}

fn printed(finding: &Finding, pointer: &str) -> String {
    let severity = match finding.rule.severity {
        Severity::Error => "error",
        Severity::Warning => "warning",
    };
    let place = match finding.pointer.strip_prefix(pointer) {
        Some(below) if pointer.len() > 1 => format!("…{below}"),
        _ if finding.pointer.is_empty() => "the document".to_owned(),
        _ => finding.pointer.clone(),
    };
    let suggestion = finding.suggestion.as_ref().map(|text| format!("; did you mean {text}?"));
    let Finding { found, allowed, .. } = finding;
    let code = finding.rule.code;
    format!("{severity}[{code}] {place}: {found}: {allowed}{}", suggestion.unwrap_or_default())
}
