"""`org-policy doctor` against MiniStack: organization, stacks, quotas, guard, and accounts in a role. What MiniStack lacks is `?`."""

import json
import subprocess

import boto3
import pytest
from local_aws import FUNCTION_STACK, MANAGEMENT_ACCOUNT, PROJECT, TOOL, client
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
    """A role in two accounts, and a vault with a lock in the first."""
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
    vaults.put_backup_vault_lock_configuration(BackupVaultName=VAULT, MinRetentionDays=7, MaxRetentionDays=400)
    yield backup, member
    vaults.delete_backup_vault_lock_configuration(BackupVaultName=VAULT)
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


def test_a_stack_that_has_failed(stack, organization):
    failing = template(Policy=policy("failing", ["ou-zzzz-00000000"]))
    assert stack.create(failing) in ("ROLLBACK_COMPLETE", "ROLLBACK_FAILED")
    _, checks = doctor()
    assert verdict(checks, "stacks", stack.name) == "wrong"
    assert "delete it" in checks["stacks", stack.name]["remedy"]


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


def test_the_accounts(accounts):
    backup, member = accounts
    status, checks = doctor("--backup-account", backup, "--role-name", ROLE, "--account", member)
    assert verdict(checks, "lock", VAULT) == verdict(checks, "retention", VAULT) == "good"
    assert verdict(checks, "vault-policy", VAULT) == "wrong"
    assert verdict(checks, "service-role", backup) == "wrong"
    client("iam", backup).create_service_linked_role(AWSServiceName="backup.amazonaws.com")
    _, checks = doctor("--backup-account", backup, "--role-name", ROLE)
    assert verdict(checks, "service-role", backup) == "good"
    _, checks = doctor("--backup-account", backup, "--role-name", "nobody")
    assert verdict(checks, "lock", backup) == "unknown"
    assert "sts:AssumeRole" in checks["lock", backup]["remedy"]
