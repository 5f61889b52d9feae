//! The actions of a statement: whether they exist, and can be about its resources.

use super::super::super::place::{Findings, Place, Problem};
use super::super::action::Action;
use super::super::statement::{Statement, each, is_open, without_variables};
use super::super::{Kind, glob, resource};
use super::data::{self, Entry, Section};
use super::{rules, spelling};
use crate::tree::Node;

pub(super) fn check(statement: &Statement<'_>, kind: Kind, findings: &mut Findings) {
    for element in ["Action", "NotAction"] {
        let Some(member) = statement.member(element) else { continue };
        let resources = resources(statement).filter(|_| element == "Action");
        statement.locate(|place| {
            each(&member.node, &place.member(member), |node, place| {
                let Some(text) = node.as_str().filter(|text| !is_open(text)) else { return };
                let Some(Action::Of { service, name }) = Action::read(text) else { return };
                let found = exists(service, name, node, place, findings);
                if kind == Kind::Rcp && element == "Action" {
                    is_reached(service, node, place, findings);
                }
                if let Some(resources) = resources.as_deref().filter(|_| found) {
                    concerns(service, name, resources, (node, place), findings);
                }
            });
        });
    }
}

/// The sections that the prefix of an action means; wildcards may stand in it.
pub(super) fn services(prefix: &str) -> impl Iterator<Item = &'static Section> {
    let has_wildcard = prefix.contains(['*', '?']);
    let one = data::section(prefix).filter(|_| !has_wildcard);
    let all: &[Section] = if has_wildcard { data::sections() } else { &[] };
    let matching = all.iter().filter(move |section| glob::matches(prefix, section.prefix));
    one.into_iter().chain(matching).filter(|section| section.is_service)
}

/// The actions that an action of a statement means, each with the section of its service.
pub(super) fn entries(
    service: &str,
    name: &str,
) -> impl Iterator<Item = (&'static Section, Entry)> {
    services(service)
        .flat_map(move |section| section.matching(name).map(move |entry| (section, entry)))
}

fn exists(
    service: &str,
    name: &str,
    node: &Node,
    place: &Place<'_>,
    findings: &mut Findings,
) -> bool {
    let of_catalogue = format!("what AWS's catalogue of {} has", data::date());
    if services(service).next().is_none() {
        let problem = Problem::new(
            &rules::UNKNOWN_SERVICE,
            format!("no service has the prefix {service:?}"),
            of_catalogue,
        );
        let meant =
            spelling::nearest_service(service, name).map(|service| format!("{service}:{name}"));
        findings.of_value(place, node, problem.suggesting(meant.as_deref()));
        return false;
    }
    if entries(service, name).next().is_none() {
        let found = match name.contains(['*', '?']) {
            true => format!("no action of {service} matches {name:?}"),
            false => format!("{service} has no action {name:?}"),
        };
        let problem = Problem::new(&rules::UNKNOWN_ACTION, found, of_catalogue);
        let meant = spelling::nearest_action(service, name);
        findings.of_value(place, node, problem.suggesting(meant.as_deref()));
        return false;
    }
    true
}

fn is_reached(prefix: &str, node: &Node, place: &Place<'_>, findings: &mut Findings) {
    let unreached =
        services(prefix).find(|section| !section.has_rcps && !prefix.contains(['*', '?']));
    if let Some(section) = unreached {
        let found = format!("resource control policies do not reach {}", section.prefix);
        let allowed = format!("a service that supported them on {}", data::date());
        findings.value(&rules::RCP_SERVICE, place, node, found, allowed);
    }
}

/// The resources of a statement as patterns, if all are known and none is everything.
fn resources(statement: &Statement<'_>) -> Option<Vec<String>> {
    let texts = statement.texts("Resource")?;
    let is_all = |text: &&str| text.bytes().all(|byte| byte == b'*');
    let is_readable = |text: &&str| resource::is_well_formed(text);
    (!texts.is_empty() && !texts.iter().any(is_all) && texts.iter().all(is_readable))
        .then(|| texts.into_iter().map(without_variables).collect())
}

fn concerns(
    service: &str,
    name: &str,
    resources: &[String],
    (node, place): (&Node, &Place<'_>),
    findings: &mut Findings,
) {
    let can_match = |(section, entry): (&Section, Entry)| {
        let mut types = section.arns(entry);
        let is_about = |arn: &str| resources.iter().any(|resource| is_possible(resource, arn));
        resources.iter().any(|resource| glob::matches(resource, "*"))
            || types.any(is_about)
            || (section.prefix == "iam" && is_about(ROOT_USER))
    };
    if entries(service, name).any(can_match) {
        return;
    }
    let (found, allowed) = match entries(service, name).all(|(_, entry)| entry.needs_no_resource())
    {
        true => (
            format!("{service}:{name} is about no resource in particular, so this never matches"),
            "\"Resource\": \"*\" in a statement of its own".to_owned(),
        ),
        false => {
            let arns = entries(service, name).flat_map(|(section, entry)| section.arns(entry));
            let arn = arns.min_by_key(|arn| arn.len());
            (
                format!("{service}:{name} is never about these resources"),
                format!("such as {}", arn.unwrap_or_default()),
            )
        }
    };
    findings.value(&rules::NEVER_MATCHES, place, node, found, allowed);
}

/// What the root user of an account is, when it makes access keys of its own. The catalogue has users only.
const ROOT_USER: &str = "arn:*:iam::*:root";

/// Whether a resource of a statement and a type of resources have an ARN in common. A wildcard in one part of an ARN is
/// not taken to reach into the next, though IAM would let it.
fn is_possible(resource: &str, arn: &str) -> bool {
    let parts = |arn: &str| arn.splitn(6, ':').map(str::to_owned).collect::<Vec<_>>();
    let (ours, theirs) = (parts(resource), parts(arn));
    if ours.len() < 6 || theirs.len() < 6 {
        return glob::overlap(resource, arn);
    }
    ours.iter().zip(&theirs).all(|(ours, theirs)| glob::overlap(ours, theirs))
}
