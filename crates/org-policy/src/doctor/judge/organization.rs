//! The organization: who asks, what is enabled, and whom it trusts.

use std::collections::{BTreeMap, BTreeSet};

use policy_document::arn::is_account;
use serde_json::Value;

use super::check::{Check, Question, Reading, items, listed};
use crate::terminal::count;

/// The service principal of AWS Backup.
const BACKUP: &str = "backup.amazonaws.com";
/// That of StackSets which work in the accounts of an organization.
const STACKSETS: &str = "member.org.stacksets.cloudformation.amazonaws.com";
/// What deploys policies of every kind, and switches on what they need.
const SETTINGS: &str = "stacks/backup-settings.yaml";
/// The policy types that the solution uses.
const OF_THE_SOLUTION: [&str; 2] = ["BACKUP_POLICY", "SERVICE_CONTROL_POLICY"];

/// The organization, as DescribeOrganization shows it.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Organization {
    /// Its id.
    pub id: String,
    /// The account that manages it.
    pub management_account: String,
    /// Whether all features are on; else it has consolidated billing only.
    pub all_features: bool,
}

/// The policy types of the root.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct PolicyTypes {
    /// Those that are enabled.
    pub enabled: BTreeSet<String>,
    /// Those that are being enabled.
    pub pending: BTreeSet<String>,
}

/// The accounts whose effective backup policy AWS withholds.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Withheld {
    /// These.
    Of(BTreeSet<String>),
    /// AWS was not asked: there are no such policies, for their type is not enabled.
    NotEnabled,
    /// The endpoint does not know the question.
    NotKnown,
}

/// What was read of the organization.
#[derive(Clone, Debug)]
pub struct Facts {
    /// The account of the credentials.
    pub caller: Reading<String>,
    /// The organization.
    pub organization: Reading<Organization>,
    /// The resource policy by which other accounts may manage policies, if there is one.
    pub delegation: Reading<Option<String>>,
    /// The policy types.
    pub policy_types: Reading<PolicyTypes>,
    /// Of each type that is not enabled: how many policies of our stacks there are.
    pub idle_policies: BTreeMap<String, Reading<usize>>,
    /// The service principals that are trusted.
    pub trusted: Reading<BTreeSet<String>>,
    /// Whether StackSets work in the organization, by CloudFormation's own word.
    pub stacksets: Reading<bool>,
    /// The delegated administrators of AWS Backup.
    pub backup_administrators: Reading<BTreeSet<String>>,
    /// The delegated administrators of StackSets.
    pub stackset_administrators: Reading<BTreeSet<String>>,
    /// What AWS says of effective backup policies that it withholds.
    pub withheld: Reading<Withheld>,
    /// The account that holds the central vault, if it is known.
    pub backup_account: Option<String>,
}

/// Judges the organization.
pub fn organization(facts: &Facts) -> Vec<Check> {
    vec![
        caller(facts),
        all_features(&facts.organization),
        policy_types(facts),
        trusted_access(&facts.trusted),
        stacksets(&facts.stacksets),
        backup_administrators(facts),
        stackset_administrators(&facts.stackset_administrators),
        effective_policies(&facts.withheld),
    ]
}

fn caller(facts: &Facts) -> Check {
    let question = Question::new(
        "caller",
        "GetCallerIdentity, DescribeOrganization, DescribeResourcePolicy, ListRoots",
    );
    let (account, organization) = match (&facts.caller, &facts.organization) {
        (Ok(account), Ok(organization)) => (account, organization),
        (Err(unread), _) | (_, Err(unread)) => return question.unknown(unread),
    };
    let Organization { id, management_account, .. } = organization;
    if account == management_account {
        return question.good(format!("account {account} is the management account of {id}"));
    }
    let delegated = facts
        .delegation
        .as_ref()
        .map(|policy| policy.as_deref().map(delegated_administrators).unwrap_or_default());
    match delegated {
        Ok(delegated) if delegated.contains(account) => question.good(format!(
            "account {account} is a delegated administrator for policies of {id}"
        )),
        Ok(delegated) if delegated.is_empty() => question.wrong(
            format!("account {account} is not the management account, and no account is delegated"),
            format!("use credentials of account {management_account}, the management account"),
        ),
        Ok(delegated) => question.wrong(
            format!("account {account} is neither the management account nor a delegated administrator for policies"),
            format!(
                "use credentials of account {management_account}, which manages {id}, or of {}, which may manage policies",
                listed(delegated)
            ),
        ),
        // Whoever may not read the delegation may still be in it.
        Err(unread) if facts.policy_types.is_ok() => question.unknown(unread),
        Err(_) => question.wrong(
            format!("account {account} is not the management account, and may not read the organization"),
            format!("use credentials of account {management_account}, the management account"),
        ),
    }
}

/// The accounts that a resource policy of the organization lets work with policies.
pub fn delegated_administrators(policy: &str) -> BTreeSet<String> {
    let policy: Value = serde_json::from_str(policy).unwrap_or_default();
    let mut accounts = BTreeSet::new();
    for statement in items(policy.get("Statement")) {
        let about_policies = items(statement.get("Action")).into_iter().any(|action| {
            let action = action.as_str().unwrap_or_default();
            action == "organizations:*"
                || (action.starts_with("organizations:") && action.contains("Polic"))
        });
        if statement.get("Effect").is_some_and(|effect| effect == "Allow") && about_policies {
            let principals = items(statement.pointer("/Principal/AWS")).into_iter();
            accounts.extend(principals.filter_map(Value::as_str).filter_map(account_of));
        }
    }
    accounts
}

/// `111122223333`, or that of `arn:aws:iam::111122223333:root`.
fn account_of(principal: &str) -> Option<String> {
    let account = principal.split(':').nth(4).unwrap_or(principal);
    is_account(account).then(|| account.to_owned())
}

fn all_features(organization: &Reading<Organization>) -> Check {
    let question = Question::new("all-features", "DescribeOrganization");
    question.judge(organization, |question, organization| {
        if organization.all_features {
            question.good("all features are on")
        } else {
            question.wrong(
                "the organization has consolidated billing only, and so no policies",
                "turn on all features: aws organizations enable-all-features; every member account has to agree",
            )
        }
    })
}

fn policy_types(facts: &Facts) -> Check {
    let question = Question::new("policy-types", "ListRoots, ListPolicies, ListTagsForResource");
    question.judge(&facts.policy_types, |question, types| {
        let enabled = format!("enabled: {}", listed(&types.enabled));
        let mut missing = BTreeMap::new();
        let mut unread = None;
        for (policy_type, policies) in &facts.idle_policies {
            match policies {
                Ok(0) => {}
                Ok(policies) => _ = missing.insert(policy_type, *policies),
                Err(reason) => unread = Some(reason),
            }
        }
        let pending = missing.keys().filter(|one| types.pending.contains(**one)).count();
        if !missing.is_empty() && pending == missing.len() {
            return question.warning(
                format!("{enabled}; being enabled: {}", listed(&types.pending)),
                "wait some minutes, and look again",
            );
        }
        if !missing.is_empty() {
            let missing = missing.iter().map(|(policy_type, policies)| {
                format!("{policy_type} ({} of stacks)", count(*policies, "policy"))
            });
            return question.wrong(
                format!("{enabled}; not enabled, and so without effect: {}", listed(missing)),
                format!("deploy {SETTINGS} with these PolicyTypes"),
            );
        }
        if let Some(unread) = unread {
            return question.unknown(unread);
        }
        let of_the_solution = OF_THE_SOLUTION.into_iter();
        let off: Vec<&str> = of_the_solution.filter(|one| !types.enabled.contains(*one)).collect();
        if off.is_empty() {
            return question.good(enabled);
        }
        question.warning(
            format!("{enabled}; the solution would need {} as well", listed(off)),
            format!("before you deploy the solution: deploy {SETTINGS}"),
        )
    })
}

fn trusted_access(trusted: &Reading<BTreeSet<String>>) -> Check {
    let question = Question::new("trusted-access", "ListAWSServiceAccessForOrganization");
    question.judge(trusted, |question, trusted| {
        let missing: Vec<&str> =
            [BACKUP, STACKSETS].into_iter().filter(|one| !trusted.contains(*one)).collect();
        if missing.is_empty() {
            return question.good(format!("{BACKUP} and {STACKSETS} are trusted"));
        }
        question.wrong(
            format!("not trusted: {}", listed(missing)),
            format!("deploy {SETTINGS} with TrustedAccess, in the management account"),
        )
    })
}

/// Organizations' list shows half of it only.
fn stacksets(stacksets: &Reading<bool>) -> Check {
    let question = Question::new("stacksets", "DescribeOrganizationsAccess");
    question.judge(stacksets, |question, on| {
        if *on {
            question.good("StackSets work in the accounts of the organization")
        } else {
            question.wrong(
                "StackSets do not work in the accounts of the organization, whatever Organizations trusts",
                format!("deploy {SETTINGS} with TrustedAccess stacksets.cloudformation.amazonaws.com"),
            )
        }
    })
}

fn backup_administrators(facts: &Facts) -> Check {
    let question = Question::new("backup-administrator", "ListDelegatedAdministrators");
    question.judge(&facts.backup_administrators, |question, accounts| {
        let central = facts.backup_account.as_ref().filter(|account| accounts.contains(*account));
        match central {
            Some(account) => question.warning(
                format!("the backup account {account} is a delegated administrator of AWS Backup"),
                "take an account for it that holds no vault: whoever works there would reach all accounts",
            ),
            None if accounts.is_empty() => {
                question.good("no account is a delegated administrator of AWS Backup")
            }
            None => question.good(format!("delegated administrator of AWS Backup: {}", listed(accounts))),
        }
    })
}

fn stackset_administrators(accounts: &Reading<BTreeSet<String>>) -> Check {
    let question = Question::new("stackset-administrator", "ListDelegatedAdministrators");
    question.judge(accounts, |question, accounts| {
        if accounts.is_empty() {
            return question.good("no account but the management account may deploy StackSets");
        }
        question.warning(
            format!("may deploy StackSets into every account, the backup account too: {}", listed(accounts)),
            "take the delegation back, or protect these accounts like the backup account (docs/SECURITY.md)",
        )
    })
}

fn effective_policies(withheld: &Reading<Withheld>) -> Check {
    let question = Question::new("effective-policies", "ListAccountsWithInvalidEffectivePolicy");
    question.judge(withheld, |question, withheld| match withheld {
        Withheld::NotEnabled => question.not_asked(
            "BACKUP_POLICY is not enabled, so no account has an effective backup policy",
            format!("if you want backup policies: deploy {SETTINGS}"),
        ),
        Withheld::NotKnown => question.not_asked(
            "AWS does not offer this question here",
            "look at what AWS shows of an account: aws organizations describe-effective-policy --policy-type BACKUP_POLICY --target-id ID",
        ),
        Withheld::Of(accounts) if accounts.is_empty() => {
            question.good("AWS withholds the effective backup policy of no account")
        }
        Withheld::Of(accounts) => question.wrong(
            format!("AWS withholds the effective backup policy of {}", listed(accounts)),
            "org-policy effective --live --all says which policies are the cause",
        ),
    })
}
