"""A rule for cfn-lint: the properties of Custom::OrgPolicy and Custom::OrgBackupSettings, by the schemas beside this folder.

    cfn-lint --append-rules lint/cfn_lint --template template.yaml

cfn-lint lets every property of a Custom:: type pass, also with --registry-schemas.
"""

import difflib
import json
from pathlib import Path

from cfnlint.rules import CloudFormationLintRule, RuleMatch

SCHEMAS = {
    schema["typeName"]: schema
    for schema in (json.loads(path.read_text()) for path in Path(__file__).parents[1].glob("Custom-*.json"))
}
# What JSON schemas call a type, by what it becomes in Python; a bool is an int there.
NAMES = {bool: "boolean", int: "integer", float: "number", str: "string", list: "array", dict: "object"}


class OrgPolicyProperties(CloudFormationLintRule):
    """Misspelt, missing and wrongly typed properties."""

    id = "E9801"
    shortdesc = "Properties of Custom::OrgPolicy and Custom::OrgBackupSettings"
    description = "Every property is known, what is required is there, and each has its type"
    source_url = "docs/PROPERTIES.md"
    tags = ["resources", "custom"]

    def match(self, cfn):
        matches = []
        for resource_type, schema in SCHEMAS.items():
            for name, resource in cfn.get_resources(resource_type).items():
                properties = resource.get("Properties", {})
                if is_function(properties):
                    continue
                path = ["Resources", name, "Properties"]
                matches += [RuleMatch(path + at, message) for at, message in faults(properties, schema)]
        return matches


def faults(properties: dict, schema: dict):
    """Yields what is wrong with the properties: where, and what."""
    known = schema["properties"]
    for key in schema["required"]:
        if key not in properties:
            yield [], f"{key} is missing"
    for key, value in properties.items():
        if key not in known:
            near = difflib.get_close_matches(key, known.keys() - properties.keys(), n=1)
            meant = f"; did you mean {near[0]}?" if near else ""
            yield [key], f"{key} is no property of {schema['typeName']}{meant}"
            continue
        types = allowed_types(known[key])
        if types and not is_function(value) and name_of_type(value) not in types:
            yield [key], f"{key} is no {' or '.join(types)}"


def allowed_types(schema: dict) -> list[str]:
    types = schema.get("type", [])
    return [types] if isinstance(types, str) else types


def name_of_type(value) -> str:
    return next((name for python, name in NAMES.items() if isinstance(value, python)), "null")


def is_function(value) -> bool:
    return isinstance(value, dict) and any(key == "Ref" or key.startswith("Fn::") for key in value)
