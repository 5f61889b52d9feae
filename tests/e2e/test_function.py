"""What an operator of the function sees: its own stack, from template.yaml."""

import json

import boto3
import pytest
from botocore.exceptions import ClientError
from local_aws import MANAGEMENT_ACCOUNT
from resources import policy, template

# In the other tests the function's account is the management account.
OTHER_MANAGEMENT_ACCOUNT = "444455556666"
DELEGATED = "cfn-org-policy-delegated"
SERVICE_TOKEN = {"Fn::ImportValue": f"{DELEGATED}:ServiceToken"}


def in_other_account(service):
    return boto3.client(service, aws_access_key_id=OTHER_MANAGEMENT_ACCOUNT, aws_secret_access_key="local")


def allow(**statement):
    return json.dumps({"Version": "2012-10-17", "Statement": [{"Effect": "Allow", **statement}]})


@pytest.fixture(scope="module")
def delegated(aws):
    """A second function, which assumes a role in another management account."""
    trust = allow(Action="sts:AssumeRole", Principal={"AWS": f"arn:aws:iam::{MANAGEMENT_ACCOUNT}:root"})
    right = allow(Action="organizations:*", Resource="*")
    iam = in_other_account("iam")
    iam.create_role(RoleName="policies", AssumeRolePolicyDocument=trust)
    iam.put_role_policy(RoleName="policies", PolicyName="policies", PolicyDocument=right)

    role = f"arn:aws:iam::{OTHER_MANAGEMENT_ACCOUNT}:role/policies"
    aws.sam_deploy("--stack-name", DELEGATED, "--parameter-overrides", f"ManagementRoleArn={role}")
    function = aws.stack(DELEGATED)
    yield function
    assert function.delete() == "DELETE_COMPLETE"


def test_the_management_account_is_reached_through_its_role(delegated, stack):
    resource = policy("across-accounts", ["Root"], ServiceToken=SERVICE_TOKEN)
    assert stack.create(template(Policy=resource)) == "CREATE_COMPLETE", stack.failures()

    organizations = in_other_account("organizations")
    root = organizations.list_roots()["Roots"][0]["Id"]
    [target] = organizations.list_targets_for_policy(PolicyId=stack.physical_ids()["Policy"])["Targets"]
    assert target["TargetId"] == root


def test_no_parameter_replaces_the_function(aws, delegated):
    before = delegated.physical_ids()["Function"], delegated.outputs()["ServiceToken"]
    aws.sam_deploy(
        *("--stack-name", DELEGATED, "--parameter-overrides"),
        *("Architecture=arm64", "MemorySize=512", "LogLevel=warn", "LogRetentionDays=30"),
        *("PolicyTypes=BACKUP_POLICY", "PolicyContentLimits=BACKUP_POLICY=9000"),
        "AlarmTopicArn=arn:aws:sns:us-east-1:111122223333:alarms",
    )
    assert (delegated.physical_ids()["Function"], delegated.outputs()["ServiceToken"]) == before


def test_the_function_cannot_be_deleted_before_its_consumers(delegated, stack):
    resource = policy("consumer", ServiceToken=SERVICE_TOKEN)
    assert stack.create(template(Policy=resource)) == "CREATE_COMPLETE", stack.failures()
    with pytest.raises(ClientError, match="imported by stack"):
        delegated.delete()
