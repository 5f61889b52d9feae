"""The accounts' templates, made as plain stacks in the accounts that they are for.

MiniStack makes keys, aliases, vaults and roles, and keeps to DeletionPolicy. It ignores locks and policies of vaults, and
makes neither air-gapped vaults nor StackSets: what policies allow is proved in tests/guardrails, and what StackSets and
the lock ask of templates `make lint-templates` checks. The alarm's template is made in tests/alarms, the management
account's are in test_stacks.py and test_solution.py.
"""

import pytest
from local_aws import PROJECT, client

CENTRAL_ACCOUNT = "222233334444"
MEMBER_ACCOUNT = "444455556666"
REGIONS = ("eu-west-1", "eu-central-1")


def template(name):
    return (PROJECT / "stacksets" / name).read_text()


def vaults(account, region):
    listed = client("backup", account, region).list_backup_vaults()["BackupVaultList"]
    return {vault["BackupVaultName"]: vault["EncryptionKeyArn"] for vault in listed}


def aliases(account, region):
    listed = client("kms", account, region).list_aliases()["Aliases"]
    return {alias["AliasName"]: alias["TargetKeyId"] for alias in listed}


def roles(account):
    return {role["RoleName"] for role in client("iam", account).list_roles()["Roles"]}


@pytest.mark.parametrize(
    ("name", "account", "wanted"),
    [
        ("member-account.yaml", MEMBER_ACCOUNT, {"CentralAccountId": CENTRAL_ACCOUNT}),
        (
            "central-account.yaml",
            CENTRAL_ACCOUNT,
            {"OrganizationId": "o-exampleorgid", "AdminRoleArns": f"arn:aws:iam::{CENTRAL_ACCOUNT}:role/vault-admin"},
        ),
    ],
)
def test_account_in_two_regions(aws, name, account, wanted):
    before = roles(account)
    wanted = {**wanted, "VaultName": "backups", "KeyAlias": "first"}
    stacks = {region: aws.stack("account", account, region) for region in REGIONS}
    made = {}
    for region, stack in stacks.items():
        assert stack.create(template(name), **wanted) == "CREATE_COMPLETE", stack.failures()
        made[region] = stack.physical_ids()
        assert vaults(account, region) == {"backups": stack.outputs()["KeyArn"]}
        assert aliases(account, region) == {"alias/first": made[region]["Key"]}

    for region, stack in stacks.items():
        renamed = wanted | {"KeyAlias": "second"}
        assert stack.update(template(name), **renamed) == "UPDATE_COMPLETE", stack.failures()
        assert aliases(account, region) == {"alias/second": made[region]["Key"]}
        assert stack.physical_ids() == made[region] | {"Alias": "alias/second"}

    for region, stack in stacks.items():
        key = stack.outputs()["KeyArn"]
        assert stack.delete() == "DELETE_COMPLETE"
        # What is backed up stays readable.
        assert vaults(account, region) == {"backups": key}
        assert client("kms", account, region).describe_key(KeyId=key)["KeyMetadata"]["KeyState"] == "Enabled"
        assert aliases(account, region) == {}
    # What belongs to no Region is in templates of its own, so that a second Region finds nothing taken.
    assert roles(account) == before


@pytest.mark.parametrize(
    ("name", "account", "expected", "stays"),
    [
        ("member-roles.yaml", MEMBER_ACCOUNT, {"member-backup-role", "member-restore"}, set()),
        ("central-roles.yaml", CENTRAL_ACCOUNT, {"central-restore"}, {"central-restore"}),
    ],
)
def test_roles(aws, name, account, expected, stays):
    before = roles(account)
    stack = aws.stack("roles", account, REGIONS[0])
    assert stack.create(template(name)) == "CREATE_COMPLETE", stack.failures()
    assert roles(account) - before == expected
    assert stack.delete() == "DELETE_COMPLETE"
    assert roles(account) - before == stays
