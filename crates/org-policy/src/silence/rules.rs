//! What can be wrong with a comment that silences a finding.

use policy_document::check::{Rule, Severity};

const SOURCE: &str = "docs/CHECKING.md, \"Silence one finding\"";
const DATE: &str = "2026-11";

/// The rules about such comments.
pub static RULES: &[&Rule] = &[&UNREADABLE, &UNUSED, &WITHOUT_REASON];

/// It is not of the form that is read, or names a code that there is not.
pub static UNREADABLE: Rule = Rule {
    code: "silence-unreadable",
    severity: Severity::Warning,
    summary: "A comment that begins with `org-policy:` goes on with `allow(CODE) reason`.",
    explanation: "A comment that is addressed to this tool and cannot be read silences nothing, and \
                  nobody would notice. Write `# org-policy: allow(CODE) reason`, with a code that \
                  stands in brackets behind the word error or warning of a finding.",
    policy_type: "BACKUP_POLICY",
    wrong: "# org-policy: ignore document-duplicate-key\nplans: {daily: {}}\n",
    right: "plans: {daily: {}}\n",
    source: SOURCE,
    date: DATE,
};

/// It matches no finding.
pub static UNUSED: Rule = Rule {
    code: "silence-unused",
    severity: Severity::Warning,
    summary: "A comment that silences a code stands on the line of such a finding, or above it.",
    explanation: "A silence that matches nothing hides the next finding of its kind, which nobody has \
                  judged. Take it out once the finding is gone. If the finding is still there, put the \
                  comment at the end of its line, or on the line above.",
    policy_type: "BACKUP_POLICY",
    wrong: "# org-policy: allow(document-duplicate-key) both are the same\nplans: {daily: {}}\n",
    right: "plans: {daily: {}}\n",
    source: SOURCE,
    date: DATE,
};

/// It silences, and does not say why.
pub static WITHOUT_REASON: Rule = Rule {
    code: "silence-without-reason",
    severity: Severity::Warning,
    summary: "A comment that silences a finding says why.",
    explanation: "Whoever reads the policy next has to know why the finding does not count. Write the \
                  reason behind the bracket: `# org-policy: allow(CODE) the vault is made by hand`.",
    policy_type: "BACKUP_POLICY",
    wrong: "plans:\n  daily: {}\n  daily: {}  # org-policy: allow(document-duplicate-key)\n",
    right: "plans:\n  daily: {}\n  daily: {}  # org-policy: allow(document-duplicate-key) kept for the test\n",
    source: SOURCE,
    date: DATE,
};
