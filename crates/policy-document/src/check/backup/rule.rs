//! What the parts of a backup rule have to do with each other.

use super::arns;
use super::limits::{ARCHIVE_DAYS, COLD_DAYS, CONTINUOUS_DAYS};
use super::rules::lifecycle as rules;
use super::rules::values as value_rules;
use super::schedule::{self, DayGaps};
use crate::check::grammar::{Assigned, Setting, children, member};
use crate::check::place::{Findings, Place, Problem, quoted};
use crate::tree::Node;

const CONTINUOUS: &str = "enable_continuous_backup";
const LIFECYCLE: &str = "lifecycle";
const MOVE: &str = "move_to_cold_storage_after_days";
const DELETE: &str = "delete_after_days";
const ARCHIVE: &str = "opt_in_to_archive_for_supported_resources";

/// A rule with continuous backup, which AWS keeps for 35 days.
pub fn continuous_backup(rule: &Node, place: &Place<'_>, findings: &mut Findings) {
    let Some(enabled) = switched_on(rule, &[CONTINUOUS]) else { return };
    let most = format!("at most {CONTINUOUS_DAYS}");
    match Setting::of(rule, &[LIFECYCLE, DELETE]) {
        Setting::Unknown => {}
        Setting::Absent => {
            let found = format!("continuous backup has no {DELETE} in the same rule");
            let allowed = format!("a lifecycle with {DELETE}, {most}");
            enabled.add(
                place,
                Problem::new(&rules::CONTINUOUS_RETENTION, found, allowed),
                findings,
            );
        }
        Setting::Assigned(delete) => {
            if let Some(days) = days(&delete).filter(|days| *days > CONTINUOUS_DAYS) {
                let found = format!("{days} days are too many for a continuous backup");
                let problem =
                    Problem::new(&rules::CONTINUOUS_RETENTION, found, format!("{most} days"));
                delete.add(place, problem, findings);
            }
        }
    }
    if let Setting::Assigned(cold) = Setting::of(rule, &[LIFECYCLE, MOVE]) {
        let found = "a continuous backup cannot move to cold storage";
        let allowed = format!("no {MOVE}, or no continuous backup");
        cold.add(place, Problem::new(&rules::CONTINUOUS_COLD, found, allowed), findings);
    }
}

/// A rule or a copy action whose lifecycle deletes too soon after the move to cold storage. With the
/// archive tier, AWS refuses it; without, it only fails later.
pub fn cold_storage(owner: &Node, place: &Place<'_>, findings: &mut Findings) {
    if switched_on(owner, &[CONTINUOUS]).is_some() {
        return; // cannot move at all
    }
    let archive = switched_on(owner, &[LIFECYCLE, ARCHIVE]);
    let of_lifecycle = |key| Setting::of(owner, &[LIFECYCLE, key]);
    match (of_lifecycle(MOVE), of_lifecycle(DELETE)) {
        (Setting::Assigned(cold), Setting::Assigned(delete)) => {
            let (Some(cold), Some(deleted)) = (days(&cold), days(&delete)) else { return };
            let least = cold.saturating_add(COLD_DAYS);
            if deleted < least {
                let rule = match archive {
                    Some(_) => &rules::ARCHIVE_RETENTION,
                    None => &rules::COLD_STORAGE_TOO_SHORT,
                };
                let found =
                    format!("{deleted} is too soon after the move to cold storage on day {cold}");
                let allowed = format!("at least {least}, {COLD_DAYS} days later");
                delete.add(place, Problem::new(rule, found, allowed), findings);
            }
        }
        (Setting::Unknown, _) | (_, Setting::Unknown) => {}
        _ => {
            let Some(archive) = archive else { return };
            let found = format!("the archive tier has no {MOVE} and {DELETE} beside it");
            let allowed = format!("both, with {DELETE} at least {COLD_DAYS} days later");
            archive.add(place, Problem::new(&rules::ARCHIVE_RETENTION, found, allowed), findings);
        }
    }
}

/// A rule whose backups or copies may go to the archive tier, which takes one in 28 days.
pub fn archive(rule: &Node, place: &Place<'_>, findings: &mut Findings) {
    let copies = member(rule, "copy_actions").map(|copies| &copies.node);
    let of_copies = copies
        .into_iter()
        .flat_map(children)
        .filter_map(|copy| switched_on(rule, &["copy_actions", &copy.key, LIFECYCLE, ARCHIVE]));
    let archives = switched_on(rule, &[LIFECYCLE, ARCHIVE]).into_iter().chain(of_copies);
    let Some(archive) = archives.into_iter().next() else { return };
    let allowed =
        format!("a schedule_expression with at least {ARCHIVE_DAYS} days between two runs");
    match Setting::of(rule, &["schedule_expression"]) {
        Setting::Unknown => {}
        Setting::Absent => {
            let found = "the archive tier has no schedule_expression in the same rule";
            archive.add(place, Problem::new(&rules::ARCHIVE_SCHEDULE, found, allowed), findings);
        }
        Setting::Assigned(schedule) => {
            let Some(text) = schedule.text() else { return };
            let Some(DayGaps { smallest, largest }) = schedule::day_gaps(&text) else { return };
            if smallest >= ARCHIVE_DAYS {
                return;
            }
            let problem = if smallest == 0 || largest < ARCHIVE_DAYS {
                let found = format!("{text:?} runs too often for the archive tier");
                Problem::new(&rules::ARCHIVE_SCHEDULE, found, allowed)
            } else {
                let found =
                    format!("{text:?} runs now {smallest}, now {largest} days after the last time");
                Problem::new(&rules::ARCHIVE_SCHEDULE_VARIES, found, allowed)
            };
            schedule.add(place, problem, findings);
        }
    }
}

/// A number of days, if it is one by itself.
fn days(setting: &Assigned<'_>) -> Option<u64> {
    setting.number().filter(|days| *days > 0)
}

/// A setting that is `true`.
fn switched_on<'a>(node: &'a Node, keys: &[&str]) -> Option<Assigned<'a>> {
    let setting = Setting::of(node, keys).assigned()?;
    let is_on = setting.text().is_some_and(|text| text == "true");
    is_on.then_some(setting)
}

/// A copy action whose key is another vault than its target.
pub fn copy_key(copy: &Node, place: &Place<'_>, findings: &mut Findings) {
    let Some(key) = place.name() else { return };
    let Some(target) = Setting::of(copy, &["target_backup_vault_arn"]).assigned() else { return };
    let Some(text) = target.text() else { return };
    let are_vaults = arns::copy_target(key).is_ok() && arns::copy_target(&text).is_ok();
    if are_vaults && *text != *key {
        let found = format!("{text:?} is another vault than the copy action's key");
        let problem = Problem::new(&rules::COPY_KEY, found, format!("the key, {key}"));
        target.add(place, problem.suggesting(Some(key)), findings);
    }
}

/// A tag whose block is named after another key.
pub fn tag_block(tag: &Node, place: &Place<'_>, findings: &mut Findings) {
    let Some(block) = place.name() else { return };
    let Some(key) = Setting::of(tag, &["tag_key"]).assigned() else { return };
    let Some(text) = key.text() else { return };
    if !text.is_empty() && text.to_lowercase() != block.to_lowercase() {
        let found = format!("the tag {text:?} stands in a block named {block:?}");
        let allowed = format!("a block named {}", quoted(&text));
        key.add(place, Problem::new(&value_rules::TAG_BLOCK, found, allowed), findings);
    }
}
