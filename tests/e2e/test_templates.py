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
# Roles are made in the first.
REGIONS = ("eu-west-1", "eu-central-1")


def template(name, region):
    # MiniStack does not know AWS::Region in conditions.
    return (PROJECT / "stacksets" / name).read_text().replace("!Ref AWS::Region", region)


def vaults(account, region):
    listed = client("backup", account, region).list_backup_vaults()["BackupVaultList"]
    return {vault["BackupVaultName"]: vault["EncryptionKeyArn"] for vault in listed}


def aliases(account, region):
    listed = client("kms", account, region).list_aliases()["Aliases"]
    return {alias["AliasName"]: alias["TargetKeyId"] for alias in listed}


def roles(account):
    return {role["RoleName"] for role in client("iam", account).list_roles()["Roles"]}


@pytest.mark.parametrize(
    ("name", "account", "wanted", "stays"),
    [
        ("member-account.yaml", MEMBER_ACCOUNT, {"CentralAccountId": CENTRAL_ACCOUNT}, set()),
        (
            "central-account.yaml",
            CENTRAL_ACCOUNT,
            {"OrganizationId": "o-exampleorgid", "AdminRoleArns": f"arn:aws:iam::{CENTRAL_ACCOUNT}:role/vault-admin"},
            {"central-restore"},
        ),
    ],
)
def test_account_in_two_regions(aws, name, account, wanted, stays):
    before = roles(account)
    wanted = {**wanted, "VaultName": "backups", "KeyAlias": "first", "GlobalResourcesRegion": REGIONS[0]}
    stacks = {region: aws.stack("account", account, region) for region in REGIONS}
    made = {}
    for region, stack in stacks.items():
        assert stack.create(template(name, region), **wanted) == "CREATE_COMPLETE", stack.failures()
        made[region] = stack.physical_ids()
        assert vaults(account, region) == {"backups": stack.outputs()["KeyArn"]}
        assert aliases(account, region) == {"alias/first": made[region]["Key"]}
    new_roles = {made[REGIONS[0]][resource] for resource in made[REGIONS[0]] if resource.endswith("Role")}
    assert new_roles and roles(account) - before == new_roles
    assert not any(resource.endswith("Role") for resource in made[REGIONS[1]])

    for region, stack in stacks.items():
        renamed = wanted | {"KeyAlias": "second"}
        assert stack.update(template(name, region), **renamed) == "UPDATE_COMPLETE", stack.failures()
        assert aliases(account, region) == {"alias/second": made[region]["Key"]}
        assert stack.physical_ids() == made[region] | {"Alias": "alias/second"}

    for region, stack in stacks.items():
        key = stack.outputs()["KeyArn"]
        assert stack.delete() == "DELETE_COMPLETE"
        # What is backed up stays readable.
        assert vaults(account, region) == {"backups": key}
        assert client("kms", account, region).describe_key(KeyId=key)["KeyMetadata"]["KeyState"] == "Enabled"
        assert aliases(account, region) == {}
    assert roles(account) - before == stays
