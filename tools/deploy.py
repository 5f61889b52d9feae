"""Deploys the function and then the solution, as `make deploy` does, with the values of one file.

Both deployments are `sam deploy`, which shows what it will change and asks. samconfig.toml says of the solution that it is
not rolled back if it fails, and why.
"""

import argparse
import json
import os
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import boto3
from botocore.exceptions import ClientError

PROJECT = Path(__file__).resolve().parent.parent
FUNCTION_STACK = "cfn-org-policy"
SOLUTION_STACK = "backup-solution"
# IMPORT_COMPLETE: a part that was kept has come back (docs/PARAMETERS.md, Switch a part on again).
STANDING = {"CREATE_COMPLETE", "UPDATE_COMPLETE", "UPDATE_ROLLBACK_COMPLETE", "IMPORT_COMPLETE", "IMPORT_ROLLBACK_COMPLETE"}
# StackSets deploys nothing to a suspended account, and nothing is missing there.
FINE = {"SUCCEEDED", "SKIPPED_SUSPENDED_ACCOUNT"}


class Failed(Exception):
    """What went wrong, and what to do."""


def deploy(values: Path, function: list[str], solution: list[str], stack: str = SOLUTION_STACK) -> None:
    """Deploys both stacks. `function` and `solution` are further arguments of the two `sam deploy`."""
    if not values.is_file():
        raise Failed(f"{values} does not exist: copy solution.values.example.yaml to it and fill it in")
    with as_sam_takes(values) as taken:
        print("==> the function", flush=True)
        sam_deploy(taken, "--no-fail-on-empty-changeset", *function)
        must_stand(FUNCTION_STACK)
        print("==> the solution", flush=True)
        sam_deploy(taken, "--no-fail-on-empty-changeset", *solution)
        must_stand(stack)
    print("==> the accounts", flush=True)
    report(list(failed_instances(stack)))


@contextmanager
def as_sam_takes(values: Path) -> Iterator[Path]:
    """A file of YAML as it is. The values of a release are JSON, a list of Name=Value, which SAM would take apart at spaces."""
    if values.suffix != ".json":
        yield values
        return
    pairs = dict(line.split("=", 1) for line in json.loads(values.read_text()))
    with tempfile.TemporaryDirectory() as folder:
        written = Path(folder) / "values.yaml"
        written.write_text(json.dumps(pairs))
        yield written


def sam_deploy(values: Path, *arguments: str) -> None:
    command = [PROJECT / ".tools/sam/bin/sam", "deploy", "--parameter-overrides", f"file://{values.resolve()}", *arguments]
    done = subprocess.run(command, cwd=PROJECT, env=os.environ | {"SAM_CLI_TELEMETRY": "0"}, check=False)
    if done.returncode != 0:
        raise Failed(
            "the deployment has failed; the events above name the resource and the reason. Of a nested stack, read its"
            " own events; docs/TROUBLESHOOTING.md says how. Then run the same command again"
        )


def must_stand(name: str) -> None:
    """SAM ends well, too, if whoever it asks says no. Then there may be no stack yet, or none that is whole."""
    try:
        status = boto3.client("cloudformation").describe_stacks(StackName=name)["Stacks"][0]["StackStatus"]
    except ClientError as error:
        if "does not exist" not in str(error):
            raise
        status = "no such stack"
    if status not in STANDING:
        raise Failed(f"the stack {name} does not stand ({status}), so nothing more was done. Run the same command again")


def failed_instances(stack: str) -> Iterator[str]:
    """The accounts and Regions in which a StackSet of the solution has not succeeded. The StackSets tolerate them."""
    cloudformation = boto3.client("cloudformation")
    resources = cloudformation.get_paginator("list_stack_resources").paginate(StackName=stack)
    for resource in (each for page in resources for each in page["StackResourceSummaries"]):
        if resource["ResourceType"] != "AWS::CloudFormation::StackSet" or resource["ResourceStatus"] == "DELETE_COMPLETE":
            continue
        name = resource["PhysicalResourceId"]
        instances = cloudformation.get_paginator("list_stack_instances").paginate(StackSetName=name)
        for instance in (each for page in instances for each in page["Summaries"]):
            status = instance.get("StackInstanceStatus", {}).get("DetailedStatus", "unknown")
            if status not in FINE:
                reason = instance.get("StatusReason", "no reason given")
                yield f"{name.partition(':')[0]}: account {instance['Account']}, {instance['Region']}: {status}: {reason}"


def report(failed: list[str]) -> None:
    if not failed:
        print("No account's stack has failed.")
        return
    lines = "\n".join(failed)
    raise Failed(
        f"the solution is deployed, but not in these accounts:\n{lines}\nRemove the reason, then deploy again with"
        " another Revision in the values, which tries every account again (docs/PARAMETERS.md, Accounts that failed)"
    )


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("values", type=Path, help="the file of values: solution.values.yaml, or values.json of a release")
    parser.add_argument("--yes", action="store_true", help="do not ask before anything is changed")
    arguments = parser.parse_args()
    sure = ["--no-confirm-changeset"] if arguments.yes else []
    try:
        deploy(arguments.values, sure, ["--config-env", "solution", *sure])
    except Failed as failure:
        print(f"deploy: {failure}", file=sys.stderr)
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())
