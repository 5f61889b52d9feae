//! Service control policies (SCPs) and resource control policies (RCPs): documents in the language of IAM.
//!
//! First the form, element by element; then what the statements mean; then, with the feature `catalogue`, whether
//! the actions, resources and condition keys that they name exist and go together.

mod action;
#[cfg(feature = "catalogue")]
mod catalogue;
mod condition;
mod forbidden;
mod form;
pub(crate) mod glob;
mod identifiers;
mod meaning;
mod operator;
mod resource;
mod statement;

use super::Family;
use super::document::characters;
use super::place::Findings;
use super::rules::Rule;
use crate::tree::{Node, Value};
use statement::{Effect, Statement};

pub(super) static FAMILY: Family = Family { types: &[SCP, RCP], recognizes, check, rules: RULES };

pub(crate) const SCP: &str = "SERVICE_CONTROL_POLICY";
pub(crate) const RCP: &str = "RESOURCE_CONTROL_POLICY";

/// Twice as many characters as the largest document has. What compares patterns with each other takes as long as the
/// square of them.
const MOST_CHARACTERS: usize = 20_480;

/// Which of the two a document is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Kind {
    Scp,
    Rcp,
}

/// A document with statements is a policy of IAM. One whose statements name principals can be an RCP, if it allows
/// nothing; otherwise it is the policy of a bucket, a key or a role, and none of an organization.
fn recognizes(document: &Node) -> Option<&'static str> {
    document.get("Statement")?;
    let statements = statement::all(document);
    let names_principals =
        |statement: &Statement<'_>| statement.has("Principal") || statement.has("NotPrincipal");
    if !statements.iter().any(names_principals) {
        return Some(SCP);
    }
    let allows = statements.iter().any(|statement| statement.effect() == Some(Effect::Allow));
    (!allows).then_some(RCP)
}

fn check(document: &Node, policy_type: &str, findings: &mut Findings) {
    if matches!(document.value, Value::Unknown(_)) {
        return;
    }
    let kind = if policy_type == RCP { Kind::Rcp } else { Kind::Scp };
    form::check(document, kind, findings);
    // What is far too large for a policy would take long, and its size is what is wrong with it.
    if characters(document) > MOST_CHARACTERS {
        return;
    }
    let statements = statement::all(document);
    meaning::check(&statements, kind, findings);
    #[cfg(feature = "catalogue")]
    catalogue::check(&statements, kind, findings);
}

static RULES: &[&Rule] = &[
    &form::WRONG_TYPE,
    &form::UNKNOWN_ELEMENT,
    &form::MISSING_ELEMENT,
    &form::CONFLICT,
    &form::EMPTY_LIST,
    &form::EFFECT,
    &identifiers::VERSION,
    &identifiers::OLD_VERSION,
    &identifiers::ID,
    &identifiers::SCP_SID,
    &identifiers::RCP_SID,
    &identifiers::DUPLICATE_SID,
    &forbidden::SCP_PRINCIPAL,
    &forbidden::RCP_PRINCIPAL,
    &forbidden::RCP_NOT_PRINCIPAL,
    &forbidden::RCP_NOT_ACTION,
    &forbidden::RCP_ALLOW,
    &action::SYNTAX,
    &action::RCP_SERVICE,
    &resource::NOT_AN_ARN,
    &resource::ARN_PARTS,
    &condition::OPERATOR,
    &condition::KEY_SYNTAX,
    &condition::VALUE,
    &condition::WILDCARD,
    &meaning::EXCEPTS_EVERYTHING,
    &meaning::CONTRADICTION,
    &meaning::DENY_EVERYTHING,
    &meaning::ALLOW_NOTHING,
    #[cfg(feature = "catalogue")]
    &catalogue::rules::UNKNOWN_SERVICE,
    #[cfg(feature = "catalogue")]
    &catalogue::rules::UNKNOWN_ACTION,
    #[cfg(feature = "catalogue")]
    &catalogue::rules::UNKNOWN_KEY,
    #[cfg(feature = "catalogue")]
    &catalogue::rules::KEY_NOT_OF_ACTION,
    #[cfg(feature = "catalogue")]
    &catalogue::rules::OPERATOR_TYPE,
    #[cfg(feature = "catalogue")]
    &catalogue::rules::SET_OPERATOR,
    #[cfg(feature = "catalogue")]
    &catalogue::rules::NEVER_MATCHES,
    #[cfg(feature = "catalogue")]
    &catalogue::rules::RCP_SERVICE,
];
