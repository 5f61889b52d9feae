"""`org-policy drift` against stacks on MiniStack; tests/plan of the tool has every kind of drift."""

import json
import subprocess

import boto3
from local_aws import TOOL
from resources import DENY_CLOSING, policy, template


def drift(*arguments: str) -> tuple[int, dict]:
    """The status of a look, and its report."""
    command = [TOOL, "drift", "--once", "--format", "json", *arguments]
    run = subprocess.run(command, capture_output=True, text=True, check=False)
    assert run.stdout, run.stderr
    return run.returncode, json.loads(run.stdout)


def drifted(report: dict) -> dict[str, dict]:
    """The resources of which something is not as deployed, by their names in the report."""
    resources = [resource for stack in report["stacks"] for resource in stack["resources"]]
    return {one["logical_id"]: one for one in resources if one["drift"] or one["targets"] or one["off"]}


def test_what_is_done_by_hand_is_found(stack, organization):
    organizations = boto3.client("organizations")
    guards = template(
        Guard=policy("drifting", [organization.production]), Other=policy("other", ["/Sandbox"], Content=DENY_CLOSING)
    )
    assert stack.create(guards) == "CREATE_COMPLETE", stack.failures()
    status, report = drift("--stack", stack.name)
    assert (status, drifted(report)) == (0, {}), report
    assert report["summary"]["proven"] == 2

    ids = stack.physical_ids()
    organizations.detach_policy(PolicyId=ids["Guard"], TargetId=organization.production)
    organizations.update_policy(PolicyId=ids["Other"], Content=json.dumps({"Version": "2012-10-17", "Statement": []}))
    status, report = drift("--stack", stack.name)
    found = drifted(report)
    assert status == 2 and set(found) == {"Guard", "Other"}, report
    assert [(one["path"], one["change"]) for one in found["Guard"]["targets"]] == [("/Production", "detach")]
    assert found["Other"]["losses"], report
    # The whole organization: the same, and no policy that nobody holds.
    status, report = drift()
    assert status == 2 and set(drifted(report)) == {"Guard", "Other"} and report["strays"] == [], report

    assert stack.update(template(**{
        name: resource | {"Properties": resource["Properties"] | {"Revision": "2"}}
        for name, resource in guards["Resources"].items()
    })) == "UPDATE_COMPLETE", stack.failures()
    assert drift("--stack", stack.name)[0] == 0
