//! Service control policies and resource control policies: which apply to an account, and which
//! statement denies an action.
//!
//! They do not merge. An action is allowed only if at every place on the way from the root to the
//! account some statement allows it, and nowhere one denies it. The order of attachment does not
//! count. Neither type applies to the management account.
//!
//! Conditions are not evaluated, and neither are resources and principals: where a statement has any
//! but `*`, it is said that it counts for some requests only.
//!
//! Source: "SCP evaluation" and "RCP evaluation" of the Organizations user guide.

use crate::check::iam::{SCP, glob};
use crate::tree::pointer::join;
use crate::tree::{Node, Value};

use super::organization::{Organization, PlaceId, PolicyId};
use super::setting::Source;

/// A policy that applies to an account.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Applied {
    /// Where it is attached.
    pub place: PlaceId,
    /// The policy.
    pub policy: PolicyId,
}

/// The policies of a type on the way from the root to a place.
pub fn applied(organization: &Organization, place: PlaceId, policy_type: &str) -> Vec<Applied> {
    if !organization.is_enabled(policy_type) {
        return Vec::new();
    }
    let at = |place: PlaceId| {
        let attached = organization.attached(place, policy_type).into_iter();
        attached.map(move |attachment| Applied { place, policy: attachment.policy })
    };
    organization.path(place).into_iter().flat_map(at).collect()
}

/// What the policies of a type say to an action.
#[derive(Clone, Debug)]
pub struct Answer {
    /// What it comes to.
    pub verdict: Verdict,
    /// The statements that deny it.
    pub denying: Vec<Statement>,
    /// The statements that allow it.
    pub allowing: Vec<Statement>,
    /// The places where no statement allows it, although policies are attached there.
    pub not_allowed_at: Vec<PlaceId>,
}

/// What it comes to.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Verdict {
    /// Denied, whatever the request.
    Denied,
    /// Denied for some requests: under a condition, or for some resources or principals.
    DeniedForSome,
    /// Not denied by these policies. That anything else allows it is not said.
    NotDenied,
    /// These policies do not apply: to the management account, or since the type is not enabled.
    DoesNotApply,
}

/// A statement that is about an action.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Statement {
    /// The statement in its policy, and the place.
    pub source: Source,
    /// Its Sid, if it has one.
    pub sid: Option<String>,
    /// What of it limits the requests that it is about; empty if nothing does.
    pub only: Vec<Only>,
}

/// What limits the requests that a statement is about.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Only {
    /// Conditions, with their operators: `StringEquals`.
    Conditions(Vec<String>),
    /// Resources other than all: the element that says so, `Resource` or `NotResource`.
    Resources(&'static str),
    /// Principals other than all: the element that says so.
    Principals(&'static str),
    /// The action itself or the effect can only be known once it is deployed, for this reason.
    Unknown(String),
}

/// What the policies of a type say to an action (`backup:DeleteRecoveryPoint`) in an account.
pub fn ask(
    organization: &Organization,
    account: PlaceId,
    policy_type: &str,
    action: &str,
) -> Answer {
    let mut answer = Answer {
        verdict: Verdict::NotDenied,
        denying: Vec::new(),
        allowing: Vec::new(),
        not_allowed_at: Vec::new(),
    };
    let is_management = organization.place(account).is_some_and(|place| {
        organization.management_account.as_ref().is_some_and(|id| *id == place.id)
    });
    if is_management || !organization.is_enabled(policy_type) {
        return Answer { verdict: Verdict::DoesNotApply, ..answer };
    }
    let mut sometimes_allowed = false;
    for place in organization.path(account) {
        let mut allowed = None;
        let attached = organization.attached(place, policy_type);
        for attachment in &attached {
            let Some(policy) = organization.policy(attachment.policy) else { continue };
            let at = Applied { place, policy: attachment.policy };
            for (effect, statement) in statements(&policy.document, at, action) {
                if effect == Effect::Deny {
                    answer.denying.push(statement);
                } else {
                    let always = statement.only.is_empty();
                    allowed = Some(allowed.unwrap_or(false) || always);
                    answer.allowing.push(statement);
                }
            }
        }
        // At every place at least one service control policy is attached; where none is listed, it is
        // AWS's own, which allows all. The one for resources is attached everywhere and stays.
        let listed = !attached.is_empty() && policy_type == SCP;
        match allowed {
            None if listed => answer.not_allowed_at.push(place),
            Some(false) => sometimes_allowed = true,
            _ => {}
        }
    }
    let always_denied = answer.denying.iter().any(|statement| statement.only.is_empty());
    answer.verdict = if always_denied || !answer.not_allowed_at.is_empty() {
        Verdict::Denied
    } else if sometimes_allowed || !answer.denying.is_empty() {
        Verdict::DeniedForSome
    } else {
        Verdict::NotDenied
    };
    answer
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Effect {
    Allow,
    Deny,
}

/// The statements of a document that are about an action.
fn statements(document: &Node, at: Applied, action: &str) -> Vec<(Effect, Statement)> {
    let Some(statements) = document.get("Statement") else { return Vec::new() };
    let list = matches!(statements.value, Value::Array(_));
    let pointer = |index: usize| {
        if list { join("/Statement", index) } else { "/Statement".to_owned() }
    };
    let items = statements.one_or_more().iter().enumerate();
    items.filter_map(|(index, node)| statement(node, at, pointer(index), action)).collect()
}

fn statement(
    node: &Node,
    at: Applied,
    pointer: String,
    action: &str,
) -> Option<(Effect, Statement)> {
    let mut only = Vec::new();
    let effect = node.get("Effect")?;
    let effect = match (&effect.value, effect.as_str()) {
        (_, Some("Allow")) => Effect::Allow,
        (_, Some("Deny")) => Effect::Deny,
        (Value::Unknown(why), _) => {
            only.push(Only::Unknown(why.clone()));
            Effect::Deny
        }
        _ => return None,
    };
    let about = match (node.get("Action"), node.get("NotAction")) {
        (Some(actions), _) => matching(actions, action),
        (None, Some(actions)) => matching(actions, action).not(),
        (None, None) => return None,
    };
    match about {
        Match::No => return None,
        Match::Yes => {}
        Match::Unknown(why) => only.push(Only::Unknown(why)),
    }
    only.extend(limits(node));
    let sid = node.get("Sid").and_then(Node::as_str).map(str::to_owned);
    let source =
        Source { place: at.place, policy: at.policy, pointer: pointer.into(), span: node.span };
    Some((effect, Statement { source, sid, only }))
}

/// What of a statement limits the requests that it is about.
fn limits(statement: &Node) -> Vec<Only> {
    let mut only = Vec::new();
    let conditions: Vec<String> = statement
        .get("Condition")
        .map(|condition| condition.members().iter().map(|member| member.key.clone()).collect())
        .unwrap_or_default();
    if !conditions.is_empty() {
        only.push(Only::Conditions(conditions));
    }
    if statement.get("Resource").is_some_and(|resources| !is_all(resources)) {
        only.push(Only::Resources("Resource"));
    }
    if statement.get("NotResource").is_some() {
        only.push(Only::Resources("NotResource"));
    }
    if statement.get("Principal").is_some_and(|principal| !is_everybody(principal)) {
        only.push(Only::Principals("Principal"));
    }
    if statement.get("NotPrincipal").is_some() {
        only.push(Only::Principals("NotPrincipal"));
    }
    only
}

fn is_all(node: &Node) -> bool {
    node.one_or_more().iter().any(|item| item.as_str() == Some("*"))
}

fn is_everybody(principal: &Node) -> bool {
    is_all(principal) || principal.get("AWS").is_some_and(is_all)
}

enum Match {
    Yes,
    No,
    Unknown(String),
}

impl Match {
    fn not(self) -> Self {
        match self {
            Self::Yes => Self::No,
            Self::No => Self::Yes,
            Self::Unknown(why) => Self::Unknown(why),
        }
    }
}

/// Whether an entry of `Action`, `backup:Delete*` say, names this action. AWS compares without regard to case.
pub fn names(entry: &str, action: &str) -> bool {
    glob::matches(entry, action)
}

/// Whether an action is one of these. AWS compares without regard to case.
fn matching(actions: &Node, action: &str) -> Match {
    let mut unknown = None;
    for pattern in actions.one_or_more() {
        match &pattern.value {
            Value::String(entry) if names(entry, action) => return Match::Yes,
            Value::Unknown(why) => unknown = Some(why.clone()),
            _ => {}
        }
    }
    unknown.map_or(Match::No, Match::Unknown)
}
