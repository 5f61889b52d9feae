"""The model itself: what it takes from AWS's pages, schemas and sources."""

from itertools import combinations, product

import pytest
import template_files
from cfnlint.schema import PROVIDER_SCHEMA_MANAGER
from stacks import NO_REPLACEMENT, Stack
from stacksets import DIFFERENCE, INTERSECTION, NONE, StackSet, StackSets, Target, _same_unit
from templates import CREATE_ONLY, Resource, Template, declared
from world import (
    DEVELOPMENT,
    DEVELOPMENT_OU,
    NAMES,
    PRODUCTION_1,
    PRODUCTION_2,
    PRODUCTION_OU,
    SUSPENDED_OU,
    WORKLOADS_OU,
    Choices,
    Refused,
    World,
    every_way,
)

TEMPLATES = template_files.names(template_files.DEPLOYED)


def test_create_only_properties_are_those_of_the_schemas():
    for name, properties in CREATE_ONLY.items():
        if name.startswith("AWS::"):
            schema = PROVIDER_SCHEMA_MANAGER.get_resource_schema("us-east-1", name).schema
            pointers = schema.get("createOnlyProperties", [])
            assert properties == {pointer.removeprefix("/properties/") for pointer in pointers}, name


def test_every_type_in_the_templates_is_known():
    types = {
        resource["Type"]
        for url in TEMPLATES
        if "Resources" in declared(url) and "Transform" not in declared(url)
        for resource in declared(url)["Resources"].values()
    }
    assert types <= CREATE_ONLY.keys()


def test_a_name_that_exists_once_is_create_only():
    assert [
        name for name, (_, key, _) in NAMES.items() if name.startswith("AWS::") and key not in CREATE_ONLY[name]
    ] == []


def test_a_story_is_lived_once_for_every_combination_of_answers():
    def story(choices):
        if choices.choose("one", "a", "b") == "a":
            choices.choose("two", "c", "d", "e")

    assert sorted(map(str, every_way(story))) == sorted(
        map(str, [{"one": "b"}, *({"one": "a", "two": answer} for answer in "cde")])
    )


# Stacks.


def role(name: str, *, waits_for=(), deletion="Delete", replacement="Delete", path="/") -> Resource:
    properties = {"RoleName": name, "Path": path}
    return Resource("AWS::IAM::Role", properties, deletion, replacement, frozenset(waits_for), {})


def stack() -> Stack:
    return Stack(World(Choices({})), "stack", PRODUCTION_1, "eu-west-1")


def roles(world: World) -> list[str]:
    return sorted(thing.name for thing in world.things)


def test_a_replacement_is_made_before_the_former_one_is_deleted():
    one = stack()
    one.deploy(Template("", {"Role": role("first")}))
    one.deploy(Template("", {"Role": role("second")}))
    assert [line.split(" (")[0].split(maxsplit=1) for line in one.world.log] == [
        ["made", "role first"],
        ["made", "role second"],
        ["deleted", "role first"],
    ]


def test_a_name_that_moves_to_another_resource_is_taken():
    one = stack()
    one.deploy(Template("", {"Role": role("first")}))
    with pytest.raises(Refused, match="already exists"):
        one.deploy(Template("", {"Other": role("first")}))
    assert roles(one.world) == ["first"]


@pytest.mark.parametrize(
    "deletion, after_a_rollback, after_a_deletion",
    [("Delete", [], []), ("Retain", ["first"], ["first"]), ("RetainExceptOnCreate", [], ["first"])],
)
def test_what_outlives_a_stack(deletion, after_a_rollback, after_a_deletion):
    failed = stack()
    failed.world.broken.add("stack.Last")
    with pytest.raises(Refused):
        failed.deploy(
            Template("", {"Role": role("first", deletion=deletion), "Last": role("last", waits_for=["Role"])})
        )
    assert roles(failed.world) == after_a_rollback

    deleted = stack()
    deleted.deploy(Template("", {"Role": role("first", deletion=deletion)}))
    deleted.delete()
    assert roles(deleted.world) == after_a_deletion


def test_without_rollback_a_replacement_is_refused_and_the_rest_goes_on():
    one = stack()
    one.deploy(Template("", {"Role": role("first"), "Gone": role("gone")}))
    with pytest.raises(Refused, match=NO_REPLACEMENT):
        one.deploy(
            Template("", {"Role": role("second"), "Other": role("other"), "After": role("after", waits_for=["Role"])}),
            rollback=False,
        )
    # What is no longer wanted goes with the next success.
    assert roles(one.world) == ["first", "gone", "other"]


def test_a_resource_waits_for_what_its_metadata_refers_to():
    solution = Template("", {"Later": role("later", waits_for=["Earlier"]), "Earlier": role("earlier")})
    assert solution.order() == ["Earlier", "Later"]


# StackSets, with the roles of the member accounts as their template.

PROPERTIES = {
    "StackSetName": "roles",
    "TemplateURL": "stacksets/member-roles.yaml",
    "AutoDeployment": {"Enabled": True, "RetainStacksOnAccountRemoval": True},
}


def model(units: list[str], regions: list[str], **preferences) -> dict:
    return {
        **PROPERTIES,
        "OperationPreferences": preferences,
        "StackInstancesGroup": [{"DeploymentTargets": {"OrganizationalUnitIds": units}, "Regions": regions}],
    }


def service() -> StackSets:
    return StackSets(World(Choices({})))


def accounts(stackset: StackSet) -> set[str]:
    return {account for (account, _), one in stackset.instances.items() if one.status == "CURRENT"}


def test_an_update_deletes_before_it_creates():
    stacksets = service()
    stacksets.handler.create(model([PRODUCTION_OU], ["eu-west-1"]))
    before = len(stacksets.world.log)
    stacksets.handler.update(model([PRODUCTION_OU], ["eu-west-1"]), model([PRODUCTION_OU], ["eu-central-1"]))
    done = [line for line in stacksets.world.log[before:] if line.startswith("update ")]
    assert [line.split(": ")[-1] for line in done] == [
        f"deletes from {PRODUCTION_OU} in eu-west-1",
        "update     StackSet roles",
        f"creates in {PRODUCTION_OU} in eu-central-1",
    ]


def test_another_order_of_regions_is_no_change_of_instances():
    stacksets = service()
    before, after = model([PRODUCTION_OU], ["a", "b"]), model([PRODUCTION_OU], ["b", "a"])
    stacksets.all["roles"] = StackSet(stacksets.world, before)
    stacksets.handler.update(before, after)
    assert stacksets.world.log == ["update     StackSet roles"]


def test_the_same_region_twice_is_refused():
    with pytest.raises(Refused, match="same item twice"):
        service().handler.create(model([PRODUCTION_OU], ["eu-west-1", "eu-west-1"]))


def test_a_name_can_be_taken_once():
    stacksets = service()
    stacksets.handler.create(model([PRODUCTION_OU], ["eu-west-1"]))
    with pytest.raises(Refused, match="already exists"):
        stacksets.handler.create(model([DEVELOPMENT_OU], ["eu-west-1"]))


@pytest.mark.parametrize(
    "preferences, fails, made",
    [
        ({}, True, set()),
        ({"FailureToleranceCount": 1}, False, {PRODUCTION_2, DEVELOPMENT}),
        ({"FailureTolerancePercentage": 20}, True, set()),
        ({"FailureTolerancePercentage": 34}, False, {PRODUCTION_2, DEVELOPMENT}),
        ({"ConcurrencyMode": "SOFT_FAILURE_TOLERANCE"}, True, {PRODUCTION_2, DEVELOPMENT}),
    ],
    ids=str,
)
def test_an_operation_goes_as_far_as_its_tolerance(preferences, fails, made):
    stacksets = service()
    stacksets.world.denied.add(PRODUCTION_1)
    try:
        stackset, failed = stacksets.handler.create(model([WORKLOADS_OU], ["eu-west-1"], **preferences)), False
    except Refused as refusal:
        stackset, failed = refusal.left, True
    assert (failed, accounts(stackset)) == (fails, made)


@pytest.mark.parametrize("parallel", [False, True])
def test_regions_after_a_failed_one_are_tried_only_in_parallel(parallel):
    stacksets = service()
    stacksets.world.denied.add((PRODUCTION_1, "eu-west-1"))
    with pytest.raises(Refused) as refusal:
        preferences = {"RegionConcurrencyType": "PARALLEL"} if parallel else {}
        stacksets.handler.create(model([PRODUCTION_OU], ["eu-west-1", "us-east-1"], **preferences))
    regions = {region for _, region in refusal.value.left.instances}
    assert regions == ({"eu-west-1", "us-east-1"} if parallel else {"eu-west-1"})


def test_an_account_that_leaves_keeps_its_stack_and_meets_it_when_it_returns():
    stacksets = service()
    stackset = stacksets.handler.create(model([WORKLOADS_OU], ["eu-west-1"]))
    stacksets.move(DEVELOPMENT, SUSPENDED_OU)
    assert [one.account for one in stacksets.world.retained] == [DEVELOPMENT]
    stacksets.move(DEVELOPMENT, PRODUCTION_OU)
    assert stackset.instances[DEVELOPMENT, "eu-west-1"].status == "OUTDATED"
    assert stacksets.world.collisions


def test_a_move_below_one_listed_parent_is_none():
    stacksets = service()
    stacksets.handler.create(model([WORKLOADS_OU], ["eu-west-1"]))
    before = len(stacksets.world.log)
    stacksets.move(DEVELOPMENT, PRODUCTION_OU)
    assert len(stacksets.world.log) == before + 1


ACCOUNTS = frozenset({PRODUCTION_1, PRODUCTION_2, DEVELOPMENT})
FILTERS = [Target(WORKLOADS_OU, "eu-west-1")] + [
    Target(WORKLOADS_OU, "eu-west-1", filter, frozenset(some))
    for filter in (INTERSECTION, DIFFERENCE)
    for count in range(1, 3)
    for some in combinations(sorted(ACCOUNTS), count)
]


def test_the_nine_pairs_of_filters_come_to_the_difference_of_the_accounts():
    stackset = StackSet(World(Choices({})), PROPERTIES)

    def reached(targets):
        return {account for target in targets for account in stackset.accounts(target)}

    for old, new in product(FILTERS, FILTERS):
        delete, create, update = map(reached, _same_unit(old, new))
        was, is_now = reached([old]), reached([new])
        assert (delete, create, update) == (was - is_now, is_now - was, was & is_now), f"{old} → {new}"
    assert {target.filter for target in FILTERS} == {NONE, INTERSECTION, DIFFERENCE}
