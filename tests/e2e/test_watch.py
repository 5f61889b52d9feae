"""The watch on MiniStack: deployed by its template, with IAM enforced, it finds in real stacks what was done by hand, and its
mails are read from the topic; the healer puts it back. The crate's own tests have every kind of finding, and the memory; here
real seconds pass."""

import json
import time

import boto3
import pytest
from local_aws import WATCH_TEMPLATE
from resources import EMPTY_BACKUP, policy, template
from watch import STACK, Inbox


@pytest.fixture(scope="module")
def inbox(aws):
    inbox = Inbox()
    yield inbox
    inbox.delete()


@pytest.fixture(scope="module")
def watch(aws, inbox):
    """The stack of the watch, with the queue subscribed by its parameter, and with healing."""
    parameters = (f"QueueArn={inbox.arn}", "Heal=on", "HealStacks=test-*")
    aws.sam_deploy("--stack-name", STACK, "--parameter-overrides", *parameters, template=WATCH_TEMPLATE)
    stack = aws.stack(STACK)
    without_names(stack)
    yield stack
    assert stack.delete() == "DELETE_COMPLETE"


def without_names(stack):
    """MiniStack knows of no call to CloudFormation which stack or change set it is about, so the role may not be limited by
    their names here. tests/guardrails asks about that; which actions the role has, and on which function, stays."""
    iam = boto3.client("iam")
    inline = {"RoleName": stack.physical_ids()["HealerRole"], "PolicyName": "heal"}
    granted = iam.get_role_policy(**inline)["PolicyDocument"]
    for statement in granted["Statement"]:
        if statement["Sid"] in ("ChangeSets", "Progress"):
            statement.pop("Condition", None)
            statement["Resource"] = "*"
    iam.put_role_policy(**inline, PolicyDocument=json.dumps(granted))


@pytest.fixture
def run(watch, inbox):
    """Runs one of the two functions, by the event of its schedule or another one, and returns the mails that come of it."""

    def run(function: str, event: dict | None = None) -> list[dict]:
        payload = json.dumps(event or {"source": "aws.events", "detail-type": "Scheduled Event"})
        answer = boto3.client("lambda").invoke(FunctionName=watch.outputs()[f"{function}FunctionName"], Payload=payload)
        assert "FunctionError" not in answer, answer["Payload"].read()
        return inbox.read()

    return run


def changes(*policies: str) -> dict:
    """A batch of the queue, with what CloudTrail says of these policies."""
    detail = {"eventSource": "organizations.amazonaws.com", "eventName": "UpdatePolicy"}
    events = [
        {"source": "aws.organizations", "detail": detail | {"requestParameters": {"policyId": policy}}} for policy in policies
    ]
    records = [{"messageId": str(number), "body": json.dumps(event)} for number, event in enumerate(events)]
    return {"Records": records}


def test_what_is_done_by_hand_is_told_and_put_back(watch, stack, organization, run):
    organizations, revision = boto3.client("organizations"), {"Ref": "Revision"}
    what = template(
        Daily=policy("watched-daily", ["/Production"], Type="BACKUP_POLICY", Content=EMPTY_BACKUP, Revision=revision),
        Guard=policy("watched-guard", [organization.production], Revision=revision),
    )
    what["Parameters"] = {"Revision": {"Type": "String", "Default": ""}}
    assert stack.create(what) == "CREATE_COMPLETE", stack.failures()
    ids, before = stack.physical_ids(), organization.policies()

    organizations.detach_policy(PolicyId=ids["Guard"], TargetId=organization.production)
    by_hand = {"plans": {"empty": {"regions": {"@@assign": ["us-east-1"]}}}}
    organizations.update_policy(PolicyId=ids["Daily"], Content=json.dumps(by_hand))
    (mail,) = run("Watch", changes(ids["Daily"]))
    assert mail["Subject"] == "Organization drift: 1 guard changed, 1 finding open"
    text = mail["Message"]
    guard, daily = text.index("GUARD NEW: Guard (Custom::OrgPolicy)"), text.index("NEW: Daily (Custom::OrgPolicy)")
    assert guard < daily, text
    for line in (
        f'policy "watched-guard" ({ids["Guard"]}) of type SERVICE_CONTROL_POLICY\n',
        f"    - detached from /Production ({organization.production}): 2 accounts\n",
        f"    ! it no longer holds at /Production ({organization.production}): 2 accounts\n",
        f'policy "watched-daily" ({ids["Daily"]}) of type BACKUP_POLICY\n',
        '    - Content.plans.empty.regions.@@assign: "eu-west-1"\n',
        '    + Content.plans.empty.regions.@@assign: "us-east-1"\n',
        f"org-policy heal {stack.name} --region us-east-1\n",
    ):
        assert line in text, text

    # Healing waits until the memory is a day old.
    born = {"kind": {"S": "watch"}, "key": {"S": "born"}, "value": {"S": str(int(time.time()) - 2 * 24 * 3600)}}
    boto3.client("dynamodb").put_item(TableName=watch.outputs()["TableName"], Item=born)
    (mail,) = run("Healer")
    assert mail["Subject"] == f"Organization drift: stack {stack.name} was put back (1 of 3)", mail
    for line in ("detached from /Production", '+ Content.plans.empty.regions.@@assign: "us-east-1"', "It ended well"):
        assert line in mail["Message"], mail
    assert meant(organization.policies()) == meant(before)

    (mail,) = run("Watch")
    assert mail["Subject"] == "Organization drift: 2 findings settled"
    assert "GUARD GONE" in mail["Message"] and mail["Message"].count("GONE") == 2, mail


def meant(policies: dict) -> dict:
    """The policies, their content by its meaning."""
    return {name: {**one, "Content": json.loads(one["Content"])} for name, one in policies.items()}


def test_what_is_changed_of_the_watch_is_told(watch):
    """By the patterns of its rules, since MiniStack makes no events of calls."""
    parts = watch.physical_ids()
    events = boto3.client("events")

    def told(service: str, call: str, **request) -> set[str]:
        detail = {"eventSource": f"{service}.amazonaws.com", "eventName": call, "readOnly": call.startswith("List")}
        event = {
            **{"id": "1", "source": f"aws.{service}", "account": "111122223333", "time": "2026-01-02T03:04:05Z"},
            **{"region": "us-east-1", "resources": [], "detail-type": "AWS API Call via CloudTrail"},
            "detail": detail | {"requestParameters": request},
        }
        found = set()
        for name in ("OrganizationChanges", "WatchChanged", "WatchSilenced"):
            pattern = events.describe_rule(Name=parts[name])["EventPattern"]
            if events.test_event_pattern(EventPattern=pattern, Event=json.dumps(event))["Result"]:
                found.add(name)
        return found

    assert told("organizations", "DetachPolicy", policyId="p-11111111") == {"OrganizationChanges"}
    assert told("organizations", "ListPolicies") == set()
    function = f"arn:aws:lambda:us-east-1:111122223333:function:{parts['Watch']}"
    for name in (parts["Watch"], function, parts["Healer"]):
        assert told("lambda", "UpdateFunctionCode20150331v2", functionName=name) == {"WatchChanged"}
    assert told("lambda", "UpdateFunctionCode20150331v2", functionName="another") == set()
    assert told("lambda", "ListTags20170331", functionName=parts["Watch"]) == set()
    for name in ("WatchRole", "HealerRole"):
        assert told("iam", "PutRolePolicy", roleName=parts[name]) == {"WatchChanged"}
    assert told("iam", "PutRolePolicy", roleName="another") == set()
    assert told("cloudformation", "DeleteStack", stackName=STACK) == {"WatchChanged"}
    assert told("events", "DisableRule", name=parts["Hourly"]) == {"WatchSilenced"}
    assert told("events", "RemoveTargets", rule=parts["OrganizationChanges"], ids=["changes"]) == {"WatchSilenced"}
    assert told("events", "DisableRule", name="another") == set()
    assert told("dynamodb", "DeleteTable", tableName=parts["Table"]) == {"WatchSilenced"}
    assert told("sns", "SetTopicAttributes", topicArn=parts["Topic"]) == {"WatchSilenced"}
    assert told("sns", "Unsubscribe", subscriptionArn=f"{parts['Topic']}:0123") == {"WatchSilenced"}
    assert told("sqs", "PurgeQueue", queueUrl=parts["Changes"]) == {"WatchSilenced"}
