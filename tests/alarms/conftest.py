"""The alarm's template, deployed on MiniStack in the Region of the global services and in another one."""

import json
import sys
import time
from pathlib import Path

import boto3
import pytest

PROJECT = Path(__file__).resolve().parents[2]
sys.path.insert(0, str(PROJECT / "demo"))

from events import ADMIN_ROLE_ARNS, CENTRAL  # noqa: E402 (after the path, with its neighbour)
from local_aws import LocalAws  # noqa: E402 (found by the line above)

TEMPLATE = PROJECT / "stacksets" / "vault-alarm.yaml"
GLOBAL, ELSEWHERE = "us-east-1", "eu-west-1"


class AlarmStack:
    """The template's stack in one Region of the central account."""

    def __init__(self, region: str, name: str):
        self._session = boto3.Session(aws_access_key_id=CENTRAL, aws_secret_access_key="local", region_name=region)
        self._cloudformation = self.client("cloudformation")
        self.name, self.region = name, region

    def client(self, service: str):
        return self._session.client(service)

    def deploy(self, operation: str, **parameters) -> str:
        """Creates or updates the stack, and returns its status in the end."""
        parameters = {"AdminRoleArns": ",".join(ADMIN_ROLE_ARNS), **parameters}
        getattr(self._cloudformation, f"{operation}_stack")(
            StackName=self.name,
            # MiniStack does not know pseudo parameters in conditions.
            TemplateBody=TEMPLATE.read_text().replace("!Equals [!Ref AWS::Region, ", f"!Equals [{self.region}, "),
            Parameters=[{"ParameterKey": key, "ParameterValue": value} for key, value in parameters.items()],
        )
        return self._settled(self.name)["StackStatus"]

    def delete(self) -> str:
        # A deleted stack is found by its id only.
        stack = self._settled(self.name)["StackId"]
        self._cloudformation.delete_stack(StackName=stack)
        return self._settled(stack)["StackStatus"]

    def _settled(self, name: str) -> dict:
        while True:
            stack = self._cloudformation.describe_stacks(StackName=name)["Stacks"][0]
            if not stack["StackStatus"].endswith("IN_PROGRESS"):
                return stack
            time.sleep(0.1)

    def outputs(self) -> dict[str, str]:
        return {output["OutputKey"]: output["OutputValue"] for output in self._settled(self.name)["Outputs"]}

    def rules(self, prefix: str) -> dict[str, dict]:
        """Pattern, as AWS counts its length, and target of each rule, by what follows the prefix."""
        events = self.client("events")
        found = {}
        for rule in events.list_rules(NamePrefix=f"{prefix}-")["Rules"]:
            (target,) = events.list_targets_by_rule(Rule=rule["Name"])["Targets"]
            pattern = json.dumps(json.loads(rule["EventPattern"]), separators=(",", ":"))
            found[rule["Name"].removeprefix(f"{prefix}-")] = {"state": rule["State"], "pattern": pattern, **target}
        return found


@pytest.fixture(scope="session")
def aws():
    with LocalAws() as aws:
        yield aws


@pytest.fixture(scope="session")
def alarm(aws):
    """Deployed where IAM and Organizations are recorded, so that every rule is there."""
    stack = AlarmStack(GLOBAL, "vault-alarm")
    assert stack.deploy("create", Email="backup@example.com") == "CREATE_COMPLETE"
    return stack


@pytest.fixture(scope="session")
def elsewhere(aws):
    stack = AlarmStack(ELSEWHERE, "vault-alarm")
    assert stack.deploy("create") == "CREATE_COMPLETE"
    return stack


@pytest.fixture(scope="session")
def rules(alarm):
    return alarm.rules("vault-alarm")


@pytest.fixture(scope="session")
def told(alarm, rules):
    """Which rules an event fires, of all or of the named ones."""
    match = alarm.client("events").test_event_pattern

    def fired(event: dict, *names: str) -> set[str]:
        text = json.dumps(event)
        return {name for name in names or rules if match(EventPattern=rules[name]["pattern"], Event=text)["Result"]}

    return fired
