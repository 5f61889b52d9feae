//! Where in a document the checker is, and what it has found so far.

use std::fmt;

use super::Finding;
use super::rules::Rule;
use crate::tree::{Member, Node, Span, pointer};

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
    Member(&'a Member),
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

    /// The value of a key below here, which knows where its key stands.
    pub fn member(&'a self, member: &'a Member) -> Self {
        Self { parent: Some(self), step: Step::Member(member) }
    }

    /// An item of the list here.
    pub fn index(&'a self, index: usize) -> Self {
        Self { parent: Some(self), step: Step::Index(index) }
    }

    /// The key whose value is here; none for the document and for items of lists.
    pub fn name(&self) -> Option<&'a str> {
        match self.step {
            Step::Key(key) => Some(key),
            Step::Member(member) => Some(&member.key),
            Step::Root | Step::Index(_) => None,
        }
    }

    /// Whether this is the whole document.
    pub fn is_root(&self) -> bool {
        self.parent.is_none()
    }
}

/// As a JSON pointer (RFC 6901).
impl fmt::Display for Place<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if let Some(parent) = self.parent {
            parent.fmt(f)?;
        }
        match (self.step, self.name()) {
            (Step::Index(index), _) => write!(f, "/{index}"),
            (_, Some(key)) => write!(f, "/{}", pointer::escape(key)),
            (_, None) => Ok(()),
        }
    }
}

/// Whether a text is as it has to be.
pub(super) type Checked = Result<(), Problem>;

/// What is wrong with something, wherever it stands.
#[derive(Debug)]
pub(super) struct Problem {
    rule: &'static Rule,
    found: String,
    allowed: String,
    suggestion: Option<String>,
}

impl Problem {
    /// A problem whose two phrases make one line: `30 is too short: at least 60 minutes`.
    pub fn new(rule: &'static Rule, found: impl Into<String>, allowed: impl Into<String>) -> Self {
        Self { rule, found: found.into(), allowed: allowed.into(), suggestion: None }
    }

    /// With the text that was probably meant, if one is near.
    pub fn suggesting(mut self, text: Option<&str>) -> Self {
        self.suggestion = text.map(quoted);
        self
    }

    /// With the JSON text that was probably meant.
    pub fn suggesting_json(mut self, json: Option<String>) -> Self {
        self.suggestion = json;
        self
    }
}

/// A text as JSON writes it.
pub(super) fn quoted(text: &str) -> String {
    serde_json::Value::from(text).to_string()
}

/// What has been found.
#[derive(Debug, Default)]
pub(super) struct Findings(Vec<Finding>);

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
        self.of_value(place, node, Problem::new(rule, found, allowed));
    }

    /// Something about a key. `place` is that of its value.
    pub fn key(
        &mut self,
        rule: &'static Rule,
        place: &Place<'_>,
        member: &Member,
        found: impl Into<String>,
        allowed: impl Into<String>,
    ) {
        self.of_key(place, member, Problem::new(rule, found, allowed));
    }

    /// Something about the value of `node`, which stands at `place`.
    pub fn of_value(&mut self, place: &Place<'_>, node: &Node, problem: Problem) {
        self.push(place, node.span, problem);
    }

    /// Something about a key. `place` is that of its value.
    pub fn of_key(&mut self, place: &Place<'_>, member: &Member, problem: Problem) {
        self.push(place, member.key_span, problem);
    }

    /// Something about an object or a list as a whole. The key that names it stands for it, or it
    /// would cover many lines of the source.
    pub fn of_whole(&mut self, place: &Place<'_>, node: &Node, problem: Problem) {
        let span = match place.step {
            Step::Member(member) => member.key_span,
            Step::Root => Span { start: node.span.start, end: node.span.start },
            Step::Key(_) | Step::Index(_) => node.span,
        };
        self.push(place, span, problem);
    }

    fn push(&mut self, place: &Place<'_>, span: Span, problem: Problem) {
        let Problem { rule, found, allowed, suggestion } = problem;
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
