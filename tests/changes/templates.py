"""The project's templates as CloudFormation sees them: finished resources, and which of them needs which."""

import re
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path

import yaml
from render_templates import load, render

ROOT = Path(__file__).resolve().parents[2]

# What a new value of it replaces. From the resource types' schemas (createOnlyProperties), as cfn-lint 1.58.0 ships
# them; test_model.py compares. A custom resource is replaced if the function answers with another id, which
# Custom::OrgPolicy does for another Type and Custom::OrgBackupSettings never does (docs/SEMANTICS.md, "Update").
CREATE_ONLY = {
    "AWS::Backup::BackupVault": {"BackupVaultName", "EncryptionKeyArn"},
    "AWS::Backup::LogicallyAirGappedBackupVault": {
        "BackupVaultName",
        "EncryptionKeyArn",
        "MaxRetentionDays",
        "MinRetentionDays",
    },
    "AWS::CloudFormation::Stack": set(),
    "AWS::CloudFormation::StackSet": {"PermissionModel", "StackSetName"},
    "AWS::Events::Rule": {"Name"},
    "AWS::IAM::Role": {"Path", "RoleName"},
    "AWS::KMS::Alias": {"AliasName"},
    "AWS::KMS::Key": set(),
    "AWS::SNS::Subscription": {"Endpoint", "Protocol", "TopicArn"},
    "AWS::SNS::Topic": {"FifoTopic", "TopicName"},
    "AWS::SNS::TopicPolicy": set(),
    "Custom::OrgBackupSettings": set(),
    "Custom::OrgPolicy": {"Type"},
}


@dataclass(frozen=True)
class Resource:
    type: str
    properties: dict
    deletion: str
    replacement: str
    # The resources that it names in Properties or Metadata, and those in DependsOn.
    waits_for: frozenset[str]
    # The resources that a property names.
    named_by: dict[str, frozenset[str]]

    def replaced_by(self, new: "Resource", replaced: set[str]) -> bool:
        """Whether `new` replaces this one, given the resources of the stack that are replaced as well."""
        return self.type != new.type or any(
            self.properties.get(name) != new.properties.get(name) or new.named_by.get(name, frozenset()) & replaced
            for name in CREATE_ONLY[self.type]
        )


@dataclass(frozen=True)
class Template:
    url: str
    resources: dict[str, Resource]

    def order(self) -> list[str]:
        """The resources, each after those that it waits for."""
        ordered: list[str] = []

        def add(name: str, above: tuple[str, ...]):
            if name in above:
                raise ValueError(f"{self.url}: {' → '.join([*above, name])} wait for each other")
            if name not in ordered:
                for other in sorted(self.resources[name].waits_for):
                    if other not in self.resources:
                        raise ValueError(f"{self.url}: {name} waits for {other}, which is not in the template")
                    add(other, (*above, name))
                ordered.append(name)

        for name in self.resources:
            add(name, ())
        return ordered


def template(url: str, parameters: dict[str, str], region: str, account: str) -> Template:
    """The template with these parameters, in that Region of that account. Parameters that are not given have their
    defaults, or the renderer's samples."""
    return _template(url, tuple(sorted(parameters.items())), region, account)


@lru_cache(maxsize=None)
def declared(url: str) -> dict:
    return load(ROOT / url)


def has_transform(url: str) -> bool:
    return "Transform" in declared(url)


# Rendering is most of the time that these tests take. The library behind the renderer reads YAML with libyaml, if it is
# there.
yaml.FullLoader = getattr(yaml, "CFullLoader", yaml.FullLoader)


@lru_cache(maxsize=None)
def _template(url: str, parameters: tuple, region: str, account: str) -> Template:
    source = declared(url)
    if unknown := sorted({name for name, _ in parameters} - source["Parameters"].keys()):
        raise ValueError(f"{url} has no parameter {', '.join(unknown)}")
    if refused := sorted(_refused(source["Parameters"], dict(parameters))):
        raise ValueError(f"{url}: {'; '.join(refused)}")
    rendered = render(ROOT / url, dict(parameters), region=region, account=account)
    conditions = rendered.get("Conditions", {})
    resources = {}
    for name, body in rendered["Resources"].items():
        written = source["Resources"][name]
        named_by = {
            key: frozenset(_names(value, conditions) & source["Resources"].keys())
            for key, value in written.get("Properties", {}).items()
        }
        depends = written.get("DependsOn", [])
        waits_for = {depends} if isinstance(depends, str) else set(depends)
        waits_for |= _names(written.get("Metadata", {}), conditions) & source["Resources"].keys()
        resources[name] = Resource(
            body["Type"],
            body.get("Properties", {}),
            body.get("DeletionPolicy", "Delete"),
            body.get("UpdateReplacePolicy", "Delete"),
            frozenset(waits_for.union(*named_by.values())),
            named_by,
        )
    return Template(url, resources)


def _refused(parameters: dict, values: dict[str, str]):
    """What CloudFormation refuses before it begins: values outside AllowedValues or AllowedPattern. In a list, the
    pattern applies to every value."""
    for name, value in values.items():
        allowed = parameters[name].get("AllowedValues")
        if allowed and value not in allowed:
            yield f"{name}={value} is none of {allowed}"
        pattern = parameters[name].get("AllowedPattern")
        several = value.split(",") if "List" in parameters[name]["Type"] else [value]
        if pattern and any(not re.search(pattern, one) for one in several):
            yield f"{name}={value} does not match {pattern}"


def _names(node, conditions: dict[str, bool]) -> set[str]:
    """What the node refers to, by the branches of Fn::If that its conditions choose."""
    if isinstance(node, list):
        return set().union(*(_names(value, conditions) for value in node))
    if not isinstance(node, dict):
        return set()
    if len(node) == 1:
        ((key, value),) = node.items()
        if key == "Ref":
            return {value}
        if key == "Fn::GetAtt":
            return {value.split(".")[0] if isinstance(value, str) else value[0]}
        if key == "Fn::If":
            return _names(value[1] if conditions[value[0]] else value[2], conditions)
        if key == "Fn::Sub":
            text, variables = (value, {}) if isinstance(value, str) else value
            found = {name.split(".")[0] for name in re.findall(r"\$\{([^!][^}]*)\}", text)} - variables.keys()
            return found | _names(variables, conditions)
    return set().union(*(_names(value, conditions) for value in node.values()))
