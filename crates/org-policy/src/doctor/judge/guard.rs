//! Whether a guard of ours reaches the backup account.

use std::collections::BTreeSet;

use policy_document::effective::control::{Verdict, ask};
use policy_document::effective::{Organization, PlaceId};

use super::check::{Check, Question, Reading, listed};

const SCP: &str = "SERVICE_CONTROL_POLICY";
/// What a guard of either strength denies (stacks/vault-guard.yaml): one action of each kind of attack.
const DENIED: [&str; 6] = [
    "backup:DeleteBackupVaultLockConfiguration",
    "backup:DeleteRecoveryPoint",
    "backup:PutBackupVaultAccessPolicy",
    "kms:ScheduleKeyDeletion",
    "organizations:LeaveOrganization",
    "sts:AssumeRole",
];

/// The backup account, and the policies on the way to it.
#[derive(Clone, Debug)]
pub struct Reach {
    /// The places from the root to the account, with the service control policies on them.
    pub organization: Organization,
    /// The account.
    pub account: PlaceId,
    /// The ids of the policies that carry our tags.
    pub ours: BTreeSet<String>,
}

/// What was read of the guard.
#[derive(Clone, Debug, Default)]
pub struct Facts {
    /// The backup account, if it is known, with what was read.
    pub reach: Option<(String, Option<Reading<Reach>>)>,
}

/// Judges the guard.
pub fn guard(facts: &Facts) -> Check {
    let question = Question::new(
        "guard",
        "ListParents, ListPoliciesForTarget, DescribePolicy, ListTagsForResource",
    );
    match &facts.reach {
        None => question.not_asked(
            "which account is the backup account is not known: no stack of the solution is here",
            "name it with --backup-account ID",
        ),
        Some((account, None)) => question.wrong(
            format!("the backup account {account} is the management account, which no service control policy restricts"),
            "keep the vault in another account",
        ),
        Some((account, Some(reach))) => {
            question.about(account).judge(reach, reaches)
        }
    }
}

fn reaches(question: Question, reach: &Reach) -> Check {
    let Reach { organization, account, ours } = reach;
    let (mut open, mut by_others, mut guards) = (Vec::new(), Vec::new(), BTreeSet::new());
    for action in DENIED {
        let answer = ask(organization, *account, SCP, action);
        if answer.verdict == Verdict::DoesNotApply {
            return question.wrong(
                "service control policies are not enabled, so no guard holds",
                "deploy stacks/backup-settings.yaml, and the guard again",
            );
        }
        let policies = answer.denying.iter().filter_map(|statement| {
            let policy = organization.policy(statement.source.policy)?;
            Some((policy, organization.place(statement.source.place)?))
        });
        let (own, other): (Vec<_>, Vec<_>) =
            policies.partition(|(policy, _)| ours.contains(&policy.id));
        if own.is_empty() && other.is_empty() {
            open.push(action);
        } else if own.is_empty() {
            by_others.push(action);
        }
        guards.extend(
            own.iter().map(|(policy, place)| {
                format!("{} ({}) at {}", policy.name, policy.id, place.name)
            }),
        );
    }
    let deploy = "deploy stacks/vault-guard.yaml for this account, or change Revision of its stack";
    if open.len() == DENIED.len() {
        return question.wrong("no service control policy guards the account", deploy);
    }
    if !open.is_empty() {
        return question.wrong(format!("nobody is denied {}", listed(open)), deploy);
    }
    if !by_others.is_empty() {
        return question.warning(
            format!("denied by policies of others alone: {}", listed(by_others)),
            format!("if the guard should be the project's: {deploy}"),
        );
    }
    question.good(listed(guards))
}
