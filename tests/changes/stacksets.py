"""Service-managed StackSets, and the handler of AWS::CloudFormation::StackSet.

The handler follows aws-cloudformation/aws-cloudformation-resource-providers-cloudformation at commit
7245f76daea80cbd14a8ebdb9abaa4a3751c0245, folder aws-cloudformation-stackset; "Update:42" is line 42 of UpdateHandler.java
there. Base is BaseHandlerStd.java, Analyzer is util/InstancesAnalyzer.java, Alt is util/AltResourceModelAnalyzer.java,
Calculator is util/AltStackInstancesCalculator.java. Nothing of it is copied.
"""

from collections.abc import Callable
from dataclasses import dataclass, field

from stacks import Stack
from templates import template
from world import MANAGEMENT, Refused, World

NONE, INTERSECTION, DIFFERENCE = "NONE", "INTERSECTION", "DIFFERENCE"


@dataclass(frozen=True)
class Target:
    """An OU or root, all of it or filtered by accounts, in one Region."""

    unit: str
    region: str
    filter: str = NONE
    accounts: frozenset[str] = frozenset()
    overrides: tuple[tuple[str, str], ...] = field(default=(), compare=False)

    def __str__(self) -> str:
        filtered = "" if self.filter == NONE else f" {self.filter} {','.join(sorted(self.accounts))}"
        return f"{self.unit}{filtered} in {self.region}"


@dataclass
class Instance:
    stack: Stack
    # The OU of the target that it was made for [DescribeStackInstance, OrganizationalUnitId].
    unit: str
    overrides: tuple[tuple[str, str], ...]
    # CURRENT, or OUTDATED if the last operation failed here.
    status: str = "OUTDATED"


class StackSet:
    def __init__(self, world: World, properties: dict):
        self.world, self.properties = world, properties
        self.name = properties["StackSetName"]
        self.instances: dict[tuple[str, str], Instance] = {}
        # What has been deployed to, which is what automatic deployment goes by.
        self.targets: list[Target] = []

    def accounts(self, target: Target) -> list[str]:
        """Service-managed StackSets do not deploy to the management account [StackSets, considerations]."""
        accounts = [one for one in self.world.organization.accounts(target.unit) if one != MANAGEMENT]
        if target.filter == INTERSECTION:
            return [one for one in accounts if one in target.accounts]
        if target.filter == DIFFERENCE:
            return [one for one in accounts if one not in target.accounts]
        return accounts

    def create_instances(self, targets: list[Target]):
        self.targets += [target for target in targets if target not in self.targets]
        places = {(account, target.region): target for target in targets for account in self._to_deploy(target)}
        self._operate(
            "create", list(places), lambda account, region: self.deploy_to(account, region, places[account, region])
        )

    def update_instances(self, targets: list[Target]):
        """Changes the overrides of instances; deploys the StackSet's template there again in any case."""
        for target in targets:
            places = [(account, target.region) for account in self._to_deploy(target)]
            for place in places:
                if place in self.instances:
                    self.instances[place].overrides = target.overrides
            self._operate("update", places, lambda account, region: self.deploy_to(account, region))

    def _to_deploy(self, target: Target) -> list[str]:
        accounts = self.accounts(target)
        if not accounts and target.filter == INTERSECTION:
            answer = self.world.choose(
                "an intersection of an OU with accounts that are not in it", "is nothing", "fails"
            )
            if answer == "fails":
                raise Refused(f"StackSet {self.name}: no account in {target}")
        return accounts

    def update(self, properties: dict):
        """UpdateStackSet without accounts and Regions: every instance, wherever its account is by now."""
        self.properties = properties
        self._operate("update", list(self.instances), lambda account, region: self.deploy_to(account, region))

    def deploy_to(self, account: str, region: str, target: Target | None = None):
        """Makes or updates the stack; `target` is what a new instance is made for."""
        world = self.world
        instance = self.instances.get((account, region))
        if instance is None:
            stack = Stack(world, f"StackSet-{self.name}-{next(world.serial)}", account, region)
            instance = self.instances[account, region] = Instance(stack, target.unit, target.overrides)
        instance.status = "OUTDATED"
        if denied := world.denied & {account, (account, region)}:
            world.happened(f"denied     StackSet {self.name} in {account}, {region}")
            raise Refused(f"StackSets' role is denied {denied}")
        parameters = {one["ParameterKey"]: str(one["ParameterValue"]) for one in self.properties.get("Parameters", [])}
        new = template(self.properties["TemplateURL"], parameters | dict(instance.overrides), region, account)
        # Stacks of StackSets always roll back. That an operation makes a stack anew whose creation was rolled back is
        # assumed (docs/VALIDATION.md, open point 22).
        instance.stack.deploy(new)
        instance.status = "CURRENT"

    def delete_instances(self, targets: list[Target]):
        """The handler asks for no retention of stacks (RequestTranslator.java:93)."""
        for target in targets:
            places = [place for place in self.instances if place[1] == target.region and self._is_of(place, target)]
            self._operate("delete", places, lambda account, region: self.delete_one(account, region, retain=False))
        self.targets = [target for target in self.targets if target not in targets]

    def _is_of(self, place: tuple[str, str], target: Target) -> bool:
        if place[0] in self.accounts(target):
            return True
        if self.instances[place].unit != target.unit or target.filter == DIFFERENCE:
            return False
        if target.filter == INTERSECTION and place[0] not in target.accounts:
            return False
        return "finds it" == self.world.choose(
            "a deletion by the OU that an instance was made for, after its account has left", "finds it", "is nothing"
        )

    def delete_one(self, account: str, region: str, *, retain: bool):
        world = self.world
        instance = self.instances[account, region]
        # A stack that was never made needs no permission to be deleted.
        if not retain and instance.stack.template and world.denied & {account, (account, region)}:
            instance.status = "OUTDATED"
            raise Refused("StackSets' role is denied the deletion")
        del self.instances[account, region]
        stack = instance.stack
        if retain:
            world.happened(f"retained   stack {stack.name} in {account}, {region}")
            world.retained.append(stack)
        else:
            stack.delete()
            world.happened(f"deleted    stack {stack.name} in {account}, {region}")

    def _operate(self, kind: str, places: list[tuple[str, str]], act: Callable[[str, str], None]):
        """One operation: Region by Region, in each as far as the failure tolerance goes [StackSets concepts, "Failure
        tolerance"]. Without preferences: no failure is tolerated, one account at a time, one Region at a time."""
        preferences = self.properties.get("OperationPreferences", {})
        at_once = preferences.get("ConcurrencyMode") == "SOFT_FAILURE_TOLERANCE"
        in_parallel = preferences.get("RegionConcurrencyType") == "PARALLEL"
        regions = list(dict.fromkeys(region for _, region in places))
        if len(regions) > 1:
            # A set in the request, so its order need not stay.
            if self.world.choose("the order of Regions in an operation", "as listed", "reversed") == "reversed":
                regions.reverse()
        failed = []
        for region in regions:
            accounts = [account for account, other in places if other == region]
            tolerated = int(preferences.get("FailureToleranceCount", 0))
            if "FailureTolerancePercentage" in preferences:
                tolerated = len(accounts) * int(preferences["FailureTolerancePercentage"]) // 100
            reasons = []
            for account in accounts:
                if len(reasons) > tolerated and not at_once:
                    self.world.happened(f"not tried  StackSet {self.name}: {kind} in {account}, {region}")
                    continue
                try:
                    act(account, region)
                except Refused as error:
                    reasons.append(f"{account} in {region}: {error}")
            if len(reasons) > tolerated:
                failed += reasons
                if not in_parallel:
                    break
        if failed:
            raise Refused(f"StackSet {self.name}: {kind} failed: {'; '.join(failed)}")

    def account_moved(self, account: str, listed_before: set[str]):
        """Automatic deployment, for an account that has another OU now."""
        automatic = self.properties.get("AutoDeployment", {})
        if not automatic.get("Enabled"):
            return
        now = self.listed(account)
        # "If an account moves between two targeted OUs": a delete and a create [StackSets concepts]; nobody shows what
        # that is if stacks are retained.
        if listed_before and now and not (listed_before & now):
            if self.world.choose(
                "an account that moves between listed OUs", "leaves and joins", "keeps its stacks"
            ) != ("leaves and joins"):
                return
        if listed_before and not (listed_before & now):
            for place in [place for place in self.instances if place[0] == account]:
                self.delete_one(*place, retain=bool(automatic.get("RetainStacksOnAccountRemoval")))
        if now and not (listed_before & now):
            for target in self.targets:
                if account in self.accounts(target):
                    try:
                        self.deploy_to(account, target.region, target)
                    except Refused as error:
                        self.world.happened(f"failed     StackSet {self.name} in {account}, {target.region}: {error}")

    def listed(self, account: str) -> set[str]:
        return {target.unit for target in self.targets if account in self.accounts(target)}


class StackSets:
    """All StackSets of the organization. Their names are unique."""

    def __init__(self, world: World):
        self.world = world
        self.all: dict[str, StackSet] = {}
        self.handler = Handler(self)
        world.stacksets = self

    def move(self, account: str, unit: str | None):
        """Moves the account to another OU; None is out of the organization."""
        listed = {stackset.name: stackset.listed(account) for stackset in self.all.values()}
        self.world.organization.parent[account] = unit
        self.world.happened(f"moved      account {account} to {unit}")
        for stackset in self.all.values():
            stackset.account_moved(account, listed[stackset.name])


class Handler:
    def __init__(self, service: StackSets):
        self.service = service

    def create(self, model: dict) -> StackSet:
        world, name = self.service.world, model["StackSetName"]
        # Create:35, 54-58: a name that exists fails the creation.
        if name in self.service.all:
            world.happened(f"refused    StackSet {name}: already exists")
            raise world.collision(f"StackSet {name}")
        stackset = self.service.all[name] = StackSet(world, model)
        world.happened(f"made       StackSet {name}")
        try:
            # Create:46. Base:229-259 stops at the first operation that fails; the StackSet stays.
            # With filters, a creation is an update from nothing (Base:438-445).
            for targets in _by_operation(list(_by_place(_targets(model)).values())):
                stackset.create_instances(targets)
        except Refused as error:
            raise Refused(str(error), stackset) from error
        return stackset

    def update(self, previous: dict, desired: dict):
        stackset = self.service.all[previous["StackSetName"]]
        delete, create, update = _analyzed(previous, desired)
        # Update:42-45: delete, update the StackSet, create, update what differs by its overrides.
        if delete:
            stackset.world.happened(f"update     StackSet {stackset.name}: deletes from {', '.join(map(str, delete))}")
            stackset.delete_instances(delete)
        # Comparator.java:55-56: with a TemplateURL, UpdateStackSet is always called.
        stackset.world.happened(f"update     StackSet {stackset.name}")
        stackset.update(desired)
        if create:
            stackset.world.happened(f"update     StackSet {stackset.name}: creates in {', '.join(map(str, create))}")
            for targets in _by_operation(create):
                stackset.create_instances(targets)
        stackset.update_instances(update)

    def delete(self, model: dict):
        stackset = self.service.all[model["StackSetName"]]
        # Delete:36-37; DeleteStackSet fails while there are instances.
        stackset.delete_instances(list(_by_place(_targets(model)).values()))
        if stackset.instances:
            raise Refused(f"StackSet {stackset.name} is not empty")
        del self.service.all[stackset.name]
        stackset.world.happened(f"deleted    StackSet {stackset.name}")


def _targets(model: dict) -> list[Target]:
    groups = model["StackInstancesGroup"]
    # The schema of the resource type says uniqueItems of the groups and of the Regions in each.
    for several in [groups, *(group["Regions"] for group in groups)]:
        if any(one in several[:index] for index, one in enumerate(several)):
            raise Refused(f"StackSet {model['StackSetName']}: StackInstancesGroup has the same item twice")
    found = []
    for group in groups:
        targets = group["DeploymentTargets"]
        overrides = tuple((one["ParameterKey"], one["ParameterValue"]) for one in group.get("ParameterOverrides", []))
        for region in group["Regions"]:
            for unit in targets["OrganizationalUnitIds"]:
                filter, accounts = targets.get("AccountFilterType", NONE), frozenset(targets.get("Accounts", []))
                target = Target(unit, region, filter, accounts, overrides)
                # Analyzer:166-169 refuses the same OU and Region twice; with filters, they are taken together.
                if target in found and filter == NONE:
                    raise Refused(f"Stack instance [{unit},{region}] is duplicated")
                found.append(target)
    return found


def _by_operation(targets: list[Target]) -> list[list[Target]]:
    """Operations take one set of filters at a time: with filters, one Region is an operation (Alt:121-132); without,
    one list of OUs is (Analyzer:42-113)."""
    if all(target.filter == NONE for target in targets):
        return [targets] if targets else []
    return [[target] for target in targets]


def _analyzed(previous: dict, desired: dict) -> tuple[list[Target], list[Target], list[Target]]:
    """What an update deletes, creates and updates.

    Without filters these are plain differences of (OU, Region) pairs, and what is in both is updated if its overrides
    differ (Analyzer:183-212). With filters, Regions are compared first (Alt:62-68), then in each Region the OUs
    (Calculator:57-83), then the accounts of an OU that stands in both (Calculator:162-225), which are updated in any
    case."""
    before, after = _targets(previous), _targets(desired)
    if all(target.filter == NONE for target in before + after):
        overrides = {target: target.overrides for target in before}
        return (
            [target for target in before if target not in after],
            [target for target in after if target not in before],
            [target for target in after if target in before and target.overrides != overrides[target]],
        )
    old, new = _by_place(before), _by_place(after)
    delete = [old[place] for place in old if place not in new]
    create = [new[place] for place in new if place not in old]
    update = []
    for place in new:
        if place in old:
            one, two, three = _same_unit(old[place], new[place])
            delete += one
            create += two
            update += three
    return delete, create, update


def _by_place(targets: list[Target]) -> dict[tuple[str, str], Target]:
    """One target an OU and Region: equal filters are merged (Calculator:93-128). Different filters of one OU
    (Calculator:130-160) are in no template here."""
    places: dict[tuple[str, str], Target] = {}
    for target in targets:
        same = places.get((target.unit, target.region))
        if same and same.filter != target.filter:
            raise NotImplementedError(f"{same} and {target}")
        if same and target.filter != NONE:
            both = target.accounts | same.accounts if target.filter == INTERSECTION else target.accounts & same.accounts
            target = Target(target.unit, target.region, target.filter, both, target.overrides)
        places[target.unit, target.region] = target
    return places


def _same_unit(old: Target, new: Target) -> tuple[list[Target], list[Target], list[Target]]:
    def part(filter: str, accounts: frozenset[str]) -> list[Target]:
        # Calculator:241-255: an intersection with nothing is nothing, a difference from nothing is all.
        if not accounts and filter == INTERSECTION:
            return []
        return [Target(new.unit, new.region, filter if accounts else NONE, accounts, new.overrides)]

    was, is_now = old.accounts, new.accounts
    return {  # delete, create, update
        (NONE, NONE): ([], [], part(NONE, frozenset())),
        (NONE, INTERSECTION): (part(DIFFERENCE, is_now), [], part(INTERSECTION, is_now)),
        (NONE, DIFFERENCE): (part(INTERSECTION, is_now), [], part(DIFFERENCE, is_now)),
        (INTERSECTION, NONE): ([], part(DIFFERENCE, was), part(INTERSECTION, was)),
        (INTERSECTION, INTERSECTION): (
            part(INTERSECTION, was - is_now),
            part(INTERSECTION, is_now - was),
            part(INTERSECTION, was & is_now),
        ),
        (INTERSECTION, DIFFERENCE): (
            part(INTERSECTION, was & is_now),
            part(DIFFERENCE, was | is_now),
            part(INTERSECTION, was - is_now),
        ),
        (DIFFERENCE, NONE): ([], part(INTERSECTION, was), part(DIFFERENCE, was)),
        (DIFFERENCE, INTERSECTION): (
            part(DIFFERENCE, was | is_now),
            part(INTERSECTION, was & is_now),
            part(INTERSECTION, is_now - was),
        ),
        (DIFFERENCE, DIFFERENCE): (
            part(INTERSECTION, is_now - was),
            part(INTERSECTION, was - is_now),
            part(DIFFERENCE, was | is_now),
        ),
    }[old.filter, new.filter]
