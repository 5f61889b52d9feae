//! `--with TEMPLATE`: what a deployment would change.

use std::collections::BTreeMap;
use std::path::Path;
use std::sync::Arc;

use policy_document::effective::{
    Accounts, Assumptions, Change, Deployed, Effective, Finding, PlaceId, Setting, deploy,
    differences, findings, of_account, of_all,
};
use policy_document::template::{NestedTemplate, SourceFile, each_template};

use super::lines::Lines;
use super::load::Loaded;
use super::{Answer, account, is_wrong, json, names};
use crate::input::{Deployment, Evaluated, Problem, Source};
use crate::terminal::one_line;

/// An organization after a deployment.
pub struct After {
    pub loaded: Loaded,
    pub deployed: Deployed,
    pub template: String,
}

/// What a deployment changes for some accounts alike.
pub struct Changed<'a> {
    pub accounts: Vec<PlaceId>,
    pub changes: Vec<Change>,
    pub effective: &'a Effective,
    pub findings: Vec<Finding>,
    /// Whether AWS withholds what there is before the deployment.
    pub was_wrong: bool,
}

/// Carries out a template on an organization.
///
/// # Errors
/// What keeps it from being evaluated.
pub fn deployed(
    mut loaded: Loaded,
    path: &Path,
    deployment: &Deployment,
) -> Result<After, Vec<Problem>> {
    let evaluated = deployment.evaluate(path).map_err(|problem| vec![problem])?;
    let Evaluated { source, template, faults } = evaluated;
    if !faults.is_empty() {
        return Err(faults);
    }
    let deployed = deploy(&mut loaded.organization, &template, &source.path);
    each_template(&template, &mut |_, nested| {
        if let Some(NestedTemplate { source: SourceFile { name, text }, .. }) = nested {
            loaded.add(Source::new(name.clone(), text.clone()));
        }
    });
    let template = source.path.clone();
    loaded.add(source);
    Ok(After { loaded, deployed, template })
}

/// What changes for one account, or for all.
pub fn answer(
    before: &Loaded,
    after: &After,
    account: Option<PlaceId>,
    policy_type: &str,
    is_json: bool,
) -> Answer {
    let assumptions = Assumptions::default();
    let (old, new) = match account {
        Some(place) => {
            let of = |loaded: &Loaded| {
                let effective = of_account(&loaded.organization, place, policy_type, assumptions);
                vec![(place, Arc::new(effective))]
            };
            (of(before), of(&after.loaded))
        }
        None => {
            let of =
                |loaded: &Loaded| listed(&of_all(&loaded.organization, policy_type, assumptions));
            (of(before), of(&after.loaded))
        }
    };
    let groups = changed(&old, &new, policy_type);
    let is_wrong = is_wrong(groups.iter().flat_map(|group| &group.findings));
    let text = if is_json {
        json::changes(after, policy_type, &groups)
    } else {
        text(after, policy_type, &groups)
    };
    Answer { text, is_wrong, problem: None }
}

fn listed(accounts: &Accounts) -> Vec<(PlaceId, Arc<Effective>)> {
    accounts.iter().map(|(account, effective)| (account, effective.clone())).collect()
}

/// The accounts in groups of those for which the same changes; those without a change are left out.
fn changed<'a>(
    old: &[(PlaceId, Arc<Effective>)],
    new: &'a [(PlaceId, Arc<Effective>)],
    policy_type: &str,
) -> Vec<Changed<'a>> {
    let mut groups: BTreeMap<String, Changed<'a>> = BTreeMap::new();
    for ((account, old), (_, new)) in old.iter().zip(new) {
        let changes = differences(old, new);
        if changes.is_empty() {
            continue;
        }
        let alike = changes.iter().map(line).collect::<Vec<_>>().join("\n");
        let was_wrong = is_wrong(&findings(old, policy_type));
        let findings = findings(new, policy_type);
        let alike = findings.iter().fold(alike, |alike, finding| {
            format!("{alike}\n{} {} {}", finding.rule.code, finding.pointer, finding.found)
        });
        let group = groups.entry(format!("{alike}\n{was_wrong}")).or_insert_with(|| Changed {
            accounts: Vec::new(),
            changes,
            effective: new,
            findings,
            was_wrong,
        });
        group.accounts.push(*account);
    }
    let mut groups: Vec<Changed> = groups.into_values().collect();
    groups.sort_by_key(|group| {
        (std::cmp::Reverse(group.accounts.len()), group.accounts.first().copied())
    });
    groups
}

fn text(after: &After, policy_type: &str, groups: &[Changed]) -> String {
    let mut text = format!("after a deployment of {}: {policy_type}\n", one_line(&after.template));
    text.push_str(&declared(after));
    for group in groups {
        text.push_str(&format!(
            "\n{}\n",
            names::accounts(&after.loaded.organization, &group.accounts)
        ));
        text.push_str(&changes(after, group));
        let parts = [
            account::found(&after.loaded, &group.findings),
            account::undecided(&after.loaded, group.effective),
        ];
        for line in parts.iter().flat_map(|part| part.lines()) {
            text.push_str(&format!("  {line}\n"));
        }
        if group.was_wrong && !is_wrong(&group.findings) {
            text.push_str(
                "  AWS withholds what there is now, or may do so, and not what would be.\n",
            );
        }
    }
    if groups.is_empty() {
        text.push_str("\nno difference\n");
    }
    text
}

/// The policies that the template declares, and what cannot be told of it.
fn declared(after: &After) -> String {
    let mut lines = Lines::default();
    for one in &after.deployed.policies {
        let policy = names::policy(&after.loaded.organization, one.policy);
        let new = if one.is_new { " (new)" } else { "" };
        lines.line(1, &format!("declares {policy}{new}"));
    }
    for left in &after.deployed.left_out {
        let name = if left.logical_id.is_empty() { "a part of it" } else { &left.logical_id };
        lines.line(1, &one_line(&format!("left as it is: {name}: {}", left.why)));
    }
    lines.written()
}

fn changes(after: &After, group: &Changed) -> String {
    let mut lines = Lines::default();
    for change in &group.changes {
        let sources = change.new.iter().flat_map(|setting| &setting.candidates);
        let sources = sources.flat_map(|candidate| candidate.value.sources());
        lines.pair(1, &line(change), names::sources(&after.loaded.organization, sources));
    }
    lines.written()
}

/// One change: `+` what was not set, `-` what is not set any more, `~` what is another value.
fn line(change: &Change) -> String {
    let pointer = one_line(&change.path.pointer());
    let values = |setting: &Setting| account::values(setting);
    match (&change.old, &change.new) {
        (None, Some(new)) => format!("+ {pointer}: {}", values(new)),
        (Some(old), None) => format!("- {pointer}: {}", values(old)),
        (Some(old), Some(new)) => format!("~ {pointer}: {} → {}", values(old), values(new)),
        (None, None) => pointer,
    }
}
