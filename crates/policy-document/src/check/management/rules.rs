//! The rules of the management policies but backup policies. Those of operators and of the form are `grammar`'s.

use super::{chat, ec2, regions, services, tag};
use crate::check::rules::{Rule, Severity, source};

pub static RULES: &[&Rule] = &[
    &WORD,
    &UNKNOWN,
    &REGION,
    &REGION_UNKNOWN,
    &NUMBER,
    &TAG_KEY,
    &TAG_VALUE,
    &TAG_ENFORCED_FOR,
    &AI_SERVICE,
    &SLACK_ID,
    &TEAMS_ID,
    &CRITERIA,
    &GUARDRAIL,
    &FOUNDATIONAL,
];

const DATE: &str = "2026-09";
const EC2_SYNTAX: &str = "AWS Organizations user guide, \"Declarative policy syntax and examples\"";
const TAG_SYNTAX: &str = "AWS Organizations user guide, \"Tag policy syntax and examples\"; captured: \
                          CreatePolicy's answers, as others recorded them";
const HUB_SYNTAX: &str =
    "AWS Organizations user guide, \"Security Hub policy syntax and examples\"";

pub static WORD: Rule = Rule {
    code: "setting-not-a-choice",
    severity: Severity::Error,
    summary: "A setting with a choice of words has one of them.",
    explanation: "The guide lists the words of each setting, and upper and lower case count: optOut, not optout.",
    policy_type: ec2::TYPE,
    wrong: r#"{"ec2_attributes": {"serial_console_access": {"status": {"@@assign": "off"}}}}"#,
    right: r#"{"ec2_attributes": {"serial_console_access": {"status": {"@@assign": "disabled"}}}}"#,
    source: EC2_SYNTAX,
    date: DATE,
};

pub static UNKNOWN: Rule = Rule {
    code: "setting-unknown",
    severity: Severity::Warning,
    summary: "A setting is one that the guide describes.",
    explanation: "AWS refuses keys that it does not know. It also adds attributes, features and kinds of scans to \
                  these policies, which are then unknown here: if yours is in the guide, silence the warning.",
    policy_type: ec2::TYPE,
    wrong: r#"{"ec2_attributes": {"serial_console_acess": {"status": {"@@assign": "disabled"}}}}"#,
    right: r#"{"ec2_attributes": {"serial_console_access": {"status": {"@@assign": "disabled"}}}}"#,
    source: EC2_SYNTAX,
    date: DATE,
};

pub static REGION: Rule = Rule {
    code: "setting-region",
    severity: Severity::Error,
    summary: "Where Regions stand, each is the code of a Region.",
    explanation: "A Region is named by its code, such as eu-west-1. Where a list may mean all Regions, the word is \
                  ALL_SUPPORTED; there are no wildcards.",
    policy_type: regions::SECURITY_HUB,
    wrong: r#"{"securityhub": {"enable_in_regions": {"@@assign": ["Ireland"]}}}"#,
    right: r#"{"securityhub": {"enable_in_regions": {"@@assign": ["eu-west-1"]}}}"#,
    source: HUB_SYNTAX,
    date: DATE,
};

pub static REGION_UNKNOWN: Rule = Rule {
    code: "setting-region-unknown",
    severity: Severity::Warning,
    summary: "A Region is one that AWS has.",
    explanation: "The code has the form of a Region's, but is none that is known here. AWS adds Regions: if yours is \
                  newer than this program, silence the warning.",
    policy_type: regions::SECURITY_HUB,
    wrong: r#"{"securityhub": {"enable_in_regions": {"@@assign": ["eu-wst-1"]}}}"#,
    right: r#"{"securityhub": {"enable_in_regions": {"@@assign": ["eu-west-1"]}}}"#,
    source: "AWS's SDKs (partitions.json of botocore 1.44)",
    date: "2026-11",
};

pub static NUMBER: Rule = Rule {
    code: "setting-number",
    severity: Severity::Error,
    summary: "A number is a whole one within its bounds.",
    explanation: "A number may be written with quotes or without. Hop limits go from -1 (no preference) to 64, ages \
                  of images from 0 to 2147483647 days.",
    policy_type: ec2::TYPE,
    wrong: r#"{"ec2_attributes": {"instance_metadata_defaults": {"http_put_response_hop_limit": {"@@assign": 100}}}}"#,
    right: r#"{"ec2_attributes": {"instance_metadata_defaults": {"http_put_response_hop_limit": {"@@assign": 2}}}}"#,
    source: EC2_SYNTAX,
    date: DATE,
};

pub static TAG_KEY: Rule = Rule {
    code: "tag-key-differs",
    severity: Severity::Error,
    summary: "A tag_key is the key that it stands below, in the case that is required.",
    explanation: "The key of the object names the tag, whatever its case; tag_key says with which capitals resources \
                  have to write it. Another key needs an object of its own.",
    policy_type: tag::TYPE,
    wrong: r#"{"tags": {"costcenter": {"tag_key": {"@@assign": "CostCentre"}}}}"#,
    right: r#"{"tags": {"costcenter": {"tag_key": {"@@assign": "CostCenter"}}}}"#,
    source: TAG_SYNTAX,
    date: DATE,
};

pub static TAG_VALUE: Rule = Rule {
    code: "tag-value-wildcards",
    severity: Severity::Error,
    summary: "A value of a tag has one wildcard at most.",
    explanation: "*@example.com is a value, *@*.com is none. List the values that one wildcard cannot describe.",
    policy_type: tag::TYPE,
    wrong: r#"{"tags": {"owner": {"tag_value": {"@@assign": ["*@*.example.com"]}}}}"#,
    right: r#"{"tags": {"owner": {"tag_value": {"@@assign": ["*@example.com"]}}}}"#,
    source: TAG_SYNTAX,
    date: DATE,
};

pub static TAG_ENFORCED_FOR: Rule = Rule {
    code: "tag-enforced-for",
    severity: Severity::Error,
    summary: "enforced_for and report_required_tag_for name types of resources.",
    explanation: "A type is the prefix of a service and one of its types, such as ec2:instance; all types of a service \
                  that has them are service:ALL_SUPPORTED. There is no wildcard, neither for the service nor for \
                  the type. Which types exist is on the guide's page of supported resources, and not checked here.",
    policy_type: tag::TYPE,
    wrong: r#"{"tags": {"owner": {"enforced_for": {"@@assign": ["ec2:*"]}}}}"#,
    right: r#"{"tags": {"owner": {"enforced_for": {"@@assign": ["ec2:ALL_SUPPORTED"]}}}}"#,
    source: TAG_SYNTAX,
    date: DATE,
};

pub static AI_SERVICE: Rule = Rule {
    code: "ai-unknown-service",
    severity: Severity::Warning,
    summary: "A service of an AI services opt-out policy is one that AWS lists.",
    explanation: "AWS refuses a service that it does not know, also in other capitals. default stands for all of them, \
                  today's and later ones. AWS adds services: if yours is in the guide, silence the warning.",
    policy_type: services::AI,
    wrong: r#"{"services": {"recognition": {"opt_out_policy": {"@@assign": "optOut"}}}}"#,
    right: r#"{"services": {"rekognition": {"opt_out_policy": {"@@assign": "optOut"}}}}"#,
    source: "AWS Organizations user guide, \"AI services opt-out policy syntax and examples\"; captured: CreatePolicy's \
             answers, as others recorded them",
    date: DATE,
};

pub static SLACK_ID: Rule = Rule {
    code: "chat-slack-workspace",
    severity: Severity::Error,
    summary: "A Slack workspace is named by its id.",
    explanation: "An id has capital letters and digits, up to 255 of them, such as T0123ABCDEF; the name of a workspace \
                  is none. In the list of workspaces, * means all; the key of an override is always one id.",
    policy_type: chat::TYPE,
    wrong: r#"{"chatbot": {"platforms": {"slack": {"workspaces": {"@@assign": ["our-team"]}}}}}"#,
    right: r#"{"chatbot": {"platforms": {"slack": {"workspaces": {"@@assign": ["T0123ABCDEF"]}}}}}"#,
    source: source::CAPTURED,
    date: DATE,
};

pub static TEAMS_ID: Rule = Rule {
    code: "chat-teams-id",
    severity: Severity::Error,
    summary: "Tenants and teams of Microsoft Teams are named by their ids, in small letters.",
    explanation: "An id has 32 hexadecimal digits in five groups; AWS takes small letters only. Under tenants, * means \
                  all; the keys of overrides are always ids.",
    policy_type: chat::TYPE,
    wrong: r#"{"chatbot": {"platforms": {"microsoft_teams": {"tenants": {"0A1B2C3D-0000-4000-8000-000000000000": {"@@assign": ["*"]}}}}}}"#,
    right: r#"{"chatbot": {"platforms": {"microsoft_teams": {"tenants": {"0a1b2c3d-0000-4000-8000-000000000000": {"@@assign": ["*"]}}}}}}"#,
    source: source::CAPTURED,
    date: DATE,
};

pub static CRITERIA: Rule = Rule {
    code: "ec2-image-criteria",
    severity: Severity::Error,
    summary: "Criteria for images are named criteria_1 to criteria_10.",
    explanation: "An image has to meet one of up to ten criteria, and these are their only names.",
    policy_type: ec2::TYPE,
    wrong: r#"{"ec2_attributes": {"allowed_images_settings": {"image_criteria": {"ours": {"allowed_image_providers": {"@@assign": ["amazon"]}}}}}}"#,
    right: r#"{"ec2_attributes": {"allowed_images_settings": {"image_criteria": {"criteria_1": {"allowed_image_providers": {"@@assign": ["amazon"]}}}}}}"#,
    source: EC2_SYNTAX,
    date: DATE,
};

pub static GUARDRAIL: Rule = Rule {
    code: "bedrock-guardrail",
    severity: Severity::Error,
    summary: "The identifier of a guardrail is its ARN with a version.",
    explanation: "The number of a version follows the ARN after a colon. DRAFT is no version that a policy can enforce, \
                  and the guardrail has to belong to the management account.",
    policy_type: services::BEDROCK,
    wrong: r#"{"bedrock": {"guardrail_inference": {"eu-west-1": {"config_1": {"identifier": {"@@assign": "arn:aws:bedrock:eu-west-1:111111111111:guardrail/a1b2c3:DRAFT"}}}}}}"#,
    right: r#"{"bedrock": {"guardrail_inference": {"eu-west-1": {"config_1": {"identifier": {"@@assign": "arn:aws:bedrock:eu-west-1:111111111111:guardrail/a1b2c3:1"}}}}}}"#,
    source: "AWS Organizations user guide, \"Amazon Bedrock policy syntax and examples\"",
    date: DATE,
};

pub static FOUNDATIONAL: Rule = Rule {
    code: "guardduty-foundational",
    severity: Severity::Warning,
    summary: "A block that enables a feature of GuardDuty enables foundational, too.",
    explanation: "Every other feature builds on the foundational detection of threats. The block of a Region replaces \
                  default and inherits nothing from it. If a parent policy sets foundational in the same block, \
                  silence the warning.",
    policy_type: regions::GUARDDUTY,
    wrong: r#"{"guardduty": {"enablement": {"default": {"s3_data_events": {"status": {"@@assign": "enabled"}}}}}}"#,
    right: r#"{"guardduty": {"enablement": {"default": {"foundational": {"status": {"@@assign": "enabled"}}, "s3_data_events": {"status": {"@@assign": "enabled"}}}}}}"#,
    source: "AWS Organizations user guide, \"Amazon GuardDuty policy syntax and examples\"",
    date: DATE,
};
