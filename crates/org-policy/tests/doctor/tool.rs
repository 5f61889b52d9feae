//! The tool itself: its exits, and what it says of faults all the way from AWS.

use std::thread;

use test_world::world::{
    BACKUP_ACCOUNT, EU, Fault, PRODUCTION, PRODUCTION_ACCOUNT, Point, SCP, SECURITY,
};

use crate::aws::{ACCOUNTS, AWS_KEY, Aws, stack};
use test_world::cloudformation::{Resource, Stack};

#[test]
fn an_organization_in_order() {
    let run = Aws::new().doctor(ACCOUNTS);
    assert_eq!((run.exit, run.stderr.as_str()), (0, ""), "{}", run.stdout);
    assert!(run.stdout.ends_with("\n29 good, 0 to know, 0 wrong\n"), "{}", run.stdout);
}

#[test]
fn without_a_role_the_accounts_are_not_asked_and_nothing_is_wrong() {
    let run = Aws::new().doctor("--format json");
    for id in ["lock", "retention", "vault-policy", "service-role", "members"] {
        run.says(id, "not_asked", "org-policy doctor --role-name");
    }
    assert_eq!(run.exit, 0, "{run:?}");
}

#[test]
fn what_is_missing_in_the_accounts() {
    let aws = Aws::new();
    aws.world.change(|state| {
        state.account(BACKUP_ACCOUNT).vaults.values_mut().for_each(|vault| vault.locked = false);
        let member = state.account(PRODUCTION_ACCOUNT);
        member.roles.remove("AWSServiceRoleForBackup");
        member.keys.insert(AWS_KEY.to_owned(), true);
        let vault = member.vaults.values_mut().next().expect("a vault");
        vault.points.extend([("snapshot/snap-2", AWS_KEY), ("recovery-point:1", AWS_KEY)].map(
            |(arn, key)| Point {
                arn: format!("arn:aws:ec2:eu-west-1::{arn}"),
                resource_type: "EBS".to_owned(),
                key: Some(key.to_owned()),
            },
        ));
    });
    let run = aws.doctor(&format!("{ACCOUNTS} --format json"));
    run.says("lock", "wrong", "it has no lock");
    run.says("keys", "wrong", "EBS (arn:aws:kms:eu-west-1:333333333333:key/aws-ebs)");
    run.says("plan", "good", "org-backup-daily");
    let checks = run.stdout.matches("AWSServiceRoleForBackup is missing").count();
    assert_eq!((run.exit, checks), (1, 1), "{run:?}");
}

/// The role cannot be assumed, or may not do one thing in the account.
#[test]
fn accounts_that_do_not_let_in() {
    let arguments = format!("{ACCOUNTS} --format json");
    let cases: [(_, _, &[&str], _); 7] = [
        (
            "AssumeRole",
            "AccessDenied",
            &["lock", "service-role", "vaults", "keys"],
            "allow sts:AssumeRole of arn:aws:iam::",
        ),
        (
            "ListBackupVaults",
            "AccessDeniedException",
            &["lock", "vaults"],
            "allow backup:ListBackupVaults",
        ),
        ("GetRole", "AccessDenied", &["service-role", "backup-role"], "allow iam:GetRole"),
        ("DescribeKey", "AccessDeniedException", &["keys"], "allow kms:DescribeKey"),
        (
            "GetBackupVaultAccessPolicy",
            "AccessDeniedException",
            &["vault-policy"],
            "allow backup:GetBackupVault",
        ),
        (
            "ListRecoveryPointsByBackupVault",
            "AccessDeniedException",
            &["keys"],
            "allow backup:ListRecoveryPoints",
        ),
        (
            "DescribeEffectivePolicy",
            "AccessDeniedException",
            &["plan", "vaults"],
            "allow organizations:DescribeEffectivePolicy",
        ),
    ];
    at_once(cases, |(operation, code, ids, remedy)| {
        let aws = Aws::new();
        aws.world.fail_always(operation, Fault::Error(code));
        let run = aws.doctor(&arguments);
        for id in ids {
            run.says(id, "unknown", remedy);
        }
        run.says("guard", "good", "vault-guard");
        assert_eq!(run.exit, 2, "{run:?}");
    });
}

/// Not every partition has the question, nor has an AWS of one's own.
#[test]
fn effective_policies_are_not_asked_for_where_aws_does_not_know_the_question() {
    let aws = Aws::new();
    let fault = Fault::Error("UnknownOperationException");
    aws.world.fail_always("ListAccountsWithInvalidEffectivePolicy", fault);
    let run = aws.doctor("--format json");
    run.says("effective-policies", "not_asked", "AWS does not offer");
    assert_eq!(run.exit, 0, "{run:?}");
    let aws = Aws::new();
    aws.world.change(|state| state.disable_type("BACKUP_POLICY"));
    let run = aws.doctor("--format json");
    run.says("effective-policies", "not_asked", "BACKUP_POLICY is not enabled");
    let calls = aws.world.calls();
    assert!(!calls.iter().any(|call| call.starts_with("ListAccountsWith")), "{calls:?}");
}

#[test]
fn what_may_not_be_read_is_unknown_and_ends_nothing() {
    let operations = [
        ("DescribeOrganization", "caller"),
        ("ListRoots", "policy-types"),
        ("ListAWSServiceAccessForOrganization", "trusted-access"),
        ("ListDelegatedAdministrators", "backup-administrator"),
        ("ListAccountsWithInvalidEffectivePolicy", "effective-policies"),
        ("ListTargetsForPolicy", "attachments"),
        ("ListPoliciesForTarget", "guard"),
    ];
    at_once(operations, |(operation, id)| {
        let aws = Aws::new();
        aws.world.fail_always(operation, Fault::Error("AccessDeniedException"));
        let run = aws.doctor("--format json");
        run.says(id, "unknown", &format!("allow organizations:{operation} to these credentials"));
        run.says("cross-account-backup", "good", "");
        run.says("function", "good", "");
        assert_eq!(run.exit, 2, "{run:?}");
    });
}

/// Each case in a thread of its own: most of the time they wait for AWS's throttles.
fn at_once<T: Send>(cases: impl IntoIterator<Item = T>, test: impl Fn(T) + Sync) {
    thread::scope(|scope| {
        for case in cases {
            scope.spawn(|| test(case));
        }
    });
}

#[test]
fn a_policy_of_a_stack_whose_type_is_off_is_wrong() {
    let aws = Aws::new();
    aws.world.change(|state| {
        let policy = state.add_policy("TAG_POLICY", "tags", "{}");
        state.tag(
            &policy,
            "cfn-org-policy:stack-id",
            "arn:aws:cloudformation:us-east-1:111111111111:stack/x/1",
        );
        state.add_policy("CHATBOT_POLICY", "not of a stack", "{}");
    });
    let run = aws.doctor("--format json");
    run.says("policy-types", "wrong", "TAG_POLICY (1 policy of stacks)");
    let check = run.check("policy-types");
    assert!(!check["finding"].to_string().contains("CHATBOT_POLICY"), "{check:#}");
    assert_eq!(run.exit, 1);
}

/// A partition without some of the types.
#[test]
fn a_type_that_aws_does_not_know_has_no_policies() {
    let aws = Aws::new();
    let fault = Fault::ErrorWithReason("InvalidInputException", "INVALID_ENUM_POLICY_TYPE");
    aws.world.fail_first("ListPolicies", 2, fault);
    let run = aws.doctor("--format json");
    run.says("policies", "good", "none");
    assert_eq!(run.exit, 0, "{run:?}");
}

#[test]
fn settings_that_somebody_has_switched_off() {
    let aws = Aws::new();
    aws.world.change(|state| {
        state.settings.global.insert("isCrossAccountBackupEnabled".to_owned(), false);
        state.settings.regions.get_mut(EU).expect("it").insert("S3".to_owned(), false);
        state.settings.stacksets = None;
    });
    let run = aws.doctor("--format json");
    run.says("cross-account-backup", "wrong", "CrossAccountBackup");
    run.says("global-settings", "wrong", "a stack declares CrossAccountBackup");
    run.says("opt-in", "wrong", "not on: S3");
    assert_eq!(run.check("opt-in")["about"], "eu-west-1");
    run.says("stacksets", "wrong", "StackSets do not work");
    assert_eq!(run.exit, 1);
    aws.world.fail_always("DescribeGlobalSettings", Fault::Error("AccessDeniedException"));
    let run = aws.doctor("--format json");
    run.says("cross-account-backup", "unknown", "allow backup:DescribeGlobalSettings");
    run.says("opt-in", "wrong", "not on: S3");
}

#[test]
fn stacks_in_trouble_are_ours_by_what_they_consist_of() {
    let aws = Aws::new();
    aws.cloudformation.change(|state| {
        for (name, resource_type) in [("own", "Custom::OrgPolicy"), ("shop", "AWS::SNS::Topic")] {
            let resource = Resource {
                logical_id: "One".to_owned(),
                resource_type: resource_type.to_owned(),
                physical_id: "one".to_owned(),
                status: "CREATE_COMPLETE".to_owned(),
            };
            let failed = Stack {
                status: "UPDATE_ROLLBACK_FAILED".to_owned(),
                resources: vec![resource],
                ..stack(name, &[], &[])
            };
            state.stacks.insert(name.to_owned(), failed);
        }
    });
    let run = aws.doctor("--format json");
    run.says("stacks", "wrong", "continue-update-rollback");
    assert_eq!(run.check("stacks")["about"], "own");
    assert!(!run.stdout.contains("shop"), "{}", run.stdout);
    aws.cloudformation.change(|state| {
        state.refused = Some(("DescribeStacks".to_owned(), "AccessDenied".to_owned()));
    });
    let run = aws.doctor("--format json");
    run.says("function", "unknown", "allow cloudformation:DescribeStacks");
    run.says("guard", "not_asked", "--backup-account");
    assert_eq!(run.exit, 2);
}

/// The function is being updated, and an attempt at the solution has failed before the one that counts.
#[test]
fn stacks_that_are_not_deployed_declare_nothing() {
    let aws = Aws::new();
    aws.cloudformation.change(|state| {
        let function = state.stacks.get_mut("cfn-org-policy").expect("it");
        function.status = "UPDATE_IN_PROGRESS".to_owned();
        function.since = "2999-01-01T00:00:00Z".to_owned();
        for (of, attempt) in [("backup-solution", "attempt"), ("settings", "another-attempt")] {
            let mut failed = state.stacks[of].clone();
            failed.status = "ROLLBACK_COMPLETE".to_owned();
            for (name, value) in &mut failed.parameters {
                match name.as_str() {
                    "CentralAccountId" => *value = PRODUCTION_ACCOUNT.to_owned(),
                    "GlobalSettings" => *value = "Mpa".to_owned(),
                    _ => {}
                }
            }
            state.stacks.insert(attempt.to_owned(), failed);
        }
    });
    let run = aws.doctor("--format json");
    run.says("function", "warning", "its stack is UPDATE_IN_PROGRESS");
    assert_eq!(run.check("guard")["about"], BACKUP_ACCOUNT);
    run.says("global-settings", "good", "on: CrossAccountBackup");
    run.says("stacks", "wrong", "its creation has failed");
    assert_eq!(run.exit, 1);
}

#[test]
fn a_guard_that_is_detached_and_a_target_that_is_nearly_full() {
    let aws = Aws::new();
    aws.world.change(|state| {
        let guard: Vec<String> =
            state.policies.keys().filter(|id| *id != "p-FullAWSAccess").cloned().collect();
        state.detach(&guard[0], BACKUP_ACCOUNT);
        for number in 0..8 {
            let policy = state.add_policy(SCP, &format!("more-{number}"), "{}");
            state.attach(&policy, PRODUCTION);
        }
    });
    let run = aws.doctor("--format json");
    run.says("guard", "wrong", "no service control policy guards the account");
    run.says("attachments", "warning", "Production (ou-ab12-33333333) 9 of 10");
    assert_eq!(run.exit, 1);
    let run = aws.doctor("--format json --backup-account 111111111111");
    run.says("guard", "wrong", "is the management account");
}

#[test]
fn a_command_line_that_is_wrong() {
    let aws = Aws::new();
    assert_eq!(aws.doctor("--format yaml").exit, 2);
    assert_eq!(aws.doctor("--backup-account 1234").exit, 2);
    assert_eq!(aws.doctor("--account 333333333333").exit, 2);
}

/// Forty policies on as many OUs, under AWS's throttles.
#[test]
fn nothing_is_asked_faster_than_aws_lets_it() {
    let aws = Aws::new();
    aws.world.change(|state| {
        for number in 0..40 {
            let unit = state.add_unit(SECURITY, &format!("unit-{number}"));
            let policy = state.add_policy(SCP, &format!("policy-{number}"), "{}");
            state.attach(&policy, &unit);
        }
    });
    aws.world.throttle();
    let run = aws.doctor(&format!("{ACCOUNTS} --format json"));
    run.says("policies", "good", "SERVICE_CONTROL_POLICY 41 of 10000");
    assert_eq!((run.exit, aws.world.throttled()), (0, 0), "{:?}", aws.world.calls());
}
