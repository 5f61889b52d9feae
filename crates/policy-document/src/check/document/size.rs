//! How long a document is as it is sent: minified, in characters.

use crate::tree::{Node, Value};

/// The largest document of each type, in characters.
///
/// Sources: "Quotas and service limits for AWS Organizations", as of 2026-05-15, which raised
/// service control policies from 5,120; the CloudFormation reference of AWS::Organizations::Policy
/// (2026-09) for Inspector, Bedrock and upgrade rollout. Of the types that neither names, no limit
/// is known.
const LARGEST: &[(&str, usize)] = &[
    ("SERVICE_CONTROL_POLICY", 10_240),
    ("RESOURCE_CONTROL_POLICY", 5_120),
    ("AISERVICES_OPT_OUT_POLICY", 2_500),
    ("BACKUP_POLICY", 10_000),
    ("BEDROCK_POLICY", 10_000),
    ("CHATBOT_POLICY", 10_000),
    ("DECLARATIVE_POLICY_EC2", 10_000),
    ("INSPECTOR_POLICY", 10_000),
    ("SECURITYHUB_POLICY", 10_000),
    ("TAG_POLICY", 10_000),
    ("UPGRADE_ROLLOUT_POLICY", 10_000),
];

/// The largest document of this type, in characters.
pub fn largest(policy_type: &str) -> Option<usize> {
    LARGEST.iter().find(|(name, _)| *name == policy_type).map(|(_, characters)| *characters)
}

/// The characters of a document without white space between its parts. What only a deployment can
/// know counts as nothing, so that a document may turn out longer, but not shorter.
pub fn characters(node: &Node) -> usize {
    match &node.value {
        Value::Null => 4,
        Value::Bool(value) => {
            if *value {
                4
            } else {
                5
            }
        }
        Value::Number(text) => text.len(),
        Value::String(text) => characters_of_text(text),
        Value::Array(items) => enclosed(items.iter().map(characters)),
        Value::Object(members) => enclosed(
            members
                .iter()
                .map(|member| characters_of_text(&member.key) + 1 + characters(&member.node)),
        ),
        Value::Unknown(_) => 0,
    }
}

/// Parts between brackets, with commas.
fn enclosed(parts: impl ExactSizeIterator<Item = usize>) -> usize {
    let commas = parts.len().saturating_sub(1);
    2 + commas + parts.sum::<usize>()
}

/// A text with its quotes and escapes.
fn characters_of_text(text: &str) -> usize {
    2 + text.chars().map(characters_of_char).sum::<usize>()
}

fn characters_of_char(c: char) -> usize {
    match c {
        '"' | '\\' | '\n' | '\r' | '\t' | '\u{8}' | '\u{c}' => 2,
        '\u{0}'..='\u{1f}' => 6,
        _ => 1,
    }
}
