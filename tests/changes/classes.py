"""What changing one parameter is: the classes of docs/PARAMETERS.md, decided by what the model does."""

from dataclasses import dataclass

from solution import PARAMETERS, Solution
from world import (
    BACKUP_OU,
    DEVELOPMENT_OU,
    NAMES,
    NEWCOMER,
    PRODUCTION_OU,
    ROOT,
    VAULTS,
    Choices,
    every_way,
)

IN_PLACE, NEW_STACKS, REPLACED, NEW_VAULT = "in place", "new stacks", "replaced", "new vault"
ON_AND_OFF, OFF_IS_KEPT, NEVER = "on and off", "off is kept", "never"
CLASSES = (IN_PLACE, NEW_STACKS, REPLACED, NEW_VAULT, ON_AND_OFF, OFF_IS_KEPT, NEVER)


@dataclass(frozen=True)
class Change:
    """The parameters that are changed together, and those of the first deployment."""

    to: dict[str, str]
    start: dict[str, str]


def change(to: str, start: dict[str, str] | None = None, **others: str) -> tuple[str, dict, dict]:
    return to, others, start or {}


AIR_GAPPED = {"AirGappedVault": "true"}

# Another value for each parameter. What goes together is changed together, and the page says so.
VALUES = {
    "OrganizationId": change("o-otherorganization"),
    "CentralAccountId": change(NEWCOMER),
    "CentralOrganizationalUnitId": change(BACKUP_OU),
    "MemberOrganizationalUnitIds": change(
        f"{PRODUCTION_OU},{DEVELOPMENT_OU}", {"MemberOrganizationalUnitIds": PRODUCTION_OU}
    ),
    "MemberParentId": change(""),
    "Regions": change("eu-north-1,eu-central-1,eu-west-1"),
    "FormerRegions": change("eu-north-1"),
    "CentralRegion": change("eu-north-1", FormerCentralRegions="eu-west-1"),
    "FormerCentralRegions": change("eu-north-1"),
    "GlobalServicesRegion": change("us-east-2"),
    "SignInRegions": change("us-east-1,us-east-2", {"SignInRegions": "us-east-1"}),
    "AdminRole1": change("other-admin"),
    "AdminRole2": change("second-admin"),
    "AdminRole3": change("third-admin"),
    "AdminRole4": change("fourth-admin"),
    "AdminRole5": change("fifth-admin"),
    "ServiceRoles": change("config-recorder"),
    "RecoveryRoleArns": change("arn:aws:iam::888899990000:role/recovery", AIR_GAPPED),
    "MemberAdminRoleArns": change("arn:aws:iam::*:role/backup-admin"),
    "ControlTower": change("true"),
    "Strength": change("core"),
    "VaultGuardToAdopt": change("true"),
    "MemberGuardToAdopt": change("true"),
    "CentralVaultName": change("central-2"),
    "LockMode": change("compliance"),
    "MinRetentionDays": change("14"),
    "MaxRetentionDays": change("800"),
    "ChangeableForDays": change("30", {"LockMode": "compliance"}),
    "AirGappedVault": change("false", AIR_GAPPED),
    "AirGappedVaultName": change("air-gapped-2", AIR_GAPPED),
    "Email": change("alarms@example.com"),
    "QueueArn": change("arn:aws:sqs:eu-west-1:111122223333:vault-alarm"),
    "Heal": change("on"),
    "HealStacks": change("guard-*", {"Heal": "on"}),
    "MemberVaultName": change("member-2", FormerMemberVaultNames="member-backup"),
    "FormerMemberVaultNames": change("member-1"),
    "BackupRoleName": change("role-2"),
    "OtherBackupRoleNames": change("service-role/AWSBackupDefaultServiceRole"),
    "CentralStackSetName": change("another-name"),
    "AlarmStackSetName": change("another-name"),
    "MemberStackSetName": change("another-name"),
    "PolicyPrefix": change("prefix-2"),
    "SelectionTagKey": change("backup-plan"),
    "DailyTagValues": change("daily,nightly"),
    "DailySchedule": change("cron(0 3 ? * * *)"),
    "DailyDeleteAfterDays": change("10"),
    "DailyCopyDeleteAfterDays": change("40"),
    "MonthlyTagValues": change("monthly,yearly"),
    "MonthlySchedule": change("cron(0 3 1 * ? *)"),
    "MonthlyDeleteAfterDays": change("40"),
    "MonthlyCopyDeleteAfterDays": change("380"),
    "StartWindowMinutes": change("120"),
    "CompleteWindowMinutes": change("2880"),
    "AirGappedResourceTypes": change("s3:::*", AIR_GAPPED),
    "AirGappedTagValue": change("monthly", AIR_GAPPED),
    "AirGappedSecondTagValue": change("monthly", AIR_GAPPED),
    "AirGappedSchedule": change("cron(0 2 ? * * *)", AIR_GAPPED),
    "AirGappedDeleteAfterDays": change("14", AIR_GAPPED),
    "AirGappedCopyDeleteAfterDays": change("60", AIR_GAPPED),
    "ResourceTypes": change("EBS,S3"),
    "FullManagement": change(""),
    "FunctionStack": change("another-function"),
    "Architecture": change("arm64"),
    "Revision": change("2"),
    "WithSettings": change("false"),
    "WithVaultGuard": change("false"),
    "WithCentralRoles": change("false"),
    "WithCentralAccount": change("false"),
    "WithAlarm": change("false"),
    "WithMemberAccounts": change("false"),
    "WithMemberGuard": change("false"),
    "WithBackupPolicies": change("false"),
    "WithWatch": change("false"),
}


def decided(parameter: str, declared: dict[str, dict]) -> str:
    """The class of the parameter: changed, and changed back, in every way that AWS may behave."""
    value, others, start = VALUES[parameter]
    first = PARAMETERS | start
    changed = {parameter: value, **others}
    back = {name: first.get(name, str(declared[name].get("Default", ""))) for name in changed}
    found: set[str] = set()

    def live(choices: Choices):
        solution = Solution(choices)
        solution.parameters = first
        assert str(solution.deploy({}, rollback=False)) == "done"
        found.add(_class(solution, changed, back, parameter, declared))

    every_way(live)
    return max(found, key=CLASSES.index)


def _class(solution: Solution, changed: dict, back: dict, parameter: str, declared: dict[str, dict]) -> str:
    world = solution.world
    places, things, names = _places(solution), set(world.things), {thing.key for thing in world.things}
    there = str(solution.deploy(changed))
    if there != "done" or world.faults or solution.unguarded:
        return NEVER
    after = {thing.key for thing in world.things}
    made = set(world.things) - things
    vaults = any(thing.type in VAULTS for thing in made)
    named = any(thing.type in NAMES for thing in made) or any(key in names - after for key in names if key)
    same_places = places == _places(solution)
    # A policy that is renamed in place is neither made nor deleted.
    named = named and {id(thing) for thing in world.things} != {id(thing) for thing in things}
    again = str(solution.deploy(back))
    if set(declared[parameter].get("AllowedValues", [])) == {"true", "false"} and (
        parameter.startswith("With") or parameter == "AirGappedVault"
    ):
        return ON_AND_OFF if again == "done" else OFF_IS_KEPT
    if not same_places:
        return NEW_STACKS
    if vaults:
        return NEW_VAULT
    if named:
        return REPLACED if again == "done" else NEVER
    return IN_PLACE


def _places(solution: Solution) -> set[tuple[str, str, str]]:
    return {
        (stackset.name, account, region)
        for stackset in solution.stacksets.all.values()
        for account, region in stackset.instances
    }
