"""Each example is deployed as its head says, as far as MiniStack can. `make lint-templates` lints them."""

import json
import subprocess

import boto3
import pytest
import yaml
from local_aws import PROJECT, SOLUTION_TEMPLATE, client

EXAMPLES = PROJECT / "examples"
BACKUP_ACCOUNT = "222233334444"
ACCOUNT_OF_PEOPLE = "555566667777"
SYNTHESIZED = "examples/cdk/cdk.out/cost-centers.template.json"


def remove(policy_id):
    """Removes a policy that has outlived its stack."""
    organizations = boto3.client("organizations")
    for target in organizations.list_targets_for_policy(PolicyId=policy_id)["Targets"]:
        organizations.detach_policy(PolicyId=policy_id, TargetId=target["TargetId"])
    organizations.delete_policy(PolicyId=policy_id)


def test_scp_outlives_its_stack(stack, organization):
    template = EXAMPLES / "scp.yaml"
    assert stack.create(template, Targets="/Sandbox") == "CREATE_COMPLETE", stack.failures()
    made = organization.policy("stay-in-organization")
    assert made["Targets"] == {organization.sandbox}
    assert stack.outputs() == {"PolicyId": made["Id"]}

    assert stack.delete() == "DELETE_COMPLETE"
    assert organization.policy("stay-in-organization")["Targets"] == {organization.sandbox}
    remove(made["Id"])


def test_weekly_backup_is_made_beside_the_daily_one(aws, stack, organization):
    vault = f"arn:aws:backup:eu-west-1:{organization.vault_account}:backup-vault:central-backup"
    wanted = {"Targets": "/Production", "Regions": "eu-west-1", "CentralVaultArn": vault}
    others = aws.stack("backup-policies")
    assert others.create(PROJECT / "stacks" / "backup-policies.yaml", **wanted) == "CREATE_COMPLETE", others.failures()
    assert stack.create(EXAMPLES / "weekly-backup.yaml", **wanted) == "CREATE_COMPLETE", stack.failures()

    made = {rhythm: organization.policy(f"org-backup-{rhythm}") for rhythm in ("daily", "weekly")}
    assert made["weekly"]["Targets"] == {organization.production}
    daily, weekly = (json.loads(made[name]["Content"])["plans"][f"org-backup-{name}"] for name in ("daily", "weekly"))
    # Vault, role, windows, tag key and tags of the plan are those of the daily backup. What differs is what has to.
    rule, same = weekly["rules"]["weekly"], daily["rules"]["daily"]
    differs = {"schedule_expression", "lifecycle", "copy_actions", "recovery_point_tags"}
    assert rule.keys() == same.keys()
    assert {key for key in rule if rule[key] != same[key]} == differs
    assert rule["copy_actions"].keys() == same["copy_actions"].keys() == {vault}
    assert weekly["selections"]["tags"]["tagged"] == {
        **daily["selections"]["tags"]["tagged"],
        "tag_value": {"@@assign": ["weekly"]},
    }
    assert weekly["backup_plan_tags"] == daily["backup_plan_tags"]
    assert others.delete() == "DELETE_COMPLETE"


def test_existing_policies_are_adopted_as_they_are(stack, organization):
    organizations = boto3.client("organizations")
    template = yaml.load((EXAMPLES / "adopt-existing.yaml").read_text(), without_functions())
    # Made by hand, as the template has them.
    targets = {
        "StayInOrganization": {organization.sandbox},
        "TrailStays": {organization.production, organization.sandbox},
    }
    ids = {}
    for name, attached in targets.items():
        properties = template["Resources"][name]["Properties"]
        made = organizations.create_policy(
            Name=properties["Name"],
            Type=properties["Type"],
            Description=properties["Description"],
            Content=json.dumps(properties["Content"]),
            Tags=properties.get("Tags", []),
        )
        ids[name] = made["Policy"]["PolicySummary"]["Id"]
        for target in attached:
            organizations.attach_policy(PolicyId=ids[name], TargetId=target)
    before = organization.policies()

    wanted = {
        "StayId": ids["StayInOrganization"],
        "StayTargets": "/Sandbox",
        "TrailId": ids["TrailStays"],
        "TrailTargets": "/Production,/Sandbox",
    }
    assert stack.create(EXAMPLES / "adopt-existing.yaml", **wanted) == "CREATE_COMPLETE", stack.failures()
    assert stack.physical_ids() == ids
    after = organization.policies()
    for policy in after.values():
        policy["Tags"] = {key: value for key, value in policy["Tags"].items() if not key.startswith("cfn-org-policy:")}
    assert after == before

    assert stack.delete() == "DELETE_COMPLETE"
    assert organization.policies().keys() == before.keys()
    for policy_id in ids.values():
        remove(policy_id)


def without_functions():
    """A loader to which the short forms of functions do not matter."""
    loader = type("Loader", (yaml.SafeLoader,), {})
    loader.add_multi_constructor("!", lambda _loader, _tag, _node: None)
    return loader


@pytest.fixture(scope="module")
def synthesized():
    """The template that the CDK example makes, up to date."""
    subprocess.run(["make", "--silent", SYNTHESIZED], cwd=PROJECT, check=True)
    return (PROJECT / SYNTHESIZED).read_text()


@pytest.mark.parametrize("written_in", ["yaml", "cdk"])
def test_consumer_in_cloudformation_and_in_cdk_makes_the_same(aws, organization, synthesized, written_in):
    stack = aws.stack(f"cost-centers-{written_in}")
    template = synthesized if written_in == "cdk" else EXAMPLES / "consumer.yaml"
    assert stack.create(template, Targets="/Sandbox", CostCenters="research,shop") == "CREATE_COMPLETE", stack.failures()

    organizations = boto3.client("organizations")
    outputs = stack.outputs()
    tag_policy = organizations.describe_policy(PolicyId=outputs["TagPolicyId"])["Policy"]
    assert tag_policy["PolicySummary"]["Arn"] == outputs["TagPolicyArn"]
    assert tag_policy["PolicySummary"]["Type"] == "TAG_POLICY"
    assert json.loads(tag_policy["Content"]) == {
        "tags": {"CostCenter": {"tag_key": {"@@assign": "CostCenter"}, "tag_value": {"@@assign": ["research", "shop"]}}}
    }
    keep = organization.policies()[outputs["KeepingPolicyId"]]
    assert keep["Name"] == "keep-cost-centers"
    assert keep["Description"] == "Nobody takes the cost center off an instance or a volume"
    assert keep["Targets"] == {organization.sandbox}
    assert json.loads(keep["Content"]) == {
        "Version": "2012-10-17",
        "Statement": [
            {
                "Sid": "KeepCostCenters",
                "Effect": "Deny",
                "Action": "ec2:DeleteTags",
                "Resource": ["arn:*:ec2:*:*:instance/*", "arn:*:ec2:*:*:volume/*"],
                "Condition": {"ForAnyValue:StringEquals": {"aws:TagKeys": "CostCenter"}},
            }
        ],
    }

    assert stack.delete() == "DELETE_COMPLETE"
    left = organizations.list_policies(Filter="TAG_POLICY")["Policies"]
    assert outputs["TagPolicyId"] not in {policy["Id"] for policy in left}
    remove(outputs["KeepingPolicyId"])


def test_values_for_staging_deploy_the_solution(aws, organization, stack, tmp_path):
    values = yaml.safe_load((EXAMPLES / "staging" / "values.yaml").read_text())
    values |= {
        "CentralAccountId": organization.vault_account,
        "CentralOrganizationalUnitId": organization.root,
        "MemberOrganizationalUnitIds": [organization.sandbox],
        "MemberParentId": organization.root,
        # What MiniStack cannot make.
        **dict.fromkeys(["WithSettings", "WithCentralRoles", "WithCentralAccount"], "false"),
        **dict.fromkeys(["WithAlarm", "WithMemberAccounts", "WithWatch"], "false"),
    }
    file = tmp_path / "values.yaml"
    # As JSON, which is YAML: it quotes every text. SAM takes an unquoted id of an account that begins with 0 for a number.
    file.write_text(json.dumps(values))
    # As `make deploy` passes them, which test_deploy.py runs.
    parameters = ("--stack-name", stack.name, "--parameter-overrides", f"file://{file}")
    aws.sam_deploy(*parameters, template=SOLUTION_TEMPLATE)

    made = {policy["Name"]: policy for policy in organization.policies().values()}
    assert made["vault-guard"]["Targets"] == {organization.vault_account}
    assert made["org-backup-daily"]["Targets"] == {organization.sandbox}
    plan = json.loads(made["org-backup-monthly"]["Content"])["plans"]["org-backup-monthly"]
    [copy] = plan["rules"]["monthly"]["copy_actions"].values()
    assert values["MaxRetentionDays"] >= int(copy["lifecycle"]["delete_after_days"]["@@assign"]) >= 7


def test_values_for_staging_are_parameters_and_leave_nothing_for_good():
    values = yaml.safe_load((EXAMPLES / "staging" / "values.yaml").read_text())
    parameters = {}
    for name in ("solution.yaml", "template.yaml"):
        parameters |= yaml.load((PROJECT / name).read_text(), without_functions())["Parameters"]
    assert {name for name, parameter in parameters.items() if "Default" not in parameter} <= set(values)
    assert set(values) <= set(parameters)
    assert (values["LockMode"], values["AirGappedVault"]) == ("governance", "false")


def test_role_of_the_vault_administrators_trusts_another_account_only(aws):
    """Whom the trust lets in is asked of a simulator, in tests/guardrails/examples.test.mjs. MiniStack compares the ARN of
    a session, where AWS compares that of its role."""
    stack = aws.stack("vault-admin-role", BACKUP_ACCOUNT)
    template = EXAMPLES / "vault-admin-role.yaml"
    assert stack.create(template, TrustedAccountId=ACCOUNT_OF_PEOPLE) == "CREATE_COMPLETE", stack.failures()
    assert stack.outputs() == {"AdminRoleArn": f"arn:aws:iam::{BACKUP_ACCOUNT}:role/vault-admin"}
    iam = client("iam", BACKUP_ACCOUNT)
    [trusted] = iam.get_role(RoleName="vault-admin")["Role"]["AssumeRolePolicyDocument"]["Statement"]
    assert trusted["Principal"] == {"AWS": ACCOUNT_OF_PEOPLE}
    assert trusted["Condition"]["StringNotEquals"] == {"aws:PrincipalAccount": BACKUP_ACCOUNT}

    assert stack.delete() == "DELETE_COMPLETE"
    # The role outlives its stack, and is in nobody's way here.
    iam.detach_role_policy(RoleName="vault-admin", PolicyArn="arn:aws:iam::aws:policy/AWSBackupFullAccess")
    iam.delete_role_policy(RoleName="vault-admin", PolicyName="vault-admin")
    iam.delete_role(RoleName="vault-admin")


def test_every_example_is_listed_and_says_how_to_deploy_it():
    """The page of the examples names each of them, and the head of each has its command."""
    page = (EXAMPLES / "README.md").read_text()
    heads = [*EXAMPLES.glob("*.yaml"), EXAMPLES / "staging" / "values.yaml", EXAMPLES / "cdk" / "app.ts"]
    assert len(heads) > 6
    for head in heads:
        name = str(head.relative_to(EXAMPLES))
        assert f"({name})" in page, f"examples/README.md does not list {name}"
        comment = head.read_text().split("*/")[0] if head.suffix == ".ts" else head.read_text().split("\n\n")[0]
        named = name if head.suffix == ".yaml" else "npm run synth"
        assert named in comment and ("cloudformation deploy" in comment or "make deploy" in comment), name
