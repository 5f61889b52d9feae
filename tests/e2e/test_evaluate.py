"""`org-policy evaluate` against MiniStack: what the tool says that a template hands to the function is what a function that
writes its events down is handed."""

import io
import json
import subprocess
import sys
import zipfile
from pathlib import Path

import boto3
import pytest
from local_aws import MANAGEMENT_ACCOUNT, PROJECT, REGION, TOOL

VAULT = "arn:aws:backup:eu-west-1:222233334444:backup-vault:central-backup"
BACKUP = {"Targets": "/Production,/Sandbox", "Regions": "eu-west-1,eu-central-1", "CentralVaultArn": VAULT}
# MiniStack takes a condition that joins an empty list for true, so these are not empty here.
MEMBER = {
    "CentralAccountId": "222233334444",
    "AdminRoleArns": "arn:aws:iam::*:role/backup-admin",
    "FormerMemberVaultNames": "first,second",
    "OtherBackupRoleNames": "own-backup",
}
# Each template, with a second set of values for what its conditions depend on.
TEMPLATES = [
    ("stacks/backup-policies.yaml", BACKUP),
    ("stacks/backup-policies.yaml", BACKUP | {"DailyCopyDeleteAfterDays": "90", "FunctionStack": "recorder"}),
    ("stacks/backup-settings.yaml", {"Regions": "eu-west-1"}),
    ("stacks/vault-guard.yaml", {"CentralAccountId": "222233334444", "AdminRoles": "vault-admin"}),
    ("stacks/vault-guard.yaml", {"CentralAccountId": "222233334444", "AdminRoles": "a,b/c", "Strength": "core"}),
    ("stacks/member-guard.yaml", MEMBER | {"Targets": "/Production"}),
    ("stacks/member-guard.yaml", MEMBER | {"Targets": "r-ab12", "ControlTower": "true"}),
    ("examples/scp.yaml", {"Targets": "/Sandbox"}),
    ("examples/weekly-backup.yaml", BACKUP),
    ("examples/consumer.yaml", {"Targets": "/Sandbox", "CostCenters": "100,200"}),
]

# It answers every event with SUCCESS, and keeps its properties.
BOOTSTRAP = """#!{python}
import json, os, pathlib, urllib.request
api = "http://" + os.environ["AWS_LAMBDA_RUNTIME_API"] + "/2018-06-01/runtime/invocation/"
while True:
    with urllib.request.urlopen(api + "next") as answer:
        event, request = json.load(answer), answer.headers["Lambda-Runtime-Aws-Request-Id"]
    if event["RequestType"] == "Create":
        kept = pathlib.Path({folder!r}) / event["LogicalResourceId"]
        kept.write_text(json.dumps(event["ResourceProperties"]))
    body = {{key: event[key] for key in ("StackId", "RequestId", "LogicalResourceId")}}
    data = {{"PolicyId": "p-recorded", "Arn": "arn", "Regions": "eu-west-1"}}
    body |= {{"Status": "SUCCESS", "PhysicalResourceId": "recorded", "Data": data}}
    put = urllib.request.Request(event["ResponseURL"], json.dumps(body).encode(), {{"Content-Type": ""}}, method="PUT")
    urllib.request.urlopen(put).close()
    urllib.request.urlopen(api + request + "/response", b"null").close()
"""


@pytest.fixture(scope="module")
def recorder(aws, tmp_path_factory):
    """The folder that a function writes its events into. It stands behind the export `recorder:ServiceToken`."""
    folder = tmp_path_factory.mktemp("events")
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w") as archive:
        entry = zipfile.ZipInfo("bootstrap")
        entry.external_attr = 0o755 << 16
        archive.writestr(entry, BOOTSTRAP.format(python=sys.executable, folder=str(folder)))
    iam = boto3.client("iam")
    trust = {"Effect": "Allow", "Principal": {"Service": "lambda.amazonaws.com"}, "Action": "sts:AssumeRole"}
    iam.create_role(
        RoleName="recorder", AssumeRolePolicyDocument=json.dumps({"Version": "2012-10-17", "Statement": [trust]})
    )
    function = boto3.client("lambda").create_function(
        FunctionName="recorder",
        Runtime="provided.al2023",
        Handler="bootstrap",
        Role=f"arn:aws:iam::{MANAGEMENT_ACCOUNT}:role/recorder",
        Code={"ZipFile": packed.getvalue()},
        Timeout=60,
    )
    stack = aws.stack("recorder")
    token = {"Value": function["FunctionArn"], "Export": {"Name": "recorder:ServiceToken"}}
    template = {"Resources": {"Topic": {"Type": "AWS::SNS::Topic"}}, "Outputs": {"ServiceToken": token}}
    assert stack.create(template) == "CREATE_COMPLETE", stack.failures()
    yield folder
    assert stack.delete() == "DELETE_COMPLETE"
    boto3.client("lambda").delete_function(FunctionName="recorder")
    iam.delete_role(RoleName="recorder")


def evaluated(template: Path, parameters: dict) -> dict:
    """What the tool says that each of the project's resources is handed."""
    values = [f"{name}={value}" for name, value in parameters.items()]
    where = ["--region", REGION, "--account", MANAGEMENT_ACCOUNT]
    command = [TOOL, "evaluate", template, *where, *(["--parameters", *values] if values else [])]
    whole = json.loads(subprocess.run(command, check=True, stdout=subprocess.PIPE).stdout)
    return {name: one["Properties"] for name, one in whole["Resources"].items() if one["Type"].startswith("Custom::")}


def compare(said, handed, at: str):
    """Yields, for every value, whether the tool knew it, and fails where it said something else."""
    match said:
        case {"Unknown": str()} if len(said) == 1:
            yield False
        case dict():
            assert isinstance(handed, dict) and said.keys() == handed.keys(), f"{at}: {said} and {handed}"
            for key in said:
                yield from compare(said[key], handed[key], f"{at}.{key}")
        case list():
            # MiniStack leaves an empty text where AWS::NoValue was; CloudFormation leaves nothing.
            if len(said) != len(handed):
                handed = [one for one in handed if one != ""]
            assert isinstance(handed, list) and len(said) == len(handed), f"{at}: {said} and {handed}"
            for index, (one, other) in enumerate(zip(said, handed)):
                yield from compare(one, other, f"{at}[{index}]")
        case _:
            assert said == handed, at
            yield True


@pytest.mark.parametrize(("path", "parameters"), TEMPLATES, ids=lambda value: value if isinstance(value, str) else "")
def test_what_the_tool_says_is_what_the_function_is_handed(aws, recorder, tmp_path, path, parameters):
    text = (PROJECT / path).read_text()
    text = text.replace("cfn-org-policy:ServiceToken", "recorder:ServiceToken")
    template = tmp_path / "template.yaml"
    template.write_text(text.replace("Default: cfn-org-policy", "Default: recorder"))
    stack = aws.stack("evaluated")
    assert stack.create(template, **parameters) == "CREATE_COMPLETE", stack.failures()
    assert stack.delete() == "DELETE_COMPLETE"

    said = evaluated(template, parameters)
    assert said, "no resource of the project is in this template"
    known = []
    for name, properties in said.items():
        handed = json.loads((recorder / name).read_text())
        known += compare(properties, handed, f"{path}: {name}")
    print(f"{path}: {sum(known)} values are the same, {len(known) - sum(known)} only a deployment knows")
    # The ServiceToken, and here and there the attribute of another resource.
    assert known.count(False) <= 4 * len(said)
