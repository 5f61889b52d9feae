"""What is wrong with a template of a page, or with a part of one."""

import json
import re
from functools import cache

import yaml
from blocks import PROJECT, Block

RESOURCES = {"Custom::OrgPolicy": "src/policy/properties.rs", "Custom::OrgBackupSettings": "src/settings/desired.rs"}


class Loader(yaml.SafeLoader):
    """YAML with the short forms of CloudFormation's functions, and without a key that stands twice."""

    def construct_mapping(self, node, deep=False):
        keys = [key.value for key, _ in node.value]
        twice = sorted({key for key in keys if keys.count(key) > 1})
        if twice:
            raise yaml.constructor.ConstructorError(None, None, f"{twice} stands twice", node.start_mark)
        return super().construct_mapping(node, deep)


def function(loader, tag, node):
    if isinstance(node, yaml.ScalarNode):
        value = loader.construct_scalar(node)
    elif isinstance(node, yaml.SequenceNode):
        value = loader.construct_sequence(node, deep=True)
    else:
        value = loader.construct_mapping(node, deep=True)
    return {tag if tag in ("Ref", "Condition") else f"Fn::{tag}": value}


Loader.add_multi_constructor("!", function)
# A date stays a text, as in CloudFormation.
Loader.yaml_implicit_resolvers = {
    first: [(tag, pattern) for tag, pattern in resolvers if tag != "tag:yaml.org,2002:timestamp"]
    for first, resolvers in yaml.SafeLoader.yaml_implicit_resolvers.items()
}


def load(text: str):
    return yaml.load(text, Loader)  # noqa: S506 (it is a SafeLoader)


@cache
def parameters(template: str) -> dict:
    return load((PROJECT / template).read_text())["Parameters"]


@cache
def properties(resource_type: str) -> set[str]:
    source = (PROJECT / RESOURCES[resource_type]).read_text()
    names = source.split("const PROPERTIES")[1].split("];")[0]
    return {*re.findall(r'"(\w+)"', names), "ServiceToken", "ServiceTimeout"}


def faults(block: Block) -> list[str]:
    try:
        document = json.loads(block.text) if block.language == "json" else load(block.text)
    except (json.JSONDecodeError, yaml.YAMLError) as error:
        return [" ".join(str(error).split())]
    found = list(resource_faults(document))
    if "values" in block.marks:
        known = parameters("solution.yaml").keys() | parameters("template.yaml").keys()
        found += [f"neither solution.yaml nor template.yaml has {name}" for name in sorted(document.keys() - known)]
    return found


def resource_faults(document):
    if isinstance(document, dict):
        kind = document.get("Type")
        declared = document.get("Properties")
        if kind in RESOURCES and isinstance(declared, dict):
            for name in sorted(declared.keys() - properties(kind)):
                yield f"{kind} has no property {name}"
        for inner in document.values():
            yield from resource_faults(inner)
    elif isinstance(document, list):
        for inner in document:
            yield from resource_faults(inner)
