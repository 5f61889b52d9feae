//! What is wrong with a policy document, and where.
//!
//! [`check`] never fails and never stops at the first finding. Where it is not known whether AWS
//! takes something, it warns at most.
//!
//! `document` looks at what documents of every type have in common. Each family of policy types then
//! has a module of its own. Those of the management policies have a table of their grammar, which
//! `grammar` follows.

pub(crate) mod backup;
mod document;
pub(crate) mod grammar;
pub(crate) mod iam;
mod management;
mod regions;
mod near;
mod place;
mod rules;

pub use rules::{Rule, Severity};

use self::place::Findings;
use crate::quotas::largest_content;
use crate::tree::{Node, Span};

/// One thing that is wrong, or may be.
#[derive(Clone, Debug)]
pub struct Finding {
    /// The rule that is broken: its code, its severity and where it comes from.
    pub rule: &'static Rule,
    /// Where, as a JSON pointer (RFC 6901): `/plans/daily/rules/nightly`.
    pub pointer: String,
    /// Where in the source: the value concerned, or the key if the finding is about the key, or about an object as a
    /// whole.
    pub span: Span,
    /// What was found there: `30 is too short`. With what is allowed it makes one line.
    pub found: String,
    /// What is allowed there: `at least 60 minutes`.
    pub allowed: String,
    /// What was probably meant, as a JSON text that can replace what the span covers, if something is near.
    pub suggestion: Option<String>,
}

/// One or several policy types, and how their documents are checked.
struct Family {
    /// The policy types, as Organizations names them.
    types: &'static [&'static str],
    /// Which of its types a document is, if it looks like one.
    recognizes: fn(&Node) -> Option<&'static str>,
    /// Adds what is wrong with a document, which is of this type.
    check: fn(&Node, &str, &mut Findings),
    /// The rules that only this family has.
    rules: &'static [&'static Rule],
}

/// Asked in this order which type a document is.
static FAMILIES: &[&Family] = &[&backup::FAMILY, &iam::FAMILY, &management::FAMILY];

/// Everything that is wrong with a document of this type, in the order of the source.
pub fn check(document: &Node, policy_type: &str) -> Vec<Finding> {
    check_within(document, policy_type, largest_content(policy_type))
}

/// The same for an organization whose documents of this type may have so many characters; none, if that is not known.
pub fn check_within(document: &Node, policy_type: &str, characters: Option<usize>) -> Vec<Finding> {
    let mut findings = Findings::default();
    document::check(document, policy_type, characters, &mut findings);
    for family in FAMILIES.iter().filter(|family| family.types.contains(&policy_type)) {
        (family.check)(document, policy_type, &mut findings);
    }
    findings.into_sorted()
}

/// The type that a document is by what it holds, as Organizations names it.
pub fn policy_type_of(document: &Node) -> Option<&'static str> {
    FAMILIES.iter().find_map(|family| (family.recognizes)(document))
}

/// All rules: those of every document, those of every management policy, then family by family.
pub fn rules() -> impl Iterator<Item = &'static Rule> {
    let general = [document::RULES, grammar::RULES];
    let rules = general.into_iter().chain(FAMILIES.iter().map(|family| family.rules));
    rules.chain(of_templates()).flat_map(|rules| rules.iter().copied())
}

#[cfg(feature = "template")]
fn of_templates() -> Option<&'static [&'static Rule]> {
    Some(crate::template::RULES)
}

#[cfg(not(feature = "template"))]
fn of_templates() -> Option<&'static [&'static Rule]> {
    None
}

/// The types whose documents are checked, as Organizations names them.
pub fn policy_types() -> impl Iterator<Item = &'static str> {
    FAMILIES.iter().flat_map(|family| family.types.iter().copied())
}
