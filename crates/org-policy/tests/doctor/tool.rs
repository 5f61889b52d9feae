//! The tool itself.

use std::collections::BTreeSet;
use std::process::Command;
use std::thread;
use std::time::{Duration, SystemTime, UNIX_EPOCH};

use serde_json::Value;
use test_world::World;
use test_world::world::{
    BACKUP_ACCOUNT, BACKUP_SERVICE, EU, Fault, PRODUCTION, PRODUCTION_ACCOUNT, Point, SCP, Vault,
};

use crate::cloudformation::{CloudFormation, Resource, Stack};

/// Of the central vault.
const VAULT_POLICY: &str = r#"{"Statement": [
    {"Effect": "Allow", "Principal": "*", "Action": "backup:CopyIntoBackupVault", "Resource": "*"},
    {"Effect": "Deny", "Principal": "*", "Action": "backup:DeleteRecoveryPoint", "Resource": "*"}]}"#;
/// A key of the member account that it manages itself, and one that AWS manages.
const OWN_KEY: &str = "arn:aws:kms:eu-west-1:333333333333:key/own";
const AWS_KEY: &str = "arn:aws:kms:eu-west-1:333333333333:key/aws-ebs";
/// What AWS shows of the member account.
const EFFECTIVE: &str = r#"{"plans": {"org-backup-daily": {
    "regions": ["eu-west-1"],
    "rules": {"daily": {"target_backup_vault_name": "member-backup"}},
    "selections": {"tags": {"tagged": {"iam_role_arn": "arn:aws:iam::$account:role/member-backup-role"}}}}}}"#;
/// Into all accounts.
const ACCOUNTS: &str = "--role-name OrganizationAccountAccessRole --account 333333333333";

/// What a run of the tool has left.
#[derive(Debug)]
struct Run {
    stdout: String,
    stderr: String,
    exit: i32,
}

impl Run {
    /// The check of this name.
    #[track_caller]
    fn check(&self, id: &str) -> Value {
        let report: Value =
            serde_json::from_str(&self.stdout).unwrap_or_else(|error| panic!("{error}: {self:?}"));
        let checks = report["checks"].as_array().expect("a list");
        checks
            .iter()
            .find(|check| check["id"] == id)
            .unwrap_or_else(|| panic!("{id}: {report:#}"))
            .clone()
    }

    #[track_caller]
    fn says(&self, id: &str, verdict: &str, words: &str) {
        let check = self.check(id);
        let text = format!("{} -> {}", check["finding"], check["remedy"]);
        assert!(check["verdict"] == verdict && text.contains(words), "{check:#}");
    }
}

/// An organization with all that the solution needs.
struct Aws {
    world: World,
    cloudformation: CloudFormation,
    world_address: String,
    cloudformation_address: String,
}

impl Aws {
    fn new() -> Self {
        let (world, cloudformation) = (World::new(), CloudFormation::default());
        world.change(|state| {
            for service in [BACKUP_SERVICE, "member.org.stacksets.cloudformation.amazonaws.com"] {
                state.settings.trusted.insert(service.to_owned());
            }
            state.settings.global.insert("isCrossAccountBackupEnabled".to_owned(), true);
            for on in state.settings.regions.values_mut().chain(state.settings.full_management.values_mut()) {
                on.values_mut().for_each(|on| *on = true);
            }
            let content = r#"{"Version": "2012-10-17", "Statement": [{"Effect": "Deny", "Action": "*", "Resource": "*"}]}"#;
            let guard = state.add_policy(SCP, "vault-guard", content);
            state.attach(&guard, BACKUP_ACCOUNT);
            let central = state.account(BACKUP_ACCOUNT);
            central.roles.insert("AWSServiceRoleForBackup".to_owned());
            let vault = Vault {
                locked: true,
                min_days: Some(7),
                max_days: Some(400),
                policy: Some(VAULT_POLICY.to_owned()),
                ..Vault::default()
            };
            central.vaults.insert((EU.to_owned(), "central-backup".to_owned()), vault);
            let member = state.account(PRODUCTION_ACCOUNT);
            member.roles.extend(["AWSServiceRoleForBackup", "member-backup-role"].map(str::to_owned));
            member.keys.insert(OWN_KEY.to_owned(), false);
            let point = Point {
                arn: "arn:aws:ec2:eu-west-1::snapshot/snap-1".to_owned(),
                resource_type: "EBS".to_owned(),
                key: Some(OWN_KEY.to_owned()),
            };
            let vault = Vault { points: vec![point], ..Vault::default() };
            member.vaults.insert((EU.to_owned(), "member-backup".to_owned()), vault);
            let shown = serde_json::from_str(EFFECTIVE).expect("JSON");
            state.show_effective(PRODUCTION_ACCOUNT, "BACKUP_POLICY", Some(shown));
            state.tag(&guard, "cfn-org-policy:stack-id", "arn:aws:cloudformation:us-east-1:111111111111:stack/guard/1");
        });
        cloudformation.change(|state| {
            state.stacksets = true;
            let outputs = [
                ("ServiceToken", "arn"),
                ("RoleArn", "arn"),
                ("LogGroup", "log"),
                ("Version", env!("CARGO_PKG_VERSION")),
            ];
            state
                .stacks
                .insert("cfn-org-policy".to_owned(), stack("cfn-org-policy", &[], &outputs));
            let settings = [
                ("FunctionStack", "cfn-org-policy"),
                ("GlobalSettings", "CrossAccountBackup"),
                ("ResourceTypes", "EBS,EFS,S3"),
                ("FullManagement", "DynamoDB"),
                ("Regions", "us-east-1,eu-west-1"),
            ];
            state.stacks.insert("settings".to_owned(), stack("settings", &settings, &[]));
            let solution = [
                ("FunctionStack", "cfn-org-policy"),
                ("CentralAccountId", BACKUP_ACCOUNT),
                ("CentralRegion", "eu-west-1"),
                ("CentralVaultName", "central-backup"),
                ("LockMode", "governance"),
                ("MinRetentionDays", "7"),
                ("MaxRetentionDays", "400"),
            ];
            state
                .stacks
                .insert("backup-solution".to_owned(), stack("backup-solution", &solution, &[]));
        });
        Self {
            world_address: world.serve(),
            cloudformation_address: cloudformation.serve(),
            world,
            cloudformation,
        }
    }

    fn doctor(&self, arguments: &str) -> Run {
        let output = Command::new(env!("CARGO_BIN_EXE_org-policy"))
            .arg("doctor")
            .args(arguments.split_whitespace())
            .env_clear()
            .env("AWS_ENDPOINT_URL", &self.world_address)
            .env("AWS_ENDPOINT_URL_CLOUDFORMATION", &self.cloudformation_address)
            .env("AWS_REGION", "us-east-1")
            .env("AWS_ACCESS_KEY_ID", "local")
            .env("AWS_SECRET_ACCESS_KEY", "local")
            .output()
            .expect("the tool runs");
        let text = |bytes| String::from_utf8(bytes).expect("UTF-8");
        let run = Run {
            stdout: text(output.stdout),
            stderr: text(output.stderr),
            exit: output.status.code().expect("no signal"),
        };
        let reads = |call: &String| {
            ["List", "Describe", "Get", "AssumeRole"].iter().any(|verb| call.starts_with(verb))
        };
        assert!(self.world.calls().iter().all(reads), "{:?}", self.world.calls());
        assert!(self.cloudformation.change(|state| state.calls.iter().all(reads)));
        run
    }
}

fn stack(name: &str, parameters: &[(&str, &str)], outputs: &[(&str, &str)]) -> Stack {
    let pairs = |pairs: &[(&str, &str)]| {
        pairs.iter().map(|(key, value)| ((*key).to_owned(), (*value).to_owned())).collect()
    };
    Stack {
        id: format!("arn:aws:cloudformation:us-east-1:111111111111:stack/{name}/1"),
        status: "UPDATE_COMPLETE".to_owned(),
        parameters: pairs(parameters),
        outputs: pairs(outputs),
        ..Stack::default()
    }
}

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
        run.says(id, "not asked", "org-policy doctor --role-name");
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

#[test]
fn settings_that_somebody_has_switched_off() {
    let aws = Aws::new();
    aws.world.change(|state| {
        state.settings.global.insert("isCrossAccountBackupEnabled".to_owned(), false);
        state.settings.regions.get_mut(EU).expect("it").insert("S3".to_owned(), false);
    });
    aws.cloudformation.change(|state| state.stacksets = false);
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
    run.says("guard", "not asked", "--backup-account");
    assert_eq!(run.exit, 2);
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

fn page() -> String {
    let page = concat!(env!("CARGO_MANIFEST_DIR"), "/../../docs/DOCTOR.md");
    std::fs::read_to_string(page).expect("the page")
}

/// Somebody has detached the guard and switched off an opt-in, and the lock's grace time runs.
#[test]
fn the_page_shows_what_is_printed() {
    let aws = Aws::new();
    let in_days = |days: u64| SystemTime::now() + Duration::from_secs(days * 86_400 - 3600);
    let since_1970 = in_days(3).duration_since(UNIX_EPOCH).expect("later");
    aws.world.change(|state| {
        let guards = state.policies.iter().filter(|(_, policy)| policy.name == "vault-guard");
        let guard = guards.map(|(id, _)| id.clone()).next().expect("a guard");
        state.detach(&guard, BACKUP_ACCOUNT);
        state.settings.regions.get_mut(EU).expect("it").insert("S3".to_owned(), false);
        let vault = state.account(BACKUP_ACCOUNT).vaults.values_mut().next().expect("a vault");
        vault.lock_date = Some(since_1970.as_secs_f64());
    });
    let run = aws.doctor("--role-name OrganizationAccountAccessRole");
    assert_eq!((run.exit, run.stderr.as_str()), (1, ""), "{}", run.stdout);
    let this_version = concat!(env!("CARGO_PKG_VERSION"), ", as this tool");
    let shown = run.stdout.replace(this_version, "0.1.0, as this tool");
    assert!(page().contains(&shown), "docs/DOCTOR.md shows another report than\n{shown}");
}

/// The policies of the page allow what is called, and no more.
#[test]
fn the_page_has_the_permissions() {
    let aws = Aws::new();
    aws.cloudformation.change(|state| {
        let failed = Stack { status: "UPDATE_FAILED".to_owned(), ..stack("own", &[], &[]) };
        state.stacks.insert("own".to_owned(), failed);
    });
    aws.doctor(ACCOUNTS);
    let mut called: BTreeSet<String> = aws.world.calls().into_iter().collect();
    called.extend(aws.cloudformation.change(|state| state.calls.clone()));
    // Nobody needs a permission for it.
    called.remove("GetCallerIdentity");
    let page = page();
    let allowed = page.lines().filter_map(|line| line.trim().strip_prefix("- ")?.split_once(':'));
    let allowed = allowed.filter(|(service, _)| !service.contains(' '));
    let allowed: BTreeSet<String> = allowed.map(|(_, operation)| operation.to_owned()).collect();
    assert_eq!(called, allowed);
}

/// Every check that there is has its row in the page's tables.
#[test]
fn the_page_has_every_check() {
    let run = Aws::new().doctor(&format!("{ACCOUNTS} --format json"));
    let report: Value = serde_json::from_str(&run.stdout).expect("JSON");
    let page = page();
    for check in report["checks"].as_array().expect("a list") {
        let id = check["id"].as_str().expect("a text");
        assert!(page.contains(&format!("| `{id}` |")), "{id}");
    }
    assert!(page.contains("| `members` |"));
}
