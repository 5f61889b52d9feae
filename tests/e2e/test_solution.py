"""The solution by `sam deploy`, nested stacks and all, as far as MiniStack makes it.

It has no StackSets and none of AWS Backup's settings, so these parts are switched off here. The settings are proved in
tests/it, the StackSets' templates in test_templates.py and tests/guardrails. It knows no exports of nested stacks, so
the function is the one that stands already. And it deletes nested stacks whatever their DeletionPolicy says; that a
guard outlives its stack is shown by the demo, on a stack of its own.
"""

import pytest
from local_aws import FUNCTION_STACK, SOLUTION_TEMPLATE


@pytest.fixture
def solution(aws, organization, stack):
    """Deploys the solution with some parameters changed."""

    def deploy(**changed):
        parameters = {
            "OrganizationId": "o-exampleorgid",
            "CentralAccountId": organization.vault_account,
            "CentralOrganizationalUnitId": organization.backup,
            "MemberOrganizationalUnitIds": organization.production,
            "Regions": "eu-west-1,eu-central-1",
            "CentralRegion": "eu-west-1",
            "AdminRoles": "vault-admin",
            "AdminRoleArns": f"arn:aws:iam::{organization.vault_account}:role/vault-admin",
            "FunctionStack": FUNCTION_STACK,
            "WithSettings": "false",
            "WithCentralAccount": "false",
            "WithAlarm": "false",
            "WithMemberAccounts": "false",
            **changed,
        }
        aws.sam_deploy(
            *("--stack-name", stack.name),
            *("--parameter-overrides", *(f"{name}={value}" for name, value in parameters.items())),
            template=SOLUTION_TEMPLATE,
        )

    return deploy


def test_solution_is_made_updated_and_taken_apart(solution, stack, organization):
    def policies():
        return {policy["Name"]: policy for policy in organization.policies().values()}

    solution()
    made = policies()
    assert made["vault-guard"]["Targets"] == {organization.vault_account}
    for name in ("member-guard", "central-backup-daily", "central-backup-monthly"):
        assert made[name]["Targets"] == {organization.production}, name
    vault = f"arn:aws:backup:eu-west-1:{organization.vault_account}:backup-vault:central-backup"
    assert vault in made["central-backup-daily"]["Content"]
    anywhere = f"arn:aws:backup:*:{organization.vault_account}:backup-vault:*"
    assert anywhere in made["member-guard"]["Content"]

    # Another strength, in place, and a part switched off.
    solution(Strength="core", WithBackupPolicies="false")
    updated = policies()
    assert updated["vault-guard"]["Id"] == made["vault-guard"]["Id"]
    assert "ReadingOnly" in made["vault-guard"]["Content"]
    assert "ReadingOnly" not in updated["vault-guard"]["Content"]
    assert not {"central-backup-daily", "central-backup-monthly"} & set(updated)

    assert stack.delete() == "DELETE_COMPLETE"
