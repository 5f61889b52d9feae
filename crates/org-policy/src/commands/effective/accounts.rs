//! All accounts.

use std::collections::BTreeSet;

use policy_document::effective::{
    Accounts, Assumption, Assumptions, Effective, Group, PolicyId, Summary, differences, of_all,
    summary,
};

use super::live::{self, Asked};
use super::load::Loaded;
use super::{Answer, account, is_wrong, json, names};

/// Everything that is said of all accounts.
pub struct Report<'a> {
    pub loaded: &'a Loaded,
    pub policy_type: &'a str,
    pub summary: Summary,
    /// For each assumption that is not made, how many accounts would get something else.
    pub otherwise: Vec<(Assumption, usize)>,
    /// What AWS says, if it was asked.
    pub asked: Option<&'a Asked>,
}

/// What all accounts end up with.
pub fn answer(loaded: &Loaded, policy_type: &str, asked: Option<&Asked>, is_json: bool) -> Answer {
    let organization = &loaded.organization;
    let assumptions = Assumptions::default();
    let accounts = of_all(organization, policy_type, assumptions);
    let otherwise = Assumption::others(assumptions)
        .map(|other| {
            let others = of_all(organization, policy_type, other.instead(assumptions));
            (other, differing(&accounts, &others))
        })
        .filter(|(_, accounts)| *accounts > 0)
        .collect();
    let summary = summary(&accounts, policy_type);
    let is_wrong = is_wrong(summary.groups.iter().flat_map(|group| &group.findings))
        || asked.is_some_and(Asked::is_wrong);
    let report = Report { loaded, policy_type, summary, otherwise, asked };
    let text = if is_json { json::accounts(&report) } else { report.text() };
    Answer { text, is_wrong, problem: None }
}

/// How many accounts have another effective policy.
fn differing(accounts: &Accounts, others: &Accounts) -> usize {
    let differs = |effective: &Effective, other: Option<&std::sync::Arc<Effective>>| {
        other.is_some_and(|other| !differences(effective, other).is_empty())
    };
    accounts.iter().filter(|(account, effective)| differs(effective, others.get(*account))).count()
}

impl Report<'_> {
    fn text(&self) -> String {
        let groups = &self.summary.groups;
        let all = groups.iter().map(|group| group.accounts.len()).sum();
        let mut text = format!(
            "{} in {}: {}\n",
            names::count(all, "account"),
            names::count(groups.len(), "group"),
            self.policy_type
        );
        for group in groups {
            text.push('\n');
            text.push_str(&self.group(group));
        }
        text.push('\n');
        text.push_str(&self.totals());
        text.extend(self.asked.map(|asked| live::text(self.loaded, asked)));
        text
    }

    fn group(&self, group: &Group) -> String {
        let organization = &self.loaded.organization;
        let accounts = names::count(group.accounts.len(), "account");
        let mut text = if group.effective.is_empty() {
            format!("{accounts} without any effective {}\n", self.policy_type)
        } else {
            let policies = names::policies(organization, &policies(&group.effective));
            format!("{accounts} with {}, from {policies}\n", contents(&group.effective))
        };
        for account in group.accounts.iter().take(names::NAMED) {
            text.push_str(&format!("  {}\n", names::account(organization, *account)));
        }
        if let Some(more) = group.accounts.len().checked_sub(names::NAMED + 1) {
            text.push_str(&format!("  and {} more; --format json has all\n", more + 1));
        }
        let found = account::found(self.loaded, &group.findings);
        text.extend(found.lines().map(|line| format!("  {line}\n")));
        let undecided = group.effective.undecided();
        if undecided > 0 {
            let (values, verb) =
                (names::count(undecided, "value"), if undecided == 1 { "hangs" } else { "hang" });
            text.push_str(&format!(
                "  {values} {verb} on an order of attachment that is not known\n"
            ));
        }
        text
    }

    fn totals(&self) -> String {
        let groups = &self.summary.groups;
        let in_groups = |is: &dyn Fn(&Group) -> bool| {
            groups.iter().filter(|group| is(group)).map(|group| group.accounts.len()).sum()
        };
        let without = self.summary.without().count();
        let wrong = in_groups(&|group| is_wrong(&group.findings));
        let mut text = format!(
            "without any: {}\nwithheld, or perhaps: {}\nundecided by an unknown order of attachment: {}\n",
            names::count(without, "account"),
            names::count(wrong, "account"),
            names::count(self.summary.undecided, "account"),
        );
        for (assumption, accounts) in &self.otherwise {
            let accounts = names::count(*accounts, "account");
            text.push_str(&format!("otherwise, if {}: {accounts}\n", assumption.sentence()));
        }
        text
    }
}

/// The policies that an effective policy comes from.
pub fn policies(effective: &Effective) -> BTreeSet<PolicyId> {
    let candidates = effective.settings.iter().flat_map(|setting| &setting.candidates);
    candidates.flat_map(|candidate| candidate.value.sources()).map(|source| source.policy).collect()
}

/// What an effective policy is about: the names below its first key, such as those of backup plans.
fn contents(effective: &Effective) -> String {
    let mut names: Vec<String> = Vec::new();
    for setting in &effective.settings {
        let name = setting.path.0.get(1).or(setting.path.0.first());
        let name = name.map(|name| crate::terminal::one_line(name)).unwrap_or_default();
        if !names.contains(&name) {
            names.push(name);
        }
    }
    names.join(", ")
}
