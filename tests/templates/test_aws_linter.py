"""What AWS's own linter has to find in the templates, and when an exception is a fault itself.

Each test breaks a template, because a linter that finds nothing looks like a linter that does not run. The two breaks
of the first tests were chosen because cfn-lint and checkov find neither.
"""

import tempfile
import unittest
from contextlib import contextmanager
from pathlib import Path

import aws_linter

ALARM = Path("stacksets/vault-alarm.yaml")
SOLUTION = Path("solution.yaml")


class Finds(unittest.TestCase):
    def test_an_operator_that_event_patterns_do_not_have(self):
        broken = faults_after(ALARM, "anything-but: AWSService", "anything-butt: AWSService")
        self.assertIn("RefusedRule: E9014 'anything-butt' in 'EventPattern", broken)

    def test_an_assertion_that_asserts_nothing(self):
        broken = faults_after(SOLUTION, "      - Assert: ", "      - Asert: ")
        self.assertIn("F8609", broken)
        self.assertIn("missing required 'Assert'", broken)

    def test_a_template_that_cannot_be_read(self):
        broken = faults_after(ALARM, "Resources:\n", "Resources: [\n")
        self.assertIn("F1101", broken)


class SwitchedOff(unittest.TestCase):
    def test_one_that_matches_nothing_is_a_fault(self):
        self.assertIn("W9999 in Topic matches nothing", of_alarm(rule="W9999", entities=["Topic"]))

    def test_each_of_its_entities_has_to_match(self):
        found = of_alarm(rule="I9040", entities=["VaultRule", "Topic"])
        self.assertNotIn("VaultRule: I9040", found)
        self.assertIn("KeyRule: I9040", found)
        self.assertIn("I9040 in Topic matches nothing", found)

    def test_only_a_hint_can_be_switched_off_everywhere(self):
        found = of_alarm(rule="I9040", template="*", entities=["*"])
        self.assertNotIn("I9040", found)
        with broken(ALARM, "anything-but: AWSService", "anything-butt: AWSService") as path:
            found = aws_linter.faults([(ALARM, path)], [switched_off(rule="E9014", template="*", entities=["*"])])
        self.assertIn("KeyRule: E9014", "\n".join(found))

    def test_one_for_a_property_leaves_the_rule_on_for_the_others(self):
        found = of_alarm(rule="I9001", entities=["EmailSubscription"], path="Properties.Endpoint")
        self.assertNotIn("EmailSubscription: I9001 Property 'Endpoint'", found)
        self.assertIn("EmailSubscription: I9001 Property 'Protocol'", found)

    def test_one_for_a_template_that_is_gone_is_a_fault(self):
        found = of_alarm(rule="I9040", template="stacksets/gone.yaml", entities=["Topic"])
        self.assertIn("there is no stacksets/gone.yaml", found)

    def test_one_without_a_reason_is_a_fault(self):
        found = of_alarm(rule="I9040", entities=["VaultRule"], reason=" ")
        self.assertIn("has no reason", found)


def switched_off(**values) -> aws_linter.SwitchedOff:
    return aws_linter.SwitchedOff(**{"template": str(ALARM), "reason": "for a test", **values})


def of_alarm(**values) -> str:
    return "\n".join(aws_linter.faults([(ALARM, ALARM)], [switched_off(**values)]))


@contextmanager
def broken(template: Path, text: str, by: str):
    """A copy of the template in which one text is replaced."""
    written = template.read_text()
    assert text in written, f"{template} does not contain {text!r} any more: break something else"
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder, template.name)
        path.write_text(written.replace(text, by))
        yield path


def faults_after(template: Path, text: str, by: str) -> str:
    with broken(template, text, by) as path:
        return "\n".join(aws_linter.faults([(template, path)]))


if __name__ == "__main__":
    unittest.main()
