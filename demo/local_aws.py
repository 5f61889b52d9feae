"""A local AWS for the demo and the end-to-end tests: MiniStack with an organization and the deployed function.

Everything runs on 127.0.0.1 and in a temporary folder, and ends with the `with` block that started it.
"""

import json
import os
import signal
import socket
import subprocess
import sys
import tempfile
import time
import uuid
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path
from unittest.mock import patch
from urllib.error import URLError
from urllib.request import urlopen

import boto3
from botocore.config import Config

PROJECT = Path(__file__).resolve().parent.parent
FUNCTION_STACK = "cfn-org-policy"
# What is deployed: the build for this machine, or the one that is shipped, each as the Makefile makes it.
SHIPPED = os.environ.get("BUILD") == "shipped"
PACKAGED = PROJECT / ".aws-sam" / ("build" if SHIPPED else "local")
FUNCTION_TEMPLATE = PACKAGED / "template.yaml"
BOOTSTRAP = PACKAGED / "Function" / "bootstrap"
SOLUTION_TEMPLATE = PROJECT / ".aws-sam" / "solution" / "template.yaml" if SHIPPED else PACKAGED / "solution.yaml"
WATCH_TEMPLATE = PROJECT / ".aws-sam" / "solution" / "Watch" / "template.yaml" if SHIPPED else PACKAGED / "stacks" / "watch.yaml"
# The command-line tool, as `make local-tool` compiles it.
TOOL = Path(os.environ.get("CARGO_TARGET_DIR", PROJECT / "target")) / "debug" / "org-policy"
REGION = "us-east-1"
# MiniStack treats an access key id of twelve digits as the id of the caller's account.
MANAGEMENT_ACCOUNT = "111122223333"
POLICY_TYPES = ("SERVICE_CONTROL_POLICY", "BACKUP_POLICY")
# Organizations attaches this policy everywhere. Showing it on every line would make the tree harder to read.
FULL_ACCESS = "FullAWSAccess"


def free_port() -> int:
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        return free.getsockname()[1]


def client(service: str, account: str = MANAGEMENT_ACCOUNT, region: str = REGION):
    """Returns a client that acts as the account itself."""
    return boto3.client(service, region_name=region, aws_access_key_id=account, aws_secret_access_key="local")


class LocalAws:
    """MiniStack with enforced IAM, started for a `with` block. From then on, boto3 and SAM call it."""

    def __init__(self):
        self._folder = tempfile.TemporaryDirectory(prefix="cfn-org-policy-")
        self._process = None
        self._log_seen = set()
        self.port = free_port()
        self.endpoint = f"http://127.0.0.1:{self.port}"
        # Neither the caller's settings for a real AWS nor the caller's profiles may have an effect here.
        for name in [name for name in os.environ if name.startswith("AWS_")]:
            del os.environ[name]
        os.environ |= {
            "AWS_ENDPOINT_URL": self.endpoint,
            "AWS_ACCESS_KEY_ID": MANAGEMENT_ACCOUNT,
            "AWS_SECRET_ACCESS_KEY": "local",
            "AWS_REGION": REGION,
            "AWS_DEFAULT_REGION": REGION,
            "AWS_CONFIG_FILE": os.devnull,
            "AWS_SHARED_CREDENTIALS_FILE": os.devnull,
            "AWS_EC2_METADATA_DISABLED": "true",
            "TMPDIR": self._folder.name,
        }

    def __enter__(self):
        # SIGTERM, like Ctrl-C, must not leave MiniStack running.
        signal.signal(signal.SIGTERM, lambda *_: sys.exit("terminated"))
        with open(Path(self._folder.name) / "ministack.log", "wb") as log:
            self._process = subprocess.Popen(
                [Path(sys.executable).with_name("ministack")],
                env=os.environ
                | {
                    "AUTH": "true",
                    "BIND_HOST": "127.0.0.1",
                    "MINISTACK_HOST": "127.0.0.1",
                    "GATEWAY_PORT": str(self.port),
                },
                stdout=log,
                stderr=log,
                # A process group of its own, so that the functions that MiniStack runs end with it.
                start_new_session=True,
            )
        try:
            self._wait_until_healthy()
        except BaseException:
            self.__exit__()
            raise
        return self

    def __exit__(self, *_):
        try:
            os.killpg(self._process.pid, signal.SIGTERM)
            self._process.wait(timeout=10)
        except subprocess.TimeoutExpired:
            os.killpg(self._process.pid, signal.SIGKILL)
            self._process.wait()
        except ProcessLookupError:
            pass
        self._folder.cleanup()

    def _wait_until_healthy(self):
        deadline = time.monotonic() + 30
        while time.monotonic() < deadline:
            if self._process.poll() is not None:
                break
            try:
                with urlopen(f"{self.endpoint}/_ministack/health", timeout=2):
                    return
            except (URLError, OSError):
                time.sleep(0.1)
        log = (Path(self._folder.name) / "ministack.log").read_text(errors="replace")
        raise RuntimeError(f"MiniStack did not start:\n{log}")

    def sam_deploy(self, *arguments: str, template: Path = FUNCTION_TEMPLATE):
        """Runs `sam deploy` with the profile `local`: without arguments, for the function."""
        sam = PROJECT / ".tools" / "sam" / "bin" / "sam"
        profile = ["--config-file", PROJECT / "samconfig.toml", "--config-env", "local"]
        result = subprocess.run(
            [sam, "deploy", *profile, "--template-file", template, *arguments],
            cwd=PROJECT,
            env=os.environ | {"SAM_CLI_TELEMETRY": "0", "SAM_CLI_POLL_DELAY": "0.5"},
            text=True,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            check=False,
        )
        if result.returncode != 0:
            raise RuntimeError(f"sam deploy failed:\n{result.stdout}")

    def new_log_lines(self) -> list[str]:
        """Returns what the function has logged since the last call."""
        find = boto3.client("logs").get_paginator("filter_log_events")
        pages = find.paginate(logGroupName=f"/aws/lambda/{FUNCTION_STACK}")
        # MiniStack writes a separate stream for each invocation, all at once, when the invocation ends.
        events = [event for page in pages for event in page["events"] if event["logStreamName"] not in self._log_seen]
        self._log_seen |= {event["logStreamName"] for event in events}
        events.sort(key=lambda event: event["timestamp"])
        lines = [line for event in events for line in event["message"].splitlines()]
        # MiniStack also writes the lines of Lambda itself. The version is the first line of each process, of which MiniStack
        # starts as many as it likes.
        return [line for line in lines if not line.startswith(("START ", "END ", "REPORT ", " INFO cfn-org-policy "))]

    def answer_box(self, age: timedelta = timedelta(), endpoint: str | None = None):
        """Returns a presigned URL of S3, which is what the ResponseURL is on AWS, and a function that reads the
        response from there. The URL is as old as the event, and it is valid for one endpoint."""
        s3 = boto3.client("s3")
        place = {"Bucket": "responses", "Key": str(uuid.uuid4())}
        s3.create_bucket(Bucket=place["Bucket"])
        signer = boto3.client("s3", endpoint_url=endpoint, config=Config(signature_version="s3v4"))
        signed = datetime.now(UTC).replace(tzinfo=None) - age
        with patch("botocore.auth.get_current_datetime", return_value=signed):
            url = signer.generate_presigned_url("put_object", Params=place)
        return url, lambda: json.loads(s3.get_object(**place)["Body"].read())

    def send(self, event: dict, age: timedelta = timedelta()) -> dict:
        """Sends the function an event that this CloudFormation would not send, and returns the response."""
        url, answer = self.answer_box(age)
        event = {"RequestId": str(uuid.uuid4()), "ResponseURL": url, **event}
        function = self.stack(FUNCTION_STACK).physical_ids()["Function"]
        invoked = boto3.client("lambda").invoke(FunctionName=function, Payload=json.dumps(event))
        if "FunctionError" in invoked:
            raise RuntimeError(f"the function failed: {invoked['Payload'].read().decode()}")
        return answer()

    def stack(self, name: str, account: str = MANAGEMENT_ACCOUNT, region: str = REGION) -> "Stack":
        return Stack(name, account, region)


class Stack:
    """A stack, found by its name. Each operation waits until it has ended and returns the status."""

    def __init__(self, name: str, account: str, region: str):
        self._cloudformation = client("cloudformation", account, region)
        self.name = name
        self._id = name
        self._events_seen = set()

    def create(self, template: str | Path | dict, **parameters) -> str:
        self._id = self._cloudformation.create_stack(**self._request(template, parameters))["StackId"]
        return self._settle()

    def update(self, template: str | Path | dict, **parameters) -> str:
        self._cloudformation.update_stack(**self._request(template, parameters))
        return self._settle()

    def delete(self) -> str:
        # A deleted stack can be found by its id only.
        self._id = self._cloudformation.describe_stacks(StackName=self._id)["Stacks"][0]["StackId"]
        self._cloudformation.delete_stack(StackName=self._id)
        return self._settle()

    def _request(self, template, parameters):
        if isinstance(template, Path):
            template = template.read_text()
        elif isinstance(template, dict):
            template = json.dumps(template)
        return {
            "StackName": self.name,
            "TemplateBody": template,
            "Parameters": [{"ParameterKey": key, "ParameterValue": value} for key, value in parameters.items()],
            "Capabilities": ["CAPABILITY_AUTO_EXPAND", "CAPABILITY_NAMED_IAM"],
        }

    def _settle(self) -> str:
        while True:
            stack = self._cloudformation.describe_stacks(StackName=self._id)["Stacks"][0]
            if not stack["StackStatus"].endswith("IN_PROGRESS"):
                return stack["StackStatus"]
            time.sleep(0.2)

    def outputs(self) -> dict[str, str]:
        stack = self._cloudformation.describe_stacks(StackName=self._id)["Stacks"][0]
        return {output["OutputKey"]: output["OutputValue"] for output in stack.get("Outputs", [])}

    def physical_ids(self) -> dict[str, str]:
        resources = self._cloudformation.describe_stack_resources(StackName=self._id)["StackResources"]
        return {resource["LogicalResourceId"]: resource["PhysicalResourceId"] for resource in resources}

    def failures(self) -> list[str]:
        """Returns the reasons of the resources that have failed since the last call."""
        reasons = []
        for event in reversed(self._cloudformation.describe_stack_events(StackName=self._id)["StackEvents"]):
            new = event["EventId"] not in self._events_seen
            self._events_seen.add(event["EventId"])
            is_resource = event["ResourceType"] != "AWS::CloudFormation::Stack"
            if new and is_resource and event["ResourceStatus"].endswith("_FAILED"):
                reasons.append(f"{event['LogicalResourceId']}: {event['ResourceStatusReason']}")
        return reasons


@dataclass
class Node:
    """A root, an organizational unit or an account, with the policies that are attached to it."""

    id: str
    name: str
    policies: list[str]
    children: list["Node"] = field(default_factory=list)

    def walk(self):
        yield self
        for child in self.children:
            yield from child.walk()


class Organization:
    """A small organization: its units and accounts, and which policies are attached where."""

    def __init__(self):
        self._client = boto3.client("organizations")
        self.root = self._client.list_roots()["Roots"][0]["Id"]
        security = self._unit(self.root, "Security")
        self.backup = self._unit(security, "Backup")
        self.production = self._unit(self.root, "Production")
        self.sandbox = self._unit(self.root, "Sandbox")
        self.vault_account = self._account(self.backup, "backup-account")
        self.shop_account = self._account(self.production, "shop")
        self.data_account = self._account(self.production, "data")
        self.trial_account = self._account(self.sandbox, "trial")

    def _unit(self, parent: str, name: str) -> str:
        unit = self._client.create_organizational_unit(ParentId=parent, Name=name)
        return unit["OrganizationalUnit"]["Id"]

    def _account(self, parent: str, name: str) -> str:
        status = self._client.create_account(AccountName=name, Email=f"{name}@example.com")
        account = status["CreateAccountStatus"]["AccountId"]
        self._client.move_account(AccountId=account, SourceParentId=self.root, DestinationParentId=parent)
        return account

    def enable(self, policy_type: str):
        self._client.enable_policy_type(RootId=self.root, PolicyType=policy_type)

    def _pages(self, operation: str, key: str, **arguments) -> list[dict]:
        pages = self._client.get_paginator(operation).paginate(**arguments)
        return [item for page in pages for item in page[key]]

    def tree(self) -> Node:
        def node(target: str, name: str, is_account: bool = False) -> Node:
            children = []
            if not is_account:
                for account in self._pages("list_accounts_for_parent", "Accounts", ParentId=target):
                    children.append(node(account["Id"], account["Name"], is_account=True))
                for unit in self._pages(
                    "list_organizational_units_for_parent", "OrganizationalUnits", ParentId=target
                ):
                    children.append(node(unit["Id"], f"{unit['Name']}/"))
            return Node(target, name, self._attached(target), children)

        return node(self.root, "Root/")

    def _attached(self, target: str) -> list[str]:
        names = []
        for policy_type, label in zip(POLICY_TYPES, ("scp", "backup policy"), strict=True):
            for policy in self._pages("list_policies_for_target", "Policies", TargetId=target, Filter=policy_type):
                if policy["Name"] != FULL_ACCESS:
                    names.append(f"{label} {policy['Name']}")
        return sorted(names)

    def policies(self) -> dict[str, dict]:
        """Returns every policy by its id, with its summary, content, tags and targets."""
        found = {}
        for policy_type in POLICY_TYPES:
            for summary in self._pages("list_policies", "Policies", Filter=policy_type):
                policy = summary["Id"]
                found[policy] = {
                    **summary,
                    "Content": self._client.describe_policy(PolicyId=policy)["Policy"]["Content"],
                    "Tags": {
                        tag["Key"]: tag["Value"]
                        for tag in self._pages("list_tags_for_resource", "Tags", ResourceId=policy)
                    },
                    "Targets": {
                        target["TargetId"]
                        for target in self._pages("list_targets_for_policy", "Targets", PolicyId=policy)
                    },
                }
        return found

    def policy(self, name: str) -> dict | None:
        return next((policy for policy in self.policies().values() if policy["Name"] == name), None)
