//! What is switched on Region by Region: SECURITYHUB_POLICY, INSPECTOR_POLICY, NETWORK_SECURITY_DIRECTOR_POLICY and
//! GUARDDUTY_POLICY.

use super::rules;
use super::values::{SWITCH, default_or_region, list_of, open, region_or_all};
use crate::check::grammar::{Map, Object, Open, Setting, Shape};
use crate::check::place::{Findings, Place, Problem};
use crate::tree::Node;

pub const SECURITY_HUB: &str = "SECURITYHUB_POLICY";
pub const INSPECTOR: &str = "INSPECTOR_POLICY";
pub const NETWORK_SECURITY_DIRECTOR: &str = "NETWORK_SECURITY_DIRECTOR_POLICY";
pub const GUARDDUTY: &str = "GUARDDUTY_POLICY";

const REGIONS: Shape = list_of(region_or_all);

const fn only(
    keys: &'static [(&'static str, Shape)],
    required: &'static [&'static [&'static str]],
) -> Object {
    Object { keys, required, whole: &[] }
}

static ON_AND_OFF: Open = open(&[("enable_in_regions", REGIONS), ("disable_in_regions", REGIONS)]);

pub static SECURITY_HUB_POLICY: Object =
    only(&[("securityhub", Shape::Open(&SECURITY_HUB_SETTINGS))], &[&["securityhub"]]);

static SECURITY_HUB_SETTINGS: Open = open(&[
    ("enable_in_regions", REGIONS),
    ("disable_in_regions", REGIONS),
    ("features", Shape::Open(&SECURITY_HUB_FEATURES)),
]);

static SECURITY_HUB_FEATURES: Open = open(&[("network_scanning", Shape::Open(&ON_AND_OFF))]);

pub static INSPECTOR_POLICY: Object =
    only(&[("inspector", Shape::Open(&INSPECTOR_SETTINGS))], &[&["inspector"]]);

static INSPECTOR_SETTINGS: Open = open(&[("enablement", Shape::Open(&SCANS))]);

static SCANS: Open = open(&[
    ("ec2_scanning", Shape::Open(&ON_AND_OFF)),
    ("ecr_scanning", Shape::Open(&ON_AND_OFF)),
    ("code_repository_scanning", Shape::Open(&ON_AND_OFF)),
    ("lambda_standard_scanning", Shape::Open(&LAMBDA_SCANNING)),
]);

static LAMBDA_SCANNING: Open = open(&[
    ("enable_in_regions", REGIONS),
    ("disable_in_regions", REGIONS),
    ("lambda_code_scanning", Shape::Open(&ON_AND_OFF)),
]);

pub static NETWORK_SECURITY_DIRECTOR_POLICY: Object = only(
    &[("network_security_director", Shape::Open(&DIRECTOR_SETTINGS))],
    &[&["network_security_director"]],
);

static DIRECTOR_SETTINGS: Open = open(&[("enablement", Shape::Open(&DIRECTOR_SCANS))]);

static DIRECTOR_SCANS: Open = open(&[("network_security_scan", Shape::Open(&ON_AND_OFF))]);

pub static GUARDDUTY_POLICY: Object =
    only(&[("guardduty", Shape::Open(&GUARDDUTY_SETTINGS))], &[&["guardduty"]]);

static GUARDDUTY_SETTINGS: Open = open(&[("enablement", Shape::Map(&BLOCKS))]);

static BLOCKS: Map = Map { name: default_or_region, of: Shape::Open(&BLOCK), whole: &[] };

static BLOCK: Open = Open {
    known: Object { keys: FEATURES, required: &[], whole: &[foundational] },
    rule: &rules::UNKNOWN,
};

const FEATURES: &[(&str, Shape)] = &[
    ("foundational", Shape::Open(&FEATURE)),
    ("s3_data_events", Shape::Open(&FEATURE)),
    ("eks_audit_logs", Shape::Open(&FEATURE)),
    ("ebs_malware_protection", Shape::Open(&FEATURE)),
    ("rds_login_events", Shape::Open(&FEATURE)),
    ("lambda_network_logs", Shape::Open(&FEATURE)),
    ("runtime_monitoring", Shape::Open(&RUNTIME_MONITORING)),
    ("ai_protection", Shape::Open(&FEATURE)),
];

static FEATURE: Open = open(&[("status", SWITCH)]);

static RUNTIME_MONITORING: Open =
    open(&[("status", SWITCH), ("additional_configuration", Shape::Open(&AGENTS))]);

static AGENTS: Open = open(&[
    ("eks_addon_management", Shape::Open(&FEATURE)),
    ("ec2_agent_management", Shape::Open(&FEATURE)),
    ("ecs_fargate_agent_management", Shape::Open(&FEATURE)),
]);

/// What a block enables, it enables on top of the foundational detection.
fn foundational(block: &Node, place: &Place<'_>, findings: &mut Findings) {
    let status = |feature: &str| match Setting::of(block, &[feature, "status"]) {
        Setting::Assigned(assigned) => assigned.text().map(std::borrow::Cow::into_owned),
        Setting::Absent => Some("absent".to_owned()),
        Setting::Unknown => None,
    };
    let is_enabled = |feature: &str| status(feature).as_deref() == Some("enabled");
    let is_off = status("foundational").is_some_and(|status| status != "enabled");
    let others =
        FEATURES.iter().map(|(feature, _)| *feature).filter(|feature| *feature != "foundational");
    let Some(enabled) = others.into_iter().find(|feature| is_off && is_enabled(feature)) else {
        return;
    };
    let found = format!("{enabled} is enabled without foundational");
    let allowed = "foundational with the status enabled, in the same block";
    findings.of_whole(place, block, Problem::new(&rules::FOUNDATIONAL, found, allowed));
}
