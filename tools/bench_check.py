"""`make bench`: how long `org-policy check` takes for a thousand policies, and how long the tools take that are there for
the same policies today: parliament for service control policies, cfn-lint and cloudformation-validate for templates that
wrap a policy as AWS::Organizations::Policy. All in one run, on one machine, one after the other.

What they look for is not the same. parliament knows the actions and resources of IAM policies. The two linters check the
template around the policy, and look at the document only as far as AWS's schema says that it is an object.
"""

import argparse
import json
import statistics
import subprocess
import sys
import tempfile
import time
from pathlib import Path

BIN = Path(sys.executable).parent
# The linters of templates take a second for some files, so they get fewer.
MANY, FEW = 1000, 100

VALIDATE = """
import sys
from pathlib import Path
from cloudformation_validate import CelEngine
engine = CelEngine()
for path in sorted(Path(sys.argv[1]).iterdir()):
    engine.validate_template(path)
"""


def backup_policy(number: int) -> dict:
    """A plan with a few rules, each with a copy, as organizations write them."""

    def rule(at: int) -> dict:
        vault = f"arn:aws:backup:eu-west-1:222222222222:backup-vault:central-{number}-{at}"
        lifecycle = {"delete_after_days": {"@@assign": str(35 + at)}}
        return {
            "schedule_expression": {"@@assign": f"cron({number % 60} {at} ? * * *)"},
            "target_backup_vault_name": {"@@assign": "member"},
            "start_backup_window_minutes": {"@@assign": "480"},
            "complete_backup_window_minutes": {"@@assign": "10080"},
            "lifecycle": lifecycle,
            "copy_actions": {vault: {"target_backup_vault_arn": {"@@assign": vault}, "lifecycle": lifecycle}},
        }

    selection = {
        "iam_role_arn": {"@@assign": "arn:aws:iam::$account:role/backup"},
        "tag_key": {"@@assign": "backup"},
        "tag_value": {"@@assign": [f"plan-{number}"]},
    }
    plan = {
        "regions": {"@@assign": ["eu-west-1", "eu-central-1"]},
        "rules": {f"rule-{at}": rule(at) for at in range(4)},
        "selections": {"tags": {"all": selection}},
    }
    return {"plans": {f"plan-{number}": plan}}


def service_control_policy(number: int) -> dict:
    """A guard of some roles and vaults."""
    statements = [
        {
            "Sid": f"Guard{at}",
            "Effect": "Deny",
            "Action": ["backup:DeleteRecoveryPoint", "backup:DeleteBackupVault", "kms:ScheduleKeyDeletion"],
            "Resource": "*",
            "Condition": {"ArnNotLike": {"aws:PrincipalArn": f"arn:aws:iam::*:role/admin-{number}-{at}"}},
        }
        for at in range(8)
    ]
    return {"Version": "2012-10-17", "Statement": statements}


def policy(number: int) -> tuple[str, dict]:
    if number % 2:
        return "SERVICE_CONTROL_POLICY", service_control_policy(number)
    return "BACKUP_POLICY", backup_policy(number)


def template(policy_type: str, content: dict) -> dict:
    properties = {"Name": "policy", "Type": policy_type, "Content": content}
    return {"Resources": {"Policy": {"Type": "AWS::Organizations::Policy", "Properties": properties}}}


def write(folder: Path, documents: dict[str, dict]) -> Path:
    folder.mkdir()
    for name, document in documents.items():
        (folder / f"{name}.json").write_text(json.dumps(document, indent=2))
    return folder


def seconds(command: list, runs: int) -> float:
    """The median of some runs. What a tool finds is not judged here, only whether it ran."""
    took = []
    for _ in range(runs):
        start = time.perf_counter()
        done = subprocess.run(command, capture_output=True, text=True, check=False)
        took.append(time.perf_counter() - start)
        if done.returncode not in (0, 2, 4, 6, 8) or "Traceback" in done.stderr:
            sys.exit(f"{command[0]} failed: {done.stderr[-2000:]}")
    return statistics.median(took)


def main():
    arguments = argparse.ArgumentParser()
    arguments.add_argument("tool", help="the org-policy to measure")
    arguments.add_argument("--runs", type=int, default=5, help="runs of org-policy; the median counts")
    given = arguments.parse_args()
    with tempfile.TemporaryDirectory(prefix="bench-") as name:
        measure(Path(name), given.tool, given.runs)


def measure(root: Path, tool: str, runs: int):
    policies = {f"policy-{number:04}": policy(number) for number in range(MANY)}
    some = dict(list(policies.items())[:FEW])
    all_of = write(root / "all", {name: content for name, (_, content) in policies.items()})
    few = write(root / "few", {name: content for name, (_, content) in some.items()})
    one = write(root / "one", {"policy": backup_policy(0)})
    scps = {name: content for name, (kind, content) in policies.items() if kind == "SERVICE_CONTROL_POLICY"}
    guards = write(root / "guards", scps)
    templates = write(root / "templates", {name: template(*of) for name, of in some.items()})
    size = sum(path.stat().st_size for path in all_of.iterdir())
    print(f"{MANY} policies of {size / MANY / 1024:.1f} KiB on average, half of them backup policies, half SCPs\n")

    def own(folder: Path) -> float:
        done = subprocess.run([tool, "check", "--strict", folder], capture_output=True, text=True, check=False)
        if done.returncode:
            sys.exit(f"the policies of this measurement are to be clean: {done.stdout}{done.stderr}")
        return seconds([tool, "check", "--strict", folder], runs)

    print(f"{'':44}{'files':>6}{'seconds':>10}{'ms a file':>11}   org-policy is")
    line("org-policy check, one file (its start)", 1, own(one))
    thousand = own(all_of)
    line("org-policy check, all", MANY, thousand)
    on_guards, on_few, on_templates = own(guards), own(few), own(templates)
    line("org-policy check, the SCPs", len(scps), on_guards)
    line("parliament, the SCPs", len(scps), seconds([BIN / "parliament", "--directory", guards, "--json"], 1), on_guards)
    line("org-policy check, some", FEW, on_few)
    line("org-policy check, templates that wrap these", FEW, on_templates)
    files = sorted(templates.iterdir())
    linted = seconds([BIN / "cfn-lint", "--regions", "us-east-1", "--", *files], 1)
    line("cfn-lint, the same templates", FEW, linted, on_templates)
    validated = seconds([sys.executable, "-c", VALIDATE, templates], 1)
    line("cloudformation-validate, the same templates", FEW, validated, on_templates)
    if thousand > 1:
        sys.exit(f"a thousand policies took {thousand:.2f} s, and are to take one at most")


def line(what: str, files: int, took: float, own: float | None = None):
    ratio = f"   {took / own:.0f} times as fast" if own else ""
    print(f"{what:44}{files:6}{took:10.3f}{took / files * 1000:11.2f}{ratio}", flush=True)


if __name__ == "__main__":
    main()
