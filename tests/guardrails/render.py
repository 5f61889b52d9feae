"""Prints, as JSON, the policies that templates.json renders to, and every action that any template's policies name."""

import json
import sys
from pathlib import Path

from render_templates import load, render

HERE = Path(__file__).parent
ROOT = HERE.parent.parent


def policies(template: str, account: str, parameters: dict) -> dict:
    """The policy documents among the resources' properties, as `resource.property`."""
    rendered = render(ROOT / template, parameters, account=account)
    return {
        f"{resource}.{name}": value
        for resource, body in rendered["Resources"].items()
        for name, value in body["Properties"].items()
        if isinstance(value, dict) and "Statement" in value
    }


def actions(node):
    """What stands under Action and NotAction of any statement, on either side of an Fn::If."""
    if isinstance(node, dict):
        for key, value in node.items():
            if key in ("Action", "NotAction") and "Effect" in node:
                yield from [value] if isinstance(value, str) else value
            else:
                yield from actions(value)
    elif isinstance(node, list):
        for item in node:
            yield from actions(item)


def main():
    templates = sorted(path for where in (".", "stacks", "stacksets") for path in (ROOT / where).glob("*.yaml"))
    settings = json.loads((HERE / "templates.json").read_text())
    answer = {
        "policies": {name: policies(**each) for name, each in settings.items()},
        "actions": {str(path.relative_to(ROOT)): sorted(set(actions(load(path)))) for path in templates},
    }
    json.dump(answer, sys.stdout, indent=1)


if __name__ == "__main__":
    main()
