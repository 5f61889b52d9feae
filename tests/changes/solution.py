"""An installation of the solution, as its owner sees it: deployed, changed, and looked at after every change."""

import needs
from stacks import Deployed, Stack
from stacksets import StackSet, StackSets
from templates import template
from world import (
    CENTRAL,
    DEVELOPMENT_OU,
    MANAGEMENT,
    PRODUCTION_OU,
    VAULTS,
    WORKLOADS_OU,
    Choices,
    Refused,
    Thing,
    World,
)
from world import ROOT as ROOT_OF_ORGANIZATION

HOME = "eu-west-1"
SOLUTION = "solution.yaml"

# What an owner passes who follows README.
PARAMETERS = {
    "OrganizationId": "o-exampleorgid",
    "CentralAccountId": CENTRAL,
    "CentralOrganizationalUnitId": ROOT_OF_ORGANIZATION,
    "MemberOrganizationalUnitIds": f"{PRODUCTION_OU},{DEVELOPMENT_OU}",
    "MemberParentId": WORKLOADS_OU,
    "Regions": "eu-west-1,eu-central-1",
    "CentralRegion": "eu-west-1",
    "AdminRole1": "vault-admin",
}


class Outcome:
    """How one step ended."""

    def __init__(self, refusal: str | None, collisions: list[str]):
        self.refusal, self.collisions = refusal, collisions

    def __str__(self) -> str:
        return "; ".join(dict.fromkeys([*([self.refusal] if self.refusal else []), *self.collisions])) or "done"


class Solution:
    def __init__(self, choices: Choices):
        self.world = World(choices)
        self.world.watch = self._watch
        self.stacksets = StackSets(self.world)
        self.stack = Stack(self.world, "backup-solution", MANAGEMENT, HOME)
        self.parameters = PARAMETERS
        # Vaults that hold backups and that a guard no longer covers.
        self.unguarded: set[str] = set()

    def deploy(self, changed: dict[str, str], *, rollback=True) -> Outcome:
        """Deploys with these parameters changed. They stay changed unless the deployment is rolled back."""
        parameters = self.parameters | changed
        self.world.happened(f"deploy     {_text(changed)}{'' if rollback else ', with disable_rollback'}")

        def act():
            new = template(SOLUTION, parameters, HOME, MANAGEMENT)
            try:
                self.stack.deploy(new, rollback=rollback)
            except Refused:
                if not rollback:
                    self.parameters = parameters
                raise
            self.parameters = parameters

        return self._observed(act)

    def move(self, account: str, unit: str | None) -> Outcome:
        return self._observed(lambda: self.stacksets.move(account, unit))

    def import_stacks(self, stackset: str, account: str) -> Outcome:
        """aws cloudformation import-stacks-to-stack-set, for the stacks that were retained in the account."""
        known = self._stackset(stackset)

        def act():
            for stack in [one for one in self.world.retained if one.account == account]:
                if stack.template.url == known.properties["TemplateURL"]:
                    self.world.retained.remove(stack)
                    known.instances[account, stack.region].stack = stack
                    known.deploy_to(account, stack.region)

        return self._observed(act)

    def import_stackset(self, logical_id: str, changed: dict[str, str]) -> Outcome:
        """A change set of type IMPORT, which puts a StackSet that was kept under the stack's management again."""
        parameters = self.parameters | changed

        def act():
            resource = template(SOLUTION, parameters, HOME, MANAGEMENT).resources[logical_id]
            physical = self.stacksets.all[resource.properties["StackSetName"]]
            self.stack.resources[logical_id] = Deployed(resource, physical)
            self.world.happened(f"imported   StackSet {physical.name}")

        return self._observed(act)

    def _stackset(self, logical_id: str) -> StackSet:
        return self.stack.resources[logical_id].physical

    def _observed(self, act) -> Outcome:
        world = self.world
        guarded, roles, before = needs.guarded(world), needs.roles_kept(world), len(world.collisions)
        refusal = None
        try:
            act()
        except Refused as error:
            refusal = str(error)
        there = {str(thing) for thing in world.things}
        for lost in guarded - needs.guarded(world):
            if lost.rsplit(" by ", 1)[0] in there:
                self.unguarded.add(lost)
        for lost in roles - needs.roles_kept(world):
            if lost.rsplit(" in ", 1)[1] in {CENTRAL, *needs.members(world)}:
                world.faults.append(f"the account has backups and no longer a role: {lost}")
        self._backups_arrive()
        outcome = Outcome(refusal, world.collisions[before:])
        world.happened(f"           → {outcome}")
        return outcome

    def _backups_arrive(self):
        for account, region, name in needs.vaults_needed(self.world):
            if vault := self.world.named(("vault", account, region, name)):
                vault.holds_backups = True

    def _watch(self, event: str, thing: Thing):
        """Looks at what must hold at every moment, not only when everything has settled."""
        world = self.world
        if event == "deleted" and thing.type == "AWS::IAM::Role":
            if (thing.account, thing.name) in needs.roles_needed(world):
                world.gaps.add(f"role {thing.name} is deleted while policies name it")
        if thing.type == needs.POLICY and thing.properties["Type"] == "SERVICE_CONTROL_POLICY":
            if event == "deleted":
                for vault in needs.guarded(world):
                    if vault.endswith(f" by {thing.name}"):
                        world.faults.append(f"the guard was deleted: {vault}")
            elif denied := needs.copies_denied(world):
                world.gaps.add(f"the guard denies what policies still do: {', '.join(sorted(denied))}")

    def unmanaged(self) -> list[str]:
        """Vaults that no stack manages, with what is in them."""
        return sorted(str(thing) for thing in self.world.things if thing.type in VAULTS and self._is_unmanaged(thing))

    def _is_unmanaged(self, thing: Thing) -> bool:
        managed = {instance.stack.name for one in self.stacksets.all.values() for instance in one.instances.values()}
        return thing.stack not in managed


def _text(parameters: dict[str, str]) -> str:
    return ", ".join(f"{name}={value}" for name, value in parameters.items()) or "the solution"
