"""Prints, as JSON, the policies that templates.json renders to, every action that any template's policies name, and how
long the guards become with the longest parameters."""

import json
import re
import sys
from pathlib import Path

import template_files
from render_templates import load, render

HERE = Path(__file__).parent
ROOT = HERE.parent.parent


def policies(template: str, account: str, parameters: dict) -> dict:
    """The policy documents among the resources' properties, as `resource.property`; a role's own policies as
    `resource+policy.property`."""
    rendered = render(ROOT / template, parameters, account=account)
    found = {}
    for resource, body in rendered["Resources"].items():
        for name, value in body["Properties"].items():
            if isinstance(value, dict) and "Statement" in value:
                found[f"{resource}.{name}"] = value
        if body["Type"] == "AWS::IAM::Role":
            for policy in body["Properties"].get("Policies", []):
                found[f"{resource}+{policy['PolicyName']}.PolicyDocument"] = policy["PolicyDocument"]
    return found


def actions(node):
    """What stands under Action and NotAction of any statement, on either side of an Fn::If."""
    if isinstance(node, dict):
        for key, value in node.items():
            if key in ("Action", "NotAction") and "Effect" in node:
                entries = value if isinstance(value, list) else [value]
                yield from (entry if isinstance(entry, str) else entry["Fn::If"][1] for entry in entries)
            else:
                yield from actions(value)
    elif isinstance(node, list):
        for item in node:
            yield from actions(item)


# Names of administrators for as many characters as the parameter takes, in five parts. For the members, where a list
# of ARNs has no limit, as many as docs/SECURITY.md says fit.
SET = "aws-reserved/sso.amazonaws.com/*AWSReservedSSO_BackupAdmin{}_*"
FIVE = [SET.format(number) for number in range(5)]


def filled(names: list[str], length: int) -> str:
    """The names with commas, the last of them drawn out until together they have that length."""
    return ",".join(names).ljust(length, "x")


def longest() -> dict:
    """Each guard with its longest parameters, with the partition whose name is the longest."""
    guard = load(ROOT / "stacks/vault-guard.yaml")["Parameters"]

    def most(parameter: str) -> int:
        declared = guard[parameter]
        return int(declared.get("MaxLength") or re.search(r"\{1,(\d+)\}\$$", declared["AllowedPattern"])[1])

    vault = {
        "CentralAccountId": "222233334444",
        "AdminRoles": filled(FIVE, most("AdminRoles")),
        "ServiceRoles": filled([f"recorder-{number}" for number in range(3)], most("ServiceRoles")),
        "ControlTower": "true",
        **{name: "x" * most(name) for name in ("RestoreRoleName", "KeyAlias", "AlarmPrefix")},
    }
    members = {
        "Targets": "Root",
        "CentralAccountId": "222233334444",
        "AdminRoleArns": ",".join(f"arn:aws-us-gov:iam::*:role/{name}" for name in FIVE[:4]),
        "ControlTower": "true",
        **dict.fromkeys(("MemberVaultName",), "x" * 50),
        "FormerMemberVaultNames": "y" * 50,
        **dict.fromkeys(("BackupRoleName", "RestoreRoleName", "KeyAlias"), "x" * 64),
        "OtherBackupRoleNames": "service-role/AWSBackupDefaultServiceRole",
    }
    answer = {}
    for name, template, parameters in (
        ("vault-guard, core", "vault-guard", vault | {"Strength": "core"}),
        ("vault-guard, lockdown", "vault-guard", vault | {"Strength": "lockdown"}),
        ("member-guard", "member-guard", members),
    ):
        resources = render(ROOT / f"stacks/{template}.yaml", parameters)["Resources"]
        content = next(iter(resources.values()))["Properties"]["Content"]
        text = json.dumps(content, separators=(",", ":"))
        admins = parameters.get("AdminRoles") or parameters["AdminRoleArns"]
        answer[name] = {"length": len(text), "parameters": f"{len(admins)} characters of administrators"}
    return answer


def main():
    settings = json.loads((HERE / "templates.json").read_text())
    answer = {
        "policies": {name: policies(**each) for name, each in settings.items()},
        "actions": {str(path.relative_to(ROOT)): sorted(set(actions(load(path)))) for path in template_files.ALL},
        "longest": longest(),
        "parameters": load(ROOT / "stacks/vault-guard.yaml")["Parameters"],
    }
    json.dump(answer, sys.stdout, indent=1)


if __name__ == "__main__":
    main()
