"""What a user of Custom::OrgPolicy sees: stacks, deployed by a real CloudFormation engine to the compiled function."""

import json
from datetime import timedelta

import boto3
import pytest
from local_aws import FUNCTION_STACK, PROJECT
from resources import (
    DENY_CLOSING,
    DENY_LEAVING,
    EMPTY_BACKUP,
    NO_SUCH_UNIT,
    as_cloudformation_sends,
    delete_event,
    policy,
    template,
)


def test_twenty_policies_in_one_stack(stack, organization):
    def twenty(content, target):
        return template(**{f"Policy{n}": policy(f"twenty-{n}", [target], Content=content) for n in range(20)})

    assert stack.create(twenty(DENY_LEAVING, organization.production)) == "CREATE_COMPLETE"
    created = stack.physical_ids()
    assert set(created.values()) <= set(organization.policies())

    assert stack.update(twenty(DENY_CLOSING, organization.sandbox)) == "UPDATE_COMPLETE"
    assert stack.physical_ids() == created
    for policy_id in created.values():
        updated = organization.policies()[policy_id]
        assert json.loads(updated["Content"]) == DENY_CLOSING
        assert updated["Targets"] == {organization.sandbox}

    assert stack.delete() == "DELETE_COMPLETE"
    assert not set(created.values()) & set(organization.policies())


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


def test_failed_create_answers_the_id_of_the_policy_it_has_made(aws, organization):
    resource = policy("answered-by-hand", [organization.production, organization.sandbox, NO_SUCH_UNIT])
    event = {
        "StackId": "arn:aws:cloudformation:us-east-1:111122223333:stack/by-hand/00000000-0000-0000-0000-000000000000",
        "LogicalResourceId": "Policy",
        "ResourceType": "Custom::OrgPolicy",
        "ResourceProperties": as_cloudformation_sends(resource["Properties"]),
    }

    answer = aws.send({"RequestType": "Create", **event})
    assert answer["Status"] == "FAILED"
    assert answer["PhysicalResourceId"] == organization.policy("answered-by-hand")["Id"]

    answer = aws.send({"RequestType": "Delete", "PhysicalResourceId": answer["PhysicalResourceId"], **event})
    assert answer["Status"] == "SUCCESS"


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


def test_reordered_keys_write_nothing(aws, stack, organization):
    def with_content(text):
        return template(Policy=policy("reordered", [organization.production], Content=text))

    reordered = dict(reversed(DENY_LEAVING.items()))
    assert stack.create(with_content(json.dumps(DENY_LEAVING))) == "CREATE_COMPLETE"
    before = organization.policies()
    aws.new_log_lines()

    assert stack.update(with_content(json.dumps(reordered))) == "UPDATE_COMPLETE"
    assert any("Update" in line for line in aws.new_log_lines()), "the function was not asked"
    # The stored text still has its first order: nothing was sent.
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
    assert selection["iam_role_arn"] == {"@@assign": "arn:aws:iam::$account:role/central-backup"}

    wanted |= {"SecondVaultArn": second, "MonthlyCopyColdAfterDays": "30"}
    assert stack.update(template, **wanted) == "UPDATE_COMPLETE", stack.failures()
    plan = json.loads(organization.policy("keyed-monthly")["Content"])["plans"]["keyed-monthly"]
    assert plan["rules"]["monthly"]["copy_actions"] == {
        vault: copy(vault, move_to_cold_storage_after_days="30", delete_after_days="366"),
        second: copy(second, delete_after_days="366"),
    }


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


def test_another_type_replaces_the_policy(stack, organization):
    assert stack.create(template(Policy=policy("retyped", [organization.sandbox]))) == "CREATE_COMPLETE"
    old = stack.physical_ids()["Policy"]

    backup = policy("retyped", [organization.sandbox], Type="BACKUP_POLICY", Content=EMPTY_BACKUP)
    assert stack.update(template(Policy=backup)) == "UPDATE_COMPLETE"
    new = stack.physical_ids()["Policy"]
    policies = organization.policies()
    assert old not in policies
    assert policies[new]["Type"] == "BACKUP_POLICY"
    assert policies[new]["Targets"] == {organization.sandbox}


def test_a_rolled_back_replacement_leaves_the_first_policy(stack, organization):
    first = template(Policy=policy("retyped-in-vain", [organization.sandbox]))
    assert stack.create(first) == "CREATE_COMPLETE"
    before = organization.policies()

    second = template(
        Policy=policy("retyped-in-vain", [organization.sandbox], Type="BACKUP_POLICY", Content=EMPTY_BACKUP),
        Failing=policy("never-made", [], depends_on=["Policy"], Content="no JSON"),
    )
    assert stack.update(second) == "UPDATE_ROLLBACK_COMPLETE"
    assert organization.policies() == before


def test_a_failing_update_rolls_back(stack, organization):
    first = template(Policy=policy("steady", [organization.production]))
    assert stack.create(first) == "CREATE_COMPLETE"
    before = organization.policies()

    second = template(Policy=policy("steady", [organization.sandbox, NO_SUCH_UNIT], Content=DENY_CLOSING))
    assert stack.update(second) == "UPDATE_ROLLBACK_COMPLETE"
    [reason] = stack.failures()
    assert "attach policy" in reason and NO_SUCH_UNIT in reason
    assert organization.policies() == before


def test_adoption(stack, organization):
    organizations = boto3.client("organizations")
    made = organizations.create_policy(
        Name="made-by-hand", Type="SERVICE_CONTROL_POLICY", Description="by hand", Content=json.dumps(DENY_CLOSING)
    )
    policy_id = made["Policy"]["PolicySummary"]["Id"]
    foreign = organization.policies()

    # Somebody else's, until told otherwise.
    assert stack.create(template(Policy=policy("made-by-hand"))) == "ROLLBACK_COMPLETE"
    [reason] = stack.failures()
    assert policy_id in reason and "AdoptExisting" in reason
    assert organization.policies() == foreign
    assert stack.delete() == "DELETE_COMPLETE"

    resource = policy("made-by-hand", [organization.sandbox], AdoptExisting=True)
    assert stack.create(template(Policy=resource)) == "CREATE_COMPLETE"
    assert stack.physical_ids() == {"Policy": policy_id}
    adopted = organization.policies()[policy_id]
    assert json.loads(adopted["Content"]) == DENY_LEAVING
    assert adopted["Targets"] == {organization.sandbox}
    assert "cfn-org-policy:adopted" in adopted["Tags"]

    # What we have not made we do not delete.
    assert stack.delete() == "DELETE_COMPLETE"
    left = organization.policies()[policy_id]
    assert left["Tags"] == {}
    assert left["Targets"] == {organization.sandbox}
    organizations.detach_policy(PolicyId=policy_id, TargetId=organization.sandbox)
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
