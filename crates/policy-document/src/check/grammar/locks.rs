//! Locks that stand at a group of settings, while the settings below it stay open.

use super::operators::{self, Operator};
use super::rules::LOCK_ON_CONTAINER;
use crate::check::place::{Findings, Place, Problem};
use crate::tree::{Member, Node};

/// Adds every `@@none` at a group that has settings below it without one of their own. A setting
/// belongs to the nearest lock above it.
pub fn check(document: &Node, findings: &mut Findings) {
    group(document, &Place::root(), false, findings);
}

/// Settings below a group that nothing keeps child policies from changing.
#[derive(Default)]
struct Open {
    count: usize,
    first: Option<String>,
}

/// Which settings below a group are open, if the group or one around it is locked.
fn group(node: &Node, place: &Place<'_>, is_locked: bool, findings: &mut Findings) -> Open {
    let lock = lock(node);
    let is_locked = is_locked || lock.is_some();
    let mut open = Open::default();
    for member in node.members().iter().filter(|member| !operators::is_operator(&member.key)) {
        let here = place.member(member);
        let below = if is_setting(&member.node) {
            let is_open = is_locked && control(&member.node).is_none();
            Open { count: usize::from(is_open), first: is_open.then(|| here.to_string()) }
        } else {
            group(&member.node, &here, is_locked, findings)
        };
        open.count += below.count;
        open.first = open.first.or(below.first);
    }
    let Some(lock) = lock else { return open };
    if let Some(first) = open.first {
        report(lock, place, open.count, &first, findings);
    }
    Open::default()
}

fn report(lock: &Member, place: &Place<'_>, count: usize, first: &str, findings: &mut Findings) {
    let name = place.name().unwrap_or("the document");
    let first = first.strip_prefix(&format!("{place}/")).unwrap_or(first);
    let settings = if count == 1 { "setting" } else { "settings" };
    let found =
        format!("@@none at {name} leaves {count} {settings} below it open, such as {first}");
    let problem =
        Problem::new(&LOCK_ON_CONTAINER, found, "a lock at every setting that must not change");
    findings.of_value(&place.member(lock), &lock.node, problem);
}

/// What closes a setting or a group to child policies, if anything does.
pub(in crate::check) fn lock(node: &Node) -> Option<&Member> {
    control(node).filter(|control| operators::locks(&control.node))
}

/// What child policies may do here, if it is said.
fn control(node: &Node) -> Option<&Member> {
    let is_control = |member: &&Member| Operator::of(&member.key) == Some(Operator::Children);
    node.members().iter().find(is_control)
}

/// Whether a value is set here.
fn is_setting(node: &Node) -> bool {
    let sets =
        |member: &Member| !matches!(Operator::of(&member.key), None | Some(Operator::Children));
    node.members().iter().any(sets)
}
