//! Settings below an object, for the checks of what they have to do with each other.

use std::borrow::Cow;

use super::operators::Operator;
use crate::check::place::{Findings, Place, Problem};
use crate::tree::{Member, Node, Value};

/// What a policy assigns to a setting.
pub(in crate::check) enum Setting<'a> {
    /// Nothing: another policy may.
    Absent,
    /// Something that only a deployment can know.
    Unknown,
    /// This.
    Assigned(Assigned<'a>),
}

/// A value that is assigned, and the way to it.
pub(in crate::check) struct Assigned<'a> {
    way: Vec<&'a Member>,
    pub node: &'a Node,
}

impl<'a> Setting<'a> {
    /// What is assigned to the setting at the end of these keys, below `node`.
    pub fn of(node: &'a Node, keys: &[&str]) -> Self {
        let mut way = Vec::with_capacity(keys.len() + 1);
        let mut node = node;
        for key in keys.iter().copied().chain([Operator::Assign.name()]) {
            if matches!(node.value, Value::Unknown(_)) {
                return Self::Unknown;
            }
            let Some(member) = member(node, key) else { return Self::Absent };
            way.push(member);
            node = &member.node;
        }
        match &node.value {
            Value::Unknown(_) => Self::Unknown,
            _ => Self::Assigned(Assigned { way, node }),
        }
    }

    /// The value, if there is one and it is known.
    pub fn assigned(self) -> Option<Assigned<'a>> {
        match self {
            Self::Assigned(assigned) => Some(assigned),
            Self::Absent | Self::Unknown => None,
        }
    }
}

impl Assigned<'_> {
    /// The value as a text, as AWS reads numbers and booleans too.
    pub fn text(&self) -> Option<Cow<'_, str>> {
        self.node.scalar()
    }

    /// The value as a whole number.
    pub fn number(&self) -> Option<u64> {
        self.text()?.parse().ok()
    }

    /// Adds that something is wrong with the value, which stands below this place.
    pub fn add(&self, place: &Place<'_>, problem: Problem, findings: &mut Findings) {
        descend(place, &self.way, |here| findings.of_value(here, self.node, problem));
    }
}

/// The place at the end of this way below another.
fn descend(place: &Place<'_>, way: &[&Member], at_the_end: impl FnOnce(&Place<'_>)) {
    match way.split_first() {
        Some((member, rest)) => descend(&place.member(member), rest, at_the_end),
        None => at_the_end(place),
    }
}

/// The member of an object that has this key, in any case.
pub(in crate::check) fn member<'a>(node: &'a Node, key: &str) -> Option<&'a Member> {
    node.members().iter().find(|member| member.key.eq_ignore_ascii_case(key))
}

/// The settings and groups of an object: its members but operators.
pub(in crate::check) fn children(node: &Node) -> impl Iterator<Item = &Member> {
    node.members().iter().filter(|member| !super::operators::is_operator(&member.key))
}
