//! The rules as data: what `--explain` and docs/CHECKS.md show.

/// How bad a finding is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Severity {
    /// AWS takes it, or may take it, but it probably does not do what was meant.
    Warning,
    /// AWS refuses it, or it can never do anything.
    Error,
}

impl Severity {
    /// As it is called: `error` or `warning`.
    pub fn word(self) -> &'static str {
        match self {
            Self::Warning => "warning",
            Self::Error => "error",
        }
    }
}

/// One rule. Its code begins with what it is about: `backup-`, `scp-`, `tag-`; `document-` for
/// documents of every type, `operator-` for the operators of management policies.
#[derive(Debug)]
pub struct Rule {
    /// The name that people type: `backup-window-too-short`.
    pub code: &'static str,
    /// How bad a finding of this rule is.
    pub severity: Severity,
    /// The rule in one sentence.
    pub summary: &'static str,
    /// Why it is so, and what to do; some sentences.
    pub explanation: &'static str,
    /// The type of the two documents below, as Organizations names it.
    pub policy_type: &'static str,
    /// A small document that breaks this rule and no other.
    pub wrong: &'static str,
    /// The same document, right.
    pub right: &'static str,
    /// Who says so: the page of AWS, or "captured" for what others saw AWS do.
    pub source: &'static str,
    /// When the source was read: `2026-09`.
    pub date: &'static str,
}

/// Where rules come from. A captured rule is what others saw the service take and refuse.
pub(super) mod source {
    /// The grammar of backup policies.
    pub const BACKUP_SYNTAX: &str =
        "AWS Organizations user guide, \"Backup policy syntax and examples\"";
    /// CreatePolicy's answers to backup policies.
    pub const CAPTURED: &str = "captured: CreatePolicy's answers, as others recorded them";
    /// Operators.
    pub const OPERATORS: &str = "AWS Organizations user guide, \"Inheritance operators\"";
}
