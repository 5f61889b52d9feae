//! The checker's findings, without those that a comment or the command line takes away.

use std::collections::HashMap;

use policy_document::check::{Finding, Rule};
use policy_document::tree::Span;

use super::levels::Levels;
use crate::input::{File, MetadataSilence};
use crate::report::{Checked, Places, Reported};
use crate::rules;
use crate::silence::{Silence, UNREADABLE, UNUSED, WITHOUT_REASON, silences};

/// What counts of what was found in a file.
pub fn judge(file: File, levels: &Levels) -> Checked {
    let mut silences = Silences::new(silences(&file), &file.metadata_silences);
    let (mut findings, mut silenced) = (Vec::new(), Vec::new());
    for found in found(&file) {
        match silences.reason(file.source.line_of(found.span.start), &found) {
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

/// What silences, and which of its codes have silenced something.
struct Silences<'a> {
    comments: Vec<(Silence, Vec<&'static str>)>,
    by_line: HashMap<usize, Vec<usize>>,
    metadata: Vec<(&'a MetadataSilence, bool)>,
}

impl<'a> Silences<'a> {
    fn new(comments: Vec<Silence>, metadata: &'a [MetadataSilence]) -> Self {
        let mut by_line: HashMap<usize, Vec<usize>> = HashMap::new();
        for (index, silence) in comments.iter().enumerate() {
            by_line.entry(silence.line).or_default().push(index);
        }
        Self {
            comments: comments.into_iter().map(|silence| (silence, Vec::new())).collect(),
            by_line,
            metadata: metadata.iter().map(|silence| (silence, false)).collect(),
        }
    }

    /// Why a finding on this line does not count, if a comment or the resource's Metadata says so.
    fn reason(&mut self, line: usize, found: &Reported) -> Option<String> {
        let by_comment = self.reason_in_comments(line, found.rule.code);
        by_comment.or_else(|| self.reason_in_metadata(found))
    }

    fn reason_in_comments(&mut self, line: usize, code: &'static str) -> Option<String> {
        let mut reason = None;
        for index in self.by_line.get(&line)? {
            let Some((Silence { says: Some(says), .. }, used)) = self.comments.get_mut(*index)
            else {
                continue;
            };
            if says.codes.iter().any(|(listed, _)| listed == code) {
                used.push(code);
                reason = Some(says.reason.clone());
            }
        }
        reason
    }

    fn reason_in_metadata(&mut self, found: &Reported) -> Option<String> {
        let is_it = |silence: &MetadataSilence| {
            Some(silence.document) == found.document && silence.code == found.rule.code
        };
        let (silence, used) = self.metadata.iter_mut().find(|(silence, _)| is_it(silence))?;
        *used = true;
        Some(silence.reason.clone())
    }

    /// What is wrong with the silences themselves.
    fn findings(&self) -> impl Iterator<Item = Reported> {
        let comments = self.comments.iter().flat_map(|(silence, used)| about(silence, used));
        let metadata =
            self.metadata.iter().flat_map(|(silence, used)| about_metadata(silence, *used));
        comments.chain(metadata)
    }
}

/// What is wrong with a silence in Metadata.
fn about_metadata(silence: &MetadataSilence, used: bool) -> Vec<Reported> {
    let mut found = Vec::new();
    if rules::find(&silence.code).is_none() {
        let problem = format!("there is no code {}", silence.code);
        found.push(warning(&UNREADABLE, silence.span, problem, "the code of a finding"));
    } else if !used {
        let allowed = "a code that is found in this resource";
        found.push(warning(&UNUSED, silence.span, "this silences nothing", allowed));
    }
    if silence.reason.is_empty() {
        let problem = "this silence has no reason";
        found.push(warning(&WITHOUT_REASON, silence.span, problem, "a reason as the code's value"));
    }
    found
}

/// What the checker has found, each with its place in the text.
fn found(file: &File) -> Vec<Reported> {
    if file.found.is_empty() {
        return Vec::new();
    }
    let places = Places::new(&file.root);
    let found = file.found.iter().cloned();
    found.map(|(document, found)| reported(document, found, &places, file)).collect()
}

fn reported(document: Option<usize>, found: Finding, places: &Places, file: &File) -> Reported {
    Reported {
        document,
        rule: found.rule,
        severity: found.rule.severity,
        span: places.of(&found, &file.source),
        pointer: found.pointer,
        found: found.found,
        allowed: found.allowed,
        suggestion: found.suggestion,
    }
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
