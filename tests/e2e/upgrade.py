"""What tests/upgrade/record.py writes and test_upgrade.py reads: names in place of ids, and what the templates promise."""

import template_files
import yaml
from local_aws import PROJECT, Organization

FOLDER = PROJECT / "tests" / "upgrade"


def names_of(organization: Organization) -> dict[str, str]:
    """The ids of a local organization, with the names under which the records have them."""
    names = ("root", "backup", "production", "sandbox", "vault_account")
    return {getattr(organization, name): name for name in names}


def interfaces() -> dict:
    """Of each template, what those who have deployed it rely on: parameters, resources and outputs."""
    paths = template_files.names(template_files.DEPLOYED)
    return {path: _interface(yaml.load((PROJECT / path).read_text(), _Loader)) for path in paths}


def _interface(template: dict) -> dict:
    parameters = template.get("Parameters", {})
    return {
        "parameters": {name: {key: each.get(key) for key in ("Type", "Default")} for name, each in parameters.items()},
        "resources": {
            name: {"Type": each["Type"], "DeletionPolicy": each.get("DeletionPolicy", "Delete")}
            for name, each in template["Resources"].items()
        },
        "outputs": sorted(template.get("Outputs", {})),
    }


class _Loader(yaml.SafeLoader):
    """The short forms of functions do not matter here."""


_Loader.add_multi_constructor("!", lambda _loader, _tag, _node: None)


def broken(before: dict, now: dict) -> list[str]:
    """What somebody who has deployed the templates of before would notice in those of now, and has to act on."""
    found = []
    for path, promised in before.items():
        if path not in now:
            found.append(f"{path} is gone")
            continue
        kept = now[path]
        for name, parameter in promised["parameters"].items():
            if name not in kept["parameters"]:
                found.append(f"{path}: parameter {name} is gone")
            elif kept["parameters"][name] != parameter:
                found.append(f"{path}: parameter {name} was {parameter}, and is {kept['parameters'][name]}")
        for name, parameter in kept["parameters"].items():
            if name not in promised["parameters"] and parameter["Default"] is None:
                found.append(f"{path}: parameter {name} is new, and has no default")
        for name, resource in promised["resources"].items():
            if kept["resources"].get(name) != resource:
                found.append(f"{path}: resource {name} was {resource}, and is {kept['resources'].get(name)}")
        found += [f"{path}: output {name} is gone" for name in promised["outputs"] if name not in kept["outputs"]]
    return found
