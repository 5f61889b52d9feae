"""Prints, as JSON, the policies that changes.json renders to: for each account, as it was, and with each change."""

import json
import sys
from pathlib import Path

from render import policies
from render_templates import load

HERE = Path(__file__).parent
ROOT = HERE.parent.parent


def rendered(templates: dict, account: str, parameters: dict) -> dict:
    """Each policy of the account's templates, by the template's part in changes.json and by its resource."""
    given = dict(parameters)
    if names := given.get("AdminRoles"):
        # The StackSets' templates take ARNs, which solution.yaml makes of the names.
        given["AdminRoleArns"] = ",".join(f"arn:aws:iam::{account}:role/{name}" for name in names.split(","))
    return {
        f"{part}.{where.partition('.')[0]}": document
        for part, template in templates.items()
        for where, document in policies(template, account, _declared(template, given)).items()
    }


def _declared(template: str, parameters: dict) -> dict:
    known = load(ROOT / template)["Parameters"]
    return {name: value for name, value in parameters.items() if name in known}


def main():
    answer = {}
    for name, each in json.loads((HERE / "changes.json").read_text()).items():
        before = each["as it was"]
        values = {"as it was": before} | {change: before | new for change, new in each["changes"].items()}
        answer[name] = {
            change: rendered(each["templates"], each["account"], parameters) for change, parameters in values.items()
        }
        unknown = set().union(*values.values()) - set().union(
            *(load(ROOT / template)["Parameters"] for template in each["templates"].values())
        ) - {"AdminRoles"}
        if unknown:
            sys.exit(f"changes.json: no template of {name} has {', '.join(sorted(unknown))}")
    json.dump(answer, sys.stdout, indent=1)


if __name__ == "__main__":
    main()
