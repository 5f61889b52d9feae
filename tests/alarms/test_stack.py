"""The life of the stack: what an update changes, and what a deletion leaves behind."""

import json

import pytest
from botocore.exceptions import ClientError
from conftest import ELSEWHERE, TEMPLATE, AlarmStack
from events import ADMIN_ROLE_ARNS, CENTRAL

QUEUE = "arn:aws:sqs:eu-west-1:111122223333:alarms"


@pytest.fixture
def stack(aws):
    return AlarmStack(ELSEWHERE, "short-lived")


def receivers(stack: AlarmStack) -> set[tuple[str, str]]:
    subscriptions = stack.client("sns").list_subscriptions_by_topic(TopicArn=stack.outputs()["TopicArn"])
    return {(found["Protocol"], found["Endpoint"]) for found in subscriptions["Subscriptions"]}


def test_an_update_leaves_nothing_of_the_old_names_and_a_deletion_leaves_all(stack):
    first = {"TopicName": "first", "RuleNamePrefix": "first"}
    assert stack.create(TEMPLATE, **first, Email="one@example.com") == "CREATE_COMPLETE"
    names = set(stack.rules("first"))
    assert receivers(stack) == {("email", "one@example.com")}

    second = {"TopicName": "second", "RuleNamePrefix": "second"}
    status = stack.update(TEMPLATE, **second, Email="two@example.com", QueueArn=QUEUE)
    assert status == "UPDATE_COMPLETE"
    assert stack.rules("first") == {}
    assert set(stack.rules("second")) == names
    assert receivers(stack) == {("email", "two@example.com"), ("sqs", QUEUE)}

    left = stack.rules("second")
    topic, key = stack.outputs()["TopicArn"], stack.outputs()["KeyArn"]
    assert stack.delete() == "DELETE_COMPLETE"
    assert stack.rules("second") == left, "the alarm goes on without its stack"
    sns = stack.client("sns")
    assert "EventBridgePublishes" in sns.get_topic_attributes(TopicArn=topic)["Attributes"]["Policy"]
    assert len(sns.list_subscriptions_by_topic(TopicArn=topic)["Subscriptions"]) == 2
    assert stack.client("kms").describe_key(KeyId=key)["KeyMetadata"]["KeyState"] == "Enabled"


def test_the_key_is_the_administrators(alarm):
    kms, key = alarm.client("kms"), alarm.outputs()["KeyArn"]
    assert kms.get_key_rotation_status(KeyId=key)["KeyRotationEnabled"]
    assert {"TagKey": "backup-guard", "TagValue": "alarm"} in kms.list_resource_tags(KeyId=key)["Tags"]

    policy = json.loads(kms.get_key_policy(KeyId=key, PolicyName="default")["Policy"])
    statements = {statement["Sid"]: statement for statement in policy["Statement"]}
    admins = [*ADMIN_ROLE_ARNS, f"arn:aws:iam::{CENTRAL}:role/stacksets-exec-*"]
    assert statements["AdminsManage"]["Condition"] == {"ArnLike": {"aws:PrincipalArn": admins}}
    assert statements["ChangesByAdminsOnly"]["Condition"]["ArnNotLike"] == {"aws:PrincipalArn": admins}
    assert statements["EventBridgePublishes"]["Principal"] == {"Service": "events.amazonaws.com"}
    # What is open to the account at large uses no key, and gives nothing away but the key's own state.
    opened = set(statements["AccountReadsAndRecovers"]["Action"])
    assert not {action for action in opened if "crypt" in action or "Data" in action or "Put" in action}


@pytest.mark.parametrize(
    "parameters",
    [
        {"AdminRoleArns": "arn:aws:iam::*:role/vault-admin"},
        {"AdminRoleArns": f"arn:aws:iam::{CENTRAL}:role/*"},
        {"AdminRoleArns": f"arn:aws:iam::{CENTRAL}:role/vault-admin,arn:aws:iam::{CENTRAL}:role/vault-**"},
        {"AdminRoleArns": f"arn:aws:iam::{CENTRAL}:user/vault-admin"},
        {"Email": "nobody"},
        {"QueueArn": "https://example.com"},
    ],
)
def test_parameters_that_cannot_be_meant_are_refused(aws, parameters):
    with pytest.raises(ClientError, match=f"Parameter '{next(iter(parameters))}'"):
        AlarmStack(ELSEWHERE, "refused").create(TEMPLATE, **parameters)
