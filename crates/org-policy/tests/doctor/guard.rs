//! The guard: both strengths of the project's template, and what is no guard.

use std::collections::BTreeSet;
use std::fs;
use std::path::Path;

use policy_document::effective::{Organization, Policy, PolicySource};
use policy_document::template::{Inputs, NoFiles, evaluate};
use policy_document::tree::{Node, parse};

use crate::judge::Verdict::{Good, NotAsked, Unknown, Warning, Wrong};
use crate::judge::{GuardFacts, Reach, guard};
use crate::verdicts::{says, unread};

const ACCOUNT: &str = "222222222222";
const SCP: &str = "SERVICE_CONTROL_POLICY";

/// The document of the template of the guard, at this strength.
fn shipped(strength: &str) -> Node {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../stacks/vault-guard.yaml");
    let root = parse(&fs::read_to_string(path).expect("the template")).expect("a template");
    let mut inputs = Inputs::default();
    for (name, value) in
        [("Strength", strength), ("CentralAccountId", ACCOUNT), ("AdminRoles", "vault-admin")]
    {
        inputs.set(name, value);
    }
    let template = evaluate("vault-guard", &root, &inputs, &NoFiles);
    let policy = template.resources.iter().find(|one| one.resource_type == "Custom::OrgPolicy");
    policy.expect("a policy").properties.get("Content").expect("a document").clone()
}

fn document(text: &str) -> Node {
    parse(text).expect("JSON")
}

/// The account below an OU; the policy at one of `root`, `ou` and `account`.
fn with(content: Node, at: &str, is_ours: bool, enabled: &[&str]) -> GuardFacts {
    let mut organization = Organization::new("r-ab12", "Root");
    organization.policy_types = Some(enabled.iter().map(|one| (*one).to_owned()).collect());
    let ou = organization.add_ou(organization.root(), "ou-1", "Backup");
    let account = organization.add_account(ou, ACCOUNT, "Central Backup");
    let policy = organization.add_policy(Policy {
        id: "p-0000000001".to_owned(),
        name: "vault-guard".to_owned(),
        policy_type: SCP.to_owned(),
        source: PolicySource::None,
        document: content,
    });
    let place = match at {
        "root" => organization.root(),
        "ou" => ou,
        _ => account,
    };
    organization.attach(place, &[policy]);
    let ours = is_ours.then(|| "p-0000000001".to_owned()).into_iter().collect::<BTreeSet<String>>();
    GuardFacts {
        reach: Some((ACCOUNT.to_owned(), Some(Ok(Reach { organization, account, ours })))),
    }
}

#[test]
fn both_strengths_guard_wherever_they_are_attached() {
    for strength in ["core", "lockdown"] {
        for at in ["root", "ou", "account"] {
            let check = guard(&with(shipped(strength), at, true, &[SCP]));
            says(&[check], "guard", Good, &["vault-guard (p-0000000001) at "]);
        }
    }
}

#[test]
fn what_is_no_guard_is_told() {
    let allow = r#"{"Statement": {"Effect": "Allow", "Action": "*", "Resource": "*"}}"#;
    let half = r#"{"Statement": {"Effect": "Deny", "Action": ["backup:*", "sts:AssumeRole"], "Resource": "*"}}"#;
    let whole = r#"{"Statement": {"Effect": "Deny", "Action": "*", "Resource": "*"}}"#;
    for (content, is_ours, enabled, verdict, words) in [
        (allow, true, SCP, Wrong, "no service control policy guards the account"),
        (
            half,
            true,
            SCP,
            Wrong,
            "nobody is denied kms:ScheduleKeyDeletion, organizations:LeaveOrganization",
        ),
        (whole, true, SCP, Good, "vault-guard"),
        (whole, false, SCP, Warning, "denied by policies of others alone"),
        (whole, true, "BACKUP_POLICY", Wrong, "not enabled"),
    ] {
        let check = guard(&with(document(content), "account", is_ours, &[enabled]));
        says(&[check], "guard", verdict, &[words]);
    }
}

#[test]
fn an_account_that_no_policy_can_guard_and_one_that_is_not_known() {
    let facts = GuardFacts { reach: Some((ACCOUNT.to_owned(), None)) };
    says(&[guard(&facts)], "guard", Wrong, &["is the management account"]);
    says(&[guard(&GuardFacts::default())], "guard", NotAsked, &["--backup-account ID"]);
    let facts =
        GuardFacts { reach: Some((ACCOUNT.to_owned(), Some(unread("organizations:ListParents")))) };
    says(&[guard(&facts)], "guard", Unknown, &["allow organizations:ListParents"]);
}
