"""`org-policy plan` before a deployment, beside what the deployment then does; tests/plan of the tool has nested stacks."""

import json
import subprocess
from pathlib import Path

from local_aws import TOOL
from resources import DENY_CLOSING, policy, template



def plan(folder: Path, stack, what: dict) -> tuple[int, dict]:
    """The status of the plan, and the plan."""
    file = folder / "plan.json"
    file.write_text(json.dumps(what))
    command = [TOOL, "plan", file.name, "--stack-name", stack.name, "--format", "json"]
    run = subprocess.run(command, cwd=folder, stdout=subprocess.PIPE, check=False)
    return run.returncode, json.loads(run.stdout)


def steps(aws) -> list[str]:
    """The plans in the function's log since the last time."""
    lines = (line.partition("plan: ") for line in aws.new_log_lines())
    return [step.strip() for _, found, step in lines if found]


def planned(said: dict) -> list[str]:
    return [line for one in said["resources"] if one["event"] != "no event" for line in one["lines"]]


def test_a_deployment_does_what_the_plan_says(aws, stack, organization, tmp_path):
    guard = policy("planned", [organization.production])
    aws.new_log_lines()
    status, said = plan(tmp_path, stack, template(Guard=guard))
    assert status == 2 and said["stack"]["status"] is None
    assert stack.create(template(Guard=guard)) == "CREATE_COMPLETE", stack.failures()
    assert planned(said) == steps(aws)

    assert plan(tmp_path, stack, template(Guard=guard))[0] == 0
    changed = template(Guard=policy("planned", [organization.sandbox], Content=DENY_CLOSING))
    status, said = plan(tmp_path, stack, changed)
    assert status == 2
    [resource] = said["resources"]
    assert {target["path"] for target in resource["targets"]} == {"/Production", "/Sandbox"}
    assert stack.update(changed) == "UPDATE_COMPLETE", stack.failures()
    assert planned(said) == steps(aws)
    assert plan(tmp_path, stack, changed)[0] == 0
