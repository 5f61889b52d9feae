"""CloudFormation's order of things in a stack: create, update and replace, then clean up; or roll back."""

from dataclasses import dataclass
from fnmatch import fnmatchcase

from templates import Resource, Template, has_transform, template
from world import Refused, Thing, World

BROKEN = "it fails for a reason of its own"
NO_REPLACEMENT = "Replacement type updates not supported on stack with disable-rollback"


@dataclass
class Deployed:
    # As it was last deployed without a failure.
    resource: Resource
    # A Thing, a nested Stack or a StackSet; or nothing.
    physical: object
    # Its creation, or its last update, has failed.
    create_failed: bool = False
    update_failed: bool = False


class Stack:
    def __init__(self, world: World, name: str, account: str, region: str):
        self.world, self.name, self.account, self.region = world, name, account, region
        self.template: Template | None = None
        self.resources: dict[str, Deployed] = {}

    def deploy(self, new: Template, *, rollback=True):
        """Creates or updates the stack. `rollback` is false if the stack is deployed with disable_rollback.

        The resources are taken one after the other; AWS takes those that do not wait for each other at the same time.
        What a change is no longer to have is deleted at the end, after everything else has succeeded [CloudFormation
        user guide, "Update behaviors of stack resources": the replacement is created first, the old one deleted in the
        clean-up]. Without a rollback, what does not wait for a failed resource goes on, and the clean-up waits for the
        next success."""
        undo: list[tuple[str, str, Deployed | None, Resource]] = []
        former: list[tuple[str, Deployed]] = []
        not_done: set[str] = set()
        refusal = None
        for name in new.order():
            resource = new.resources[name]
            if resource.waits_for & not_done:
                self.world.happened(f"not tried  {self.name}.{name}: it waits for what failed")
                not_done.add(name)
                continue
            replaced = {name for name, _ in former}
            try:
                self._take(name, resource, replaced, rollback, undo, former)
            except Refused as error:
                refusal = refusal or error
                not_done.add(name)
                self.world.happened(f"failed     {self.name}.{name}: {error}")
                if rollback:
                    self._roll_back(undo)
                    raise Refused(f"{name}: {error}") from error
        if refusal:
            self.template = self.template or new
            raise Refused(f"{', '.join(sorted(not_done))}: {refusal}")
        self._clean_up(new, former)

    def _take(self, name, resource, replaced, rollback, undo, former):
        old = self.resources.get(name)
        broken = any(fnmatchcase(f"{self.name}.{name}", pattern) for pattern in self.world.broken)
        if old and old.create_failed:
            self._clear_failed(name, old)
            old = None
        if old is None:
            undo.append((name, "created", None, resource))
            self._create(name, resource, broken)
        elif old.resource.replaced_by(resource, replaced):
            if not rollback:
                old.update_failed = True
                raise Refused(NO_REPLACEMENT)
            undo.append((name, "replaced", old, resource))
            self._create(name, resource, broken)
            former.append((name, old))
        elif old.update_failed or self._differs(old.resource, resource, replaced):
            undo.append((name, "updated", old, resource))
            try:
                if broken:
                    raise Refused(BROKEN)
                self._update(old.physical, old.resource, resource)
            except Refused:
                old.update_failed = True
                if broken or isinstance(old.physical, Thing):
                    undo.pop()  # Nothing of it was changed.
                raise
            self.resources[name] = Deployed(resource, old.physical)
        else:
            self.resources[name] = Deployed(resource, old.physical)

    def _clear_failed(self, name: str, old: Deployed):
        """Deletes what a failed creation has left, before it is tried again: "Resources without a last known stable
        state will be deleted upon the next stack operation" [CloudFormation user guide, stack failure options]. Nobody
        shows what that is for a StackSet, nor whether RetainExceptOnCreate keeps it."""
        answer = self.world.choose("what a failed creation left, at the next try", "is deleted first", "is still there")
        if old.physical is not None and answer == "is deleted first":
            self._delete(old.physical)
        del self.resources[name]

    @staticmethod
    def _differs(old: Resource, new: Resource, replaced: set[str]) -> bool:
        return old.properties != new.properties or any(names & replaced for names in new.named_by.values())

    def _clean_up(self, new: Template, former: list[tuple[str, Deployed]]):
        for _, old in reversed(former):
            self._remove(old, old.resource.replacement)
        before = self.template.order() if self.template else []
        for name in reversed(before):
            if name not in new.resources and name in self.resources:
                old = self.resources.pop(name)
                # A resource whose creation failed was never there to be retained.
                self._remove(old, "Delete" if old.create_failed else old.resource.deletion)
        self.template = new

    def _roll_back(self, undo):
        """Undoes what was done, the last first. A stack that was being created is gone then."""
        for name, done, old, tried in reversed(undo):
            current = self.resources.get(name)
            try:
                if done == "created" and current:
                    del self.resources[name]
                    # RetainExceptOnCreate: deleted if the operation that created it is rolled back.
                    policy = "Retain" if current.resource.deletion == "Retain" else "Delete"
                    self._remove(current, policy, rolled_back=True)
                elif done == "replaced":
                    # What becomes of the new one, if the old one is to be retained, is not documented.
                    if current and current is not old:
                        kept = old.resource.replacement == "Retain" and "is kept" == self.world.choose(
                            "a replacement that is rolled back, with UpdateReplacePolicy Retain",
                            "is deleted",
                            "is kept",
                        )
                        self._remove(current, "Retain" if kept else "Delete", rolled_back=True)
                    self.resources[name] = old
                elif done == "updated":
                    self._update(old.physical, tried, old.resource)
                    old.update_failed = False
                    self.resources[name] = old
            except Refused as error:
                self.world.faults.append(f"the rollback of {self.name} failed at {name}: {error}")
                return

    def delete(self, *, rolled_back=False):
        for name in reversed(self.template.order() if self.template else []):
            if old := self.resources.pop(name, None):
                policy = old.resource.deletion
                if rolled_back and policy == "RetainExceptOnCreate":
                    # Whether deleting a nested stack is a part of the parent's rollback, for what is in it.
                    policy = self.world.choose(
                        "RetainExceptOnCreate in a nested stack, when its parent's creation is rolled back",
                        "retains",
                        "deletes",
                    )
                    policy = {"retains": "Retain", "deletes": "Delete"}[policy]
                self._remove(old, policy)

    def _remove(self, old: Deployed, policy: str, *, rolled_back=False):
        if old.physical is None:
            return
        if policy in ("Retain", "RetainExceptOnCreate"):
            self._keep(old.physical)
        else:
            self._delete(old.physical, rolled_back=rolled_back)

    # What follows differs by type.

    def _create(self, name: str, resource: Resource, broken: bool):
        deployed = self.resources[name] = Deployed(resource, None, create_failed=True)
        if broken:
            raise Refused(BROKEN)
        try:
            deployed.physical = self._made(name, resource)
        except Refused as error:
            deployed.physical = error.left
            raise
        deployed.create_failed = False

    def _made(self, name: str, resource: Resource):
        if resource.type == "AWS::CloudFormation::Stack":
            nested = Stack(self.world, f"{self.name}.{name}", self.account, self.region)
            self.world.happened(f"made       stack {nested.name}")
            try:
                nested.deploy_nested(resource)
            except Refused as error:
                raise Refused(str(error), nested if nested.resources else None) from error
            return nested
        if resource.type == "AWS::CloudFormation::StackSet":
            return self.world.stacksets.handler.create(resource.properties)
        thing = Thing(resource.type, name, self.account, self.region, resource.properties, self.name)
        if resource.type == "Custom::OrgPolicy" and (adopted := self._adopted(thing)):
            return adopted
        thing.needs = self._needs(resource)
        self.world.make(thing)
        return thing

    def deploy_nested(self, resource: Resource):
        """As a nested stack. It always rolls back here: in a nested stack of the solution there are only custom
        resources, and the function undoes what has failed. A template that SAM has to expand (the function's) stays
        closed."""
        url, parameters = resource.properties["TemplateURL"], resource.properties.get("Parameters", {})
        if not has_transform(url):
            values = {name: str(value) for name, value in parameters.items()}
            self.deploy(template(url, values, self.region, self.account))

    def _adopted(self, thing: Thing) -> Thing | None:
        """The policy that the resource takes over, if AdoptExisting allows it (docs/SEMANTICS.md, "AdoptExisting").
        The model's ids of policies are made of their names."""
        existing, allowed = self.world.named(thing.key), thing.properties.get("AdoptExisting", "false")
        if existing and (allowed == policy_id(existing) or allowed == "true" and existing.stack is None):
            existing.stack, existing.adopted, existing.properties = self.name, True, thing.properties
            self.world.happened(f"adopted    {existing}")
            self.world.watch("updated", existing)
            return existing
        return None

    def _needs(self, resource: Resource) -> set[Thing]:
        named = set().union(*resource.named_by.values()) & self.resources.keys()
        return {self.resources[name].physical for name in named if isinstance(self.resources[name].physical, Thing)}

    def _update(self, physical, old: Resource, new: Resource):
        if isinstance(physical, Stack):
            physical.deploy_nested(new)
        elif new.type == "AWS::CloudFormation::StackSet":
            self.world.stacksets.handler.update(old.properties, new.properties)
        else:
            # The error that CloudFormation gives for another ServiceToken of a custom resource.
            if old.properties.get("ServiceToken") != new.properties.get("ServiceToken"):
                raise Refused("Modifying service token is not allowed.")
            changed = Thing(new.type, physical.logical_id, self.account, self.region, new.properties, self.name)
            if changed.key != physical.key and self.world.named(changed.key):
                raise self.world.collision(str(changed))
            physical.properties, physical.needs = new.properties, self._needs(new)
            self.world.happened(f"updated    {physical}")
            self.world.watch("updated", physical)

    def _delete(self, physical, *, rolled_back=False):
        if isinstance(physical, Stack):
            physical.delete(rolled_back=rolled_back)
            self.world.happened(f"deleted    stack {physical.name}")
        elif isinstance(physical, Thing):
            if physical.adopted:
                # "A later Delete leaves the policy in place" (docs/SEMANTICS.md, "AdoptExisting").
                self.world.keep(physical)
            else:
                self.world.destroy(physical)
        else:
            self.world.stacksets.handler.delete(physical.properties)

    def _keep(self, physical):
        if isinstance(physical, Thing):
            self.world.keep(physical)
        elif isinstance(physical, Stack):
            self.world.happened(f"kept       stack {physical.name}")
        else:
            self.world.happened(f"kept       StackSet {physical.name}, which the solution does not manage now")


def policy_id(policy: Thing) -> str:
    return f"p-{policy.name.replace('-', '_')}"
