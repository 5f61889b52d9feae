//! TAG_POLICY.

use super::rules;
use super::values::{list_of, text};
use crate::check::grammar::{Map, Object, Setting, Shape, any_text, member};
use crate::check::place::{Checked, Findings, Place, Problem};
use crate::tree::Node;

pub const TYPE: &str = "TAG_POLICY";

pub static POLICY: Object =
    Object { keys: &[("tags", Shape::Map(&TAGS))], required: &[&["tags"]], whole: &[] };

static TAGS: Map = Map { name: any_text, of: Shape::Object(&TAG), whole: &[tag_keys] };

static TAG: Object = Object {
    keys: &[
        ("tag_key", text(any_text)),
        ("tag_value", list_of(tag_value)),
        ("enforced_for", list_of(resource_type)),
        ("report_required_tag_for", list_of(resource_type)),
    ],
    required: &[],
    whole: &[],
};

/// Whether one of the tags has a setting of a tag policy, since other documents have tags too.
pub fn has_settings(tags: &Node) -> bool {
    let keys = TAG.keys.iter().map(|(key, _)| *key);
    tags.members().iter().any(|tag| keys.clone().any(|key| member(&tag.node, key).is_some()))
}

/// The key of a tag is spelled as in the policy, but for its case.
fn tag_keys(tags: &Node, place: &Place<'_>, findings: &mut Findings) {
    for tag in tags.members() {
        let Some(assigned) = Setting::of(&tag.node, &["tag_key"]).assigned() else { continue };
        let Some(key) = assigned.text().map(std::borrow::Cow::into_owned) else { continue };
        if !key.eq_ignore_ascii_case(&tag.key) {
            let found = format!("{key:?} is another key than {:?}", tag.key);
            let allowed = format!("{:?}, in the case that is required", tag.key);
            let problem = Problem::new(&rules::TAG_KEY, found, allowed);
            assigned.add(&place.member(tag), problem, findings);
        }
    }
}

fn tag_value(text: &str) -> Checked {
    if text.matches('*').count() <= 1 {
        return Ok(());
    }
    let found = format!("{text:?} has more than one wildcard");
    Err(Problem::new(&rules::TAG_VALUE, found, "one * in a value"))
}

fn resource_type(text: &str) -> Checked {
    let is_part = |part: &str| {
        let is_right = |c: char| c.is_ascii_alphanumeric() || "-_/.".contains(c);
        !part.is_empty() && part.chars().all(is_right)
    };
    let parts = text.split_once(':');
    if parts.is_some_and(|(service, resource)| is_part(service) && resource.split(':').all(is_part))
    {
        return Ok(());
    }
    let all = text.strip_suffix(":*").filter(|service| is_part(service));
    let meant = all.map(|service| format!("{service}:ALL_SUPPORTED"));
    let found = format!("{text:?} is no type of resources");
    let allowed = "service:type, such as ec2:instance, or service:ALL_SUPPORTED";
    Err(Problem::new(&rules::TAG_ENFORCED_FOR, found, allowed).suggesting(meant.as_deref()))
}
