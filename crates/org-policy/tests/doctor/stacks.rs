//! The function's stack, and stacks in trouble: a case a line.

use std::collections::{BTreeMap, BTreeSet};

use crate::judge::Verdict::{Good, Unknown, Warning, Wrong};
use crate::judge::{Stack, declared_settings, function, solution};
use crate::verdicts::{Case, cases, says, unread};

const NOW: i64 = 1_800_000_000;
/// The parameters of such a stack are in effect nowhere.
const UNDEPLOYED: [&str; 5] = [
    "ROLLBACK_COMPLETE",
    "CREATE_FAILED",
    "DELETE_FAILED",
    "DELETE_IN_PROGRESS",
    "REVIEW_IN_PROGRESS",
];

fn map(pairs: &[(&str, &str)]) -> BTreeMap<String, String> {
    pairs.iter().map(|(key, value)| ((*key).to_owned(), (*value).to_owned())).collect()
}

fn stack(name: &str, parameters: &[(&str, &str)], outputs: &[(&str, &str)]) -> Stack {
    Stack {
        id: format!("arn:aws:cloudformation:us-east-1:111111111111:stack/{name}/1"),
        name: name.to_owned(),
        status: "UPDATE_COMPLETE".to_owned(),
        since: Some(NOW - 10 * 3600),
        parameters: map(parameters),
        outputs: map(outputs),
        resource_types: None,
    }
}

/// The function, a guard of a template of ours, a user's own stack with a policy, and one that is nobody's business.
fn in_order() -> Vec<Stack> {
    let outputs =
        [("ServiceToken", "arn"), ("RoleArn", "arn"), ("LogGroup", "log"), ("Version", "1.2.3")];
    vec![
        stack("cfn-org-policy", &[], &outputs),
        stack("guard", &[("FunctionStack", "cfn-org-policy")], &[]),
        stack("own", &[], &[]),
        stack("shop", &[], &[]),
    ]
}

fn types(names: &[&str]) -> BTreeSet<String> {
    names.iter().map(|name| (*name).to_owned()).collect()
}

#[test]
fn stacks_in_order_are_good() {
    let checks = function(&Ok(in_order()), NOW, "1.2.3");
    assert!(checks.iter().all(|check| check.verdict == Good), "{checks:#?}");
    says(&checks, "stacks", Good, &["2 stacks of the project's templates"]);
}

/// For a minute.
fn being_deployed(stack: &mut Stack, status: &str) {
    stack.status = status.to_owned();
    stack.since = Some(NOW - 60);
}

#[test]
fn each_fault_is_told_with_its_remedy() {
    let faults: &[Case<Vec<Stack>>] = &[
        ("function", |s| _ = s.remove(0), Wrong, &["no stack of the function", "--region"]),
        (
            "function",
            |s| s[0].status = "UPDATE_ROLLBACK_FAILED".into(),
            Wrong,
            &["UPDATE_ROLLBACK_FAILED"],
        ),
        ("function", |s| s[0].status = "ROLLBACK_COMPLETE".into(), Wrong, &["ROLLBACK_COMPLETE"]),
        (
            "function",
            |s| s[0].status = "UPDATE_ROLLBACK_COMPLETE".into(),
            Good,
            &["UPDATE_ROLLBACK_COMPLETE"],
        ),
        (
            "function",
            |s| being_deployed(&mut s[0], "UPDATE_IN_PROGRESS"),
            Warning,
            &["its stack is UPDATE_IN_PROGRESS", "wait"],
        ),
        (
            "function",
            |s| being_deployed(&mut s[0], "UPDATE_COMPLETE_CLEANUP_IN_PROGRESS"),
            Warning,
            &["its stack is UPDATE_COMPLETE_CLEANUP_IN_PROGRESS"],
        ),
        (
            "function",
            |s| s[0].status = "UPDATE_IN_PROGRESS".into(),
            Wrong,
            &["its stack has been UPDATE_IN_PROGRESS for more than two hours"],
        ),
        (
            "function",
            |s| being_deployed(&mut s[0], "DELETE_IN_PROGRESS"),
            Wrong,
            &["its stack is DELETE_IN_PROGRESS"],
        ),
        (
            "function-version",
            |s| _ = s[0].outputs.insert("Version".into(), "1.0.0".into()),
            Warning,
            &["cfn-org-policy: 1.0.0, and this tool is 1.2.3", "or use the tool's version 1.0.0"],
        ),
        ("function-version", |s| _ = s[0].outputs.remove("Version"), Warning, &["does not say"]),
        (
            "stacks",
            |s| s[1].status = "UPDATE_FAILED".into(),
            Wrong,
            &["guard: UPDATE_FAILED", "deploy again"],
        ),
        (
            "stacks",
            |s| s[1].status = "ROLLBACK_COMPLETE".into(),
            Wrong,
            &["delete it, correct the cause"],
        ),
        ("stacks", |s| s[1].status = "DELETE_FAILED".into(), Wrong, &["delete it again"]),
        (
            "stacks",
            |s| s[1].status = "UPDATE_ROLLBACK_FAILED".into(),
            Wrong,
            &["continue-update-rollback"],
        ),
        (
            "stacks",
            |s| s[1].status = "UPDATE_ROLLBACK_COMPLETE".into(),
            Warning,
            &["guard: its last change was rolled back"],
        ),
        (
            "stacks",
            |s| s[1].status = "UPDATE_IN_PROGRESS".into(),
            Wrong,
            &["for more than two hours"],
        ),
        (
            "stacks",
            |s| {
                s[1].status = "UPDATE_IN_PROGRESS".into();
                s[1].since = Some(NOW - 7200);
            },
            Good,
            &["none has failed or is stuck"],
        ),
        ("stacks", |s| s[1].status = "REVIEW_IN_PROGRESS".into(), Good, &["none has failed"]),
        (
            "stacks",
            |s| {
                s[2].status = "CREATE_FAILED".into();
                s[2].resource_types = Some(Ok(types(&["Custom::OrgPolicy", "AWS::SNS::Topic"])));
            },
            Wrong,
            &["own: CREATE_FAILED"],
        ),
        (
            "stacks",
            |s| {
                s[3].status = "CREATE_FAILED".into();
                s[3].resource_types = Some(Ok(types(&["AWS::SNS::Topic"])));
            },
            Good,
            &["none has failed"],
        ),
        (
            "stacks",
            |s| {
                s[2].status = "CREATE_FAILED".into();
                s[2].resource_types = Some(unread("cloudformation:ListStackResources"));
            },
            Unknown,
            &["own: ", "allow cloudformation:ListStackResources"],
        ),
    ];
    cases(in_order, |stacks| function(&Ok(stacks.clone()), NOW, "1.2.3"), faults);
}

#[test]
fn unread_stacks_are_unknown() {
    let checks = function(&unread("cloudformation:DescribeStacks"), NOW, "1.2.3");
    assert_eq!(checks.len(), 3);
    assert!(checks.iter().all(|check| check.verdict == Unknown), "{checks:#?}");
}

#[test]
fn what_stacks_declare_is_in_their_parameters() {
    assert_eq!((declared_settings(&in_order()), solution(&in_order())), (Vec::new(), None));
    let settings = stack(
        "settings",
        &[
            ("GlobalSettings", "CrossAccountBackup,Mpa"),
            ("ResourceTypes", "EBS, S3"),
            ("FullManagement", ""),
            ("Regions", "eu-west-1"),
            ("FunctionStack", "cfn-org-policy"),
        ],
        &[],
    );
    for status in UNDEPLOYED {
        let undeployed = Stack { status: status.to_owned(), ..settings.clone() };
        assert!(declared_settings(&[undeployed]).is_empty(), "{status}");
    }
    let [declared, other] =
        declared_settings(&[settings.clone(), settings]).try_into().expect("what both declare");
    assert_eq!(declared, other);
    assert_eq!(declared.global, types(&["CrossAccountBackup", "Mpa"]));
    assert_eq!(declared.resource_types, types(&["EBS", "S3"]));
    assert!(declared.full_management.is_empty());
    let whole = stack(
        "backup-solution",
        &[
            ("CentralAccountId", "222222222222"),
            ("CentralRegion", "eu-west-1"),
            ("CentralVaultName", "central-backup"),
            ("LockMode", "compliance"),
            ("MinRetentionDays", "7"),
            ("MaxRetentionDays", "400"),
        ],
        &[],
    );
    for status in UNDEPLOYED {
        let undeployed = Stack { status: status.to_owned(), ..whole.clone() };
        assert_eq!(solution(&[undeployed]), None, "{status}");
    }
    let solution = solution(&[whole]).expect("a solution");
    assert_eq!(
        (solution.backup_account.as_str(), solution.retention),
        ("222222222222", (Some(7), Some(400)))
    );
}
