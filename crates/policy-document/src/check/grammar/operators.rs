//! The operators of management policies, and where each may stand.

use super::rules::{
    CHILDREN_CONTRADICTORY, CHILDREN_EMPTY, CHILDREN_UNKNOWN, ON_CONTAINER, OPERATOR_CASE,
    UNKNOWN_OPERATOR, WITHOUT_EFFECT,
};
use super::values::described;
use crate::check::near::nearest;
use crate::check::place::{Findings, Place, Problem};
use crate::tree::{Member, Node, Value};

/// An operator.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Operator {
    Assign,
    Append,
    Remove,
    /// Which of the others child policies may use.
    Children,
}

const ALL: [Operator; 4] =
    [Operator::Assign, Operator::Append, Operator::Remove, Operator::Children];

/// What child policies may be given.
const FOR_CHILDREN: [&str; 5] = ["@@all", "@@none", "@@assign", "@@append", "@@remove"];
/// The word that may not stand beside others.
const NONE: &str = "@@none";

impl Operator {
    /// As it is written.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Assign => "@@assign",
            Self::Append => "@@append",
            Self::Remove => "@@remove",
            Self::Children => "@@operators_allowed_for_child_policies",
        }
    }

    /// The operator of this name, in any case.
    pub fn of(key: &str) -> Option<Self> {
        ALL.into_iter().find(|operator| operator.name().eq_ignore_ascii_case(key))
    }
}

/// Whether a key is one, or wants to be.
pub fn is_operator(key: &str) -> bool {
    key.starts_with("@@")
}

/// An operator that stands beside groups of settings. Only what child policies may do can be said
/// there.
pub fn on_container(place: &Place<'_>, member: &Member, is_root: bool, findings: &mut Findings) {
    let Some(operator) = known(place, member, findings) else { return };
    match operator {
        Operator::Children => children(place, &member.node, findings),
        // AWS takes these at the top if they have no object, and makes nothing of them.
        _ if is_root && !holds_objects(&member.node) => {
            let found = format!("{} of the whole document does nothing", operator.name());
            findings.key(&WITHOUT_EFFECT, place, member, found, "operators at the settings below");
        }
        _ => {
            let found = format!("{} stands at a group of settings", operator.name());
            let allowed = format!("{} at the settings below", operator.name());
            findings.key(&ON_CONTAINER, place, member, found, allowed);
        }
    }
}

fn holds_objects(node: &Node) -> bool {
    matches!(node.value, Value::Object(_)) || node.items().iter().any(holds_objects)
}

/// The operator that a key at a setting is, if it is one. What child policies may do is checked.
pub fn at_setting(place: &Place<'_>, member: &Member, findings: &mut Findings) -> Option<Operator> {
    let operator = known(place, member, findings)?;
    if operator == Operator::Children {
        children(place, &member.node, findings);
    }
    Some(operator)
}

fn known(place: &Place<'_>, member: &Member, findings: &mut Findings) -> Option<Operator> {
    let operator = Operator::of(&member.key);
    match operator {
        Some(operator) if member.key != operator.name() => {
            let found = format!("{:?} is written in another case than in AWS's guide", member.key);
            let name = operator.name();
            let problem = Problem::new(&OPERATOR_CASE, found, name).suggesting(Some(name));
            findings.of_key(place, member, problem);
        }
        Some(_) => {}
        None => {
            let names = ALL.map(Operator::name);
            let found = format!("{:?} is no operator", member.key);
            let written = format!("@@{}", member.key.trim_start_matches('@'));
            let problem = Problem::new(&UNKNOWN_OPERATOR, found, names.join(", "));
            findings.of_key(place, member, problem.suggesting(nearest(&written, names)));
        }
    }
    operator
}

/// The list of what child policies may use.
fn children(place: &Place<'_>, node: &Node, findings: &mut Findings) {
    let items = match &node.value {
        Value::Unknown(_) => return,
        Value::Array(items) => items,
        _ => {
            let found = format!("{} is no list of operators", described(node));
            let problem = Problem::new(&CHILDREN_UNKNOWN, found, "a list such as [\"@@none\"]");
            let word = node.as_str().filter(|word| FOR_CHILDREN.contains(word));
            let list = word.map(|word| format!("[\"{word}\"]"));
            return findings.of_value(place, node, problem.suggesting_json(list));
        }
    };
    if items.is_empty() {
        let allowed = "[\"@@none\"] if they may use none, [\"@@all\"] if they may use all";
        findings.value(&CHILDREN_EMPTY, place, node, "the list is empty", allowed);
    }
    for (i, item) in items.iter().enumerate() {
        child(&place.index(i), items, i, item, findings);
    }
}

fn child(place: &Place<'_>, items: &[Node], i: usize, item: &Node, findings: &mut Findings) {
    if matches!(item.value, Value::Unknown(_)) {
        return;
    }
    let word = item.as_str().unwrap_or_default();
    let known = FOR_CHILDREN.into_iter().find(|known| known.eq_ignore_ascii_case(word));
    let Some(known) = known else {
        let found = format!("{} is nothing that child policies may be allowed", described(item));
        let problem = Problem::new(&CHILDREN_UNKNOWN, found, FOR_CHILDREN.join(", "));
        let written = format!("@@{}", word.trim_start_matches('@'));
        return findings.of_value(place, item, problem.suggesting(nearest(&written, FOR_CHILDREN)));
    };
    let is_repeated = items.iter().take(i).any(|former| former.as_str() == Some(word));
    if is_repeated {
        let found = format!("{word} stands in the list twice");
        findings.value(&CHILDREN_CONTRADICTORY, place, item, found, "each operator once");
    } else if known == NONE && items.len() > 1 {
        let found = format!("{NONE} stands beside other operators");
        findings.value(
            &CHILDREN_CONTRADICTORY,
            place,
            item,
            found,
            format!("{NONE} alone, or no {NONE}"),
        );
    }
}

/// Whether this list of what child policies may use is `@@none`.
pub fn locks(node: &Node) -> bool {
    matches!(node.items(), [only] if only.as_str().is_some_and(|word| word.eq_ignore_ascii_case(NONE)))
}
