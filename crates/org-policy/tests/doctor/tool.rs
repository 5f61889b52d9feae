//! The tool itself.

use std::collections::BTreeSet;
use std::process::Command;

use serde_json::Value;
use test_world::World;
use test_world::world::{BACKUP_SERVICE, Fault, STACKSETS_SERVICE};

use crate::cloudformation::CloudFormation;

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
            for service in [
                BACKUP_SERVICE,
                "member.org.stacksets.cloudformation.amazonaws.com",
                STACKSETS_SERVICE,
            ] {
                state.settings.trusted.insert(service.to_owned());
            }
        });
        cloudformation.change(|state| state.stacksets = true);
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

#[test]
fn an_organization_in_order() {
    let aws = Aws::new();
    let run = aws.doctor("");
    assert_eq!((run.exit, run.stderr.as_str()), (0, ""), "{}", run.stdout);
    println!("{}", run.stdout);
    assert!(run.stdout.contains("\u{2714} caller "), "{}", run.stdout);
}

#[test]
fn what_may_not_be_read_is_unknown_and_ends_nothing() {
    let aws = Aws::new();
    let operations = [
        ("DescribeOrganization", "caller"),
        ("ListRoots", "policy-types"),
        ("ListAWSServiceAccessForOrganization", "trusted-access"),
        ("ListDelegatedAdministrators", "backup-administrator"),
        ("ListAccountsWithInvalidEffectivePolicy", "effective-policies"),
    ];
    for (operation, id) in operations {
        aws.world.fail_always(operation, Fault::Error("AccessDeniedException"));
        let run = aws.doctor("--format json");
        run.says(id, "unknown", &format!("allow organizations:{operation} to these credentials"));
        assert_eq!(run.exit, 2, "{run:?}");
        let good: BTreeSet<&str> = ["caller", "trusted-access", "stacksets"].into();
        assert!(good.iter().any(|id| run.check(id)["verdict"] == "good"), "{run:?}");
        aws.world.clear_faults();
    }
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
    assert!(!run.stdout.contains("CHATBOT_POLICY"), "{}", run.stdout);
    assert_eq!(run.exit, 1);
}

#[test]
fn a_command_line_that_is_wrong() {
    assert_eq!(Aws::new().doctor("--format yaml").exit, 2);
}
