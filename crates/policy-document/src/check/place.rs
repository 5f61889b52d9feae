//! Where in a document the checker is, and what it has found so far.

use std::fmt;

use super::rules::Rule;
use super::{Finding, Node, Span};
use crate::tree::Member;

/// The way from the document's root to a node. It lives on the stack, and becomes a text only where
/// something is found.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Place<'a> {
    parent: Option<&'a Place<'a>>,
    step: Step<'a>,
}

#[derive(Clone, Copy, Debug, Default)]
enum Step<'a> {
    #[default]
    Root,
    Key(&'a str),
    Index(usize),
}

impl<'a> Place<'a> {
    /// The document itself.
    pub fn root() -> Self {
        Self::default()
    }

    /// The value of a key below here.
    pub fn key(&'a self, key: &'a str) -> Self {
        Self { parent: Some(self), step: Step::Key(key) }
    }

    /// An item of the list here.
    pub fn index(&'a self, index: usize) -> Self {
        Self { parent: Some(self), step: Step::Index(index) }
    }
}

/// As a JSON pointer (RFC 6901).
impl fmt::Display for Place<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if let Some(parent) = self.parent {
            parent.fmt(f)?;
        }
        match self.step {
            Step::Root => Ok(()),
            Step::Key(key) => write!(f, "/{}", key.replace('~', "~0").replace('/', "~1")),
            Step::Index(index) => write!(f, "/{index}"),
        }
    }
}

/// What has been found.
#[derive(Debug, Default)]
pub(super) struct Findings(Vec<Finding>);

#[allow(dead_code)] // until the first family that finds a value
impl Findings {
    /// Something about the value of `node`, which stands at `place`. `found` and `allowed` make one
    /// line: `30 is too short: at least 60 minutes`.
    pub fn value(
        &mut self,
        rule: &'static Rule,
        place: &Place<'_>,
        node: &Node,
        found: impl Into<String>,
        allowed: impl Into<String>,
    ) {
        self.push(rule, place, node.span, found.into(), allowed.into(), None);
    }

    /// Something about a key, with what it should probably be. `place` is that of its value.
    pub fn key(
        &mut self,
        rule: &'static Rule,
        place: &Place<'_>,
        member: &Member,
        found: impl Into<String>,
        allowed: impl Into<String>,
    ) {
        self.push(rule, place, member.key_span, found.into(), allowed.into(), None);
    }

    /// What the last finding should probably be, as a text that replaces what its span covers.
    pub fn suggest(&mut self, suggestion: Option<String>) {
        if let Some(last) = self.0.last_mut() {
            last.suggestion = suggestion;
        }
    }

    fn push(
        &mut self,
        rule: &'static Rule,
        place: &Place<'_>,
        span: Span,
        found: String,
        allowed: String,
        suggestion: Option<String>,
    ) {
        let pointer = place.to_string();
        self.0.push(Finding { rule, pointer, span, found, allowed, suggestion });
    }

    /// All of them, in the order of the source.
    pub fn into_sorted(self) -> Vec<Finding> {
        let mut findings = self.0;
        findings.sort_by_key(|finding| finding.span.start);
        findings
    }
}
