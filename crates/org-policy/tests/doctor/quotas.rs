//! Quotas: numbers of policies and of attachments, at their limits.

use crate::judge::Verdict::{Good, Unknown, Warning};
use crate::judge::{Held, Policies, quotas};
use crate::verdicts::{says, unread};

const SCP: &str = "SERVICE_CONTROL_POLICY";

/// So many policies, all attached to the root.
fn at_root(number: usize) -> Vec<Held> {
    let held =
        Held { aws_managed: false, targets: Ok(vec![("Root".to_owned(), "r-ab12".to_owned())]) };
    vec![held; number]
}

fn of_type(policy_type: &'static str, policies: Vec<Held>) -> Policies {
    Policies::from([(policy_type, Ok(policies))])
}

#[test]
fn attachments_are_told_when_one_or_none_is_left() {
    for (policy_type, number, verdict, words) in [
        (SCP, 8, Good, "at most Root (r-ab12) 8 of 10"),
        (SCP, 9, Warning, "room for one more or for none: Root (r-ab12) 9 of 10"),
        (SCP, 10, Warning, "Root (r-ab12) 10 of 10"),
        ("BACKUP_POLICY", 8, Good, "8 of 10"),
        ("BACKUP_POLICY", 9, Warning, "9 of 10"),
        ("RESOURCE_CONTROL_POLICY", 3, Good, "3 of 5"),
        ("RESOURCE_CONTROL_POLICY", 4, Warning, "4 of 5"),
        ("SECURITYHUB_POLICY", 12, Good, "at most 12, at Root; no quota of it is known"),
    ] {
        let checks = quotas(&of_type(policy_type, at_root(number)));
        says(&checks, "attachments", verdict, &[policy_type, words]);
    }
}

/// AWS's own policies take a place, and are none of the organization's number.
#[test]
fn policies_of_aws_count_where_they_are_attached_only() {
    let mut policies = at_root(9);
    policies[0].aws_managed = true;
    let checks = quotas(&of_type(SCP, policies));
    says(&checks, "attachments", Warning, &["9 of 10"]);
    says(&checks, "policies", Good, &["SERVICE_CONTROL_POLICY 8 of 10000"]);
}

#[test]
fn the_number_of_policies_is_told_when_a_tenth_is_left() {
    let unattached = Held { aws_managed: false, targets: Ok(Vec::new()) };
    for (number, verdict) in [(899, Good), (900, Warning), (1000, Warning)] {
        let checks = quotas(&of_type("BACKUP_POLICY", vec![unattached.clone(); number]));
        says(&checks, "policies", verdict, &[&format!("BACKUP_POLICY {number} of 1000")]);
        says(&checks, "attachments", Good, &["none of them is attached"]);
    }
}

#[test]
fn what_is_unread_is_unknown_for_its_type_alone() {
    let mut policies = of_type(SCP, at_root(1));
    policies.insert("BACKUP_POLICY", unread("organizations:ListPolicies"));
    policies.insert(
        "TAG_POLICY",
        Ok(vec![Held {
            aws_managed: false,
            targets: unread("organizations:ListTargetsForPolicy"),
        }]),
    );
    let checks = quotas(&policies);
    says(&checks, "policies", Unknown, &["allow organizations:ListPolicies"]);
    says(
        &checks,
        "attachments",
        Unknown,
        &["TAG_POLICY", "allow organizations:ListTargetsForPolicy"],
    );
    says(&checks, "attachments", Good, &[SCP]);
}
