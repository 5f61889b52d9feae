"""`org-policy adopt` against MiniStack: the deployment of its template changes nothing but tags of ours."""

import json
import subprocess

import boto3
from local_aws import TOOL
from resources import DENY_CLOSING, DENY_LEAVING

# A word in braces that is no variable of ours, and characters that YAML takes for the end of a line.
AWKWARD = DENY_CLOSING["Statement"][0] | {"Sid": "Awkward", "Resource": "arn:aws:s3:::${Word}/${aws:username}/\u2028"}
MADE = {
    "deny-leaving": (DENY_LEAVING, 'Nobody leaves: "not even" the guests', [{"Key": "owner", "Value": "security: team"}]),
    "7 awkward # ones": ({"Version": "2012-10-17", "Statement": [AWKWARD]}, "ünicode", []),
}


def run(*arguments):
    return subprocess.run([TOOL, *arguments], capture_output=True, text=True, check=False)


def adopt(*arguments):
    return run("adopt", *arguments)


def create(name, content, description="", tags=()):
    made = boto3.client("organizations").create_policy(
        Name=name, Type="SERVICE_CONTROL_POLICY", Description=description, Content=json.dumps(content), Tags=list(tags)
    )
    return made["Policy"]["PolicySummary"]["Id"]


def remove(policy_id, targets=()):
    organizations = boto3.client("organizations")
    for target in targets:
        organizations.detach_policy(PolicyId=policy_id, TargetId=target)
    organizations.delete_policy(PolicyId=policy_id)


def test_policies_are_taken_over_as_they_are(stack, organization, tmp_path):
    organizations = boto3.client("organizations")
    names = [argument for name in MADE for argument in ("--name", name)]
    for name, (content, description, tags) in MADE.items():
        policy_id = create(name, content, description, tags)
        for target in (organization.sandbox, organization.production):
            organizations.attach_policy(PolicyId=policy_id, TargetId=target)
    before = organization.policies()

    places = {"ids": (organization.sandbox, organization.production), "paths": ("/Sandbox", "/Production")}
    for targets, named in places.items():
        adopted = adopt("--type", "SERVICE_CONTROL_POLICY", "--targets", targets, *names)
        assert (adopted.returncode, adopted.stderr) == (0, ""), adopted
        assert all(adopted.stdout.count(f'- "{target}"') == len(MADE) for target in named), adopted.stdout
    template = tmp_path / "adopted.yaml"
    template.write_text(adopted.stdout)
    planned = run("plan", str(template), "--stack-name", stack.name, "--format", "json")
    assert planned.returncode == 2, planned
    for resource in json.loads(planned.stdout)["resources"]:
        assert resource["changes"] == resource["targets"] == [] and resource["error"] is None, resource
        (line,) = resource["lines"]
        assert line.startswith("tag policy"), line

    assert stack.create(template) == "CREATE_COMPLETE", stack.failures()
    assert stack.physical_ids().keys() == {"DenyLeaving", "Policy7AwkwardOnes"}
    after = organization.policies()
    for policy in after.values():
        policy["Tags"] = {key: value for key, value in policy["Tags"].items() if not key.startswith("cfn-org-policy:")}
    assert after == before

    again = adopt("--type", "SERVICE_CONTROL_POLICY")
    assert again.returncode == 1
    assert "it is left out: it belongs to resource DenyLeaving of stack arn:" in again.stderr
    assert "DenyLeaving" not in again.stdout

    assert stack.delete() == "DELETE_COMPLETE"
    for policy in before.values():
        if policy["Name"] in MADE:
            remove(policy["Id"], policy["Targets"])


def test_what_cannot_be_taken_over_as_it_is_is_said(organization):
    many = [{"Key": f"key-{number}", "Value": "v"} for number in range(48)]
    made = {
        "aws-guardrails-x": (create("aws-guardrails-x", DENY_LEAVING), "left out: Control Tower manages it"),
        " blank": (create(" blank", DENY_LEAVING), "left out: read properties: Name: begins or ends with white space"),
        "many-tags": (create("many-tags", DENY_LEAVING, "d", many), "left out: read properties: Tags:"),
        "undescribed": (create("undescribed", DENY_CLOSING), "it has no description, and gets one by the deployment"),
        "fine": (create("fine", DENY_CLOSING, "d"), None),
    }
    adopted = adopt()
    lines = adopted.stderr.splitlines()
    for name, (policy_id, reason) in made.items():
        (said,) = [line for line in lines if f"({policy_id})" in line] or [None]
        assert (said is None) == (reason is None) and (reason is None or reason in said), (name, said)
        assert (f'AdoptExisting: "{policy_id}"' in adopted.stdout) == (name in ("undescribed", "fine")), name
    assert adopted.returncode == 1
    nobody = adopt("--name", "nobody")
    assert (nobody.returncode, nobody.stdout) == (2, "")
    assert 'find policy "nobody": there is none of this name' in nobody.stderr
    for policy_id, _ in made.values():
        remove(policy_id)
