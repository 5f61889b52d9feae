//! The rules of effective backup policies.

use std::collections::{BTreeMap, BTreeSet};

use crate::check::Rule;
use crate::check::backup::{day_gaps, limits};
use crate::tree::pointer::join;

use super::super::accounts::Effective;
use super::super::organization::PolicyId;
use super::super::setting::{Scalar, Value};
use super::Finding;
use super::rules::{
    ARCHIVE_RETENTION, ARCHIVE_SCHEDULE, BOTH_SELECTIONS, CONTINUOUS_RETENTION, KEY_MISSING,
    LIST_EMPTY, OVER_QUOTA, SCAN_SETTINGS_MISSING, TOO_MANY_RULES,
};

/// What is wrong, with each undecided setting as the combination says.
pub(super) fn findings(effective: &Effective, combination: &[usize]) -> Vec<Finding> {
    let document = Part::of(effective, combination);
    let mut found = Found(Vec::new());
    for plan in document.child("plans").into_iter().flat_map(Part::children) {
        found.plan(plan);
    }
    found.0
}

/// A part of the effective policy, as a tree.
#[derive(Default)]
struct Part<'a> {
    pointer: String,
    value: Option<&'a Value>,
    children: BTreeMap<&'a str, Part<'a>>,
}

impl<'a> Part<'a> {
    fn of(effective: &'a Effective, combination: &'a [usize]) -> Self {
        let mut root = Self::default();
        for (setting, value) in effective.values(combination) {
            let mut part = &mut root;
            for key in &setting.path.0 {
                let pointer = join(&part.pointer, key);
                part = part.children.entry(key).or_insert(Part { pointer, ..Part::default() });
            }
            part.value = Some(value);
        }
        root
    }

    fn child(&self, key: &str) -> Option<&Part<'a>> {
        self.children.get(key)
    }

    fn children(&self) -> impl Iterator<Item = &Part<'a>> {
        self.children.values()
    }

    /// How many keys the child of this name has.
    fn count(&self, key: &str) -> usize {
        self.child(key).map_or(0, |child| child.children.len())
    }

    /// The text of the child of this name.
    fn text(&self, key: &str) -> Option<&str> {
        match self.child(key)?.value? {
            Value::One(Scalar::Text(text), _) => Some(text),
            _ => None,
        }
    }

    fn number(&self, key: &str) -> Option<u64> {
        self.text(key)?.parse().ok()
    }

    /// The number of items of the list of this name; none if some of it is not known.
    fn items(&self, key: &str) -> Option<usize> {
        match self.child(key)?.value? {
            Value::List(list)
                if !list.items.iter().any(|item| matches!(item.value, Scalar::Unknown(_))) =>
            {
                Some(list.items.len())
            }
            _ => None,
        }
    }

    /// The policies that made it what it is, those too that took something away.
    fn policies(&self) -> BTreeSet<PolicyId> {
        let removed = |value: &'a Value| match value {
            Value::One(..) => [].iter(),
            Value::List(list) => list.removed.iter(),
        };
        let removed = self.value.into_iter().flat_map(removed).flat_map(|item| &item.from);
        let own = self.value.into_iter().flat_map(Value::sources).chain(removed);
        let below = self.children().flat_map(Part::policies);
        own.map(|source| source.policy).chain(below).collect()
    }
}

struct Found(Vec<Finding>);

impl Found {
    fn add(
        &mut self,
        at: &Part,
        because: &[&Part],
        rule: (&'static Rule, Option<&'static str>),
        found: String,
        allowed: &str,
    ) {
        let (rule, aws_code) = rule;
        let policies = if because.is_empty() {
            at.policies()
        } else {
            because.iter().flat_map(|part| part.policies()).collect()
        };
        self.0.push(Finding {
            rule,
            aws_code,
            pointer: at.pointer.clone(),
            found,
            allowed: allowed.to_owned(),
            policies,
            certain: true,
        });
    }

    fn plan(&mut self, plan: &Part) {
        self.needs(plan, "plan", &["regions", "rules", "selections"]);
        self.filled(plan, "regions");
        let rules = plan.count("rules");
        if let Some(part) = plan.child("rules").filter(|_| rules > limits::RULES) {
            let rule = (&TOO_MANY_RULES, Some("ELEMENTS_TOO_MANY"));
            self.add(part, &[], rule, format!("{rules} rules"), "at most 10 in a plan");
        }
        for rule in plan.child("rules").into_iter().flat_map(Part::children) {
            self.rule(rule, plan);
        }
        if let Some(selections) = plan.child("selections") {
            self.selections(selections);
        }
    }

    fn rule(&mut self, rule: &Part, plan: &Part) {
        self.needs(rule, "rule", &["target_backup_vault_name"]);
        let continuous = rule.text("enable_continuous_backup") == Some("true");
        let lifecycle = rule.child("lifecycle");
        if let Some(days) = lifecycle.and_then(|lifecycle| lifecycle.number("delete_after_days"))
            && continuous
            && days > limits::CONTINUOUS_DAYS
        {
            let found = format!("continuous backup, and backups kept for {days} days");
            let because: Vec<&Part> = rule
                .child("enable_continuous_backup")
                .into_iter()
                .chain(lifecycle.and_then(|lifecycle| lifecycle.child("delete_after_days")))
                .collect();
            let broken = (&CONTINUOUS_RETENTION, Some("CROSS_ATTRIBUTE_VALIDATION"));
            self.add(rule, &because, broken, found, "at most 35 days with continuous backup");
        }
        let copies = rule.child("copy_actions").into_iter().flat_map(Part::children);
        let lifecycles =
            lifecycle.into_iter().chain(copies.filter_map(|copy| copy.child("lifecycle")));
        for lifecycle in lifecycles {
            self.archive(lifecycle, rule);
        }
        if let Some(scan) =
            rule.child("scan_actions").filter(|_| plan.child("scan_settings").is_none())
        {
            let broken = (&SCAN_SETTINGS_MISSING, Some("CROSS_ATTRIBUTE_VALIDATION"));
            let found = "scan_actions without scan_settings".to_owned();
            self.add(rule, &[scan], broken, found, "scan_settings beside rules, in the plan");
        }
        self.at_most(rule, "copy_actions", "copies", limits::COPIES);
        self.at_most(rule, "recovery_point_tags", "tags", limits::RECOVERY_POINT_TAGS);
    }

    fn archive(&mut self, lifecycle: &Part, rule: &Part) {
        let Some(opted_in) = lifecycle.child("opt_in_to_archive_for_supported_resources") else {
            return;
        };
        if !matches!(opted_in.value, Some(Value::One(Scalar::Text(text), _)) if text == "true") {
            return;
        }
        let days = |key| lifecycle.number(key);
        if let (Some(moved), Some(deleted)) =
            (days("move_to_cold_storage_after_days"), days("delete_after_days"))
            && deleted < moved.saturating_add(limits::COLD_DAYS)
        {
            let broken = (&ARCHIVE_RETENTION, Some("CROSS_ATTRIBUTE_VALIDATION"));
            let found = format!("to the archive after {moved} days, deleted after {deleted}");
            self.add(lifecycle, &[], broken, found, "at least 90 days in the archive");
        }
        let schedule = rule.child("schedule_expression");
        let text = rule.text("schedule_expression");
        if let (Some(schedule), Some(text)) = (schedule, text)
            && let Some(gaps) = day_gaps(text)
            && (gaps.smallest == 0 || gaps.largest < limits::ARCHIVE_DAYS)
        {
            let broken = (&ARCHIVE_SCHEDULE, Some("CROSS_ATTRIBUTE_VALIDATION"));
            let found = format!("{text} with the archive");
            self.add(
                rule,
                &[schedule, opted_in],
                broken,
                found,
                "at least 28 days between two runs",
            );
        }
    }

    fn selections(&mut self, selections: &Part) {
        let (tags, resources) = (selections.child("tags"), selections.child("resources"));
        for selection in tags.into_iter().flat_map(Part::children) {
            self.needs(selection, "selection", &["iam_role_arn", "tag_key", "tag_value"]);
            self.filled(selection, "tag_value");
            let values = selection.items("tag_value").unwrap_or(0);
            if let Some(part) = selection.child("tag_value").filter(|_| values > limits::TAG_VALUES)
            {
                let found = format!("{values} values");
                self.add(part, &[], (&OVER_QUOTA, None), found, "at most 30");
            }
            self.conditions(selection);
        }
        for selection in resources.into_iter().flat_map(Part::children) {
            self.needs(selection, "selection", &["iam_role_arn"]);
            if selection.child("conditions").is_none() {
                self.needs(selection, "selection", &["resource_types"]);
            }
            self.filled(selection, "resource_types");
            self.conditions(selection);
        }
        if tags.is_some() && resources.is_some() {
            let found = "selections by tags and by resources".to_owned();
            self.add(selections, &[], (&BOTH_SELECTIONS, None), found, "one of them in a plan");
        }
        self.at_most(selections, "tags", "selections by tags", limits::SELECTIONS_BY_TAGS);
        let all = selections.count("tags") + selections.count("resources");
        if all > limits::SELECTIONS {
            let found = format!("{all} selections");
            self.add(selections, &[], (&OVER_QUOTA, None), found, "at most 100");
        }
    }

    fn conditions(&mut self, selection: &Part) {
        let Some(conditions) = selection.child("conditions") else { return };
        let all: usize = conditions.children().map(|operator| operator.children.len()).sum();
        if all > limits::CONDITIONS {
            let found = format!("{all} conditions");
            self.add(conditions, &[], (&OVER_QUOTA, None), found, "at most 30");
        }
    }

    fn needs(&mut self, part: &Part, what: &str, keys: &[&str]) {
        if matches!(part.value, Some(Value::One(Scalar::Unknown(_), _))) {
            return;
        }
        for key in keys.iter().filter(|key| part.child(key).is_none()) {
            let broken = (&KEY_MISSING, Some("KEY_REQUIRED"));
            self.add(
                part,
                &[],
                broken,
                format!("no {key}"),
                &format!("a {what} with {}", listed(keys)),
            );
        }
    }

    fn filled(&mut self, part: &Part, key: &str) {
        if let Some(list) = part.child(key).filter(|_| part.items(key) == Some(0)) {
            let broken = (&LIST_EMPTY, Some("ELEMENTS_TOO_FEW"));
            self.add(list, &[], broken, "nothing".to_owned(), "at least one");
        }
    }

    fn at_most(&mut self, part: &Part, key: &str, what: &str, most: usize) {
        let count = part.count(key);
        if let Some(child) = part.child(key).filter(|_| count > most) {
            let found = format!("{count} {what}");
            self.add(child, &[], (&OVER_QUOTA, None), found, &format!("at most {most}"));
        }
    }
}

/// `a, b and c`.
fn listed(words: &[&str]) -> String {
    match words {
        [] => String::new(),
        [one] => (*one).to_owned(),
        [all @ .., last] => format!("{} and {last}", all.join(", ")),
    }
}
