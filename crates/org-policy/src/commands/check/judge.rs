//! The checker's findings, without those that a comment or the command line takes away.

use std::collections::HashMap;

use policy_document::check::{self, Rule};
use policy_document::tree::Span;

use super::levels::Levels;
use crate::input::File;
use crate::report::{Checked, Places, Reported};
use crate::rules;
use crate::silence::{Silence, UNREADABLE, UNUSED, WITHOUT_REASON, silences};

/// Checks every document of a file.
pub fn judge(file: File, levels: &Levels) -> Checked {
    let mut silences = Silences::new(silences(&file));
    let (mut findings, mut silenced) = (Vec::new(), Vec::new());
    for found in found(&file) {
        match silences.reason(file.source.line_of(found.span.start), found.rule.code) {
            Some(reason) => silenced.push((found, reason)),
            None => findings.push(found),
        }
    }
    findings.extend(silences.findings());
    findings.retain_mut(|finding| {
        levels.severity(finding.rule).is_some_and(|severity| {
            finding.severity = severity;
            true
        })
    });
    findings.sort_by_key(|finding| finding.span.start);
    Checked { file, findings, silenced }
}

/// The comments that silence, and which of their codes have silenced something.
struct Silences {
    all: Vec<(Silence, Vec<&'static str>)>,
    by_line: HashMap<usize, Vec<usize>>,
}

impl Silences {
    fn new(silences: Vec<Silence>) -> Self {
        let mut by_line: HashMap<usize, Vec<usize>> = HashMap::new();
        for (index, silence) in silences.iter().enumerate() {
            by_line.entry(silence.line).or_default().push(index);
        }
        Self { all: silences.into_iter().map(|silence| (silence, Vec::new())).collect(), by_line }
    }

    /// Why a finding of this code on this line does not count, if a comment says so.
    fn reason(&mut self, line: usize, code: &'static str) -> Option<String> {
        let mut reason = None;
        for index in self.by_line.get(&line)? {
            let Some((Silence { says: Some(says), .. }, used)) = self.all.get_mut(*index) else {
                continue;
            };
            if says.codes.iter().any(|(listed, _)| listed == code) {
                used.push(code);
                reason = Some(says.reason.clone());
            }
        }
        reason
    }

    /// What is wrong with the comments themselves.
    fn findings(&self) -> impl Iterator<Item = Reported> {
        self.all.iter().flat_map(|(silence, used)| about(silence, used))
    }
}

/// What the checker finds, each with its document.
fn found(file: &File) -> Vec<Reported> {
    let mut all = Vec::new();
    for (index, document) in file.documents.iter().enumerate() {
        let findings = check::check(&document.root, &document.policy_type);
        if findings.is_empty() {
            continue;
        }
        let places = Places::new(&document.root);
        for finding in findings {
            let span = places.of(&finding, &file.source);
            let reported = Reported {
                document: Some(index),
                rule: finding.rule,
                severity: finding.rule.severity,
                pointer: finding.pointer,
                span,
                found: finding.found,
                allowed: finding.allowed,
                suggestion: finding.suggestion,
            };
            all.push(reported);
        }
    }
    all
}

/// What is wrong with a comment that silences, given the codes that it has silenced.
fn about(silence: &Silence, used: &[&str]) -> Vec<Reported> {
    let Some(says) = &silence.says else {
        let found = "this comment silences nothing";
        return vec![warning(&UNREADABLE, silence.span, found, "# org-policy: allow(CODE) reason")];
    };
    let mut found = Vec::new();
    for (code, span) in &says.codes {
        if rules::find(code).is_none() {
            found.push(warning(
                &UNREADABLE,
                *span,
                format!("there is no code {code}"),
                "the code of a finding",
            ));
        } else if !used.contains(&code.as_str()) {
            let allowed = format!("a code that is found on line {}", silence.line);
            found.push(warning(&UNUSED, *span, "this silences nothing", allowed));
        }
    }
    if says.reason.is_empty() {
        let found_ = "this silence has no reason";
        found.push(warning(&WITHOUT_REASON, silence.span, found_, "a reason behind the bracket"));
    }
    found
}

fn warning(
    rule: &'static Rule,
    span: Span,
    found: impl Into<String>,
    allowed: impl Into<String>,
) -> Reported {
    Reported {
        document: None,
        rule,
        severity: rule.severity,
        pointer: String::new(),
        span,
        found: found.into(),
        allowed: allowed.into(),
        suggestion: None,
    }
}
