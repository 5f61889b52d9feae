"""`org-policy heal` against MiniStack: what somebody has changed by hand is put back, and nothing else is touched."""

import json
import os
import pty
import subprocess

import boto3
from local_aws import TOOL
from resources import DENY_CLOSING, DENY_LEAVING, policy, template


def heal(*arguments):
    command = [TOOL, "heal", *arguments]
    return subprocess.run(command, stdin=subprocess.DEVNULL, capture_output=True, text=True, check=False)


def drift(stack) -> int:
    return subprocess.run([TOOL, "drift", "--stack", stack.name], stdout=subprocess.DEVNULL, check=False).returncode


def asked(answer: str, *arguments) -> tuple[int, str]:
    """The status, and what stands on the terminal of somebody who gives this answer."""
    pid, terminal = pty.fork()
    if pid == 0:
        os.execv(TOOL, [str(TOOL), "heal", *arguments])
    shown = b""
    while True:
        try:
            shown += os.read(terminal, 4096)
        except OSError:
            break
        if shown.endswith(b"[y/N] ") and answer:
            os.write(terminal, answer.encode())
            answer = ""
    return os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1]), shown.decode()


def two_policies(organization) -> dict:
    """A guard and a policy beside it, which `Revision` reaches, and a bucket, which it does not."""
    revision = {"Ref": "Revision"}
    what = template(
        Guard=policy("heal-guard", [organization.production, organization.sandbox], Revision=revision),
        Closing=policy("heal-closing", [organization.sandbox], Content=DENY_CLOSING, Revision=revision),
        Bucket={"Type": "AWS::S3::Bucket"},
    )
    what["Parameters"] = {"Revision": {"Type": "String", "Default": ""}, "Other": {"Type": "String"}}
    return what


def change_by_hand(stack, organization):
    organizations, ids = boto3.client("organizations"), stack.physical_ids()
    organizations.detach_policy(PolicyId=ids["Guard"], TargetId=organization.production)
    organizations.update_policy(PolicyId=ids["Closing"], Content=json.dumps(DENY_LEAVING), Description="by hand")


def settled(organization) -> dict:
    """All policies; their content by its meaning."""
    return {name: {**one, "Content": json.loads(one["Content"])} for name, one in organization.policies().items()}


def change_sets(stack) -> list:
    return boto3.client("cloudformation").list_change_sets(StackName=stack.name)["Summaries"]


def test_what_was_changed_by_hand_is_put_back(stack, organization):
    assert stack.create(two_policies(organization), Other="kept") == "CREATE_COMPLETE", stack.failures()
    before, ids = settled(organization), stack.physical_ids()
    nothing = heal(stack.name, "--yes")
    assert (nothing.returncode, nothing.stderr) == (0, ""), nothing
    assert nothing.stdout == f"Stack {stack.name}: 2 resources as declared, nothing to do\n"

    change_by_hand(stack, organization)
    changed = settled(organization)
    assert changed != before and drift(stack) == 2
    dry = heal(stack.name, "--dry-run")
    assert dry.returncode == 0, dry
    assert 'attach policy "heal-guard"' in dry.stdout and 'update policy "heal-closing"' in dry.stdout
    nobody = heal(stack.name)
    assert nobody.returncode == 1 and "run it with --yes" in nobody.stderr, nobody
    assert settled(organization) == changed and change_sets(stack) == []

    healed = heal(stack.name, "--yes")
    assert (healed.returncode, healed.stderr) == (0, ""), healed
    assert healed.stdout.endswith(f"Stack {stack.name} is healed: UPDATE_COMPLETE\n")
    assert settled(organization) == before and stack.physical_ids() == ids and drift(stack) == 0
    deployed = boto3.client("cloudformation").describe_stacks(StackName=stack.name)["Stacks"][0]
    parameters = {one["ParameterKey"]: one["ParameterValue"] for one in deployed["Parameters"]}
    assert parameters["Other"] == "kept" and parameters["Revision"].startswith("20"), parameters
    assert deployed["Capabilities"] == ["CAPABILITY_AUTO_EXPAND", "CAPABILITY_NAMED_IAM"]
    assert heal(stack.name, "--yes").stdout == nothing.stdout


def test_a_deleted_policy_is_made_again(stack, organization):
    assert stack.create(two_policies(organization), Other="x") == "CREATE_COMPLETE", stack.failures()
    organizations, ids = boto3.client("organizations"), stack.physical_ids()
    for target in (organization.production, organization.sandbox):
        organizations.detach_policy(PolicyId=ids["Guard"], TargetId=target)
    organizations.delete_policy(PolicyId=ids["Guard"])
    healed = heal(stack.name, "--yes")
    assert healed.returncode == 0, healed
    assert 'create policy "heal-guard"' in healed.stdout
    after = stack.physical_ids()
    assert after["Guard"] != ids["Guard"] and after["Closing"] == ids["Closing"]
    assert "nothing to do" in heal(stack.name).stdout


def test_somebody_is_asked(stack, organization):
    assert stack.create(two_policies(organization), Other="x") == "CREATE_COMPLETE", stack.failures()
    before = settled(organization)
    change_by_hand(stack, organization)
    status, shown = asked("", stack.name, "--help")
    assert status == 0, shown
    status, shown = asked("n\n", stack.name)
    assert status == 1 and "nothing is applied, as you have said" in shown, shown
    assert change_sets(stack) == []
    # The character that Ctrl-C sends.
    status, shown = asked("\x03", stack.name)
    assert status == 1 and "interrupted; nothing is applied" in shown, shown
    assert settled(organization) != before and change_sets(stack) == []
    status, shown = asked("y\n", stack.name)
    assert status == 0 and f"Stack {stack.name} is healed" in shown, shown
    assert "Guard: UPDATE_COMPLETE" in shown, shown
    assert settled(organization) == before


def test_a_template_without_revision_gets_the_lines(stack, organization):
    plain = template(Guard=policy("heal-guard", [organization.production]))
    assert stack.create(plain) == "CREATE_COMPLETE", stack.failures()
    refused = heal(stack.name, "--yes")
    assert refused.returncode == 1 and "add the lines above and deploy it" in refused.stderr, refused
    assert "      Revision: !Ref Revision\n" in refused.stdout, refused
    # They are the lines that CloudFormation takes.
    plain["Parameters"] = {"Revision": {"Type": "String", "Default": ""}}
    plain["Resources"]["Guard"]["Properties"]["Revision"] = {"Ref": "Revision"}
    assert stack.update(plain) == "UPDATE_COMPLETE", stack.failures()
    assert "nothing to do" in heal(stack.name).stdout


def test_what_uses_revision_too_is_not_changed(stack, organization):
    what = two_policies(organization)
    what["Resources"]["Topic"] = {"Type": "AWS::SNS::Topic", "Properties": {"DisplayName": {"Ref": "Revision"}}}
    assert stack.create(what, Other="x") == "CREATE_COMPLETE", stack.failures()
    change_by_hand(stack, organization)
    changed = settled(organization)
    refused = heal(stack.name, "--yes")
    assert refused.returncode == 1, refused
    assert "Topic (AWS::SNS::Topic): its property DisplayName would change" in refused.stderr, refused
    assert settled(organization) == changed and change_sets(stack) == []


def test_a_nested_stack_is_not_healed_unseen(stack, organization):
    """MiniStack makes no change sets of nested stacks: what would change in one is not shown, so nothing is applied."""
    s3 = boto3.client("s3")
    s3.create_bucket(Bucket="heal-templates")
    inner = two_policies(organization)
    del inner["Parameters"]["Other"]
    s3.put_object(Bucket="heal-templates", Key="inner.json", Body=json.dumps(inner).encode())
    url = f"{s3.meta.endpoint_url}/heal-templates/inner.json"
    nested = {"TemplateURL": url, "Parameters": {"Revision": {"Ref": "Revision"}}}
    outer = template(Inner={"Type": "AWS::CloudFormation::Stack", "Properties": nested})
    outer["Parameters"] = {"Revision": {"Type": "String", "Default": ""}}
    assert stack.create(outer) == "CREATE_COMPLETE", stack.failures()
    inner_id = stack.physical_ids()["Inner"]
    resources = boto3.client("cloudformation").describe_stack_resources(StackName=inner_id)["StackResources"]
    ids = {one["LogicalResourceId"]: one["PhysicalResourceId"] for one in resources}
    boto3.client("organizations").detach_policy(PolicyId=ids["Guard"], TargetId=organization.production)
    for name in (stack.name, inner_id):
        refused = heal(name, "--yes")
        assert refused.returncode == 1, refused
        assert "Inner (AWS::CloudFormation::Stack): CloudFormation does not show what would change in it" in refused.stderr
        assert change_sets(stack) == []
    assert f"is nested in stack {stack.name}, which is healed as a whole" in refused.stderr
    s3.delete_object(Bucket="heal-templates", Key="inner.json")
    s3.delete_bucket(Bucket="heal-templates")
