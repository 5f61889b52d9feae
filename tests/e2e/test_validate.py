"""tools/validate.sh: what it prints without AWS, and, where an AWS CLI is installed, what it does on MiniStack.

MiniStack sends the events of custom resources to functions only, so one that hands them to the script's queue takes the
place of the script's topic.
"""

import io
import json
import os
import re
import shutil
import subprocess
import sys
import zipfile

import boto3
import pytest
from local_aws import PROJECT

SCRIPT = PROJECT / "tools" / "validate.sh"
FORWARDER = "cfn-org-policy-validate-forwarder"
FORWARDER_CODE = """
import json, boto3
def handler(event, context):
    queue = event["ResourceProperties"]["Queue"]
    boto3.client("sqs").send_message(QueueUrl=queue, MessageBody=json.dumps(event))
"""


def validate(*arguments, aws="aws"):
    return subprocess.run(
        [SCRIPT, *arguments], env=os.environ | {"AWS": aws}, capture_output=True, text=True, check=False, timeout=300
    )


def checks():
    return validate("--list").stdout.split()


def test_the_page_names_every_check_and_no_other():
    page = (PROJECT / "docs" / "VALIDATION.md").read_text()
    assert sorted(re.findall(r"^\*\*`(\w+)`: ", page, re.MULTILINE)) == sorted(checks())


def test_a_dry_run_prints_the_calls_of_every_check_and_makes_none():
    run = validate("--dry-run", "--cloudformation", "--repeat", "1", aws="no-such-command")
    assert run.returncode == 0, run.stderr
    sections = dict(re.findall(r"^## (\w+)\n((?:\+ .*\n?)*)", run.stdout, re.MULTILINE))
    assert list(sections) == checks()
    assert all(section for section in sections.values())
    made = len(re.findall(r"^\+ .* create-policy ", run.stdout, re.MULTILINE))
    assert made > 10
    targets = set(re.findall(r"(?:attach|detach)-policy .*--target-id (\S+)", run.stdout))
    assert targets == {"ou-root-scratch"}


@pytest.mark.parametrize("account, said", [("222233334444", "not the management account"), ("", "said nothing")])
def test_it_refuses_another_account(tmp_path, account, said):
    command = tmp_path / "aws"
    answer = f"echo {account}" if account else "echo said nothing >&2; exit 255"
    command.write_text(
        f"#!/bin/sh\ncase $2 in get-caller-identity) {answer};; describe-organization) echo 111122223333;;\n"
        f"*) touch {tmp_path}/called;; esac\n"
    )
    command.chmod(0o755)
    run = validate("--yes", aws=str(command))
    assert run.returncode == 1
    assert said in run.stderr
    assert not (tmp_path / "called").exists()


@pytest.fixture
def forwarder():
    code = io.BytesIO()
    with zipfile.ZipFile(code, "w") as package:
        package.writestr("index.py", FORWARDER_CODE)
    principal = {"Effect": "Allow", "Principal": {"Service": "lambda.amazonaws.com"}, "Action": "sts:AssumeRole"}
    right = {"Effect": "Allow", "Action": "sqs:SendMessage", "Resource": "*"}
    iam, functions = boto3.client("iam"), boto3.client("lambda")
    role = iam.create_role(
        RoleName=FORWARDER, AssumeRolePolicyDocument=json.dumps({"Version": "2012-10-17", "Statement": [principal]})
    )["Role"]["Arn"]
    document = json.dumps({"Version": "2012-10-17", "Statement": [right]})
    iam.put_role_policy(RoleName=FORWARDER, PolicyName="forward", PolicyDocument=document)
    yield functions.create_function(
        FunctionName=FORWARDER,
        Runtime=f"python3.{sys.version_info.minor}",
        Role=role,
        Handler="index.handler",
        Code={"ZipFile": code.getvalue()},
    )["FunctionArn"]
    functions.delete_function(FunctionName=FORWARDER)
    iam.delete_role_policy(RoleName=FORWARDER, PolicyName="forward")
    iam.delete_role(RoleName=FORWARDER)


@pytest.mark.skipif(not shutil.which("aws"), reason="no AWS CLI is installed")
def test_it_runs_and_leaves_nothing_behind(aws, forwarder):
    wanted = ["--only", "not_attached_lags", "--only", "retain_sends_no_update"]
    run = validate(
        *("--yes", "--repeat", "1", "--window", "1", "--cloudformation", "--service-token", forwarder, *wanted),
        # Version 1 of the CLI takes the endpoint of SQS from nowhere else.
        aws=f"aws --endpoint-url {aws.endpoint}",
    )
    assert run.returncode == 0, run.stderr
    assert "| DetachPolicy right after AttachPolicy | at once |" in run.stdout
    events = re.findall(r"^1\. (Create|Update|Delete) A, ", run.stdout, re.MULTILINE)
    assert events == ["Create", "Delete"]
    assert "Not finished" not in run.stdout and "left behind" not in run.stderr
    assert "111122223333" not in run.stdout

    organizations = boto3.client("organizations")
    root = organizations.list_roots()["Roots"][0]["Id"]
    units = organizations.list_organizational_units_for_parent(ParentId=root)["OrganizationalUnits"]
    assert [unit for unit in units if unit["Name"].startswith("cfn-org-policy-validate")] == []
    assert boto3.client("sns").list_topics()["Topics"] == []
    assert boto3.client("sqs").list_queues().get("QueueUrls", []) == []
