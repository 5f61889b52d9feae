"""The rules for cfn-lint and cloudformation-validate that check the properties of the two resources."""

import re
import subprocess
import sys
import tempfile
import unittest
from functools import cache
from pathlib import Path

from cloudformation_validate import EngineConfig, RegoEngine, file_to_external_rule_source

ROOT = Path(__file__).resolve().parents[2]
LINT = ROOT / "lint"
sys.path.insert(0, str(LINT))

import write  # noqa: E402 (found by the line above)

TOKEN = '!ImportValue "cfn-org-policy:ServiceToken"'
TEMPLATE = f"""AWSTemplateFormatVersion: "2010-09-09"
Parameters: {{Given: {{Type: String}}, List: {{Type: CommaDelimitedList}}}}
Conditions: {{Is: !Equals [!Ref Given, a]}}
Resources:
  Misspelt:
    Type: Custom::OrgPolicy
    Properties: {{ServiceToken: {TOKEN}, Name: a, Type: TAG_POLICY, Content: {{}}, Target: [Root]}}
  Missing:
    Type: Custom::OrgPolicy
    Properties: {{ServiceToken: {TOKEN}, Name: a, Content: {{}}}}
  Wrong:
    Type: Custom::OrgPolicy
    Properties: {{ServiceToken: {TOKEN}, Name: a, Type: TAG_POLICY, Content: {{}}, Targets: Root}}
  Functions:
    Type: Custom::OrgPolicy
    Properties:
      ServiceToken: {TOKEN}
      Name: !Ref Given
      Type: TAG_POLICY
      Content: !Ref Given
      Targets: !If [Is, !Ref List, !Ref AWS::NoValue]
      Tags: !GetAtt Wrong.Tags
  Settings:
    Type: Custom::OrgBackupSettings
    Properties: {{ServiceToken: {TOKEN}, ResourceTypes: All, Regoins: [eu-west-1]}}
"""
FAULTS = {
    "Target is no property of Custom::OrgPolicy",
    "Type is missing",
    "Targets is no array",
    "Regoins is no property of Custom::OrgBackupSettings",
}


class ConsumerRules(unittest.TestCase):
    def test_both_find_what_is_misspelt_missing_and_of_the_wrong_type(self):
        with tempfile.TemporaryDirectory() as folder:
            template = Path(folder) / "template.yaml"
            template.write_text(TEMPLATE)
            self.assertEqual(cfn_lint(template), FAULTS)
            self.assertEqual(cloudformation_validate(template), FAULTS)

    def test_our_own_templates_are_clean(self):
        templates = [*ROOT.glob("stacks/*.yaml"), *ROOT.glob("examples/*.yaml")]
        self.assertEqual(cfn_lint(*templates), set())
        for template in templates:
            self.assertEqual(cloudformation_validate(template), set(), template)

    def test_the_schemas_name_what_the_function_reads(self):
        for path, source in {"Custom-OrgPolicy": "policy/properties", "Custom-OrgBackupSettings": "settings/desired"}.items():
            schema = write.json.loads((LINT / f"{path}.json").read_text())
            text = (ROOT / "src" / f"{source}.rs").read_text()
            names = re.findall(r'"(\w+)"', text.split("const PROPERTIES")[1].split("];")[0])
            self.assertEqual(sorted(schema["properties"]), sorted([*names, "ServiceToken", "ServiceTimeout"]))

    def test_the_rego_rule_is_written_from_the_schemas(self):
        self.assertEqual((LINT / "org-policy.rego").read_text(), write.rule(), "python3 lint/write.py writes it")


def cfn_lint(*templates: Path) -> set[str]:
    """What the rule for cfn-lint says, without what was probably meant."""
    command = [Path(sys.executable).with_name("cfn-lint"), "--append-rules", LINT / "cfn_lint", "--format", "parseable"]
    printed = subprocess.run([*command, *templates], stdout=subprocess.PIPE, text=True, check=False).stdout
    found = [line.split(":", 6)[6] for line in printed.splitlines() if ":E9801:" in line]
    return {text.split(";")[0].strip() for text in found}


@cache
def engine() -> RegoEngine:
    """It takes seconds to start."""
    return RegoEngine(EngineConfig(custom_rules=[file_to_external_rule_source(str(LINT / "org-policy.rego"))]))


def cloudformation_validate(template: Path) -> set[str]:
    report = engine().validate_template(template)
    return {diagnostic.message for diagnostic in report.diagnostics if diagnostic.rule_id == "E9801"}


if __name__ == "__main__":
    unittest.main()
