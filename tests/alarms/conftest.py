"""The alarm's template, deployed on MiniStack in the Region of the global services and in another one."""

import json
import sys
from pathlib import Path

import pytest

PROJECT = Path(__file__).resolve().parents[2]
sys.path.insert(0, str(PROJECT / "demo"))

from events import ADMIN_ROLE_ARNS, CENTRAL  # noqa: E402 (after the path, with its neighbour)
from local_aws import LocalAws, Stack, client  # noqa: E402 (found by the line above)

TEMPLATE = PROJECT / "stacksets" / "vault-alarm.yaml"
GLOBAL, ELSEWHERE = "us-east-1", "eu-west-1"


class AlarmStack(Stack):
    """The template's stack in one Region of the central account."""

    def __init__(self, region: str, name: str):
        super().__init__(name, CENTRAL, region)
        self.region = region

    def client(self, service: str):
        return client(service, CENTRAL, self.region)

    def _request(self, template, parameters):
        # MiniStack does not know pseudo parameters in conditions.
        body = template.read_text().replace("!Equals [!Ref AWS::Region, ", f"!Equals [{self.region}, ")
        return super()._request(body, {"AdminRoleArns": ",".join(ADMIN_ROLE_ARNS), **parameters})

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
    assert stack.create(TEMPLATE, Email="backup@example.com") == "CREATE_COMPLETE"
    return stack


@pytest.fixture(scope="session")
def elsewhere(aws):
    stack = AlarmStack(ELSEWHERE, "vault-alarm")
    assert stack.create(TEMPLATE) == "CREATE_COMPLETE"
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
