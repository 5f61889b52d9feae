//! The actions of a statement: whether they exist, and can be about its resources.

use std::cell::Cell;

use super::super::super::place::{Findings, Place, Problem};
use super::super::action::Action;
use super::super::statement::{Statement, each, is_open};
use super::super::{Kind, glob, resource};
use super::data::{self, Entry, Section};
use super::{rules, spelling};
use crate::tree::Node;

pub(super) fn check(statement: &Statement<'_>, kind: Kind, findings: &mut Findings) {
    for element in ["Action", "NotAction"] {
        let Some(member) = statement.member(element) else { continue };
        let resources = Resources::of(statement).filter(|_| element == "Action");
        statement.locate(|place| {
            each(&member.node, &place.member(member), |node, place| {
                let Some(text) = node.as_str().filter(|text| !is_open(text)) else { return };
                let Some(Action::Of { service, name }) = Action::read(text) else { return };
                let found = exists(service, name, node, place, findings);
                if kind == Kind::Rcp && element == "Action" {
                    is_reached(service, node, place, findings);
                }
                if let Some(resources) = resources.as_ref().filter(|_| found) {
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
    if services(service).next().is_none() {
        let problem = Problem::new(
            &rules::UNKNOWN_SERVICE,
            format!("no service has the prefix {service:?}"),
            format!("a service that AWS had on {}", data::date()),
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
        let problem = Problem::new(
            &rules::UNKNOWN_ACTION,
            found,
            format!("an action that AWS had on {}", data::date()),
        );
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

fn concerns(
    service: &str,
    name: &str,
    resources: &Resources<'_>,
    (node, place): (&Node, &Place<'_>),
    findings: &mut Findings,
) {
    let can_match = |(section, entry)| resources.can_be_of(section, entry);
    // Patterns of services are taken to be about everything.
    if service.contains(['*', '?']) || entries(service, name).any(can_match) {
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

/// The resources of a statement, all of which are known and none of which is everything.
struct Resources<'a> {
    texts: Vec<&'a str>,
    /// How many more pairs of characters are compared before anything counts as possible.
    left: Cell<usize>,
}

/// A statement of the largest size could ask for billions; one that people write asks for hundreds of comparisons of some
/// thousand pairs.
const MOST_PAIRS: usize = 50_000_000;

/// What the root user of an account is, when it makes access keys of its own. The catalogue has users only.
const ROOT_USER: &str = "arn:*:iam::*:root";

impl<'a> Resources<'a> {
    fn of(statement: &Statement<'a>) -> Option<Self> {
        let texts = statement.texts("Resource")?;
        let is_all = |text: &&str| text.bytes().all(|byte| byte == b'*');
        let is_readable = |text: &&str| resource::is_well_formed(text);
        let is_known =
            !texts.is_empty() && !texts.iter().any(is_all) && texts.iter().all(is_readable);
        is_known.then(|| Self { texts, left: Cell::new(MOST_PAIRS) })
    }

    /// Whether an action can be about one of them.
    fn can_be_of(&self, section: &Section, entry: Entry) -> bool {
        self.texts.iter().any(|text| glob::matches(text, "*"))
            || section.arns(entry).any(|arn| self.can_be(arn))
            || (section.prefix == "iam" && self.can_be(ROOT_USER))
    }

    fn can_be(&self, arn: &str) -> bool {
        self.texts.iter().any(|text| {
            let left = self.left.get().saturating_sub(text.len() * arn.len());
            self.left.set(left);
            left == 0 || resource::can_be(text, arn)
        })
    }
}
