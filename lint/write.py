"""Writes org-policy.rego, the rule for cloudformation-validate, from the schemas beside it."""

import json
from pathlib import Path

FOLDER = Path(__file__).parent
HEAD = """# A rule for cloudformation-validate: the properties of Custom::OrgPolicy and Custom::OrgBackupSettings. Written from the
# schemas beside it by write.py. cloudformation-validate lets every property of a Custom:: type pass, also with these
# schemas as additional ones.
package org_policy

import rego.v1

types := {types}

required := {required}

violation contains fault(name, sprintf("%s is no property of %s", [key, resource.resourceType])) if {{
    some name, resource in input.resources
    known := types[resource.resourceType]
    some key, _ in resource.properties
    not key in object.keys(known)
}}

violation contains fault(name, sprintf("%s is missing", [key])) if {{
    some name, resource in input.resources
    some key in required[resource.resourceType]
    not key in object.keys(resource.properties)
}}

violation contains fault(name, sprintf("%s is no %s", [key, concat(" or ", allowed)])) if {{
    some name, resource in input.resources
    some key, value in resource.properties
    allowed := types[resource.resourceType][key]
    count(allowed) > 0
    not is_unresolved(value)
    not type_name(value) in allowed
}}

# What only a deployment knows is an object of markers.
is_unresolved(value) if {{
    is_object(value)
    some key, _ in value
    startswith(key, "__")
}}

type_name(value) := "integer" if is_number(value)

type_name(value) := "string" if is_string(value)

type_name(value) := "boolean" if is_boolean(value)

type_name(value) := "array" if is_array(value)

type_name(value) := "object" if is_object(value)

fault(name, message) := {{"rule_id": "E9801", "severity": "ERROR", "resource_id": name, "message": message}}
"""


def rule() -> str:
    schemas = [json.loads(path.read_text()) for path in sorted(FOLDER.glob("Custom-*.json"))]
    types = {schema["typeName"]: {key: listed(one) for key, one in schema["properties"].items()} for schema in schemas}
    required = {schema["typeName"]: schema["required"] for schema in schemas}
    return HEAD.format(types=json.dumps(types, indent=4), required=json.dumps(required, indent=4))


def listed(schema: dict) -> list[str]:
    types = schema.get("type", [])
    return [types] if isinstance(types, str) else types


if __name__ == "__main__":
    (FOLDER / "org-policy.rego").write_text(rule())
