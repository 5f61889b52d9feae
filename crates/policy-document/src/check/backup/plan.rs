//! How many parts a plan may have, and whether it can become whole.

use super::limits;
use super::rules::plan as rules;
use crate::check::grammar::{Operator, Setting, children, lock, member};
use crate::check::place::{Findings, Place, Problem};
use crate::tree::{Node, Value};

/// Selections by tags and by resources in one plan.
pub fn kinds_of_selections(plan: &Node, place: &Place<'_>, findings: &mut Findings) {
    let Some(selections) = member(plan, "selections") else { return };
    let has = |kind| {
        member(&selections.node, kind).is_some_and(|kind| children(&kind.node).next().is_some())
    };
    if has("tags") && has("resources") {
        let found = "the plan selects by tags and by resources";
        let problem =
            Problem::new(&rules::KINDS_OF_SELECTIONS, found, "one of tags and resources in a plan");
        findings.of_whole(&place.member(selections), &selections.node, problem);
    }
}

pub fn number_of_conditions(conditions: &Node, place: &Place<'_>, findings: &mut Findings) {
    let number: usize = children(conditions).map(|block| children(&block.node).count()).sum();
    if number > limits::CONDITIONS {
        let found = format!("{number} conditions are too many");
        let problem = Problem::new(
            &rules::TOO_MANY_CONDITIONS,
            found,
            format!("{} in a selection", limits::CONDITIONS),
        );
        findings.of_whole(place, conditions, problem);
    }
}

pub fn number_of_rules(rules: &Node, place: &Place<'_>, findings: &mut Findings) {
    effective_limit(
        rules,
        place,
        children(rules).count(),
        limits::RULES,
        "rules in a plan",
        findings,
    );
}

pub fn number_of_selections(tags: &Node, place: &Place<'_>, findings: &mut Findings) {
    let number = children(tags).count();
    effective_limit(
        tags,
        place,
        number,
        limits::SELECTIONS_BY_TAGS,
        "selections by tags in a plan",
        findings,
    );
}

pub fn number_of_copies(copies: &Node, place: &Place<'_>, findings: &mut Findings) {
    effective_limit(
        copies,
        place,
        children(copies).count(),
        limits::COPIES,
        "copy actions in a rule",
        findings,
    );
}

pub fn number_of_tags(tags: &Node, place: &Place<'_>, findings: &mut Findings) {
    effective_limit(
        tags,
        place,
        children(tags).count(),
        limits::RECOVERY_POINT_TAGS,
        "recovery point tags in a rule",
        findings,
    );
}

pub fn number_of_tag_values(selection: &Node, place: &Place<'_>, findings: &mut Findings) {
    let Some(values) = member(selection, "tag_value") else { return };
    let number = [Operator::Assign, Operator::Append]
        .into_iter()
        .filter_map(|operator| member(&values.node, operator.name()))
        .map(|operator| operator.node.items().len())
        .sum();
    let place = place.member(values);
    effective_limit(
        &values.node,
        &place,
        number,
        limits::TAG_VALUES,
        "tags in a selection",
        findings,
    );
}

pub fn assignments(plan: &Node, place: &Place<'_>, findings: &mut Findings) {
    let Some(selections) = member(plan, "selections") else { return };
    let number = children(&selections.node).map(|kind| children(&kind.node).count()).sum();
    let place = place.member(selections);
    effective_limit(
        &selections.node,
        &place,
        number,
        limits::SELECTIONS,
        "selections in a plan",
        findings,
    );
}

/// A number that one policy may exceed, but no account's effective policy.
fn effective_limit(
    node: &Node,
    place: &Place<'_>,
    number: usize,
    most: usize,
    what: &str,
    findings: &mut Findings,
) {
    if number > most {
        let found = format!("{number} {what} make every effective policy invalid");
        let problem = Problem::new(&rules::EFFECTIVE_LIMIT, found, format!("at most {most}"));
        findings.of_whole(place, node, problem);
    }
}

/// A plan that closes itself to child policies before it is whole.
pub fn closed_and_incomplete(plan: &Node, place: &Place<'_>, findings: &mut Findings) {
    let is_missing = |part: &&str| match *part {
        "selections" => lacks_entries(member(plan, part).map(|part| &part.node), |selections| {
            children(selections)
                .all(|kind| lacks_entries(Some(&kind.node), |kind| children(kind).next().is_none()))
        }),
        "rules" => lacks_entries(member(plan, part).map(|part| &part.node), |rules| {
            children(rules).next().is_none()
        }),
        _ => member(plan, part).is_none(),
    };
    let missing: Vec<&str> =
        ["regions", "rules", "selections"].into_iter().filter(is_missing).collect();
    if !missing.is_empty() {
        closed(plan, place, &missing.join(", "), findings);
    }
    let Some(regions) = member(plan, "regions") else { return };
    let assigned = Setting::of(plan, &["regions"]).assigned();
    if assigned.is_some_and(|assigned| assigned.node.value == Value::Array(Vec::new())) {
        closed(&regions.node, &place.member(regions), "Regions", findings);
    }
}

fn lacks_entries(node: Option<&Node>, is_empty: impl Fn(&Node) -> bool) -> bool {
    node.is_none_or(|node| !matches!(node.value, Value::Unknown(_)) && is_empty(node))
}

pub fn closed_rule_without_vault(rule: &Node, place: &Place<'_>, findings: &mut Findings) {
    closed_without(rule, place, "target_backup_vault_name", findings);
}

pub fn closed_selection_without_role(selection: &Node, place: &Place<'_>, findings: &mut Findings) {
    closed_without(selection, place, "iam_role_arn", findings);
}

fn closed_without(node: &Node, place: &Place<'_>, key: &str, findings: &mut Findings) {
    if member(node, key).is_none() {
        closed(node, place, key, findings);
    }
}

/// Adds that something is missing here, if child policies may not add it.
fn closed(node: &Node, place: &Place<'_>, missing: &str, findings: &mut Findings) {
    let Some(lock) = lock(node) else { return };
    let name = place.name().unwrap_or_default();
    let found = format!("{name:?} is closed to child policies and has no {missing}");
    let allowed = "what an effective plan needs, or a lock that leaves room for it";
    let problem = Problem::new(&rules::CLOSED_AND_INCOMPLETE, found, allowed);
    findings.of_value(&place.member(lock), &lock.node, problem);
}
