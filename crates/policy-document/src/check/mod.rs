//! What is wrong with a policy document, and where.
//!
//! [`check`] never fails and never stops at the first finding. Where it is not known whether AWS
//! takes something, it warns at most.

mod document;
mod place;
mod rules;

pub use rules::{Rule, Severity};

use self::place::Findings;
use crate::tree::{Node, Span};

/// One thing that is wrong, or may be.
#[derive(Clone, Debug)]
pub struct Finding {
    /// The rule that is broken: its code, its severity and where it comes from.
    pub rule: &'static Rule,
    /// Where, as a JSON pointer (RFC 6901): `/plans/daily/rules/nightly`.
    pub pointer: String,
    /// Where in the source: the key or the value concerned.
    pub span: Span,
    /// What was found there: `30 minutes`.
    pub found: String,
    /// What is allowed there: `at least 60`.
    pub allowed: String,
    /// What was probably meant, as a text that can replace what the span covers, if one is near.
    pub suggestion: Option<String>,
}

/// One or several policy types, and how their documents are checked.
struct Family {
    /// The policy types, as Organizations names them; none if the family is about every document.
    types: &'static [&'static str],
    /// Which of its types a document is, if it looks like one.
    recognizes: fn(&Node) -> Option<&'static str>,
    /// Adds what is wrong with a document, which is of this type.
    check: fn(&Node, &str, &mut Findings),
    /// All rules that `check` can find broken.
    rules: &'static [&'static Rule],
}

/// Asked in this order which type a document is.
static FAMILIES: &[&Family] = &[&document::FAMILY];

/// Everything that is wrong with a document of this type, in the order of the source.
pub fn check(document: &Node, policy_type: &str) -> Vec<Finding> {
    let mut findings = Findings::default();
    for family in FAMILIES {
        if family.types.is_empty() || family.types.contains(&policy_type) {
            (family.check)(document, policy_type, &mut findings);
        }
    }
    findings.into_sorted()
}

/// The type that a document is by what it holds, as Organizations names it.
pub fn policy_type_of(document: &Node) -> Option<&'static str> {
    FAMILIES.iter().find_map(|family| (family.recognizes)(document))
}

/// All rules, family by family.
pub fn rules() -> impl Iterator<Item = &'static Rule> {
    #[cfg(feature = "template")]
    let of_templates = crate::template::RULES;
    #[cfg(not(feature = "template"))]
    let of_templates: &[&Rule] = &[];
    let of_documents = FAMILIES.iter().flat_map(|family| family.rules.iter());
    of_documents.chain(of_templates).copied()
}
