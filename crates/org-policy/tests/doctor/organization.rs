//! The organization: a case a line, each one change of an organization that is as it should be.

use std::collections::{BTreeMap, BTreeSet};

use crate::judge::Verdict::{Good, Unknown, Warning, Wrong};
use crate::judge::{Organization, OrganizationFacts, PolicyTypes, Withheld, organization};
use crate::verdicts::{Case, cases, says, unread};

const MANAGEMENT: &str = "111111111111";
const OTHER: &str = "999988887777";
const DELEGATION: &str = r#"{"Version": "2012-10-17", "Statement": [
    {"Effect": "Allow", "Principal": {"AWS": "arn:aws:iam::999988887777:root"},
     "Action": ["organizations:ListRoots", "organizations:CreatePolicy"], "Resource": "*"},
    {"Effect": "Allow", "Principal": {"AWS": "444455556666"}, "Action": "organizations:ListRoots", "Resource": "*"},
    {"Effect": "Deny", "Principal": {"AWS": "555566667777"}, "Action": "organizations:*", "Resource": "*"}]}"#;

fn set(names: &[&str]) -> BTreeSet<String> {
    names.iter().map(|name| (*name).to_owned()).collect()
}

fn in_order() -> OrganizationFacts {
    OrganizationFacts {
        caller: Ok(MANAGEMENT.to_owned()),
        organization: Ok(Organization {
            id: "o-exampleorg".to_owned(),
            management_account: MANAGEMENT.to_owned(),
            all_features: true,
        }),
        delegation: Ok(None),
        policy_types: Ok(PolicyTypes {
            enabled: set(&["BACKUP_POLICY", "SERVICE_CONTROL_POLICY"]),
            pending: BTreeSet::new(),
        }),
        idle_policies: BTreeMap::from([("TAG_POLICY".to_owned(), Ok(0))]),
        trusted: Ok(set(&[
            "backup.amazonaws.com",
            "member.org.stacksets.cloudformation.amazonaws.com",
        ])),
        stacksets: Ok(true),
        backup_administrators: Ok(BTreeSet::new()),
        stackset_administrators: Ok(BTreeSet::new()),
        withheld: Ok(Withheld::Of(BTreeSet::new())),
        backup_account: Some("222222222222".to_owned()),
    }
}

#[test]
fn an_organization_in_order_is_good_throughout() {
    let checks = organization(&in_order());
    assert_eq!(checks.len(), 8);
    assert!(
        checks.iter().all(|check| check.verdict == Good && check.remedy.is_none()),
        "{checks:#?}"
    );
}

#[test]
fn each_fault_is_told_with_its_remedy() {
    let faults: &[Case<OrganizationFacts>] = &[
        (
            "caller",
            |f| f.caller = Ok(OTHER.to_owned()),
            Wrong,
            &["no account is delegated", "use credentials of account 111111111111"],
        ),
        (
            "caller",
            |f| {
                f.caller = Ok(OTHER.to_owned());
                f.delegation = Ok(Some(DELEGATION.to_owned()));
            },
            Good,
            &["account 999988887777 is a delegated administrator"],
        ),
        (
            "caller",
            |f| {
                f.caller = Ok("444455556666".to_owned());
                f.delegation = Ok(Some(DELEGATION.to_owned()));
            },
            Wrong,
            &[
                "neither the management account nor",
                "or of 999988887777, which may manage policies",
            ],
        ),
        (
            "caller",
            |f| {
                f.caller = Ok("555566667777".to_owned());
                f.delegation = Ok(Some(DELEGATION.to_owned()));
            },
            Wrong,
            &["account 555566667777 is neither the management account nor"],
        ),
        (
            "caller",
            |f| {
                f.caller = Ok(OTHER.to_owned());
                f.delegation = unread("organizations:DescribeResourcePolicy");
            },
            Unknown,
            &["allow organizations:DescribeResourcePolicy"],
        ),
        (
            "caller",
            |f| {
                f.caller = Ok(OTHER.to_owned());
                f.delegation = unread("organizations:DescribeResourcePolicy");
                f.policy_types = unread("organizations:ListRoots");
            },
            Wrong,
            &["may not read the organization", "111111111111, the management account"],
        ),
        (
            "all-features",
            |f| {
                f.organization =
                    Ok(Organization { all_features: false, ..Organization::default() });
            },
            Wrong,
            &["consolidated billing", "enable-all-features"],
        ),
        (
            "policy-types",
            |f| {
                f.policy_types = Ok(PolicyTypes {
                    enabled: set(&["SERVICE_CONTROL_POLICY"]),
                    pending: BTreeSet::new(),
                });
                f.idle_policies.insert("BACKUP_POLICY".to_owned(), Ok(2));
            },
            Wrong,
            &[
                "without effect: BACKUP_POLICY (2 policies of stacks)",
                "stacks/backup-settings.yaml with these",
            ],
        ),
        (
            "policy-types",
            |f| {
                f.policy_types = Ok(PolicyTypes {
                    enabled: set(&["SERVICE_CONTROL_POLICY"]),
                    pending: set(&["BACKUP_POLICY"]),
                });
                f.idle_policies.insert("BACKUP_POLICY".to_owned(), Ok(2));
            },
            Warning,
            &["being enabled: BACKUP_POLICY", "wait"],
        ),
        (
            "policy-types",
            |f| {
                f.policy_types = Ok(PolicyTypes {
                    enabled: set(&["SERVICE_CONTROL_POLICY"]),
                    pending: BTreeSet::new(),
                });
            },
            Warning,
            &["the solution would need BACKUP_POLICY as well"],
        ),
        (
            "policy-types",
            |f| {
                f.idle_policies
                    .insert("TAG_POLICY".to_owned(), unread("organizations:ListTagsForResource"));
            },
            Unknown,
            &["allow organizations:ListTagsForResource"],
        ),
        (
            "trusted-access",
            |f| f.trusted = Ok(set(&["backup.amazonaws.com"])),
            Wrong,
            &["not trusted: member.org.stacksets.cloudformation.amazonaws.com", "TrustedAccess"],
        ),
        ("stacksets", |f| f.stacksets = Ok(false), Wrong, &["StackSets do not work"]),
        ("backup-administrator", |f| f.backup_administrators = Ok(set(&[OTHER])), Good, &[OTHER]),
        (
            "backup-administrator",
            |f| f.backup_administrators = Ok(set(&["222222222222"])),
            Warning,
            &["the backup account 222222222222", "holds no vault"],
        ),
        (
            "stackset-administrator",
            |f| f.stackset_administrators = Ok(set(&[OTHER])),
            Warning,
            &["the backup account too: 999988887777"],
        ),
        (
            "effective-policies",
            |f| f.withheld = Ok(Withheld::Of(set(&["333333333333"]))),
            Wrong,
            &["of 333333333333", "org-policy effective --live --all"],
        ),
    ];
    cases(in_order, organization, faults);
}

#[test]
fn what_is_unread_makes_its_own_check_unknown_and_no_other() {
    let mut facts = in_order();
    facts.trusted = unread("organizations:ListAWSServiceAccessForOrganization");
    let checks = organization(&facts);
    says(
        &checks,
        "trusted-access",
        Unknown,
        &["allow organizations:ListAWSServiceAccessForOrganization"],
    );
    assert_eq!(checks.iter().filter(|check| check.verdict == Good).count(), 7, "{checks:#?}");
}
