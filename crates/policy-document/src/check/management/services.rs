//! AISERVICES_OPT_OUT_POLICY, UPGRADE_ROLLOUT_POLICY, BEDROCK_POLICY and S3_POLICY.

use super::rules;
use super::values::{list_of, one_of, open, region, text};
use crate::arn::is_account;
use crate::check::grammar::{Map, Object, Open, Shape, any_text, member};
use crate::check::near::nearest;
use crate::check::place::{Checked, Problem};
use crate::tree::Node;

pub const AI: &str = "AISERVICES_OPT_OUT_POLICY";
pub const UPGRADE_ROLLOUT: &str = "UPGRADE_ROLLOUT_POLICY";
pub const BEDROCK: &str = "BEDROCK_POLICY";
pub const S3: &str = "S3_POLICY";

pub static AI_POLICY: Object = Object {
    keys: &[("services", Shape::Map(&AI_SERVICES))],
    required: &[&["services"]],
    whole: &[],
};

static AI_SERVICES: Map = Map { name: ai_service, of: Shape::Object(&AI_SERVICE), whole: &[] };

static AI_SERVICE: Object =
    Object { keys: &[("opt_out_policy", one_of(&["optOut", "optIn"]))], required: &[], whole: &[] };

/// The services that AWS lists, as far as they are known here.
const AI_NAMES: [&str; 18] = [
    "default",
    "codeguruprofiler",
    "codewhisperer",
    "comprehend",
    "connectamd",
    "connecthealth::operations",
    "connecthealth::training",
    "connectoptimization",
    "contactlens",
    "frauddetector",
    "guardduty",
    "lex",
    "polly",
    "q",
    "rekognition",
    "textract",
    "transcribe",
    "translate",
];

fn ai_service(name: &str) -> Checked {
    if AI_NAMES.contains(&name) {
        return Ok(());
    }
    let found = format!("{name:?} is no AI service that is known here");
    let problem = Problem::new(&rules::AI_SERVICE, found, "default, or a service of AWS's list");
    Err(problem.suggesting(nearest(name, AI_NAMES)))
}

/// Whether one of the services has the setting of this type, since other documents have services too.
pub fn opts_out(services: &Node) -> bool {
    services.members().iter().any(|service| member(&service.node, "opt_out_policy").is_some())
}

pub static UPGRADE_ROLLOUT_POLICY: Object = Object {
    keys: &[("upgrade_rollout", Shape::Open(&ROLLOUT))],
    required: &[&["upgrade_rollout"]],
    whole: &[],
};

static ROLLOUT: Open =
    open(&[("default", Shape::Object(&ORDER)), ("tags", Shape::Map(&ROLLOUT_TAGS))]);

static ORDER: Object = Object {
    keys: &[("patch_order", one_of(&["first", "second", "last"]))],
    required: &[],
    whole: &[],
};

static ROLLOUT_TAGS: Map = Map { name: any_text, of: Shape::Object(&ROLLOUT_TAG), whole: &[] };

static ROLLOUT_TAG: Object =
    Object { keys: &[("tag_values", Shape::Map(&ROLLOUT_VALUES))], required: &[], whole: &[] };

static ROLLOUT_VALUES: Map = Map { name: any_text, of: Shape::Object(&ORDER), whole: &[] };

pub static BEDROCK_POLICY: Object = Object {
    keys: &[("bedrock", Shape::Open(&BEDROCK_SETTINGS))],
    required: &[&["bedrock"]],
    whole: &[],
};

static BEDROCK_SETTINGS: Open = open(&[("guardrail_inference", Shape::Map(&GUARDRAILS))]);

static GUARDRAILS: Map = Map { name: region, of: Shape::Map(&GUARDRAILS_OF_REGION), whole: &[] };

static GUARDRAILS_OF_REGION: Map = Map { name: any_text, of: Shape::Open(&GUARDRAIL), whole: &[] };

static GUARDRAIL: Open = open(&[
    ("identifier", text(guardrail)),
    ("input_tags", one_of(&["honor", "ignore"])),
    ("selective_content_guarding", Shape::Open(&SELECTIVE)),
    ("model_enforcement", Shape::Open(&MODELS)),
]);

const CONTENT: Shape = one_of(&["selective", "comprehensive"]);

static SELECTIVE: Open = open(&[("system", CONTENT), ("messages", CONTENT)]);

static MODELS: Open =
    open(&[("included_models", list_of(any_text)), ("excluded_models", list_of(any_text))]);

/// The ARN of a guardrail, and one of its versions: `arn:aws:bedrock:eu-west-1:111111111111:guardrail/a1b2c3:1`.
fn guardrail(text: &str) -> Checked {
    let parts: Vec<&str> = text.split(':').collect();
    let is_right = match parts.as_slice() {
        ["arn", _, "bedrock", _, account, guardrail, version] => {
            let is_number =
                |part: &str| !part.is_empty() && part.bytes().all(|b| b.is_ascii_digit());
            is_account(account)
                && guardrail.strip_prefix("guardrail/").is_some_and(|id| !id.is_empty())
                && is_number(version)
        }
        _ => false,
    };
    if is_right {
        return Ok(());
    }
    let found = format!("{text:?} is no version of a guardrail");
    let allowed = "the ARN of a guardrail, a colon and the number of a version";
    Err(Problem::new(&rules::GUARDRAIL, found, allowed))
}

pub static S3_POLICY: Object = Object {
    keys: &[("s3_attributes", Shape::Open(&S3_SETTINGS))],
    required: &[&["s3_attributes"]],
    whole: &[],
};

static S3_SETTINGS: Open = open(&[("public_access_block_configuration", one_of(&["all", "none"]))]);
