"""Records what this version leaves in an organization, and what its templates promise, for the versions after it:

    make record-upgrade VERSION=0.1

writes tests/upgrade/0.1. tests/e2e/test_upgrade.py has the function take over what every earlier version has left.
docs/RELEASING.md says when to record.

The policies are those that this function makes on MiniStack, and the events those that MiniStack's CloudFormation sends: a
second function, which only writes down what it gets, stands in for this one while the same stacks are updated. Ids of the
local organization become <<names>>, so that another one can take their place.
"""

import json
import sys
import uuid
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
sys.path[:0] = [str(ROOT / folder) for folder in ("demo", "tools", "tests/e2e")]

import boto3  # noqa: E402
from local_aws import FUNCTION_STACK, LocalAws, Organization  # noqa: E402 (found by the lines above)
from resources import DENY_CLOSING, DENY_LEAVING, NO_SUCH_UNIT, as_cloudformation_sends, policy  # noqa: E402
from resources import template as template_of  # noqa: E402
from upgrade import interfaces, names_of  # noqa: E402

RECORDER = "recorder"
RECORDER_TEMPLATE = {
    "Resources": {
        "Role": {
            "Type": "AWS::IAM::Role",
            "Properties": {
                "AssumeRolePolicyDocument": {
                    "Version": "2012-10-17",
                    "Statement": [
                        {"Effect": "Allow", "Principal": {"Service": "lambda.amazonaws.com"}, "Action": "sts:AssumeRole"}
                    ],
                }
            },
        },
        "Function": {
            "Type": "AWS::Lambda::Function",
            "Properties": {
                "FunctionName": RECORDER,
                "Runtime": "python3.11",
                "Handler": "index.handler",
                "Timeout": 60,
                "Role": {"Fn::GetAtt": ["Role", "Arn"]},
                "Code": {
                    "ZipFile": """
import json, urllib.request
def handler(event, _):
    print("EVENT " + json.dumps(event))
    answer = {key: event[key] for key in ("StackId", "RequestId", "LogicalResourceId")}
    answer |= {"Status": "SUCCESS", "PhysicalResourceId": event.get("PhysicalResourceId", "p-recorded")}
    answer["Data"] = {"Arn": "-"}  # what outputs of the templates ask for
    body = json.dumps(answer).encode()
    urllib.request.urlopen(urllib.request.Request(event["ResponseURL"], body, {"Content-Type": ""}, method="PUT"))
"""
                },
            },
        },
    },
    "Outputs": {
        "ServiceToken": {
            "Value": {"Fn::GetAtt": ["Function", "Arn"]},
            "Export": {"Name": f"{RECORDER}:ServiceToken"},
        }
    },
}


def resources(by_hand: str, given: str, function: str, revision: str) -> dict:
    """Resources for what no template of the project uses."""
    token = {"Fn::ImportValue": f"{function}:ServiceToken"}
    common = {"ServiceToken": token, "ServiceTimeout": 3600, "Revision": revision}
    return template_of(
        Declared=policy(
            "declared",
            ["Root", "/Security/Backup"],
            ManageAttachments="Declared",
            Description="",
            Tags=[{"Key": "cost-center", "Value": "42"}],
            Content=json.dumps(DENY_CLOSING),
            **common,
        ),
        Adopted=policy("adopted", ["/Sandbox"], AdoptExisting=by_hand, **common),
        Moved=policy("moved", ["/Sandbox"], AdoptExisting=given, **common),
    )


def record(aws: LocalAws, organization: Organization) -> list[dict]:
    """The policies that the stacks leave, each with the Update of its resource and with what a Delete makes of it."""
    arn = f"arn:aws:backup:eu-west-1:{organization.vault_account}:backup-vault"
    stacks = {
        "vault-guard": {
            "CentralAccountId": organization.vault_account,
            "AdminRoles": "vault-admin,aws-reserved/sso.amazonaws.com/*AWSReservedSSO_VaultAdmin_*",
        },
        "member-guard": {"Targets": "/Production", "CentralAccountId": organization.vault_account},
        "backup-policies": {
            "Targets": f"/Production,{organization.sandbox}",
            "Regions": "eu-west-1,eu-central-1",
            "CentralVaultArn": f"{arn}:central-backup",
            "AirGappedVaultArn": f"{arn}:central-air-gapped",
        },
    }
    by_hand = boto3.client("organizations").create_policy(
        Name="adopted", Type="SERVICE_CONTROL_POLICY", Description="by hand", Content=json.dumps(DENY_LEAVING)
    )["Policy"]["PolicySummary"]["Id"]
    giving = aws.stack("giving")
    giving.create(template_of(Given=policy("moved", ["/Sandbox"])))
    given = giving.physical_ids()["Given"]

    def deploy(name: str, function: str, revision: str):
        stack = aws.stack(name if function == FUNCTION_STACK else f"{name}-{RECORDER}")
        done = stack.update if revision else stack.create
        if name in stacks:
            wanted = stacks[name] | {"FunctionStack": function, "Revision": revision}
            status = done(ROOT / "stacks" / f"{name}.yaml", **wanted)
        else:
            status = done(resources(by_hand, given, function, revision))
        if not status.endswith(("CREATE_COMPLETE", "UPDATE_COMPLETE")):
            raise SystemExit(f"{stack.name}: {status}: {stack.failures()}")
        return stack

    recorded = []
    for name in [*stacks, "others"]:
        made = deploy(name, FUNCTION_STACK, "")
        if name not in stacks:
            # Its policy has been moved: the second half of the move.
            giving.delete()
        for revision in ("", "2"):
            deploy(name, RECORDER, revision)
        updates = {
            event["LogicalResourceId"]: event for event in events() if f"/{name}-{RECORDER}/" in event["StackId"]
        }
        for logical_id, policy_id in made.physical_ids().items():
            update = updates[logical_id]
            live = organization.policies()[policy_id]
            recorded.append(
                {
                    "policy": kept(live),
                    "physical_id": policy_id,
                    "event": {
                        "StackId": live["Tags"]["cfn-org-policy:stack-id"],
                        "LogicalResourceId": logical_id,
                        "ResourceType": update["ResourceType"],
                    },
                    "properties": without_token(update["OldResourceProperties"]),
                    "with_another_revision": without_token(update["ResourceProperties"]),
                    "delete": "gives it back" if "cfn-org-policy:adopted" in live["Tags"] else "removes it",
                }
            )
    return recorded


def events() -> list[dict]:
    """The Updates that the recorder has got."""
    pages = boto3.client("logs").get_paginator("filter_log_events").paginate(logGroupName=f"/aws/lambda/{RECORDER}")
    lines = [line for page in pages for event in page["events"] for line in event["message"].splitlines()]
    found = [json.loads(line.removeprefix("EVENT ")) for line in lines if line.startswith("EVENT ")]
    return [event for event in found if event["RequestType"] == "Update"]


def kept(live: dict) -> dict:
    return {key: live[key] for key in ("Name", "Type", "Description", "Content", "Tags")} | {
        "Targets": sorted(live["Targets"])
    }


def without_token(properties: dict) -> dict:
    return {key: value for key, value in properties.items() if key != "ServiceToken"}


def record_failed_creates(aws: LocalAws, organization: Organization) -> list[dict]:
    """What Creates that failed leave behind, and the physical ids by which their Deletes know it."""
    properties = without_token(as_cloudformation_sends(policy("half-made", ["/Sandbox", NO_SUCH_UNIT])["Properties"]))
    event = {
        "StackId": f"arn:aws:cloudformation:us-east-1:111122223333:stack/failing/{uuid.uuid4()}",
        "LogicalResourceId": "Policy",
        "ResourceType": "Custom::OrgPolicy",
    }
    create = event | {"RequestType": "Create", "ResourceProperties": properties}
    failed = aws.send(create)
    left = organization.policy("half-made")
    refused = aws.send(create | {"LogicalResourceId": "Another"})
    assert (failed["Status"], refused["Status"]) == ("FAILED", "FAILED")
    request = left["Tags"]["cfn-org-policy:request-id"]
    common = {"policy": kept(left), "event": event, "properties": properties}
    return [
        common | {"physical_id": failed["PhysicalResourceId"], "delete": "removes it"},
        common | {"physical_id": refused["PhysicalResourceId"], "delete": "leaves it"},
        # MiniStack loses no replies, so this one is as docs/SEMANTICS.md has it.
        common | {"physical_id": f"cfn-org-policy:unknown:{request}", "delete": "removes it"},
    ]


def main(version: str):
    with LocalAws() as aws:
        aws.sam_deploy()
        if aws.stack(RECORDER).create(RECORDER_TEMPLATE) != "CREATE_COMPLETE":
            raise SystemExit(f"no recorder: {aws.stack(RECORDER).failures()}")
        organization = Organization()
        organization.enable("BACKUP_POLICY")
        policies = record(aws, organization)
        failed = record_failed_creates(aws, organization)
        names = names_of(organization)
    folder = ROOT / "tests" / "upgrade" / version
    folder.mkdir(exist_ok=True)
    for name, content in (("policies", policies), ("failed-creates", failed)):
        entries = []
        for entry in content:
            own = {entry["physical_id"]: "policy"} if entry["physical_id"].startswith("p-") else {}
            # A Create that failed names its policy inside of its id.
            if entry["physical_id"].startswith("cfn-org-policy:failed:"):
                own = {entry["physical_id"].split(":")[2]: "policy"}
            text = json.dumps(entry)
            for value, placeholder in (names | own).items():
                text = text.replace(value, f"<<{placeholder}>>")
            entries.append(json.loads(text))
        write(folder / f"{name}.json", entries)
    write(folder / "templates.json", interfaces())
    print(f"recorded {len(policies)} policies, {len(failed)} failed Creates and the templates in {folder.relative_to(ROOT)}")


def write(path: Path, content):
    path.write_text(json.dumps(content, indent=1, ensure_ascii=False) + "\n")


if __name__ == "__main__":
    main(sys.argv[1])
