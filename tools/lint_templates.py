"""Lints all templates: cfn-lint, AWS's own linter, checkov, the IAM documents in them, and the
project's own rules.

cfn-lint does not look inside AWS::Serverless::Function, and checkov does not see what SAM makes of it. So a SAM
template is also expanded to plain CloudFormation. cfn-lint and AWS's linter check both; checkov and the lint of IAM
documents check only the expanded template.
"""

import json
import logging
import os
import subprocess
import sys
import tempfile
from pathlib import Path

import aws_linter
import iam_documents
import template_files
import template_rules
from render_templates import load
from samtranslator.translator.transform import transform

SAM = "AWS::Serverless-2016-10-31"


class NoManagedPolicies:
    """Loads nothing, because the template names none of SAM's managed policies."""

    def load(self):
        return {}


def expanded(path: Path, folder: Path) -> Path:
    template = load(path)
    for resource in template["Resources"].values():
        # Here `sam package` would put an S3 address.
        if "CodeUri" in resource.get("Properties", {}):
            resource["Properties"]["CodeUri"] = {"Bucket": "packaged", "Key": "function.zip"}
    target = folder / f"{path.stem}.expanded.json"
    target.write_text(json.dumps(transform(template, {}, NoManagedPolicies()), indent=1))
    return target


def passes(tool: str, *arguments) -> bool:
    return subprocess.run([Path(sys.executable).with_name(tool), *arguments], check=False).returncode == 0


def report(faults: list[str]) -> bool:
    for fault in faults:
        print(fault)
    return not faults


def lint(templates: list[Path], folder: Path) -> bool:
    generated = {path: expanded(path, folder) for path in templates if SAM in path.read_text()}
    plain = [generated.get(path, path) for path in templates]

    print("==> cfn-lint", flush=True)
    fine = [passes("cfn-lint", "--include-checks", "I", "--", *templates, *generated.values())]
    print("==> cloudformation-validate", flush=True)
    fine.append(report(aws_linter.faults([*((path, path) for path in templates), *generated.items()])))
    print("==> checkov", flush=True)
    quietly = ("--skip-download", "--quiet", "--compact")
    fine.append(passes("checkov", "--framework", "cloudformation", *quietly, "--file", *plain))
    print("==> IAM documents", flush=True)
    documents = [document for path in plain for document in iam_documents.documents(path)]
    fine.append(report(iam_documents.faults(documents)))
    print("==> the project's own rules", flush=True)
    faults = [fault for path in templates for fault in template_rules.faults(path)]
    faults += [*template_rules.name_faults(templates), *template_rules.lifetime_faults()]
    fine.append(report(faults))

    result = "no faults" if all(fine) else "FAULTS FOUND"
    print(f"{len(templates)} templates, {len(generated)} expanded, {len(documents)} IAM documents: {result}")
    return all(fine)


def main() -> int:
    os.environ.setdefault("AWS_DEFAULT_REGION", "us-east-1")
    logging.getLogger("samtranslator").setLevel(logging.ERROR)
    with tempfile.TemporaryDirectory() as folder:
        return 0 if lint([path.relative_to(Path.cwd()) for path in template_files.ALL], Path(folder)) else 1


if __name__ == "__main__":
    sys.exit(main())
