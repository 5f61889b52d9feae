"""`make deploy`: the function, then the solution, with the values of one file; and what it says of accounts that failed."""

import json
import sys
import tomllib

import pytest
import yaml
from local_aws import FUNCTION_STACK, FUNCTION_TEMPLATE, PROJECT, SOLUTION_TEMPLATE
from upgrade import interfaces

sys.path.insert(0, str(PROJECT / "tools"))

import deploy  # noqa: E402 (found by the line above)

LOCAL = ["--config-file", str(PROJECT / "samconfig.toml"), "--config-env", "local"]


def test_deploys_function_and_solution_and_can_be_run_again(aws, organization, stack, tmp_path, capfd):
    values = tmp_path / "values.yaml"
    values.write_text(f"""
OrganizationId: o-exampleorgid
CentralAccountId: "{organization.vault_account}"
CentralOrganizationalUnitId: {organization.root}
MemberOrganizationalUnitIds: [{organization.production}, {organization.sandbox}]
Regions: [eu-west-1, eu-central-1]
CentralRegion: eu-west-1
AdminRole1: vault-admin
AdminRole2: aws-reserved/sso.amazonaws.com/*AWSReservedSSO_VaultAdmin_*
PolicyTypes: [BACKUP_POLICY, SERVICE_CONTROL_POLICY]
# What MiniStack cannot make.
WithSettings: "false"
WithCentralRoles: "false"
WithCentralAccount: "false"
WithAlarm: "false"
WithWatch: "false"
WithMemberAccounts: "false"
""")
    solution = [*LOCAL, "--stack-name", stack.name, "--template-file", str(SOLUTION_TEMPLATE)]
    function = [*LOCAL, "--template-file", str(FUNCTION_TEMPLATE)]
    of_a_release = tmp_path / "values.json"
    of_a_release.write_text(json.dumps(as_a_release_has(values)))
    for file in (values, of_a_release):
        deploy.deploy(file, function, solution, stack.name)
    assert "No account's stack has failed." in capfd.readouterr().out
    assert stack.outputs()["FunctionStackName"] == FUNCTION_STACK
    made = {policy["Name"]: policy for policy in organization.policies().values()}
    assert made["member-guard"]["Targets"] == {organization.production, organization.sandbox}
    assert made["vault-guard"]["Targets"] == {organization.vault_account}
    assert "cron(0 6 ? * * *)" in made["org-backup-daily"]["Content"]


def as_a_release_has(values):
    """Lists as CloudFormation takes them. A schedule has spaces."""
    named = yaml.safe_load(values.read_text()) | {"DailySchedule": "cron(0 6 ? * * *)"}
    return [f"{name}={','.join(value) if isinstance(value, list) else value}" for name, value in named.items()]


def test_only_the_solution_is_not_rolled_back():
    """A rollback would leave vaults and guards behind, in the way of the next try."""
    environments = tomllib.loads((PROJECT / "samconfig.toml").read_text())
    not_rolled_back = {
        name
        for name, environment in environments.items()
        if isinstance(environment, dict) and environment.get("deploy", {}).get("parameters", {}).get("disable_rollback")
    }
    assert not_rolled_back == {"solution"}


class Listing:
    """CloudFormation's lists of a stack's resources and of a StackSet's instances."""

    PAGES = {
        "list_stack_resources": [
            {"ResourceType": "AWS::CloudFormation::Stack", "PhysicalResourceId": "arn:…", "ResourceStatus": "CREATE_COMPLETE"},
            {
                "ResourceType": "AWS::CloudFormation::StackSet",
                "PhysicalResourceId": "member-account:0123",
                "ResourceStatus": "CREATE_COMPLETE",
            },
        ],
        "list_stack_instances": [
            {"Account": "1", "Region": "eu-west-1", "StackInstanceStatus": {"DetailedStatus": "SUCCEEDED"}},
            {
                "Account": "2",
                "Region": "eu-west-1",
                "StackInstanceStatus": {"DetailedStatus": "FAILED"},
                "StatusReason": "no permission",
            },
        ],
    }

    def __init__(self, _service):
        pass

    def get_paginator(self, operation):
        self.operation = operation
        return self

    def paginate(self, **_):
        key = "Summaries" if self.operation == "list_stack_instances" else "StackResourceSummaries"
        return [{key: self.PAGES[self.operation]}]


def test_names_the_accounts_that_failed(monkeypatch):
    monkeypatch.setattr(deploy.boto3, "client", Listing)
    failed = list(deploy.failed_instances("backup-solution"))
    assert failed == ["member-account: account 2, eu-west-1: FAILED: no permission"]
    with pytest.raises(deploy.Failed, match="account 2, eu-west-1.*\n.*another Revision"):
        deploy.report(failed)


def test_a_deployment_that_was_declined_is_none(aws):
    with pytest.raises(deploy.Failed, match="no-such-stack does not stand .no such stack."):
        deploy.must_stand("no-such-stack")
    deploy.must_stand(FUNCTION_STACK)


def test_says_what_to_do_without_a_file_of_values(tmp_path):
    with pytest.raises(deploy.Failed, match="copy solution.values.example.yaml to it"):
        deploy.deploy(tmp_path / "missing.yaml", [], [])


def test_the_example_of_values_has_all_that_is_required():
    """Every parameter without a default is in the example, and nothing is there that no template has."""
    example = yaml.safe_load((PROJECT / "solution.values.example.yaml").read_text())
    templates = interfaces()
    parameters = templates["solution.yaml"]["parameters"] | templates["template.yaml"]["parameters"]
    assert {name for name, parameter in parameters.items() if parameter["Default"] is None} <= set(example)
    assert set(example) <= set(parameters)
