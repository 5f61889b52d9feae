//! The management policies but backup policies: tags, chat, AI services, and what services declare.
//!
//! The guide has a page with the syntax of each type. What AWS takes and refuses beyond it is known for tag, AI services
//! opt-out, chat and S3 policies, from what others saw CreatePolicy answer (September 2026).

mod chat;
mod ec2;
mod regions;
mod rules;
mod services;
mod tag;
mod values;

use super::Family;
use super::grammar::{Object, check as check_grammar, member};
use super::place::Findings;
use crate::tree::Node;

pub(super) static FAMILY: Family = Family {
    types: &[
        tag::TYPE,
        services::AI,
        chat::TYPE,
        ec2::TYPE,
        regions::SECURITY_HUB,
        regions::INSPECTOR,
        regions::NETWORK_SECURITY_DIRECTOR,
        regions::GUARDDUTY,
        services::UPGRADE_ROLLOUT,
        services::BEDROCK,
        services::S3,
    ],
    recognizes,
    check,
    rules: rules::RULES,
};

/// A type, the one key that its documents have at the top, and their grammar.
struct Type {
    name: &'static str,
    key: &'static str,
    grammar: &'static Object,
    /// Whether what stands below the key tells the type, where the key alone does not.
    is_it: fn(&Node) -> bool,
}

static TYPES: [Type; 11] = [
    Type { name: tag::TYPE, key: "tags", grammar: &tag::POLICY, is_it: tag::has_settings },
    Type {
        name: services::AI,
        key: "services",
        grammar: &services::AI_POLICY,
        is_it: services::opts_out,
    },
    of(chat::TYPE, "chatbot", &chat::POLICY),
    of(ec2::TYPE, "ec2_attributes", &ec2::POLICY),
    of(regions::SECURITY_HUB, "securityhub", &regions::SECURITY_HUB_POLICY),
    of(regions::INSPECTOR, "inspector", &regions::INSPECTOR_POLICY),
    of(
        regions::NETWORK_SECURITY_DIRECTOR,
        "network_security_director",
        &regions::NETWORK_SECURITY_DIRECTOR_POLICY,
    ),
    of(regions::GUARDDUTY, "guardduty", &regions::GUARDDUTY_POLICY),
    of(services::UPGRADE_ROLLOUT, "upgrade_rollout", &services::UPGRADE_ROLLOUT_POLICY),
    of(services::BEDROCK, "bedrock", &services::BEDROCK_POLICY),
    of(services::S3, "s3_attributes", &services::S3_POLICY),
];

const fn of(name: &'static str, key: &'static str, grammar: &'static Object) -> Type {
    Type { name, key, grammar, is_it: |_| true }
}

fn recognizes(document: &Node) -> Option<&'static str> {
    let found = TYPES
        .iter()
        .find(|each| member(document, each.key).is_some_and(|member| (each.is_it)(&member.node)));
    found.map(|each| each.name)
}

fn check(document: &Node, policy_type: &str, findings: &mut Findings) {
    if let Some(found) = TYPES.iter().find(|each| each.name == policy_type) {
        check_grammar(document, found.grammar, findings);
    }
}
