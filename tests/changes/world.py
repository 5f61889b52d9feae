"""What exists in the organization: accounts in OUs, the things in them, and the names that only one thing can have."""

from collections.abc import Callable
from dataclasses import dataclass, field
from itertools import count

MANAGEMENT = "111122223333"
CENTRAL = "222233334444"
PRODUCTION_1, PRODUCTION_2, DEVELOPMENT = "444455556666", "555566667777", "666677778888"
NEWCOMER = "777788889999"

ROOT = "r-abcd"
BACKUP_OU, OTHER_BACKUP_OU = "ou-abcd-backup0001", "ou-abcd-backup0002"
WORKLOADS_OU, PRODUCTION_OU, DEVELOPMENT_OU = "ou-abcd-workload1", "ou-abcd-workprod", "ou-abcd-workdevl"
SUSPENDED_OU = "ou-abcd-suspend1"

# Which property of a type is a name that exists once, and where once: creating a second thing of that name fails.
# Names of backup vaults are unique to the account and Region, and both types of vault share them [AWS Backup developer
# guide, "Creating a backup vault"]; role names to the account [IAM, CreateRole]; aliases, topics and rules to the account
# and Region. CloudFormation refuses a topic or a rule that exists; the services themselves would not.
IN_THE_ORGANIZATION, IN_THE_ACCOUNT, IN_THE_REGION = "organization", "account", "Region"
NAMES = {
    "AWS::Backup::BackupVault": ("vault", "BackupVaultName", IN_THE_REGION),
    "AWS::Backup::LogicallyAirGappedBackupVault": ("vault", "BackupVaultName", IN_THE_REGION),
    "AWS::Events::Rule": ("rule", "Name", IN_THE_REGION),
    "AWS::IAM::Role": ("role", "RoleName", IN_THE_ACCOUNT),
    "AWS::KMS::Alias": ("alias", "AliasName", IN_THE_REGION),
    "AWS::SNS::Topic": ("topic", "TopicName", IN_THE_REGION),
    "Custom::OrgPolicy": ("policy", "Name", IN_THE_ORGANIZATION),
}
VAULTS = {"AWS::Backup::BackupVault", "AWS::Backup::LogicallyAirGappedBackupVault"}


class Refused(Exception):
    """Something that AWS refuses. `left` is what the refused operation leaves behind, if anything."""

    def __init__(self, reason: str, left=None):
        super().__init__(reason)
        self.left = left


class Choices:
    """Where nobody documents what AWS does, the model asks here. `every_way` lives one story in every way."""

    def __init__(self, made: dict[str, str]):
        self.made = dict(made)
        self.asked: dict[str, tuple[str, ...]] = {}

    def choose(self, question: str, *answers: str) -> str:
        self.asked[question] = answers
        return self.made.setdefault(question, answers[0])


def every_way(story: Callable[[Choices], None]) -> list[dict[str, str]]:
    """Lives the story once for every combination of answers to the questions that come up in it. Returns these."""
    lived: list[dict[str, str]] = []
    waiting: list[dict[str, str]] = [{}]
    while waiting:
        choices = Choices(waiting.pop())
        before = set(choices.made)
        story(choices)
        lived.append(choices.made)
        settled = {question: choices.made[question] for question in before}
        for question, answers in choices.asked.items():
            if question not in before:
                waiting += [{**settled, question: answer} for answer in answers[1:]]
                settled[question] = choices.made[question]
    return lived


@dataclass(eq=False)
class Thing:
    """A vault, key, role, policy or anything else that a stack has made."""

    type: str
    logical_id: str
    account: str
    region: str
    properties: dict
    # The stack that manages it, or none.
    stack: str | None
    # The things that it needs: a vault its key, for example.
    needs: set["Thing"] = field(default_factory=set)
    # Whether there are backups in it.
    holds_backups: bool = False
    adopted: bool = False

    @property
    def name(self) -> str:
        return self.properties[NAMES[self.type][1]] if self.type in NAMES else self.logical_id

    @property
    def key(self) -> tuple | None:
        """What nothing else can have while it exists."""
        if self.type not in NAMES:
            return None
        kind, _, where = NAMES[self.type]
        if kind == "policy":
            return (kind, self.properties["Type"], self.name)
        return (
            (kind, self.account, self.name) if where == IN_THE_ACCOUNT else (kind, self.account, self.region, self.name)
        )

    def __str__(self) -> str:
        kind = NAMES[self.type][0] if self.type in NAMES else self.type.split("::")[-1]
        return f"{kind} {self.name} ({self.account}, {self.region})"


class Organization:
    def __init__(self):
        self.parent = {
            BACKUP_OU: ROOT,
            OTHER_BACKUP_OU: ROOT,
            WORKLOADS_OU: ROOT,
            PRODUCTION_OU: WORKLOADS_OU,
            DEVELOPMENT_OU: WORKLOADS_OU,
            SUSPENDED_OU: ROOT,
            MANAGEMENT: ROOT,
            CENTRAL: BACKUP_OU,
            PRODUCTION_1: PRODUCTION_OU,
            PRODUCTION_2: PRODUCTION_OU,
            DEVELOPMENT: DEVELOPMENT_OU,
        }

    def contains(self, unit: str, account: str) -> bool:
        """Whether the account is in the OU or root, at any depth, or is the unit itself."""
        while account in self.parent and account != unit:
            account = self.parent[account]
        return account == unit

    def accounts(self, unit: str) -> list[str]:
        return [one for one in self.parent if one.isdigit() and self.contains(unit, one)]


class World:
    def __init__(self, choices: Choices):
        self.choose = choices.choose
        self.organization = Organization()
        self.things: list[Thing] = []
        # What happened, in order.
        self.log: list[str] = []
        # What was refused because its name exists.
        self.collisions: list[str] = []
        # What must not have happened.
        self.faults: list[str] = []
        # Roles that were deleted while a policy still named them, until the end of the operation gave another.
        self.gaps: set[str] = set()
        # Accounts, or (account, Region), in which StackSets' role is denied what it does.
        self.denied: set = set()
        # Resources, as patterns of stack.resource, that fail for whatever reason.
        self.broken: set[str] = set()
        # The StackSets (stacksets.py), and the stacks that they have retained in accounts that left.
        self.stacksets = None
        self.retained: list = []
        self.serial = count(1)
        # Called with each thing that was made or changed, and before one is deleted.
        self.watch: Callable[[str, Thing], None] = lambda event, thing: None

    def happened(self, text: str):
        self.log.append(text)

    def named(self, key: tuple | None) -> Thing | None:
        return next((thing for thing in self.things if key and thing.key == key), None)

    def make(self, thing: Thing):
        if other := self.named(thing.key):
            self.happened(
                f"refused    {thing}: already exists, {'managed by ' + other.stack if other.stack else 'kept'}"
            )
            raise self.collision(str(thing))
        self.things.append(thing)
        self.happened(f"made       {thing}")
        self.watch("made", thing)

    def collision(self, what: str) -> Refused:
        self.collisions.append(f"{what} already exists")
        return Refused(f"{what} already exists")

    def destroy(self, thing: Thing):
        self.watch("deleted", thing)
        self.things.remove(thing)
        self.happened(f"deleted    {thing}")
        if thing.holds_backups:
            self.faults.append(f"{thing} was deleted with its backups")
        for other in self.things:
            if thing in other.needs:
                self.faults.append(f"{thing} was deleted, which {other} needs")

    def keep(self, thing: Thing):
        thing.stack = None
        self.happened(f"kept       {thing}, which no stack manages now")
