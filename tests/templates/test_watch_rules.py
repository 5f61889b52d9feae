"""The event patterns of stacks/watch.yaml and stacks/watch-events.yaml have a maximum length, whatever CloudFormation calls
the resources that they name."""

import json
import re
import unittest
from pathlib import Path

from render_templates import render

# Of a function, a role and a rule: the longest that there may be. Of the others, what CloudFormation makes of a stack with
# the longest name; an SQS queue's may have eighty characters, in an address.
LONGEST = {
    **dict.fromkeys(["Watch", "Healer", "WatchRole", "HealerRole", "Hourly", "OrganizationChanges", "EveryFiveMinutes"], 64),
    **dict.fromkeys(["Table", "Topic"], 160),
    "Changes": len("https://sqs.ap-southeast-1.amazonaws.com/111122223333/") + 80,
    "my-cloud-radar-stack": 128,
}
QUOTA = 2048
# What EventBridge fills in unescaped may be nothing that a caller writes freely.
SAFE = re.compile(
    r"\$\.(account|detail\.(sourceIPAddress|eventName|eventID|awsRegion|eventSource|eventTime"
    r"|userIdentity\.(accountId|principalId|type|userName|sessionContext\.sessionIssuer\.userName)))"
)


class WatchRules(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        resources = render(Path("stacks/watch.yaml"), {"Heal": "on"})["Resources"]
        cls.rules = {name: each["Properties"] for name, each in resources.items() if each["Type"] == "AWS::Events::Rule"}
        events = render(Path("stacks/watch-events.yaml"))["Resources"]
        cls.forwards = {name: each["Properties"] for name, each in events.items() if each["Type"] == "AWS::Events::Rule"}

    def test_every_pattern_is_short_enough(self):
        for name, rule in self.rules.items():
            text = json.dumps(rule.get("EventPattern", {}), separators=(",", ":"))
            for resource, length in LONGEST.items():
                text = re.sub(rf"(?<![\w-]){re.escape(resource)}(?![\w-])", "x" * length, text)
            self.assertLessEqual(len(text), QUOTA, name)

    def test_what_wakes_the_watch_is_what_is_forwarded(self):
        pattern = self.forwards["OrganizationChanges"]["EventPattern"]
        self.assertEqual(pattern, self.rules["OrganizationChanges"]["EventPattern"])

    def test_messages_are_text_that_eventbridge_takes(self):
        told = [rule["Targets"][0]["InputTransformer"] for rule in self.rules.values() if "InputTransformer" in rule["Targets"][0]]
        self.assertEqual(len(told), 2)
        self.assertEqual(told[0], told[1])
        self.assertEqual(set(re.findall(r"<([^<>]+)>", told[0]["InputTemplate"])), told[0]["InputPathsMap"].keys())
        for path in told[0]["InputPathsMap"].values():
            self.assertRegex(path, SAFE)
        for line in told[0]["InputTemplate"].split("\n"):
            self.assertRegex(line, r'^"[^"\\]+"$')


if __name__ == "__main__":
    unittest.main()
