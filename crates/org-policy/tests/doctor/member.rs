//! Member accounts: what an effective policy names, and a case a line.

use std::collections::{BTreeMap, BTreeSet};

use crate::judge::Verdict::{Good, NotAsked, Unknown, Warning, Wrong};
use crate::judge::{Member, MemberFacts, Named, Points, member, named, no_members};
use crate::verdicts::{Case, cases, says, unread};

const ACCOUNT: &str = "333333333333";
const ROLE: &str = "arn:aws:iam::333333333333:role/member-backup-role";

/// As DescribeEffectivePolicy shows one.
pub const EFFECTIVE: &str = r#"{"plans": {"daily": {
    "regions": ["eu-west-1", "us-east-1"],
    "rules": {"daily": {"target_backup_vault_name": "member-backup", "lifecycle": {"delete_after_days": "14"}}},
    "selections": {
        "tags": {"tagged": {"iam_role_arn": "arn:aws:iam::$account:role/member-backup-role", "tag_key": "backup"}},
        "resources": {"more": {"iam_role_arn": "arn:aws:iam::$account:role/other", "resource_types": ["*"]}}}}}}"#;

#[test]
fn an_effective_policy_names_roles_and_vaults() {
    let named = named(EFFECTIVE, ACCOUNT);
    let names = |set: &BTreeSet<String>| set.iter().cloned().collect::<Vec<_>>().join(" ");
    assert_eq!(names(&named.plans), "daily");
    assert_eq!(names(&named.roles), format!("{ROLE} arn:aws:iam::333333333333:role/other"));
    let vault = |region: &str| (region.to_owned(), "member-backup".to_owned());
    assert_eq!(named.vaults, [vault("eu-west-1"), vault("us-east-1")].into());
}

fn in_order() -> MemberFacts {
    let vault = ("eu-west-1".to_owned(), "member-backup".to_owned());
    MemberFacts {
        account: ACCOUNT.to_owned(),
        named: Ok(Some(named(EFFECTIVE, ACCOUNT))),
        member: Ok(Member {
            vaults: BTreeMap::from([(vault, Ok(true))]),
            roles: BTreeMap::from([(ROLE.to_owned(), Ok(true))]),
            service_role: Ok(true),
            points: Ok(Points { number: 3, stopped: BTreeMap::new() }),
        }),
    }
}

fn inside(facts: &mut MemberFacts) -> &mut Member {
    facts.member.as_mut().expect("read")
}

fn points(facts: &mut MemberFacts) -> &mut Points {
    inside(facts).points.as_mut().expect("read")
}

#[test]
fn a_member_in_order_is_good_throughout() {
    let checks = member(&in_order());
    assert!(checks.len() == 5 && checks.iter().all(|check| check.verdict == Good), "{checks:#?}");
}

#[test]
fn each_fault_is_told_with_its_remedy() {
    let faults: &[Case<MemberFacts>] = &[
        ("plan", |f| f.named = Ok(None), Wrong, &["no backup policy reaches it"]),
        ("plan", |f| f.named = Ok(Some(Named::default())), Wrong, &["no backup policy reaches it"]),
        (
            "plan",
            |f| f.named = unread("organizations:DescribeEffectivePolicy"),
            Unknown,
            &["allow organizations:DescribeEffectivePolicy"],
        ),
        (
            "vaults",
            |f| inside(f).vaults.values_mut().for_each(|there| *there = Ok(false)),
            Wrong,
            &["missing: member-backup in eu-west-1", "stacksets/member-account.yaml"],
        ),
        (
            "vaults",
            |f| {
                inside(f)
                    .vaults
                    .values_mut()
                    .for_each(|there| *there = unread("backup:ListBackupVaults"))
            },
            Unknown,
            &["allow backup:ListBackupVaults"],
        ),
        (
            "backup-role",
            |f| _ = inside(f).roles.insert(ROLE.to_owned(), Ok(false)),
            Wrong,
            &[
                "missing: arn:aws:iam::333333333333:role/member-backup-role",
                "stacksets/member-roles.yaml",
            ],
        ),
        (
            "backup-role",
            |f| _ = inside(f).roles.insert(ROLE.to_owned(), unread("iam:GetRole")),
            Unknown,
            &["allow iam:GetRole"],
        ),
        (
            "service-role",
            |f| inside(f).service_role = Ok(false),
            Wrong,
            &["AWSServiceRoleForBackup is missing"],
        ),
        (
            "keys",
            |f| points(f).number = 0,
            Warning,
            &["nothing can be told", "after the first backup"],
        ),
        (
            "keys",
            |f| _ = points(f).stopped.insert("EBS".to_owned(), ["arn:key".to_owned()].into()),
            Wrong,
            &["never copied to another account", "EBS (arn:key)", "item 9"],
        ),
        (
            "keys",
            |f| inside(f).points = unread("kms:DescribeKey"),
            Unknown,
            &["allow kms:DescribeKey"],
        ),
        ("vaults", |f| f.member = unread("sts:AssumeRole"), Unknown, &["allow sts:AssumeRole"]),
        ("keys", |f| f.member = unread("sts:AssumeRole"), Unknown, &["allow sts:AssumeRole"]),
        ("plan", |f| f.member = unread("sts:AssumeRole"), Good, &["plans by policy: daily"]),
    ];
    cases(in_order, member, faults);
}

#[test]
fn without_an_account_the_line_to_type_is_told() {
    says(&[no_members(true)], "members", NotAsked, &["--role-name NAME --account ID"]);
    says(
        &[no_members(false)],
        "members",
        NotAsked,
        &["--role-name OrganizationAccountAccessRole --account ID"],
    );
}
