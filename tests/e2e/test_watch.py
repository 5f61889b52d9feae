"""The watch on MiniStack: deployed by its template, with IAM enforced, it finds in real stacks what was done by hand, and its
mail is read from the topic. tests of the crate have every kind of finding, and the memory; here the function's clock runs."""

import json

import boto3
import pytest
from local_aws import WATCH_TEMPLATE
from resources import DENY_CLOSING, policy, template

STACK = "policy-watch"


@pytest.fixture(scope="module")
def inbox():
    """A queue that anybody may send to, in place of the mailbox; and what has come to it since the last time."""
    sqs = boto3.client("sqs")
    url = sqs.create_queue(QueueName="inbox")["QueueUrl"]
    arn = sqs.get_queue_attributes(QueueUrl=url, AttributeNames=["QueueArn"])["Attributes"]["QueueArn"]
    anybody = {"Effect": "Allow", "Principal": "*", "Action": "sqs:SendMessage", "Resource": arn}
    policy = json.dumps({"Version": "2012-10-17", "Statement": [anybody]})
    sqs.set_queue_attributes(QueueUrl=url, Attributes={"Policy": policy})

    def read() -> list[dict]:
        found = sqs.receive_message(QueueUrl=url, MaxNumberOfMessages=10).get("Messages", [])
        for message in found:
            sqs.delete_message(QueueUrl=url, ReceiptHandle=message["ReceiptHandle"])
        return [json.loads(message["Body"]) for message in found]

    read.arn = arn
    yield read
    sqs.delete_queue(QueueUrl=url)


@pytest.fixture(scope="module")
def watch(aws, inbox):
    """The stack of the watch, with the queue subscribed by its parameter."""
    aws.sam_deploy("--stack-name", STACK, "--parameter-overrides", f"QueueArn={inbox.arn}", template=WATCH_TEMPLATE)
    stack = aws.stack(STACK)
    yield stack
    assert stack.delete() == "DELETE_COMPLETE"


@pytest.fixture
def look(watch, inbox):
    """Has the watch look, by the event of its schedule or another one, and returns the mails that come of it."""

    def look(event: dict | None = None) -> list[dict]:
        payload = json.dumps(event or {"source": "aws.events", "detail-type": "Scheduled Event"})
        answer = boto3.client("lambda").invoke(FunctionName=watch.outputs()["WatchFunctionName"], Payload=payload)
        assert "FunctionError" not in answer, answer["Payload"].read()
        return inbox()

    return look


def changes(*policies: str) -> dict:
    """A batch of the queue, with what CloudTrail says of these policies."""
    detail = {"eventSource": "organizations.amazonaws.com", "eventName": "UpdatePolicy"}
    events = [
        {"source": "aws.organizations", "detail": detail | {"requestParameters": {"policyId": policy}}} for policy in policies
    ]
    records = [{"messageId": str(number), "body": json.dumps(event)} for number, event in enumerate(events)]
    return {"Records": records}


def test_what_is_done_by_hand_is_told_once(stack, organization, look):
    organizations = boto3.client("organizations")
    what = template(
        Guard=policy("watched-guard", [organization.production]),
        Daily=policy("watched-closing", ["/Sandbox"], Content=DENY_CLOSING),
    )
    assert stack.create(what) == "CREATE_COMPLETE", stack.failures()
    ids = stack.physical_ids()
    assert look() == []

    organizations.detach_policy(PolicyId=ids["Guard"], TargetId=organization.production)
    organizations.update_policy(PolicyId=ids["Daily"], Content=json.dumps({"Version": "2012-10-17", "Statement": []}))
    (mail,) = look(changes(ids["Daily"]))
    print(mail)
    raise SystemExit
