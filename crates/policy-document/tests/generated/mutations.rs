//! Single mutations that make a backup policy one that AWS refuses.

use serde_json::{Value, json};

/// One change, wherever a pattern matches.
#[derive(Debug)]
pub struct Mutation {
    /// The pointer to what is changed; `*` is any key, but no operator, or any position.
    pub pattern: &'static str,
    pub change: Change,
    /// The rule that has to find it.
    pub code: &'static str,
}

#[derive(Debug)]
pub enum Change {
    /// Another value in its place. The finding is there.
    Put(&'static str),
    /// Another key in its place. The finding is at the new key.
    Rename(&'static str),
    /// One member more. The finding is at that.
    Add(&'static str, &'static str),
    /// Nothing in its place. The finding is at what has held it.
    Remove,
}

use Change::{Add, Put, Remove, Rename};

const fn mutation(pattern: &'static str, change: Change, code: &'static str) -> Mutation {
    Mutation { pattern, change, code }
}

pub const MUTATIONS: &[Mutation] = &[
    // The document and its groups.
    mutation("/plans", Rename("plan2s"), "document-unknown-key"),
    mutation("/plans", Put("[]"), "document-not-an-object"),
    mutation("/plans/*", Put("null"), "document-not-an-object"),
    mutation("/plans/*", Rename("every day"), "backup-name"),
    mutation("/plans/*", Add("name", r#""x""#), "document-unknown-key"),
    mutation("/plans/*", Add("@@assign", "{}"), "operator-on-container"),
    mutation("/plans/*", Add("@@other", "[]"), "operator-unknown"),
    mutation("/plans/*/rules", Put("[]"), "document-not-an-object"),
    mutation("/plans/*/rules/*", Rename("é"), "backup-name"),
    mutation("/plans/*/rules/*", Add("schedule_expression_timezone", "{}"), "document-unknown-key"),
    mutation("/plans/*/rules/*/lifecycle", Add("delete_after_event", "{}"), "document-unknown-key"),
    mutation("/plans/*/rules/*/lifecycle", Add("@@remove", "[]"), "operator-on-container"),
    mutation(
        "/plans/*/@@operators_allowed_for_child_policies",
        Put(r#""@@none""#),
        "operator-children-unknown",
    ),
    // Operators.
    mutation("/plans/*/regions", Put(r#"["eu-west-1"]"#), "operator-missing"),
    mutation("/plans/*/regions/@@append", Rename("@@add"), "operator-unknown"),
    mutation("/plans/*/regions/@@assign", Put(r#""eu-west-1""#), "document-not-a-list"),
    mutation("/plans/*/rules/*/target_backup_vault_name", Put(r#""x""#), "operator-missing"),
    mutation(
        "/plans/*/rules/*/target_backup_vault_name/@@assign",
        Rename("@@append"),
        "operator-on-single-value",
    ),
    mutation(
        "/plans/*/rules/*/target_backup_vault_name/@@assign",
        Put(r#"["x"]"#),
        "document-not-a-single-value",
    ),
    mutation("/plans/*/rules/*/target_backup_vault_name", Add("x", "1"), "operator-unknown"),
    // Values.
    mutation("/plans/*/regions/@@assign/*", Put(r#""*""#), "backup-region"),
    mutation("/plans/*/regions/@@remove/*", Put("12"), "backup-region"),
    mutation(
        "/plans/*/rules/*/start_backup_window_minutes/@@assign",
        Put("59"),
        "backup-window-too-short",
    ),
    mutation(
        "/plans/*/rules/*/complete_backup_window_minutes/@@assign",
        Put(r#""60.5""#),
        "backup-not-a-number",
    ),
    mutation(
        "/plans/*/rules/*/lifecycle/delete_after_days/@@assign",
        Put(r#""0""#),
        "backup-days-too-few",
    ),
    mutation(
        "/plans/*/rules/*/lifecycle/move_to_cold_storage_after_days/@@assign",
        Put("-1"),
        "backup-not-a-number",
    ),
    mutation(
        "/plans/*/rules/*/enable_continuous_backup/@@assign",
        Put(r#""TRUE""#),
        "backup-not-a-boolean",
    ),
    mutation(
        "/plans/*/rules/*/target_backup_vault_name/@@assign",
        Put(r#""a.b""#),
        "backup-vault-name",
    ),
    mutation(
        "/plans/*/rules/*/index_actions/resource_types/@@assign/*",
        Put(r#""RDS""#),
        "backup-not-a-choice",
    ),
    mutation(
        "/plans/*/rules/*/index_actions/resource_types/@@assign",
        Put("[]"),
        "document-empty-list",
    ),
    mutation(
        "/plans/*/rules/*/scan_actions/GUARDDUTY/scan_mode/@@assign",
        Put(r#""FULL""#),
        "backup-not-a-choice",
    ),
    mutation("/plans/*/rules/*/scan_actions/GUARDDUTY", Rename("CLAMAV"), "document-unknown-key"),
    mutation(
        "/plans/*/scan_settings/GUARDDUTY/resource_types/@@assign",
        Put("[]"),
        "document-empty-list",
    ),
    mutation(
        "/plans/*/advanced_backup_settings/ec2/windows_vss/@@assign",
        Put("true"),
        "backup-not-a-choice",
    ),
    mutation("/plans/*/advanced_backup_settings/s3", Rename("efs"), "document-unknown-key"),
    mutation(
        "/plans/*/rules/*/target_logically_air_gapped_backup_vault_arn/@@assign",
        Put(r#""arn:aws:backup:eu-west-1:$account:backup-vault:x""#),
        "backup-air-gapped-vault",
    ),
    // Schedules.
    mutation(
        "/plans/*/rules/*/schedule_expression/@@assign",
        Put(r#""rate(1 day)""#),
        "backup-schedule-syntax",
    ),
    mutation(
        "/plans/*/rules/*/schedule_expression/@@assign",
        Put(r#""cron(0 5 ? * 8 *)""#),
        "backup-schedule-field",
    ),
    mutation(
        "/plans/*/rules/*/schedule_expression/@@assign",
        Put(r#""cron(0 5 * * * *)""#),
        "backup-schedule-question-mark",
    ),
    mutation(
        "/plans/*/rules/*/schedule_expression/@@assign",
        Put(r#""cron(0/30 5 ? * * *)""#),
        "backup-schedule-too-often",
    ),
    mutation(
        "/plans/*/rules/*/schedule_expression/@@assign",
        Put(r#""cron(0 5 30 FEB ? *)""#),
        "backup-schedule-never",
    ),
    // Copies and tags.
    mutation("/plans/*/rules/*/copy_actions/*", Rename("copies"), "backup-vault-arn"),
    mutation(
        "/plans/*/rules/*/copy_actions/*/target_backup_vault_arn",
        Remove,
        "document-missing-key",
    ),
    mutation(
        "/plans/*/rules/*/copy_actions/*/target_backup_vault_arn/@@assign",
        Put(r#""arn:aws:backup:$region:$account:backup-vault:x""#),
        "backup-copy-region",
    ),
    mutation(
        "/plans/*/rules/*/recovery_point_tags/*/tag_key/@@assign",
        Put(r#""other than its block""#),
        "backup-tag-block",
    ),
    mutation("/plans/*/backup_plan_tags/*/tag_value", Remove, "document-missing-key"),
    mutation(
        "/plans/*/backup_plan_tags/*/tag_value/@@assign",
        Put(r#"["x"]"#),
        "document-not-a-single-value",
    ),
    // Selections.
    mutation("/plans/*/selections/tags/*", Rename("a b"), "backup-name"),
    mutation("/plans/*/selections/tags/*/tag_key", Remove, "document-missing-key"),
    mutation("/plans/*/selections/tags/*/tag_key/@@assign", Put(r#""""#), "backup-tag-length"),
    mutation("/plans/*/selections/tags/*/tag_value/@@assign", Put("[]"), "document-empty-list"),
    mutation(
        "/plans/*/selections/tags/*/iam_role_arn/@@assign",
        Put(r#""arn:aws:iam::111122223333:role/backup""#),
        "backup-role-account",
    ),
    mutation(
        "/plans/*/selections/resources/*/iam_role_arn/@@assign",
        Put(r#""backup""#),
        "backup-role",
    ),
    mutation(
        "/plans/*/selections/resources/*/resource_types/@@assign/*",
        Put(r#""arn:aws:sqs:*:*:*""#),
        "backup-resource-type",
    ),
    mutation(
        "/plans/*/selections/resources/*/conditions/string_like/*/condition_key",
        Remove,
        "document-missing-key",
    ),
    mutation(
        "/plans/*/selections/tags/*/conditions/string_equals",
        Rename("numeric_equals"),
        "document-unknown-key",
    ),
];

impl Mutation {
    /// The pointers at which it is possible.
    pub fn places(&self, document: &Value) -> Vec<String> {
        let mut places = vec![String::new()];
        for step in self.pattern.split('/').skip(1) {
            places = places.iter().flat_map(|place| below(document, place, step)).collect();
        }
        places
    }

    /// The document with the change, and where the finding has to be.
    pub fn apply(&self, document: &Value, place: &str) -> (Value, String) {
        let mut document = document.clone();
        let (parent, key) = place.rsplit_once('/').expect("a pointer");
        let parsed = |text: &str| serde_json::from_str::<Value>(text).expect("JSON");
        let expected = match self.change {
            Put(value) => {
                *document.pointer_mut(place).expect("a place") = parsed(value);
                place.to_owned()
            }
            Add(key, value) => {
                document.pointer_mut(place).expect("a place")[key] = parsed(value);
                format!("{place}/{key}")
            }
            Remove => {
                members(&mut document, parent).shift_remove(&unescaped(key));
                parent.to_owned()
            }
            Rename(name) => {
                let key = unescaped(key);
                let renamed = |(old, value): (String, Value)| {
                    (if old == key { name.to_owned() } else { old }, value)
                };
                let members = members(&mut document, parent);
                *members = std::mem::take(members).into_iter().map(renamed).collect();
                format!("{parent}/{name}")
            }
        };
        // A document without plans lacks them besides.
        if self.pattern == "/plans" && matches!(self.change, Rename(_)) {
            document["plans"] = json!({});
        }
        (document, expected)
    }
}

fn members<'a>(document: &'a mut Value, place: &str) -> &'a mut serde_json::Map<String, Value> {
    document.pointer_mut(place).and_then(Value::as_object_mut).expect("an object")
}

fn below(document: &Value, place: &str, step: &str) -> Vec<String> {
    let value = document.pointer(place).expect("a place");
    let keys: Vec<String> = match value {
        Value::Object(members) if step == "*" => {
            members.keys().filter(|key| !key.starts_with("@@")).cloned().collect()
        }
        Value::Array(items) if step == "*" => (0..items.len()).map(|i| i.to_string()).collect(),
        Value::Object(members) if members.contains_key(step) => vec![step.to_owned()],
        _ => Vec::new(),
    };
    keys.into_iter()
        .map(|key| format!("{place}/{}", key.replace('~', "~0").replace('/', "~1")))
        .collect()
}

fn unescaped(key: &str) -> String {
    key.replace("~1", "/").replace("~0", "~")
}
