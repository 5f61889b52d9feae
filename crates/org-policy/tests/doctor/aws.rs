//! What the tool runs on: a model of AWS with all that the solution needs, and a CloudFormation of the test.

use std::process::Command;
use std::time::Instant;

use serde_json::{Value, json};
use test_world::World;
use test_world::world::{
    BACKUP_ACCOUNT, BACKUP_SERVICE, EU, PRODUCTION_ACCOUNT, Point, SCP, Vault,
};

use test_world::cloudformation::{CloudFormation, Stack};

/// Of the central vault.
const VAULT_POLICY: &str = r#"{"Statement": [
    {"Effect": "Allow", "Principal": "*", "Action": "backup:CopyIntoBackupVault", "Resource": "*"},
    {"Effect": "Deny", "Principal": "*", "Action": "backup:DeleteRecoveryPoint", "Resource": "*"}]}"#;
/// A key of the member account that it manages itself, and one that AWS manages.
const OWN_KEY: &str = "arn:aws:kms:eu-west-1:333333333333:key/own";
pub const AWS_KEY: &str = "arn:aws:kms:eu-west-1:333333333333:key/aws-ebs";
/// What AWS shows of the member account.
const EFFECTIVE: &str = r#"{"plans": {"org-backup-daily": {
    "regions": ["eu-west-1"],
    "rules": {"daily": {"target_backup_vault_name": "member-backup"}},
    "selections": {"tags": {"tagged": {"iam_role_arn": "arn:aws:iam::$account:role/member-backup-role"}}}}}}"#;
/// Into all accounts.
pub const ACCOUNTS: &str = "--role-name OrganizationAccountAccessRole --account 333333333333";

/// What a run of the tool has left.
#[derive(Debug)]
pub struct Run {
    pub stdout: String,
    pub stderr: String,
    pub exit: i32,
}

impl Run {
    /// The check of this name.
    #[track_caller]
    pub fn check(&self, id: &str) -> Value {
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
    pub fn says(&self, id: &str, verdict: &str, words: &str) {
        let check = self.check(id);
        let text = format!("{} -> {}", check["finding"], check["remedy"]);
        assert!(check["verdict"] == verdict && text.contains(words), "{check:#}");
    }
}

/// An organization with all that the solution needs.
pub struct Aws {
    pub world: World,
    pub cloudformation: CloudFormation,
    address: String,
}

impl Aws {
    pub fn new() -> Self {
        let (world, cloudformation) = (World::new(), CloudFormation::default());
        world.answer_for(&cloudformation);
        world.change(|state| {
            for service in [BACKUP_SERVICE, "member.org.stacksets.cloudformation.amazonaws.com"] {
                state.settings.trusted.insert(service.to_owned());
            }
            state.settings.stacksets = Some(Instant::now().into());
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
        Self { address: world.serve(), world, cloudformation }
    }

    pub fn doctor(&self, arguments: &str) -> Run {
        let output = Command::new(env!("CARGO_BIN_EXE_org-policy"))
            .arg("doctor")
            .args(arguments.split_whitespace())
            .env_clear()
            .env("AWS_ENDPOINT_URL", &self.address)
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

pub fn stack(name: &str, parameters: &[(&str, &str)], outputs: &[(&str, &str)]) -> Stack {
    let parameters = parameters.iter();
    let outputs = outputs.iter();
    let outputs = outputs.map(|(key, value)| json!({"OutputKey": key, "OutputValue": value}));
    Stack {
        id: format!("arn:aws:cloudformation:us-east-1:111111111111:stack/{name}/1"),
        status: "UPDATE_COMPLETE".to_owned(),
        parameters: parameters
            .map(|(key, value)| ((*key).to_owned(), (*value).to_owned()))
            .collect(),
        more: json!({"Outputs": outputs.collect::<Vec<Value>>()}),
        ..Stack::default()
    }
}
