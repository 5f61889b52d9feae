//! What AWS says, for people.

use std::collections::BTreeMap;

use policy_document::effective::{Decided, Difference, Organization, PlaceId};

use super::super::lines::Lines;
use super::super::load::Loaded;
use super::super::{account, names};
use super::ask::{Account, Asked, Withheld};
use crate::terminal::one_line;

/// Everything that AWS says.
pub fn text(loaded: &Loaded, asked: &Asked) -> String {
    let organization = &loaded.organization;
    let parts = [
        withheld(organization, &asked.withheld),
        judged_otherwise(organization, asked),
        disagreements(organization, &asked.accounts),
        decided(organization, &asked.accounts),
        total(asked),
    ];
    parts.into_iter().filter(|part| !part.is_empty()).map(|part| format!("\n{part}")).collect()
}

/// Which accounts AWS withholds a policy from.
fn withheld(organization: &Organization, all: &[Withheld]) -> String {
    let mut lines = Lines::default();
    for Withheld { place, errors } in all {
        let account = names::account(organization, *place);
        lines.line(0, &format!("AWS withholds the effective policy of {account}:"));
        for error in errors {
            let (code, message) = (one_line(&error.code), one_line(&error.message));
            lines.line(1, &format!("{code}: {message}"));
            let policies: Vec<String> =
                error.policies.iter().map(|policy| named(organization, policy)).collect();
            lines.line(2, &format!("at {}, from {}", one_line(&error.path), policies.join(", ")));
        }
    }
    lines.written()
}

/// A policy as AWS names it here: by its id, or by its ARN, which ends with it.
fn named(organization: &Organization, policy: &str) -> String {
    let id = policy.rsplit('/').next().unwrap_or(policy);
    let found = organization.policies().find(|(_, one)| !one.id.is_empty() && one.id == id);
    found.map_or(one_line(policy), |(id, _)| names::policy(organization, id))
}

fn judged_otherwise(organization: &Organization, asked: &Asked) -> String {
    let mut lines = Lines::default();
    for place in &asked.judged_otherwise {
        let account = names::account(organization, *place);
        let is_withheld = asked.withheld.iter().any(|one| one.place == *place);
        let line = if is_withheld {
            format!(
                "Disagreement: AWS withholds the effective policy of {account}, and nothing was found wrong with it"
            )
        } else {
            format!(
                "Disagreement: AWS does not withhold the effective policy of {account}, which was found wrong"
            )
        };
        lines.line(0, &line);
    }
    lines.written()
}

/// Where AWS shows something else than was computed. Accounts with the same difference are taken together.
fn disagreements(organization: &Organization, accounts: &[Account]) -> String {
    let mut groups: BTreeMap<String, Vec<PlaceId>> = BTreeMap::new();
    for account in accounts.iter().filter(|account| !account.comparison.agrees()) {
        groups.entry(disagreement(organization, account)).or_default().push(account.place);
    }
    let mut text = String::new();
    for (disagreement, accounts) in &groups {
        let accounts = names::accounts(organization, accounts);
        text.push_str(&format!(
            "Disagreement: AWS shows something else for {accounts}\n{disagreement}"
        ));
    }
    if !groups.is_empty() {
        text.push_str(
            "AWS is right, so this is a bug: please report it. --format json has the policies, what was computed and what \
             AWS shows.\n",
        );
    }
    text
}

fn disagreement(organization: &Organization, account: &Account) -> String {
    let mut lines = Lines::default();
    for difference in &account.comparison.differences {
        let sources = difference.computed.iter().flat_map(|setting| &setting.candidates);
        let sources = sources.flat_map(|candidate| candidate.value.sources());
        lines.pair(1, &line(difference), names::sources(organization, sources));
    }
    for Decided { decision, outcomes } in &account.comparison.decided {
        if outcomes.is_empty() && decision.complete {
            let policies = names::policies(organization, &decision.policies);
            lines.line(1, &format!("no order of attachment of {policies} leads to what AWS shows"));
        }
    }
    if let Some(assumption) = account.explanation {
        lines.line(1, &format!("it is what comes out if {}", assumption.sentence()));
    }
    lines.written()
}

fn line(difference: &Difference) -> String {
    let pointer = one_line(&difference.path.pointer());
    let computed = difference.computed.as_ref().map_or("nothing".to_owned(), account::values);
    let shown = difference.shown.as_ref().map_or("nothing".to_owned(), account::shown);
    format!("{pointer}: AWS shows {shown}, computed was {computed}")
}

/// What hung on an order of attachment, and how it was.
fn decided(organization: &Organization, accounts: &[Account]) -> String {
    let mut groups: BTreeMap<String, Vec<PlaceId>> = BTreeMap::new();
    for account in accounts.iter().filter(|account| account.comparison.agrees()) {
        for decided in account.comparison.decided.iter().filter(|one| !one.outcomes.is_empty()) {
            groups.entry(first(organization, decided)).or_default().push(account.place);
        }
    }
    let line = |(first, accounts): (&String, &Vec<PlaceId>)| {
        format!(
            "Decided by what AWS shows for {}:\n  {first}\n",
            names::accounts(organization, accounts)
        )
    };
    groups.iter().map(line).collect()
}

fn first(organization: &Organization, decided: &Decided) -> String {
    let Decided { decision, outcomes } = decided;
    let outcomes = outcomes.iter().filter_map(|index| decision.outcomes.get(*index));
    let first = outcomes.map(|outcome| {
        let names: Vec<String> =
            outcome.first.iter().map(|policy| names::policy(organization, *policy)).collect();
        names.join(", then ")
    });
    let first: Vec<String> = first.collect();
    let policies = names::policies(organization, &decision.policies);
    let place = names::place(organization, decision.place);
    format!("of {policies}, {} was attached first to {place}", first.join(" or "))
}

fn total(asked: &Asked) -> String {
    let alike = asked.accounts.iter().filter(|account| account.comparison.agrees()).count();
    let mut text = match asked.accounts.len() {
        0 => "AWS was asked for no effective policy".to_owned(),
        all if all == alike => format!("AWS shows the same for {}", names::count(all, "account")),
        all => format!("AWS shows the same for {alike} of {}", names::count(all, "account")),
    };
    if asked.inactive > 0 {
        let inactive = names::count(asked.inactive, "account");
        text.push_str(&format!("; {inactive} closed or suspended, and not asked about"));
    }
    text.push('\n');
    text
}
