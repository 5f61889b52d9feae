"""Lints the templates given as arguments, SAM templates once more as plain CloudFormation.

cfn-lint does not look inside AWS::Serverless::Function; what SAM makes of it is checked after expansion.
"""

import json
import logging
import os
import subprocess
import sys
import tempfile
from pathlib import Path

from cfnlint.decode import cfn_yaml
from samtranslator.translator.transform import transform

SAM = "AWS::Serverless-2016-10-31"


class NoManagedPolicies:
    """The template names none of SAM's managed policies, so none have to be loaded."""

    def load(self):
        return {}


def plain(node):
    """The template without cfn-lint's positions, which the translator does not take."""
    return json.loads(json.dumps(node))


def expanded(path: Path, folder: Path) -> Path:
    template = plain(cfn_yaml.load(str(path)))
    for resource in template["Resources"].values():
        # `sam package` would have put an S3 address here.
        if "CodeUri" in resource.get("Properties", {}):
            resource["Properties"]["CodeUri"] = {"Bucket": "packaged", "Key": "function.zip"}
    target = folder / f"{path.stem}.expanded.json"
    target.write_text(json.dumps(transform(template, {}, NoManagedPolicies()), indent=1))
    return target


def main(paths: list[str]) -> int:
    os.environ.setdefault("AWS_DEFAULT_REGION", "us-east-1")
    logging.getLogger("samtranslator").setLevel(logging.ERROR)
    with tempfile.TemporaryDirectory() as folder:
        templates = [Path(path) for path in paths]
        generated = [expanded(path, Path(folder)) for path in templates if SAM in path.read_text()]
        command = [Path(sys.executable).with_name("cfn-lint"), "--include-checks", "I", "--"]
        result = subprocess.run([*command, *templates, *generated], check=False)
    print(f"{len(templates)} templates, {len(generated)} expanded: {'fine' if result.returncode == 0 else 'NOT fine'}")
    return result.returncode


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
