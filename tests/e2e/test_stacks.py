"""What only a real CloudFormation engine shows, with the compiled function and with IAM enforced: rollbacks, the role's
permissions, packaged files, exports and templates. The rules of the events themselves are tested in tests/it."""

import json
from datetime import timedelta

import boto3
import pytest
from local_aws import FUNCTION_STACK, PROJECT
from resources import (
    DENY_CLOSING,
    EMPTY_BACKUP,
    NO_SUCH_UNIT,
    as_cloudformation_sends,
    delete_event,
    policy,
    template,
)


def test_create_with_a_missing_target_is_cleaned_up(aws, stack, organization):
    targets = [organization.production, organization.sandbox, NO_SUCH_UNIT]
    resource = policy("third-target-missing", targets)

    assert stack.create(template(Policy=resource)) == "ROLLBACK_COMPLETE"
    made = organization.policy("third-target-missing")
    [reason] = stack.failures()
    assert reason.startswith("Policy: attach policy")
    assert made["Id"] in reason and NO_SUCH_UNIT in reason

    # CloudFormation sends the Delete for the id of the FAILED answer; MiniStack does not.
    event = {"StackId": made["Tags"]["cfn-org-policy:stack-id"], "LogicalResourceId": "Policy"}
    answer = aws.send(delete_event(resource, made["Id"], **event))
    assert (answer["Status"], answer["PhysicalResourceId"]) == ("SUCCESS", made["Id"])
    assert organization.policy("third-target-missing") is None


def test_late_delivery_asks_cloudformation_and_stops(aws, stack, organization):
    resource = policy("delivered-again", [organization.production])
    assert stack.create(template(Policy=resource)) == "CREATE_COMPLETE", stack.failures()
    before = organization.policies()

    event = {
        "RequestType": "Create",
        "StackId": organization.policy("delivered-again")["Tags"]["cfn-org-policy:stack-id"],
        "LogicalResourceId": "Policy",
        "ResourceType": "Custom::OrgPolicy",
        "ResourceProperties": as_cloudformation_sends(policy("delivered-late", [organization.production])["Properties"]),
    }
    answer = aws.send(event, age=timedelta(seconds=60))
    assert answer["Status"] == "FAILED"
    assert "CREATE_COMPLETE" in answer["Reason"]
    assert "CloudFormation has gone on without this event" in answer["Reason"]
    assert organization.policies() == before


def test_copy_actions_are_keyed_by_a_parameter(stack, organization):
    vault = f"arn:aws:backup:eu-west-1:{organization.vault_account}:backup-vault:central"
    second = f"arn:aws:backup:eu-central-1:{organization.vault_account}:backup-vault:central"
    wanted = {
        "PolicyPrefix": "keyed",
        "Targets": "/Production",
        "Regions": "eu-west-1,eu-central-1",
        "CentralVaultArn": vault,
    }
    template = PROJECT / "stacks" / "backup-policies.yaml"
    assert stack.create(template, **wanted) == "CREATE_COMPLETE", stack.failures()

    made = {rhythm: organization.policy(f"keyed-{rhythm}") for rhythm in ("daily", "monthly")}
    assert {policy["Id"] for policy in made.values()} == set(stack.outputs().values())
    assert all(policy["Targets"] == {organization.production} for policy in made.values())
    plan = json.loads(made["daily"]["Content"])["plans"]["keyed-daily"]
    assert plan["rules"]["daily"]["copy_actions"] == {vault: copy(vault, delete_after_days="35")}
    assert plan["regions"] == {"@@assign": ["eu-west-1", "eu-central-1"]}
    [selection] = plan["selections"]["tags"].values()
    assert selection["iam_role_arn"] == {"@@assign": "arn:aws:iam::$account:role/member-backup-role"}

    wanted |= {"SecondVaultArn": second, "MonthlyCopyColdAfterDays": "30"}
    assert stack.update(template, **wanted) == "UPDATE_COMPLETE", stack.failures()
    plan = json.loads(organization.policy("keyed-monthly")["Content"])["plans"]["keyed-monthly"]
    assert plan["rules"]["monthly"]["copy_actions"] == {
        vault: copy(vault, move_to_cold_storage_after_days="30", delete_after_days="366"),
        second: copy(second, delete_after_days="366"),
    }


def test_the_air_gapped_vault_has_a_plan_of_its_own(stack, organization):
    vault = f"arn:aws:backup:eu-west-1:{organization.vault_account}:backup-vault"
    wanted = {
        "PolicyPrefix": "gapped",
        "Targets": "/Production",
        "Regions": "eu-west-1",
        "CentralVaultArn": f"{vault}:central",
        "AirGappedVaultArn": f"{vault}:air-gapped",
        "AirGappedResourceTypes": "ec2:*:*:volume/*,s3:::*",
        "AirGappedSecondTagValue": "weekly",
    }
    template = PROJECT / "stacks" / "backup-policies.yaml"
    assert stack.create(template, **wanted) == "CREATE_COMPLETE", stack.failures()

    plan = json.loads(organization.policy("gapped-air-gapped")["Content"])["plans"]["gapped-air-gapped"]
    copies = {f"{vault}:air-gapped": copy(f"{vault}:air-gapped", delete_after_days="35")}
    assert plan["rules"]["air-gapped"]["copy_actions"] == copies
    selections = plan["selections"]["resources"]
    assert selections.keys() == {"first", "second"}
    assert selections["second"] == {
        "iam_role_arn": {"@@assign": "arn:aws:iam::$account:role/member-backup-role"},
        "resource_types": {"@@assign": ["arn:aws:ec2:*:*:volume/*", "arn:aws:s3:::*"]},
        "conditions": {
            "string_equals": {
                "tag": {
                    "condition_key": {"@@assign": "aws:ResourceTag/backup"},
                    "condition_value": {"@@assign": "weekly"},
                }
            }
        },
    }
    daily = json.loads(organization.policy("gapped-daily")["Content"])["plans"]["gapped-daily"]
    assert daily["rules"]["daily"]["copy_actions"].keys() == {f"{vault}:central"}

    del wanted["AirGappedVaultArn"]
    assert stack.update(template, **wanted) == "UPDATE_COMPLETE", stack.failures()
    assert organization.policy("gapped-air-gapped") is None


def copy(vault, **lifecycle):
    """A copy action, as the stored policy has it."""
    assigned = {days: {"@@assign": value} for days, value in lifecycle.items()}
    return {"target_backup_vault_arn": {"@@assign": vault}, "lifecycle": assigned}


def test_content_from_a_packaged_file(aws, stack, organization):
    """SAM uploads the file that AWS::Include names, and CloudFormation puts it in."""
    aws.sam_deploy(
        *("--stack-name", stack.name),
        *("--parameter-overrides", f"FunctionStack={FUNCTION_STACK}"),
        template=PROJECT / "tests" / "e2e" / "included" / "template.yaml",
    )
    assert json.loads(organization.policy("included")["Content"])["Statement"] == [
        {"Sid": "FromTheFile", "Effect": "Deny", "Action": "organizations:LeaveOrganization", "Resource": "*"}
    ]


def test_a_rolled_back_replacement_leaves_the_first_policy(stack, organization):
    first = template(Policy=policy("retyped-in-vain", [organization.sandbox]))
    assert stack.create(first) == "CREATE_COMPLETE"
    before = organization.policies()

    second = template(
        Policy=policy("retyped-in-vain", [organization.sandbox], Type="BACKUP_POLICY", Content=EMPTY_BACKUP),
        Failing=policy("never-made", [], depends_on=["Policy"], Content="no JSON"),
    )
    assert stack.update(second) == "UPDATE_ROLLBACK_COMPLETE"
    # CloudFormation sends the first policy an Update, which takes this tag off; MiniStack sends none.
    after = organization.policies()
    for left in after.values():
        left["Tags"].pop("cfn-org-policy:replaced-by", None)
    assert after == before


def test_a_policy_moves_to_another_resource_and_back(stack, organization):
    """With the roles that the function has on AWS: it asks CloudFormation who holds the policy."""
    first = template(Old=policy("moved", [organization.sandbox]))
    assert stack.create(first) == "CREATE_COMPLETE"
    before = organization.policies()
    [policy_id] = stack.physical_ids().values()
    moved = policy("moved", [organization.sandbox], AdoptExisting=policy_id, ServiceTimeout=180)

    failing = policy("never-made", [], depends_on=["New"], Content="no JSON")
    assert stack.update(template(New=moved, Failing=failing)) == "UPDATE_ROLLBACK_COMPLETE"
    rolled_back = organization.policies()
    assert rolled_back[policy_id]["Tags"]["cfn-org-policy:logical-id"] == "Old"
    assert rolled_back.keys() == before.keys()

    assert stack.update(template(New=moved)) == "UPDATE_COMPLETE", stack.failures()
    after = organization.policies()
    assert after[policy_id]["Tags"]["cfn-org-policy:logical-id"] == "New"
    assert after[policy_id]["Targets"] == before[policy_id]["Targets"]
    assert stack.delete() == "DELETE_COMPLETE"
    assert policy_id not in organization.policies()


def test_a_failing_update_rolls_back(stack, organization):
    first = template(Policy=policy("steady", [organization.production]))
    assert stack.create(first) == "CREATE_COMPLETE"
    before = organization.policies()

    second = template(Policy=policy("steady", [organization.sandbox, NO_SUCH_UNIT], Content=DENY_CLOSING))
    assert stack.update(second) == "UPDATE_ROLLBACK_COMPLETE"
    [reason] = stack.failures()
    assert "attach policy" in reason and NO_SUCH_UNIT in reason
    assert organization.policies() == before


def test_the_role_may_adopt_and_give_back(stack, organization):
    """No other test here makes the calls TagResource and UntagResource, which are granted in a statement of their own."""
    organizations = boto3.client("organizations")
    made = organizations.create_policy(
        Name="made-by-hand", Type="SERVICE_CONTROL_POLICY", Description="by hand", Content=json.dumps(DENY_CLOSING)
    )
    policy_id = made["Policy"]["PolicySummary"]["Id"]
    resource = policy("made-by-hand", AdoptExisting=True, ServiceTimeout=180)  # it makes sure for half a minute
    assert stack.create(template(Policy=resource)) == "CREATE_COMPLETE", stack.failures()
    assert stack.physical_ids() == {"Policy": policy_id}
    assert "cfn-org-policy:adopted" in organization.policies()[policy_id]["Tags"]
    assert stack.delete() == "DELETE_COMPLETE"
    assert organization.policies()[policy_id]["Tags"] == {}
    organizations.delete_policy(PolicyId=policy_id)


@pytest.fixture
def without_attach_policy(aws):
    """The function's role without the right to attach, for one test."""
    iam = boto3.client("iam")
    inline = {"RoleName": aws.stack(FUNCTION_STACK).physical_ids()["Role"], "PolicyName": "organization"}
    granted = iam.get_role_policy(**inline)["PolicyDocument"]
    reduced = json.loads(json.dumps(granted))
    for statement in reduced["Statement"]:
        statement["Action"] = [action for action in statement["Action"] if action != "organizations:AttachPolicy"]
    iam.put_role_policy(**inline, PolicyDocument=json.dumps(reduced))
    yield
    iam.put_role_policy(**inline, PolicyDocument=json.dumps(granted))


def test_a_missing_permission_is_named(aws, stack, organization, without_attach_policy):
    resource = policy("not-permitted", [organization.sandbox])
    assert stack.create(template(Policy=resource)) == "ROLLBACK_COMPLETE"
    [reason] = stack.failures()
    assert "attach policy" in reason and organization.sandbox in reason
    assert "organizations:AttachPolicy" in reason

    made = organization.policy("not-permitted")
    stack_id = made["Tags"]["cfn-org-policy:stack-id"]
    aws.send(delete_event(resource, made["Id"], StackId=stack_id, LogicalResourceId="Policy"))
