"""Holds docs/COSTS.md to the templates: how many of what each of them creates, the defaults that the formulas start
from, the parameters that are named, and the numbers of the example."""

import json
import math
import re
import unittest
from itertools import product
from pathlib import Path

from render_templates import load, render, variants

PAGE = Path("docs/COSTS.md")
WATCH = Path("docs/WATCH.md")
SOLUTION = Path("solution.yaml")
TEMPLATES = [Path("template.yaml"), *sorted(Path().glob("stack*/*.yaml"))]

# The columns of the page's first table. Not each of them costs something, but each is a number that people ask for.
COUNTED = {
    "KMS keys": {"AWS::KMS::Key"},
    "vaults": {"AWS::Backup::BackupVault", "AWS::Backup::LogicallyAirGappedBackupVault"},
    "topics": {"AWS::SNS::Topic"},
    "event rules": {"AWS::Events::Rule"},
    "metric alarms": {"AWS::CloudWatch::Alarm"},
    "log groups": {"AWS::Logs::LogGroup"},
    "functions": {"AWS::Serverless::Function"},
    "policies": {"Custom::OrgPolicy"},
}
# What AWS has no price for. What goes through a subscription is priced with its topic; a table and a queue are priced by
# their requests, which docs/WATCH.md reckons.
FREE = {
    "AWS::CloudFormation::Stack",
    "AWS::CloudFormation::StackSet",
    "AWS::DynamoDB::Table",
    "AWS::IAM::Role",
    "AWS::KMS::Alias",
    "AWS::Lambda::EventSourceMapping",
    "AWS::Lambda::Permission",
    "AWS::SQS::Queue",
    "AWS::SQS::QueuePolicy",
    "AWS::SNS::Subscription",
    "AWS::SNS::TopicPolicy",
    "Custom::OrgBackupSettings",
}
# The days between two monthly backups, on average.
MONTH = 30.4


class Costs(unittest.TestCase):
    def test_every_type_of_resource_is_counted_or_free(self):
        for path in [SOLUTION, *TEMPLATES]:
            for name, resource in load(path)["Resources"].items():
                known = resource["Type"] in FREE.union(*COUNTED.values())
                self.assertTrue(known, f"{path}: does {name} ({resource['Type']}) cost anything? Add it to {PAGE}")

    def test_the_templates_create_what_the_page_counts(self):
        stated = {}
        for row in rows("template", "stacks", *COUNTED):
            stated[names(row["template"])[0]] = {column: row[column] for column in COUNTED}
        self.assertEqual(sorted(stated), sorted(map(str, TEMPLATES)))
        for path in TEMPLATES:
            self.assertEqual(stated[str(path)], counted(path), f"{PAGE} counts otherwise than {path}")

    def test_the_parameters_exist(self):
        declared = {name for path in [SOLUTION, *TEMPLATES] for name in load(path).get("Parameters", {})}
        found = [name for row in [*symbols(), *rows("parameter", "saves", "costs")] for name in parameters(row)]
        self.assertTrue(found)
        self.assertEqual([name for name in found if name not in declared], [])

    def test_the_defaults_are_those_of_the_solution(self):
        declared = load(SOLUTION)["Parameters"]
        for row in symbols():
            days = next((name for name in parameters(row) if name.endswith("DeleteAfterDays")), None)
            if days:
                default = int(declared[days]["Default"])
                kept = math.ceil(default / MONTH) if days.startswith("Monthly") else default
                self.assertEqual(row["default"], str(kept), days)

    def test_the_alarm_is_in_as_many_regions_as_the_page_says(self):
        groups = render(SOLUTION)["Resources"]["Alarm"]["Properties"]["StackInstancesGroup"]
        regions = {region for group in groups for region in group["Regions"]}
        self.assertEqual(symbol("L")["default"], str(len(regions)))

    def test_the_keys_of_the_formula_are_those_of_the_stacks(self):
        values = example()
        keys = sum(
            int(row["KMS keys"]) * value(row["stacks"], values)
            for row in rows("template", "stacks", *COUNTED)
            if row["KMS keys"]
        )
        (line,) = [row for row in month() if row["quantity"] == "KMS keys"]
        self.assertEqual(value(line["formula"], values), values["u"] * keys)

    def test_the_watchs_month_is_computed(self):
        values = {names(row["symbol"])[0]: float(row["example"]) for row in rows("symbol", "what", "example", page=WATCH)}
        total = 0.0
        for line in rows("quantity", "formula", "for 1,000 policies", "price list", "dollars each", "dollars", page=WATCH):
            if not line["formula"]:
                self.assertEqual(line["dollars"], f"{total:.2f}")
                return
            quantity = value(line["formula"], values)
            stated = float(line["for 1,000 policies"].replace(",", ""))
            self.assertAlmostEqual(stated, quantity, places=0, msg=line["quantity"])
            price = value(f"`{line['dollars each']}`", {})
            self.assertEqual(line["dollars"], f"{quantity * price:.2f}", line["quantity"])
            total += float(line["dollars"])
        self.fail("the table has no sum")

    def test_the_watchs_month_counts_what_the_template_makes(self):
        resources = render(Path("stacks/watch.yaml"))["Resources"]
        alarms = sum(resource["Type"] == "AWS::CloudWatch::Alarm" for resource in resources.values())
        self.assertIn(f"| metric alarms | `{alarms}` |", WATCH.read_text())
        watch = resources["Watch"]["Properties"]
        self.assertIn(f"× {watch['Timeout']} × {watch['MemorySize'] / 1024:g}`", WATCH.read_text())

    def test_the_example_is_computed(self):
        values = example()
        for line in month():
            stated = float(line["example"].replace(",", ""))
            self.assertAlmostEqual(stated, value(line["formula"], values), places=1, msg=line["quantity"])


def counted(path: Path) -> dict[str, str]:
    """Counts in every variant of the template, and where it makes a difference in which Region it is deployed."""
    template = load(path)
    regions = ["eu-west-1", "us-east-1"] if "AWS::Region" in json.dumps(template.get("Conditions", {})) else ["eu-west-1"]
    deployments = product(variants(template), regions)
    forms = [render(path, values, region=region)["Resources"] for values, region in deployments]
    return {column: _spread(forms, types) for column, types in COUNTED.items()}


def _spread(forms: list[dict], types: set[str]) -> str:
    found = {sum(resource["Type"] in types for resource in form.values()) for form in forms}
    return " or ".join(str(number) for number in sorted(found)) if found != {0} else ""


def rows(*columns: str, page: Path = PAGE) -> list[dict[str, str]]:
    """Returns the rows of the table with these columns."""
    lines = page.read_text().splitlines()
    header = f"| {' | '.join(columns)} |"
    found = []
    for line in lines[lines.index(header) + 2 :]:
        if not line.startswith("|"):
            return found
        found.append(dict(zip(columns, (cell.strip() for cell in line.strip("|").split("|")), strict=True)))
    return found


def symbols() -> list[dict[str, str]]:
    return rows("symbol", "what", "parameter", "default", "example")


def month() -> list[dict[str, str]]:
    return rows("quantity", "formula", "example", "price list", "price", "a month")


def example() -> dict[str, float]:
    return {names(row["symbol"])[0]: float(row["example"]) for row in symbols()}


def value(cell: str, values: dict[str, float]) -> float:
    (formula,) = names(cell)
    return eval(formula.replace("×", "*").replace("−", "-"), {}, values)


def symbol(name: str) -> dict[str, str]:
    (row,) = [row for row in symbols() if row["symbol"] == f"`{name}`"]
    return row


def names(cell: str) -> list[str]:
    return re.findall(r"`([^`]+)`", cell)


def parameters(row: dict[str, str]) -> list[str]:
    return [name for name in names(row["parameter"]) if "." not in name]


if __name__ == "__main__":
    unittest.main()
