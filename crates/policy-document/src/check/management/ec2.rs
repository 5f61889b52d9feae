//! DECLARATIVE_POLICY_EC2.

use super::rules;
use super::values::{SWITCH, list_of, number, one_of, open, text};
use crate::check::grammar::{Map, Object, Open, Shape, any_text};
use crate::check::place::{Checked, Problem};

pub const TYPE: &str = "DECLARATIVE_POLICY_EC2";

pub static POLICY: Object = Object {
    keys: &[("ec2_attributes", Shape::Open(&ATTRIBUTES))],
    required: &[&["ec2_attributes"]],
    whole: &[],
};

static ATTRIBUTES: Open = open(&[
    ("exception_message", text(any_text)),
    ("vpc_block_public_access", Shape::Open(&VPC)),
    ("serial_console_access", Shape::Open(&SERIAL_CONSOLE)),
    ("image_block_public_access", Shape::Open(&IMAGES_PUBLIC)),
    ("allowed_images_settings", Shape::Open(&ALLOWED_IMAGES)),
    ("instance_metadata_defaults", Shape::Open(&METADATA)),
    ("snapshot_block_public_access", Shape::Open(&SNAPSHOTS_PUBLIC)),
]);

static VPC: Open = open(&[("internet_gateway_block", Shape::Open(&INTERNET_GATEWAY))]);

static INTERNET_GATEWAY: Open = open(&[
    ("mode", one_of(&["off", "block_ingress", "block_bidirectional"])),
    ("exclusions_allowed", SWITCH),
]);

static SERIAL_CONSOLE: Open = open(&[("status", SWITCH)]);

static IMAGES_PUBLIC: Open = open(&[("state", one_of(&["unblocked", "block_new_sharing"]))]);

static SNAPSHOTS_PUBLIC: Open =
    open(&[("state", one_of(&["block_all_sharing", "block_new_sharing", "unblocked"]))]);

static ALLOWED_IMAGES: Open = open(&[
    ("state", one_of(&["enabled", "disabled", "audit_mode"])),
    ("image_criteria", Shape::Map(&CRITERIA)),
]);

static CRITERIA: Map = Map { name: criteria_name, of: Shape::Open(&CRITERION), whole: &[] };

static CRITERION: Open = open(&[
    ("allowed_image_providers", list_of(any_text)),
    ("image_names", list_of(any_text)),
    ("marketplace_product_codes", list_of(any_text)),
    ("creation_date_condition", Shape::Open(&CREATED)),
    ("deprecation_time_condition", Shape::Open(&DEPRECATED)),
]);

static CREATED: Open = open(&[("maximum_days_since_created", text(days))]);

static DEPRECATED: Open = open(&[("maximum_days_since_deprecated", text(days))]);

const PREFERENCE: Shape = one_of(&["no_preference", "enabled", "disabled"]);

static METADATA: Open = open(&[
    ("http_tokens", one_of(&["no_preference", "required", "optional"])),
    ("http_put_response_hop_limit", text(hops)),
    ("http_endpoint", PREFERENCE),
    ("instance_metadata_tags", PREFERENCE),
]);

fn days(text: &str) -> Checked {
    number(text, 0, 2_147_483_647)
}

fn hops(text: &str) -> Checked {
    number(text, -1, 64)
}

fn criteria_name(name: &str) -> Checked {
    let is_right = name
        .strip_prefix("criteria_")
        .is_some_and(|number| (1..=10).any(|n| n.to_string() == number));
    if is_right {
        return Ok(());
    }
    let found = format!("{name:?} is no name of criteria");
    Err(Problem::new(&rules::CRITERIA, found, "criteria_1 to criteria_10"))
}
