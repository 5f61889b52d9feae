"""`org-policy plan` before a deployment, beside what the deployment then does; nested stacks included."""

import json
import subprocess
from pathlib import Path

import boto3
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


def test_nested_stacks_are_found_and_planned(aws, stack, organization, tmp_path):
    s3 = boto3.client("s3")
    s3.create_bucket(Bucket="planned-templates")
    # MiniStack finds bucket and key in the path of a URL only; it fails one with the bucket in the host's name.
    url = "https://s3.amazonaws.com/planned-templates/nested.json"
    nested = {
        "Parameters": {"Target": {"Type": "String"}},
        "Resources": {"Guard": policy("planned-nested", [{"Ref": "Target"}])},
    }

    def outer(url: str, target: str) -> dict:
        properties = {"TemplateURL": url, "Parameters": {"Target": target}}
        return template(Guards={"Type": "AWS::CloudFormation::Stack", "Properties": properties})

    s3.put_object(Bucket="planned-templates", Key="nested.json", Body=json.dumps(nested).encode())
    (tmp_path / "nested.json").write_text(json.dumps(nested))

    # Of a new stack: the ids of the nested one are CloudFormation's to make, and the tags have them.
    status, said = plan(tmp_path, stack, outer("nested.json", organization.production))
    assert status == 2 and said["summary"]["created"] == 1, said
    aws.new_log_lines()
    assert stack.create(outer(url, organization.production)) == "CREATE_COMPLETE", stack.failures()
    assert planned(said) == steps(aws)

    status, said = plan(tmp_path, stack, outer("nested.json", organization.production))
    assert status == 0, said
    [resource] = said["resources"]
    assert (resource["nested_in"], resource["logical_id"]) == ("Guards", "Guard")

    status, said = plan(tmp_path, stack, outer("nested.json", organization.sandbox))
    assert status == 2, said
    [resource] = said["resources"]
    assert {target["path"] for target in resource["targets"]} == {"/Production", "/Sandbox"}
    assert stack.update(outer(url, organization.sandbox)) == "UPDATE_COMPLETE", stack.failures()
    assert planned(said) == steps(aws)
    assert plan(tmp_path, stack, outer("nested.json", organization.sandbox))[0] == 0

    # Without the nested stack its policy goes.
    status, said = plan(tmp_path, stack, template(Other=policy("planned-other", [])))
    assert status == 2 and said["summary"]["removed"] == 1, said
    assert stack.update(template(Other=policy("planned-other", []))) == "UPDATE_COMPLETE", stack.failures()
    assert sorted(planned(said)) == sorted(steps(aws))
    s3.delete_object(Bucket="planned-templates", Key="nested.json")
    s3.delete_bucket(Bucket="planned-templates")
