"""The changes: what an owner does with an installation, step by step, and how each step ends."""

from dataclasses import dataclass, field, replace

from docs import Section
from solution import Outcome, Solution
from world import (
    BACKUP_OU,
    CENTRAL,
    DEVELOPMENT,
    DEVELOPMENT_OU,
    NEWCOMER,
    OTHER_BACKUP_OU,
    PRODUCTION_1,
    PRODUCTION_2,
    PRODUCTION_OU,
    SUSPENDED_OU,
    WORKLOADS_OU,
)


@dataclass
class Step:
    # The page that has the commands, if AWS refuses the step or a part of it in at least one way that it may behave.
    refused: Section | None = field(default=None, kw_only=True)

    def take(self, solution: Solution, rollback: bool) -> Outcome:
        raise NotImplementedError


@dataclass
class Deploy(Step):
    changed: dict[str, str] = field(default_factory=dict)

    def take(self, solution, rollback):
        return solution.deploy(self.changed, rollback=rollback)


@dataclass
class Move(Step):
    account: str
    unit: str

    def take(self, solution, rollback):
        return solution.move(self.account, self.unit)


@dataclass
class Deny(Step):
    """From now on StackSets' role is denied everything in the account, or the account and Region."""

    place: object

    def take(self, solution, rollback):
        solution.world.happened(f"denied     from now on: {self.place}")
        solution.world.denied.add(self.place)
        return Outcome(None, [])


@dataclass
class Permit(Step):
    place: object

    def take(self, solution, rollback):
        solution.world.happened(f"permitted  again: {self.place}")
        solution.world.denied.discard(self.place)
        return Outcome(None, [])


@dataclass
class Break(Step):
    """From now on the creation or update of these resources (a pattern of stack.resource) fails."""

    resource: str

    def take(self, solution, rollback):
        solution.world.happened(f"broken     from now on: {self.resource}")
        solution.world.broken.add(self.resource)
        return Outcome(None, [])


@dataclass
class Mend(Step):
    resource: str

    def take(self, solution, rollback):
        solution.world.happened(f"mended     {self.resource}")
        solution.world.broken.discard(self.resource)
        return Outcome(None, [])


@dataclass
class ImportStackSet(Step):
    logical_id: str
    changed: dict[str, str]

    def take(self, solution, rollback):
        return solution.import_stackset(self.logical_id, self.changed)


@dataclass
class ImportStacks(Step):
    """Into the StackSet, the stacks that were retained in the account."""

    logical_id: str
    account: str

    def take(self, solution, rollback):
        return solution.import_stacks(self.logical_id, self.account)


@dataclass
class Row:
    change: str
    steps: list[Step]
    # Parameters of the first deployment.
    start: dict[str, str] = field(default_factory=dict)
    # Steps before the first deployment.
    before: list[Step] = field(default_factory=list)
    first: Deploy = field(default_factory=Deploy)
    # Whether the first deployment, and whether the others, roll back when they fail; several if the row is for both.
    first_rolls_back: tuple[bool, ...] = (False,)
    rolls_back: tuple[bool, ...] = (True, False)
    # Roles that are missing for the minutes between two parts of one deployment.
    gaps: tuple[str, ...] = ()
    # Accounts that have not everything that the policies name, before the last step.
    incomplete: tuple[str, ...] = ()
    # Vaults that a guard no longer covers, by a part of their names or their account. Their own access policies stay.
    unguarded: tuple[str, ...] = ()
    # Whether the rollback fails too, so that the page has to have the way out of UPDATE_ROLLBACK_FAILED.
    rollback_fails: bool = False
    # How many vaults no stack manages in the end, in the worst way. They are there, with what is in them.
    unmanaged: int = 0


ROLE_GAP = "role member-backup-role is deleted while policies name it"
AIR_GAPPED = {"AirGappedVault": "true"}
# Something that every stack in the member accounts has to be updated for.
MEMBER_CHANGE = {"MemberAdminRoleArns": "arn:aws:iam::*:role/backup-admin", "Revision": "2"}
NO_PARENT = {"MemberParentId": ""}
ELSEWHERE = {"CentralRegion": "eu-north-1", "FormerCentralRegions": "eu-west-1"}


def switched(name: str, *, kept: str | None = None, adopt: tuple[str, str] | None = None) -> Row:
    off, on = Deploy({name: "false"}), {name: "true"}
    if adopt:
        parameter, policy = adopt
        again = [Deploy(on, refused=Section.ON_AGAIN), Deploy({**on, parameter: policy}), Deploy({parameter: "false"})]
    elif kept:
        again = [Deploy(on, refused=Section.ON_AGAIN), *(ImportStackSet(one, on) for one in kept.split()), Deploy(on)]
    else:
        again = [Deploy(on)]
    return Row(f"{name} off and on again", [off, *again])


def after_a_failure(change: str, changed: dict[str, str], rolled_back: Row, tried_again: Row) -> list[Row]:
    """The change, in which the last part fails: rolled back, or not and tried again."""
    last = "backup-solution.BackupPolicies"
    failing = [Break(last), Deploy(changed, refused=Section.FAILED_UPDATE), Mend(last)]
    return [
        replace(
            rolled_back,
            change=f"{change}, and the last part fails, with rollback",
            steps=[*failing, *rolled_back.steps],
            rolls_back=(True,),
        ),
        replace(
            tried_again,
            change=f"{change}, and the last part fails, and a second try without rollback",
            steps=[*failing, Deploy()],
            rolls_back=(False,),
        ),
    ]


ROWS = [
    Row("nothing", [Deploy()]),
    # The backup account's OU.
    Row("the backup account moves to another OU", [Move(CENTRAL, OTHER_BACKUP_OU), Deploy({"MinRetentionDays": "14"})]),
    Row(
        "the backup account moves to another OU, in an installation that names its OU",
        [
            Move(CENTRAL, OTHER_BACKUP_OU),
            Deploy({"CentralOrganizationalUnitId": OTHER_BACKUP_OU}, refused=Section.CENTRAL_OU),
        ],
        start={"CentralOrganizationalUnitId": BACKUP_OU},
        rolls_back=(False,),
        unmanaged=1,
    ),
    # Regions.
    Row("one more Region", [Deploy({"Regions": "eu-west-1,eu-central-1,eu-north-1"})]),
    Row("Regions in another order", [Deploy({"Regions": "eu-central-1,eu-west-1"})]),
    Row(
        "another first Region, more Regions",
        [
            Deploy({"Regions": "eu-north-1,eu-central-1,eu-west-1"}),
            Deploy({"Regions": "eu-central-1,eu-north-1,eu-west-1"}),
        ],
    ),
    Row(
        "one Region fewer, kept as a former one, and back",
        [
            Deploy({"Regions": "eu-central-1", "FormerRegions": "eu-west-1"}),
            Deploy({"Regions": "eu-central-1,eu-west-1", "FormerRegions": ""}),
        ],
    ),
    Row(
        "one Region fewer, and back",
        [
            Deploy({"Regions": "eu-west-1"}),
            Deploy({"Regions": "eu-west-1,eu-central-1"}, refused=Section.FORMER_VAULT),
        ],
        unmanaged=3,
    ),
    Row(
        "another central Region, and back",
        [Deploy(ELSEWHERE), Deploy({"CentralRegion": "eu-west-1", "FormerCentralRegions": "eu-north-1"})],
    ),
    Row(
        "another central Region without naming the former one, and back",
        [Deploy({"CentralRegion": "eu-north-1"}), Deploy({"CentralRegion": "eu-west-1"}, refused=Section.FORMER_VAULT)],
        rollback_fails=True,
        unmanaged=2,
    ),
    # Names of vaults.
    Row(
        "another central vault, and back",
        [
            Deploy({"CentralVaultName": "central-2"}),
            Deploy({"CentralVaultName": "central-backup"}, refused=Section.FORMER_VAULT),
        ],
        unmanaged=1,
    ),
    Row(
        "another central vault in another central Region",
        [Deploy({**ELSEWHERE, "CentralVaultName": "central-2"})],
        unmanaged=1,
    ),
    Row(
        "another air-gapped vault, and back",
        [
            Deploy({"AirGappedVaultName": "air-gapped-2"}),
            Deploy({"AirGappedVaultName": "central-air-gapped"}, refused=Section.FORMER_VAULT),
        ],
        start=AIR_GAPPED,
        unmanaged=1,
    ),
    Row(
        "an air-gapped vault later, and another lock",
        [Deploy(AIR_GAPPED), Deploy({"LockMode": "compliance", "MaxRetentionDays": "800"})],
    ),
    Row(
        "the air-gapped vault off and on again",
        [Deploy({"AirGappedVault": "false"}), Deploy(AIR_GAPPED, refused=Section.FORMER_VAULT)],
        start=AIR_GAPPED,
        unmanaged=1,
    ),
    Row(
        "another vault in the member accounts, and back",
        [
            Deploy({"MemberVaultName": "member-2", "FormerMemberVaultNames": "member-backup"}),
            Deploy(
                {"MemberVaultName": "member-backup", "FormerMemberVaultNames": "member-2"},
                refused=Section.FORMER_VAULT,
            ),
        ],
        unmanaged=6,
    ),
    Row(
        "another vault in the member accounts, without naming the former one",
        [Deploy({"MemberVaultName": "member-2"})],
        unguarded=("vault member-backup",),
        unmanaged=6,
    ),
    # Accounts.
    Row(
        "a member account moves between two OUs",
        [Move(DEVELOPMENT, PRODUCTION_OU), Deploy(MEMBER_CHANGE)],
    ),
    Row(
        "a member account moves between two OUs that have no parent of their own in the StackSet",
        [
            Move(DEVELOPMENT, PRODUCTION_OU, refused=Section.ACCOUNT_RETURNS),
            ImportStacks("MemberAccounts", DEVELOPMENT),
            ImportStacks("MemberRoles", DEVELOPMENT),
            Deploy(MEMBER_CHANGE),
        ],
        start=NO_PARENT,
    ),
    Row(
        "a member account leaves",
        [Move(PRODUCTION_2, SUSPENDED_OU), Deploy({"BackupRoleName": "role-2"})],
        gaps=(ROLE_GAP,),
        unguarded=(PRODUCTION_2,),
        unmanaged=2,
    ),
    Row(
        "a member account leaves and returns",
        [
            Move(PRODUCTION_2, SUSPENDED_OU),
            Move(PRODUCTION_2, PRODUCTION_OU, refused=Section.ACCOUNT_RETURNS),
            ImportStacks("MemberAccounts", PRODUCTION_2),
            ImportStacks("MemberRoles", PRODUCTION_2),
            Deploy(MEMBER_CHANGE),
        ],
        unguarded=(PRODUCTION_2,),
    ),
    Row(
        "a member account joins later",
        [Move(NEWCOMER, PRODUCTION_OU), Deploy({"Regions": "eu-west-1,eu-central-1,eu-north-1"})],
    ),
    Row(
        "an OU is no longer listed",
        [
            Deploy({"MemberOrganizationalUnitIds": PRODUCTION_OU}),
            Deploy({"MemberOrganizationalUnitIds": f"{PRODUCTION_OU},{DEVELOPMENT_OU}"}),
        ],
        unguarded=(DEVELOPMENT,),
    ),
    Row(
        "one more OU",
        [Deploy({"MemberOrganizationalUnitIds": f"{PRODUCTION_OU},{DEVELOPMENT_OU}"})],
        start={"MemberOrganizationalUnitIds": PRODUCTION_OU, **NO_PARENT},
    ),
    Row(
        "a parent of the OUs, later",
        [Deploy({"MemberParentId": WORKLOADS_OU}, refused=Section.ACCOUNT_RETURNS)],
        start=NO_PARENT,
        gaps=(ROLE_GAP,),
        unmanaged=6,
    ),
    # Parts.
    switched("WithSettings"),
    switched("WithVaultGuard", adopt=("VaultGuardToAdopt", "p-vault_guard")),
    switched("WithCentralRoles", kept="CentralRoles"),
    switched("WithCentralAccount", kept="CentralAccount"),
    switched("WithAlarm", kept="Alarm"),
    switched("WithMemberAccounts", kept="MemberAccounts MemberRoles"),
    switched("WithMemberGuard", adopt=("MemberGuardToAdopt", "p-member_guard")),
    switched("WithBackupPolicies"),
    switched("WithWatch"),
    Row(
        "each part added in a deployment of its own",
        [
            Deploy({name: "true"})
            for name in (
                "WithVaultGuard",
                "WithCentralRoles",
                "WithCentralAccount",
                "WithAlarm",
                "WithMemberAccounts",
                "WithMemberGuard",
                "WithBackupPolicies",
                "WithWatch",
            )
        ],
        start={
            "WithVaultGuard": "false",
            "WithCentralRoles": "false",
            "WithCentralAccount": "false",
            "WithAlarm": "false",
            "WithMemberAccounts": "false",
            "WithMemberGuard": "false",
            "WithBackupPolicies": "false",
            "WithWatch": "false",
        },
    ),
    # Names of roles, policies and StackSets.
    Row(
        "another backup role, and back",
        [Deploy({"BackupRoleName": "role-2"}), Deploy({"BackupRoleName": "member-backup-role"})],
        gaps=(ROLE_GAP, "role role-2 is deleted while policies name it"),
    ),
    Row(
        "another prefix of the policies, and back",
        [Deploy({"PolicyPrefix": "prefix-2"}), Deploy({"PolicyPrefix": "org-backup"})],
    ),
    *(
        Row(f"another {name}", [Deploy({name: "another-name"}, refused=Section.STACKSET_NAMES)])
        for name in ("CentralStackSetName", "AlarmStackSetName", "MemberStackSetName")
    ),
    # The alarm.
    Row(
        "more Regions with an alarm",
        [Deploy({"SignInRegions": "us-east-1,us-east-2,us-west-2"})],
        start={"SignInRegions": "us-east-1"},
    ),
    Row(
        "fewer Regions with an alarm, and back",
        [
            Deploy({"SignInRegions": "us-east-1"}),
            Deploy({"SignInRegions": "us-east-1,us-east-2,us-west-2"}, refused=Section.ALARM_RETURNS),
        ],
    ),
    Row(
        "the alarm refused in us-east-1, and permitted later",
        [Permit((CENTRAL, "us-east-1")), Deploy({"Revision": "2"})],
        before=[Deny((CENTRAL, "us-east-1"))],
    ),
    # Failures.
    Row(
        "one member account refuses everything, and is permitted later",
        [Permit(PRODUCTION_2), Deploy({"Revision": "2"})],
        before=[Deny(PRODUCTION_2)],
        first_rolls_back=(True, False),
        incomplete=(PRODUCTION_2,),
    ),
    Row(
        "one member account refuses an update, and is permitted later",
        [
            Deny(PRODUCTION_2),
            Deploy({"Regions": "eu-west-1,eu-central-1,eu-north-1"}),
            Permit(PRODUCTION_2),
            Deploy({"Revision": "2"}),
        ],
        incomplete=(PRODUCTION_2,),
    ),
    Row(
        "the backup account refuses everything, and a second try",
        [Permit(CENTRAL), Deploy(refused=Section.FIRST_DEPLOYMENT)],
        before=[Deny(CENTRAL)],
        first=Deploy(refused=Section.FIRST_DEPLOYMENT),
        first_rolls_back=(True, False),
    ),
    Row(
        "the last part fails, and a second try after no rollback",
        [Mend("backup-solution.BackupPolicies"), Deploy()],
        before=[Break("backup-solution.BackupPolicies")],
        first=Deploy(refused=Section.FIRST_DEPLOYMENT),
    ),
    Row(
        "the last part fails, and a second try after a rollback",
        [Mend("backup-solution.BackupPolicies"), Deploy(refused=Section.FIRST_DEPLOYMENT)],
        before=[Break("backup-solution.BackupPolicies")],
        first=Deploy(refused=Section.FIRST_DEPLOYMENT),
        first_rolls_back=(True,),
        unmanaged=7,
    ),
    Row(
        "the last part fails in an update, and a second try",
        [
            Break("backup-solution.BackupPolicies"),
            Deploy({"MinRetentionDays": "14", "DailyDeleteAfterDays": "10"}, refused=Section.FAILED_UPDATE),
            Mend("backup-solution.BackupPolicies"),
            Deploy({"MinRetentionDays": "14", "DailyDeleteAfterDays": "10"}),
        ],
    ),
    Row(
        "another central Region, in which the stack fails half way, and a second try",
        [
            Break("StackSet-central-account-*.Vault"),
            Deploy(ELSEWHERE, refused=Section.FAILED_UPDATE),
            Mend("StackSet-central-account-*.Vault"),
            Deploy(ELSEWHERE),
        ],
        start=AIR_GAPPED,
    ),
    *after_a_failure(
        "another central vault",
        {"CentralVaultName": "central-2"},
        # The rollback replaces the vault again, by the former one, which is there.
        rolled_back=Row("", [], rollback_fails=True, unmanaged=1),
        tried_again=Row("", [], unmanaged=1),
    ),
    *after_a_failure(
        "an air-gapped vault",
        AIR_GAPPED,
        # The rollback lets go of the vault, and keeps it. The next try fails, and its rollback does not.
        rolled_back=Row("", [Deploy(AIR_GAPPED, refused=Section.FORMER_VAULT)], unmanaged=1),
        tried_again=Row("", []),
    ),
    *after_a_failure(
        "no air-gapped vault any more",
        {"AirGappedVault": "false"},
        rolled_back=Row("", [], start=AIR_GAPPED, rollback_fails=True, unmanaged=1),
        tried_again=Row("", [], start=AIR_GAPPED, unmanaged=1),
    ),
    *after_a_failure(
        "another vault in the member accounts",
        {"MemberVaultName": "member-2", "FormerMemberVaultNames": "member-backup"},
        rolled_back=Row(
            "", [Deploy({"MemberVaultName": "member-2", "FormerMemberVaultNames": "member-backup"})], unmanaged=6
        ),
        tried_again=Row("", [], unmanaged=6),
    ),
    *after_a_failure(
        "another central Region",
        ELSEWHERE,
        # The rollback deletes the new Region's stack, and keeps its vault.
        rolled_back=Row("", [Deploy(ELSEWHERE, refused=Section.FORMER_VAULT)], unmanaged=1),
        tried_again=Row("", []),
    ),
    *after_a_failure(
        "one more Region",
        {"Regions": "eu-west-1,eu-central-1,eu-north-1"},
        rolled_back=Row(
            "", [Deploy({"Regions": "eu-west-1,eu-central-1,eu-north-1"}, refused=Section.FORMER_VAULT)], unmanaged=3
        ),
        tried_again=Row("", []),
    ),
]
