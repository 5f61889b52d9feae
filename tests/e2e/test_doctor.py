"""`org-policy doctor` against MiniStack: organization, stacks, guard, and accounts in a role; what MiniStack lacks is `?`."""

import json
import subprocess

import boto3
import pytest
from local_aws import FUNCTION_STACK, MANAGEMENT_ACCOUNT, PROJECT, REGION, TOOL, client
from resources import policy, template

ROLE = "doctor"
VAULT = "central-backup"


def doctor(*arguments):
    """The status, and the checks by what they are called and what they are about."""
    run = subprocess.run(
        [TOOL, "doctor", "--format", "json", *arguments], capture_output=True, text=True, check=False
    )
    assert run.stderr == "", run.stderr
    checks = json.loads(run.stdout)["checks"]
    return run.returncode, {(check["id"], check["about"]): check for check in checks}


def verdict(checks, name, about=""):
    return checks[name, about]["verdict"]


@pytest.fixture
def accounts(organization):
    """A role in two accounts, and a vault in the first; MiniStack has neither locks nor access policies."""
    backup, member = organization.vault_account, organization.shop_account
    trust = {
        "Version": "2012-10-17",
        "Statement": {
            "Effect": "Allow",
            "Action": "sts:AssumeRole",
            "Principal": {"AWS": f"arn:aws:iam::{MANAGEMENT_ACCOUNT}:root"},
        },
    }
    reads = {"Version": "2012-10-17", "Statement": {"Effect": "Allow", "Action": "*", "Resource": "*"}}
    for account in (backup, member):
        iam = client("iam", account)
        iam.create_role(RoleName=ROLE, AssumeRolePolicyDocument=json.dumps(trust))
        iam.put_role_policy(RoleName=ROLE, PolicyName="reads", PolicyDocument=json.dumps(reads))
    vaults = client("backup", backup)
    vaults.create_backup_vault(BackupVaultName=VAULT)
    yield backup, member
    vaults.delete_backup_vault(BackupVaultName=VAULT)
    for account in (backup, member):
        iam = client("iam", account)
        iam.delete_role_policy(RoleName=ROLE, PolicyName="reads")
        iam.delete_role(RoleName=ROLE)


def test_the_organization_and_the_function():
    status, checks = doctor()
    assert status == 2
    for good in ("caller", "all-features", "policy-types", "policies", "stacks"):
        assert verdict(checks, good) == "good", checks[good, ""]
    assert verdict(checks, "function", FUNCTION_STACK) == "good"
    assert verdict(checks, "function-version", FUNCTION_STACK) == "good"
    assert verdict(checks, "guard") == verdict(checks, "members") == "not_asked"
    assert {check["verdict"] for check in checks.values()} <= {"good", "warning", "wrong", "not_asked", "unknown"}


def test_a_stack_that_was_rolled_back(stack, organization):
    assert stack.create(template(Policy=policy("undone", [organization.sandbox]))) == "CREATE_COMPLETE"
    assert stack.update(template(Policy=policy("undone", ["/Nowhere"]))) == "UPDATE_ROLLBACK_COMPLETE"
    _, checks = doctor()
    assert verdict(checks, "stacks", stack.name) == "warning"
    assert "deploy again" in checks["stacks", stack.name]["remedy"]


def test_the_guard(stack, organization):
    account = organization.vault_account
    guard = (PROJECT / "stacks" / "vault-guard.yaml", {"CentralAccountId": account, "AdminRoles": "vault-admin"})
    assert verdict(doctor("--backup-account", account)[1], "guard", account) == "wrong"
    assert stack.create(guard[0], **guard[1]) == "CREATE_COMPLETE", stack.failures()
    _, checks = doctor("--backup-account", account)
    assert verdict(checks, "guard", account) == "good", checks["guard", account]
    assert "vault-guard" in checks["guard", account]["finding"]
    organizations = boto3.client("organizations")
    listed = organizations.list_policies(Filter="SERVICE_CONTROL_POLICY")["Policies"]
    [policy_id] = [one["Id"] for one in listed if one["Name"] == "vault-guard"]
    organizations.detach_policy(PolicyId=policy_id, TargetId=account)
    assert verdict(doctor("--backup-account", account)[1], "guard", account) == "wrong"
    organizations.delete_policy(PolicyId=policy_id)


def test_the_accounts(stack, accounts):
    backup, member = accounts
    declared = {
        "CentralAccountId": backup,
        "CentralRegion": REGION,
        "CentralVaultName": VAULT,
        "LockMode": "governance",
        "MinRetentionDays": "7",
        "MaxRetentionDays": "400",
    }
    solution = {
        "Parameters": {name: {"Type": "String"} for name in declared},
        "Resources": {"Topic": {"Type": "AWS::SNS::Topic"}},
    }
    assert stack.create(solution, **declared) == "CREATE_COMPLETE"
    _, checks = doctor("--role-name", ROLE, "--account", member)
    assert verdict(checks, "lock", VAULT) == "wrong"
    assert ("retention", VAULT) not in checks  # It says nothing without a lock.
    assert verdict(checks, "vault-policy", VAULT) == verdict(checks, "service-role", backup) == "wrong"
    assert verdict(checks, "guard", backup) == "wrong"
    assert verdict(checks, "plan", member) == "unknown"  # MiniStack has no effective policies.

    client("iam", backup).create_service_linked_role(AWSServiceName="backup.amazonaws.com")
    _, checks = doctor("--role-name", ROLE)
    assert verdict(checks, "service-role", backup) == "good"
    _, checks = doctor("--role-name", "nobody")
    assert verdict(checks, "lock", backup) == "unknown"
    assert "sts:AssumeRole" in checks["lock", backup]["remedy"]
