//! What can never be right in a backup policy, and where it stands.
//!
//! AWS Organizations refuses such a policy too, but says neither what is wrong nor where. This is
//! not its whole grammar: whatever is not certainly wrong passes, because AWS has the last word.
//! Only what a policy assigns or appends is looked at.
//!
//! Sources: "Backup policy syntax and examples" of the AWS Organizations user guide, the cron
//! reference of the EventBridge user guide, and what others saw CreatePolicy take and refuse
//! (September 2026).

use std::ops::RangeInclusive;

use serde_json::Value;

pub use crate::arn::{is_account, is_region};

use crate::arn::is_partition;
use crate::fault::{Fault, path};

/// The policy type that this module is about.
pub const POLICY_TYPE: &str = "BACKUP_POLICY";

/// Every schedule, Region, vault ARN and role ARN below `at` that can never be right.
pub fn faults(document: &Value, at: &str) -> Vec<Fault> {
    let mut found = Found(Vec::new());
    for (plan, at) in children(document.get("plans"), &path(at, "plans")) {
        found.list(plan, "regions", &at, region);
        for (rule, at) in children(plan.get("rules"), &path(&at, "rules")) {
            found.text(rule, "schedule_expression", &at, schedule);
            let air_gapped = "target_logically_air_gapped_backup_vault_arn";
            found.text(rule, air_gapped, &at, vault_of_the_same_account);
            for (copy, at) in children(rule.get("copy_actions"), &path(&at, "copy_actions")) {
                found.text(copy, "target_backup_vault_arn", &at, vault);
            }
        }
        let at = path(&at, "selections");
        for kind in ["tags", "resources"] {
            let selections = plan.get("selections").and_then(|selections| selections.get(kind));
            for (selection, at) in children(selections, &path(&at, kind)) {
                found.text(selection, "iam_role_arn", &at, role);
            }
        }
    }
    found.0
}

/// What is wrong with a text, if it can never be right.
type Check = fn(&str) -> Result<(), &'static str>;

struct Found(Vec<Fault>);

impl Found {
    fn check(&mut self, at: &str, text: &str, check: Check) {
        if let Err(problem) = check(text) {
            self.0.push(Fault::new(at, format!("{text:?} {problem}")));
        }
    }

    /// The text that a policy assigns to `name`.
    fn text(&mut self, node: &Value, name: &str, at: &str, check: Check) {
        let assigned = node.get(name).and_then(|leaf| leaf.get("@@assign"));
        if let Some(text) = assigned.and_then(Value::as_str) {
            self.check(&path(&path(at, name), "@@assign"), text, check);
        }
    }

    /// The texts that a policy assigns to a list, or appends to it.
    fn list(&mut self, node: &Value, name: &str, at: &str, check: Check) {
        for operator in ["@@assign", "@@append"] {
            let list = node.get(name).and_then(|leaf| leaf.get(operator)).and_then(Value::as_array);
            let at = path(&path(at, name), operator);
            for (i, item) in list.into_iter().flatten().enumerate() {
                if let Some(text) = item.as_str() {
                    self.check(&format!("{at}[{i}]"), text, check);
                }
            }
        }
    }
}

/// The entries of a block, each with its path. Keys that begin with @@ are operators.
fn children<'a>(block: Option<&'a Value>, at: &str) -> Vec<(&'a Value, String)> {
    let entries = block.and_then(Value::as_object).into_iter().flatten();
    let entries = entries.filter(|(key, _)| !key.starts_with("@@"));
    entries.map(|(key, value)| (value, path(at, key))).collect()
}

fn region(text: &str) -> Result<(), &'static str> {
    if is_region(text) { Ok(()) } else { Err("is no Region such as eu-west-1") }
}

/// A field of a schedule.
struct Field {
    /// What it may hold beside digits.
    signs: &'static str,
    /// Whether it may hold names, of months or of days.
    names: bool,
    numbers: RangeInclusive<u32>,
    problem: &'static str,
}

const fn field(
    signs: &'static str,
    names: bool,
    numbers: RangeInclusive<u32>,
    problem: &'static str,
) -> Field {
    Field { signs, names, numbers, problem }
}

const FIELDS: [Field; 6] = [
    field(",-*/", false, 0..=59, "has no minutes (0-59) in its first field"),
    field(",-*/", false, 0..=23, "has no hours (0-23) in its second field"),
    field(",-*/?LWlw", false, 1..=31, "has no day of the month (1-31) in its third field"),
    field(",-*/", true, 1..=12, "has no month (1-12 or JAN-DEC) in its fourth field"),
    field(",-*/?#", true, 1..=7, "has no day of the week (1-7 or SUN-SAT) in its fifth field"),
    field(",-*/", false, 1970..=2199, "has no year (1970-2199) in its sixth field"),
];

fn schedule(text: &str) -> Result<(), &'static str> {
    let fields = text.trim().strip_prefix("cron(").and_then(|rest| rest.strip_suffix(')'));
    let fields = fields.ok_or("is no schedule such as cron(0 5 ? * * *)")?;
    let fields: Vec<&str> = fields.split_whitespace().collect();
    if fields.len() != FIELDS.len() {
        return Err("must have six fields: minutes, hours, day of the month, month, day of the \
                    week, year; for example cron(0 5 ? * * *)");
    }
    for (text, field) in fields.into_iter().zip(FIELDS) {
        let fits = |c: char| {
            c.is_ascii_digit() || field.signs.contains(c) || field.names && c.is_ascii_alphabetic()
        };
        // What follows a / or a # is a step or an ordinal.
        let numbers = text.split([',', '-']).filter_map(|part| part.split(['/', '#']).next());
        let mut numbers = numbers.filter_map(|number| number.parse::<u32>().ok());
        if !text.chars().all(fits) || !numbers.all(|number| field.numbers.contains(&number)) {
            return Err(field.problem);
        }
    }
    Ok(())
}

fn vault(text: &str) -> Result<(), &'static str> {
    if is_vault(text) {
        return Ok(());
    }
    Err("is no ARN of a backup vault such as \
         arn:aws:backup:eu-west-1:111122223333:backup-vault:central")
}

fn is_vault(text: &str) -> bool {
    let parts: Vec<&str> = text.splitn(7, ':').collect();
    let [arn, partition, "backup", region, account, "backup-vault", name] = parts[..] else {
        return false;
    };
    // AWS Backup fills $account and $region in. That they stand in a name nobody documents, nor
    // that they must not.
    let filled_in = name.replace("$account", "").replace("$region", "");
    let fits = |c: char| c.is_ascii_alphanumeric() || c == '-' || c == '_';
    arn == "arn"
        && is_partition(partition)
        && (region == "$region" || is_region(region))
        && (account == "$account" || is_account(account))
        && !name.is_empty()
        && filled_in.len() <= 50
        && filled_in.chars().all(fits)
}

fn vault_of_the_same_account(text: &str) -> Result<(), &'static str> {
    if is_vault(text) && text.contains("$account") && text.contains("$region") {
        return Ok(());
    }
    Err("must name a vault of the account itself, such as \
         arn:aws:backup:$region:$account:backup-vault:air-gapped")
}

fn role(text: &str) -> Result<(), &'static str> {
    let parts: Vec<&str> = text.splitn(6, ':').collect();
    let [arn, partition, "iam", "", account, role] = parts[..] else {
        return Err("is no ARN of a role such as arn:aws:iam::$account:role/backup");
    };
    if is_account(account) {
        return Err("names an account: write $account, for which AWS puts the account that the \
                    policy applies to");
    }
    let name = role.strip_prefix("role/").unwrap_or_default();
    if arn != "arn" || !is_partition(partition) || account != "$account" || name.is_empty() {
        return Err("is no ARN of a role such as arn:aws:iam::$account:role/backup");
    }
    Ok(())
}
