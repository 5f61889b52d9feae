"""What the mails say: every variable is there, none can spoil the text, and a person understands it."""

import json
import re

import pytest
from events import (
    ATTACKERS,
    CENTRAL,
    ROOT,
    call,
    copy_job,
    recovery_point,
    region_setting,
    sign_in,
    user,
    vault_state,
)

# Events that fire each rule, of every shape that it meets.
SHAPES = {
    "vault": [call("backup", "DeleteRecoveryPoint", who) for who in ATTACKERS.values()],
    "key": [call("kms", "DisableKey", who) for who in ATTACKERS.values()],
    "alarm": [call("sns", "DeleteTopic", who) for who in ATTACKERS.values()],
    "identity": [call("iam", "CreateRole", who) for who in ATTACKERS.values()],
    "organization": [call("organizations", "LeaveOrganization", who) for who in ATTACKERS.values()],
    "refused": [call("backup", "DeleteBackupVault", who, "AccessDenied") for who in (*ATTACKERS.values(), ROOT)],
    "root": [call("kms", "DisableKey", ROOT), call("iam", "CreateUser", ROOT, "AccessDenied"), sign_in(ROOT, "Failure")],
    "vault-state": [vault_state("DELETED"), vault_state("MODIFIED", isLocked="true"), region_setting()],
    "recovery-point": [recovery_point("EXPIRED")],
    "copy-failed": [copy_job("FAILED")],
}

# Not in every event: EventBridge leaves such a variable out of the text.
MAY_BE_MISSING = {
    "$.detail.userIdentity.userName": "users and federated users only",
    "$.detail.userIdentity.sessionContext.sessionIssuer.userName": "sessions only",
    "$.detail.errorCode": "absent when the call was allowed; the root rule tells of both",
    "$.detail.responseElements.ConsoleLogin": "sign-ins only",
    "$.detail.backupVaultName": "a Region has no vault",
}

# EventBridge does not escape values, so these are all that a message may hold: none can have a quotation mark in it.
SAFE = MAY_BE_MISSING.keys() | {
    "$.account",
    "$.region",
    "$.time",
    "$.detail-type",
    "$.detail.eventName",
    "$.detail.eventSource",
    "$.detail.eventTime",
    "$.detail.eventID",
    "$.detail.sourceIPAddress",
    "$.detail.userIdentity.type",
    "$.detail.userIdentity.accountId",
    "$.detail.userIdentity.principalId",
    "$.detail.state",
    "$.detail.status",
    "$.detail.resourceType",
    "$.detail.copyJobId",
    "$.detail.destinationBackupVaultArn",
}


def value(event: dict, path: str) -> object:
    for step in path.removeprefix("$.").split("."):
        event = event.get(step) if isinstance(event, dict) else None
    return event


def test_every_rule_is_looked_at(rules):
    assert SHAPES.keys() == rules.keys()


@pytest.mark.parametrize("name", SHAPES)
def test_every_variable_is_in_the_event(rules, told, name):
    paths = rules[name]["InputTransformer"]["InputPathsMap"]
    assert set(paths.values()) <= SAFE
    for event in SHAPES[name]:
        assert name in told(event, name)
        missing = {path for path in paths.values() if value(event, path) is None}
        assert missing <= MAY_BE_MISSING.keys(), missing


@pytest.mark.parametrize("name", SHAPES)
def test_template_is_text_that_eventbridge_takes(rules, name):
    transformer = rules[name]["InputTransformer"]
    template = transformer["InputTemplate"]
    assert len(template) <= 8192, "the API takes no longer one"
    assert set(re.findall(r"<([^<>]+)>", template)) == transformer["InputPathsMap"].keys()
    # Text of several lines: each in quotation marks, with none inside ("Common issues with transforming input").
    for line in template.split("\n"):
        assert re.fullmatch(r'"[^"\\]+"', line), line


@pytest.fixture(scope="module")
def mail(alarm, rules):
    """What a receiver of the topic reads of an event, for a rule."""
    events, sqs, sns = (alarm.client(service) for service in ("events", "sqs", "sns"))
    queue = sqs.create_queue(QueueName="receiver")["QueueUrl"]
    arn = sqs.get_queue_attributes(QueueUrl=queue, AttributeNames=["QueueArn"])["Attributes"]["QueueArn"]
    anybody = {"Effect": "Allow", "Principal": "*", "Action": "sqs:SendMessage", "Resource": arn}
    policy = json.dumps({"Version": "2012-10-17", "Statement": [anybody]})
    sqs.set_queue_attributes(QueueUrl=queue, Attributes={"Policy": policy})
    attributes = {"RawMessageDelivery": "true"}
    sns.subscribe(TopicArn=alarm.outputs()["TopicArn"], Protocol="sqs", Endpoint=arn, Attributes=attributes)

    def read(name: str, event: dict) -> str:
        # Nobody but AWS may send events of a source "aws.…", so a rule with the same target listens to another one.
        target = {key: rules[name][key] for key in ("Id", "Arn", "InputTransformer")}
        events.put_rule(Name=f"try-{name}", EventPattern=json.dumps({"source": [f"try-{name}"]}))
        events.put_targets(Rule=f"try-{name}", Targets=[target])
        entry = {"Source": f"try-{name}", "DetailType": event["detail-type"], "Detail": json.dumps(event["detail"])}
        assert events.put_events(Entries=[entry])["FailedEntryCount"] == 0
        (message,) = sqs.receive_message(QueueUrl=queue, WaitTimeSeconds=5)["Messages"]
        sqs.delete_message(QueueUrl=queue, ReceiptHandle=message["ReceiptHandle"])
        # Every line has to be one JSON string still.
        return "\n".join(json.loads(line) for line in message["Body"].split("\n"))

    return read


@pytest.mark.parametrize("name", SHAPES)
def test_mail_says_what_who_where_when_and_what_to_do(mail, name):
    for event in (SHAPES[name][0], SHAPES[name][-1]):
        text = mail(name, event)
        assert text.startswith("BACKUP GUARD: ")
        for part in ("\nWhat: ", "\nOutcome: ", "\nWho: ", "\nWhere: account ", "\nWhen: ", "\nFirst: "):
            assert part in text, text
        assert CENTRAL in text and "us-east-1" in text
        assert "<" not in text, "a variable was not filled in"
        if event["detail-type"].endswith("via CloudTrail"):
            for part in ("eventName", "eventTime", "eventID", "sourceIPAddress"):
                assert event["detail"][part] in text, part


def test_mail_tells_allowed_from_refused(mail):
    who = ATTACKERS["role"]
    assert "Outcome: ALLOWED" in mail("vault", call("backup", "DeleteBackupVault", who))
    assert "Outcome: NOT DONE: AccessDenied\n" in mail("refused", call("backup", "DeleteBackupVault", who, "AccessDenied"))
    assert "Who: AssumedRole operator, principal AROAEXAMPLE:session of account" in mail(
        "key", call("kms", "DisableKey", who)
    )
    assert "Outcome: Failure " in mail("root", sign_in(ROOT, "Failure"))


def test_a_caller_cannot_spoil_the_mail(mail):
    assert "Who: IAMUser mallory" in mail("vault", call("backup", "DeleteBackupVault", user(path='/"/')))
