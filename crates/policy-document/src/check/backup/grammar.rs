//! What a backup policy may hold, node by node.

use super::rules::values::NOT_A_CHOICE;
use super::{arns, plan, rule, schedule, values};
use crate::check::grammar::{Kind, List, Map, Object, Shape, any_text};

pub static POLICY: Object =
    Object { keys: &[("plans", Shape::Map(&PLANS))], required: &[&["plans"]], whole: &[] };

static PLANS: Map = Map { name: values::plan_name, of: Shape::Object(&PLAN), whole: &[] };

static PLAN: Object = Object {
    keys: &[
        ("regions", Shape::List(List { item: Kind::Text(values::region), may_be_empty: true })),
        ("rules", Shape::Map(&RULES)),
        ("selections", Shape::Object(&SELECTIONS)),
        ("advanced_backup_settings", Shape::Object(&ADVANCED)),
        ("backup_plan_tags", Shape::Map(&PLAN_TAGS)),
        ("scan_settings", Shape::Object(&SCAN_SETTINGS)),
    ],
    required: &[],
    whole: &[plan::kinds_of_selections, plan::assignments, plan::closed_and_incomplete],
};

static RULES: Map =
    Map { name: values::rule_name, of: Shape::Object(&RULE), whole: &[plan::number_of_rules] };

static RULE: Object = Object {
    keys: &[
        ("schedule_expression", Shape::Single(Kind::Text(schedule::check))),
        ("target_backup_vault_name", Shape::Single(Kind::Text(values::vault_name))),
        (
            "target_logically_air_gapped_backup_vault_arn",
            Shape::Single(Kind::Text(arns::air_gapped_vault)),
        ),
        ("start_backup_window_minutes", Shape::Single(Kind::Text(values::window))),
        ("complete_backup_window_minutes", Shape::Single(Kind::Text(values::window))),
        ("enable_continuous_backup", Shape::Single(Kind::Text(values::boolean))),
        ("lifecycle", Shape::Object(&LIFECYCLE)),
        ("copy_actions", Shape::Map(&COPY_ACTIONS)),
        ("recovery_point_tags", Shape::Map(&RECOVERY_POINT_TAGS)),
        ("index_actions", Shape::Object(&INDEX_ACTIONS)),
        ("scan_actions", Shape::Object(&SCAN_ACTIONS)),
    ],
    required: &[],
    whole: &[
        rule::continuous_backup,
        rule::cold_storage,
        rule::archive,
        plan::closed_rule_without_vault,
    ],
};

static LIFECYCLE: Object = Object {
    keys: &[
        ("move_to_cold_storage_after_days", Shape::Single(Kind::Text(values::days))),
        ("delete_after_days", Shape::Single(Kind::Text(values::days))),
        ("opt_in_to_archive_for_supported_resources", Shape::Single(Kind::Text(values::boolean))),
    ],
    required: &[],
    whole: &[],
};

static COPY_ACTIONS: Map = Map {
    name: arns::copy_target,
    of: Shape::Object(&COPY_ACTION),
    whole: &[plan::number_of_copies],
};

static COPY_ACTION: Object = Object {
    keys: &[
        ("target_backup_vault_arn", Shape::Single(Kind::Text(arns::copy_target))),
        ("lifecycle", Shape::Object(&LIFECYCLE)),
    ],
    required: &[&["target_backup_vault_arn"]],
    whole: &[rule::copy_key, rule::cold_storage],
};

static PLAN_TAGS: Map = Map { name: any_text, of: Shape::Object(&TAG), whole: &[] };

static RECOVERY_POINT_TAGS: Map =
    Map { name: any_text, of: Shape::Object(&TAG), whole: &[plan::number_of_tags] };

static TAG: Object = Object {
    keys: &[
        ("tag_key", Shape::Single(Kind::Text(values::tag_key))),
        ("tag_value", Shape::Single(Kind::Text(values::tag_value))),
    ],
    required: &[&["tag_key"], &["tag_value"]],
    whole: &[rule::tag_block],
};

static INDEX_ACTIONS: Object = Object {
    keys: &[("resource_types", Shape::List(one_or_more_of(&["EBS", "S3"])))],
    required: &[],
    whole: &[],
};

static SCAN_ACTIONS: Object =
    Object { keys: &[("GUARDDUTY", Shape::Object(&SCAN_ACTION))], required: &[], whole: &[] };

static SCAN_ACTION: Object = Object {
    keys: &[("scan_mode", one_of(&["INCREMENTAL_SCAN", "FULL_SCAN"]))],
    required: &[],
    whole: &[],
};

static SCAN_SETTINGS: Object =
    Object { keys: &[("GUARDDUTY", Shape::Object(&SCAN_SETTING))], required: &[], whole: &[] };

static SCAN_SETTING: Object = Object {
    keys: &[
        ("resource_types", Shape::List(one_or_more_of(&["EBS", "EC2", "S3", "ALL"]))),
        ("scanner_role_arn", Shape::Single(Kind::Text(arns::role))),
    ],
    required: &[],
    whole: &[],
};

static SELECTIONS: Object = Object {
    keys: &[
        ("tags", Shape::Map(&SELECTIONS_BY_TAGS)),
        ("resources", Shape::Map(&SELECTIONS_BY_RESOURCES)),
    ],
    required: &[],
    whole: &[],
};

static SELECTIONS_BY_TAGS: Map = Map {
    name: values::selection_name,
    of: Shape::Object(&SELECTION_BY_TAGS),
    whole: &[plan::number_of_selections],
};

static SELECTION_BY_TAGS: Object = Object {
    keys: &[
        ("iam_role_arn", Shape::Single(Kind::Text(arns::role))),
        ("tag_key", Shape::Single(Kind::Text(values::tag_key))),
        (
            "tag_value",
            Shape::List(List { item: Kind::Text(values::tag_value), may_be_empty: false }),
        ),
        ("conditions", Shape::Object(&CONDITIONS)),
    ],
    required: &[&["tag_key"], &["tag_value"]],
    whole: &[plan::number_of_tag_values, plan::closed_selection_without_role],
};

static SELECTIONS_BY_RESOURCES: Map =
    Map { name: values::selection_name, of: Shape::Object(&SELECTION_BY_RESOURCES), whole: &[] };

static SELECTION_BY_RESOURCES: Object = Object {
    keys: &[
        ("iam_role_arn", Shape::Single(Kind::Text(arns::role))),
        (
            "resource_types",
            Shape::List(List { item: Kind::Text(values::resource_type), may_be_empty: false }),
        ),
        (
            "not_resource_types",
            Shape::List(List { item: Kind::Text(values::resource_type), may_be_empty: true }),
        ),
        ("conditions", Shape::Object(&CONDITIONS)),
    ],
    required: &[&["resource_types", "conditions"]],
    whole: &[plan::closed_selection_without_role],
};

static CONDITIONS: Object = Object {
    keys: &[
        ("string_equals", Shape::Map(&CONDITION_BLOCK)),
        ("string_not_equals", Shape::Map(&CONDITION_BLOCK)),
        ("string_like", Shape::Map(&CONDITION_BLOCK)),
        ("string_not_like", Shape::Map(&CONDITION_BLOCK)),
    ],
    required: &[],
    whole: &[plan::number_of_conditions],
};

static CONDITION_BLOCK: Map = Map { name: any_text, of: Shape::Object(&CONDITION), whole: &[] };

static CONDITION: Object = Object {
    keys: &[
        ("condition_key", Shape::Single(Kind::Text(values::condition_key))),
        ("condition_value", Shape::Single(Kind::Text(values::tag_value))),
    ],
    required: &[&["condition_key"], &["condition_value"]],
    whole: &[],
};

static ADVANCED: Object = Object {
    keys: &[("ec2", Shape::Object(&ADVANCED_EC2)), ("s3", Shape::Object(&ADVANCED_S3))],
    required: &[],
    whole: &[],
};

static ADVANCED_EC2: Object =
    Object { keys: &[("windows_vss", SWITCH)], required: &[], whole: &[] };

static ADVANCED_S3: Object = Object {
    keys: &[("backup_acls", SWITCH), ("backup_object_tags", SWITCH)],
    required: &[],
    whole: &[],
};

const SWITCH: Shape = one_of(&["enabled", "disabled"]);

const fn one_of(words: &'static [&'static str]) -> Shape {
    Shape::Single(Kind::Word { rule: &NOT_A_CHOICE, words })
}

const fn one_or_more_of(words: &'static [&'static str]) -> List {
    List { item: Kind::Word { rule: &NOT_A_CHOICE, words }, may_be_empty: false }
}
