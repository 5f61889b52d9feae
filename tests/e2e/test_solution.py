"""The solution by `sam deploy`, nested stacks and all, as far as MiniStack makes it.

It has no StackSets and none of AWS Backup's settings, and nests no template with a transform, so these parts are switched off
here. The settings are proved in tests/it, the StackSets' templates in test_templates.py and tests/guardrails, what becomes of
the StackSets in tests/changes, and the watch in test_watch.py. MiniStack deletes nested stacks whatever their DeletionPolicy says; that a guard outlives its stack is shown
by the demo, on a stack of its own.
"""

import pytest
from local_aws import SOLUTION_TEMPLATE

# What MiniStack cannot make.
OFF = ["WithSettings", "WithCentralRoles", "WithCentralAccount", "WithAlarm", "WithMemberAccounts", "WithWatch"]
PARTS = {"WithVaultGuard": "VaultGuard", "WithMemberGuard": "MemberGuard", "WithBackupPolicies": "BackupPolicies"}


@pytest.fixture
def solution(aws, organization, stack):
    """Deploys the solution with some parameters changed."""

    def deploy(**changed):
        parameters = {
            "OrganizationId": "o-exampleorgid",
            "CentralAccountId": organization.vault_account,
            "CentralOrganizationalUnitId": organization.root,
            "MemberOrganizationalUnitIds": organization.production,
            "Regions": "eu-west-1,eu-central-1",
            "CentralRegion": "eu-west-1",
            "AdminRole1": "vault-admin",
            **dict.fromkeys(OFF, "false"),
            **changed,
        }
        aws.sam_deploy(
            *("--stack-name", stack.name),
            *("--parameter-overrides", *(f"{name}={value}" for name, value in parameters.items())),
            template=SOLUTION_TEMPLATE,
        )

    return deploy


@pytest.fixture
def say(capsys):
    """Prints a line among pytest's own, so that everybody sees what MiniStack has really made."""

    def say(line):
        with capsys.disabled():
            print(f"\n  {line}")

    return say


def test_solution_is_made_updated_and_taken_apart(solution, stack, organization, say):
    def policies():
        return {policy["Name"]: policy for policy in organization.policies().values()}

    solution()
    made = policies()
    say(f"parts that were made: {', '.join(sorted(stack.physical_ids()))}; not made: {', '.join(OFF)}")
    assert set(stack.physical_ids()) == set(PARTS.values())
    assert made["vault-guard"]["Targets"] == {organization.vault_account}
    for name in ("member-guard", "org-backup-daily", "org-backup-monthly"):
        assert made[name]["Targets"] == {organization.production}, name
    vault = f"arn:aws:backup:eu-west-1:{organization.vault_account}:backup-vault:central-backup"
    assert vault in made["org-backup-daily"]["Content"]
    assert organization.vault_account in made["member-guard"]["Content"]

    # Another strength, in place.
    solution(Strength="core")
    updated = policies()
    assert updated["vault-guard"]["Id"] == made["vault-guard"]["Id"]
    assert updated["vault-guard"]["Content"] != made["vault-guard"]["Content"]

    # A Region, an OU, another vault and another prefix: every policy is the same one as before.
    changed = {
        "Regions": "eu-central-1,eu-west-1,eu-north-1",
        "MemberOrganizationalUnitIds": f"{organization.production},{organization.sandbox}",
        "CentralRegion": "eu-central-1",
        "FormerCentralRegions": "eu-west-1",
        "CentralVaultName": "vault-2",
        "PolicyPrefix": "renamed",
    }
    solution(**changed)
    renamed = policies()
    assert renamed["renamed-daily"]["Id"] == made["org-backup-daily"]["Id"]
    assert renamed["member-guard"]["Targets"] == {organization.production, organization.sandbox}
    moved = f"arn:aws:backup:eu-central-1:{organization.vault_account}:backup-vault:vault-2"
    assert moved in renamed["renamed-daily"]["Content"]
    assert "eu-north-1" in renamed["renamed-daily"]["Content"]

    # And back. SAM leaves a parameter as it is that is not passed.
    solution(FormerCentralRegions="eu-north-1", CentralVaultName="central-backup", PolicyPrefix="org-backup")
    assert policies()["org-backup-daily"]["Id"] == made["org-backup-daily"]["Id"]
    assert vault in policies()["org-backup-daily"]["Content"]


def test_each_part_is_switched_off_and_on_again(solution, stack, organization, say):
    def ids():
        return {policy["Name"]: policy["Id"] for policy in organization.policies().values()}

    solution()
    made = ids()
    # MiniStack sees no change in a part alone that comes or goes; hence the Revision.
    for switch, part in PARTS.items():
        solution(**{switch: "false", "Revision": f"{part}-off"})
        assert part not in stack.physical_ids()
        left = ids()
        solution(**{switch: "true", "Revision": f"{part}-on"}, **adopted(part, left))
        assert ids().keys() == made.keys()
        say(f"switched off and on again: {part}; meanwhile there stayed: {', '.join(sorted(left))}")


def adopted(part, policies):
    """What a guard that has stayed wants to be adopted by (docs/PARAMETERS.md, Switch a part on again)."""
    guards = {"VaultGuard": "vault-guard", "MemberGuard": "member-guard"}
    kept = policies.get(guards.get(part))
    return {f"{part}ToAdopt": kept} if kept else {}
