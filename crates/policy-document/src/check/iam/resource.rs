//! The resources that a statement names: `*` or ARNs, with wildcards.

use super::super::place::{Findings, Place, Problem};
use super::super::rules::{Rule, Severity};
use super::SCP;
#[cfg(feature = "catalogue")]
use super::glob;
use super::statement::{is_open, without_variables};
use crate::tree::Node;

pub(super) static NOT_AN_ARN: Rule = Rule {
    code: "iam-resource-not-an-arn",
    severity: Severity::Error,
    summary: "A resource is * or an ARN.",
    explanation: "IAM takes * or the ARN of a resource, which begins with arn:. The name or the id of a \
                  resource alone is none. Wildcards may stand in an ARN, so that arn:aws:s3:::ledger/* means \
                  all objects of the bucket ledger.",
    policy_type: SCP,
    wrong: r#"{"Version": "2012-10-17", "Statement": {"Effect": "Deny", "Action": "s3:DeleteBucket", "Resource": "ledger"}}"#,
    right: r#"{"Version": "2012-10-17", "Statement": {"Effect": "Deny", "Action": "s3:DeleteBucket", "Resource": "arn:aws:s3:::ledger"}}"#,
    source: "IAM user guide, \"IAM JSON policy elements: Resource\"",
    date: "2026-09",
};

pub(super) static ARN_PARTS: Rule = Rule {
    code: "iam-arn-parts",
    severity: Severity::Warning,
    summary: "An ARN has six parts: arn, partition, service, Region, account and resource.",
    explanation: "The parts are separated by colons: arn:aws:backup:eu-west-1:111111111111:backup-vault:central. \
                  A part that the service leaves empty keeps its colon (arn:aws:s3:::ledger). An ARN with a \
                  part missing, with an account that has not twelve digits or with a partition that AWS does \
                  not have matches no resource, and a statement about it does nothing.",
    policy_type: SCP,
    wrong: r#"{"Version": "2012-10-17", "Statement": {"Effect": "Deny", "Action": "s3:DeleteBucket", "Resource": "arn:aws:s3:ledger"}}"#,
    right: r#"{"Version": "2012-10-17", "Statement": {"Effect": "Deny", "Action": "s3:DeleteBucket", "Resource": "arn:aws:s3:::ledger"}}"#,
    source: "IAM user guide, \"Identify AWS resources with Amazon Resource Names (ARNs)\"",
    date: "2026-09",
};

/// The partitions of AWS: commercial Regions, China, GovCloud, the European sovereign cloud, and the isolated ones.
const PARTITIONS: [&str; 8] =
    ["aws", "aws-cn", "aws-us-gov", "aws-eusc", "aws-iso", "aws-iso-b", "aws-iso-e", "aws-iso-f"];

/// One value of Resource or NotResource.
pub(super) fn check(text: &str, node: &Node, place: &Place<'_>, findings: &mut Findings) {
    if text == "*" || is_open(text) {
        return;
    }
    if !looks_like_arn(text) {
        let trimmed = text.trim();
        let is_repaired = trimmed != text && (trimmed == "*" || trimmed.starts_with("arn:"));
        let allowed = "* or an ARN, such as arn:aws:s3:::ledger/*";
        let problem = Problem::new(&NOT_AN_ARN, format!("{text:?} is no ARN"), allowed);
        findings.of_value(place, node, problem.suggesting(is_repaired.then_some(trimmed)));
        return;
    }
    if let Some((found, allowed)) = fault_of_parts(&without_variables(text)) {
        findings.value(&ARN_PARTS, place, node, found, allowed);
    }
}

fn looks_like_arn(text: &str) -> bool {
    text.starts_with("arn:") || text.starts_with(['*', '?', '$'])
}

/// Whether nothing is wrong with a resource.
#[cfg(feature = "catalogue")]
pub(super) fn is_well_formed(text: &str) -> bool {
    looks_like_arn(text) && fault_of_parts(&without_variables(text)).is_none()
}

/// Whether a resource of a statement and a type of resources have an ARN in common. A wildcard in one part of an ARN is not
/// taken to reach into the next, though IAM would let it.
#[cfg(feature = "catalogue")]
pub(super) fn can_be(resource: &str, arn: &str) -> bool {
    let resource = without_variables(resource);
    let has_parts = |arn: &str| arn.matches(':').count() > 4;
    if !has_parts(&resource) || !has_parts(arn) {
        return glob::overlap(&resource, arn);
    }
    let both = resource.splitn(6, ':').zip(arn.splitn(6, ':'));
    both.into_iter().all(|(ours, theirs)| glob::overlap(ours, theirs))
}

fn fault_of_parts(arn: &str) -> Option<(String, &'static str)> {
    // A wildcard at the beginning stands for whatever comes before.
    if !arn.starts_with("arn:") {
        return None;
    }
    let mut parts = arn.splitn(6, ':');
    let (_arn, partition, _service) = (parts.next()?, parts.next()?, parts.next());
    let is_fixed = |part: &str| !part.contains(['*', '?']);
    if is_fixed(partition) && !PARTITIONS.contains(&partition) {
        let found = format!("{partition:?} is no partition of AWS");
        return Some((found, "aws, aws-cn, aws-us-gov or another partition"));
    }
    let (region, account, resource) = (parts.next(), parts.next(), parts.next());
    if resource.is_none() {
        // A wildcard also stands for the colons that are missing.
        let is_short = is_fixed(arn);
        let count = arn.split(':').count();
        let found = format!("this ARN has only {count} of the six parts");
        return is_short.then_some((found, "arn:partition:service:region:account:resource"));
    }
    let is_number = |part: &str| !part.is_empty() && part.bytes().all(|b| b.is_ascii_digit());
    if let Some(region) = region.filter(|region| is_number(region)) {
        return Some((format!("{region} stands where the Region belongs"), "a Region, or nothing"));
    }
    let wrong = account.filter(|account| is_number(account) && account.len() != 12)?;
    Some((format!("account {wrong} has {} digits", wrong.len()), "twelve digits"))
}
