"""What earlier versions have left is taken over by this one, without a change: tests/upgrade has it, by version.

The policies are made by hand, exactly as the record has them, and the function gets the events that would come for them
after an upgrade. docs/RELEASING.md says when to record, and what a change that breaks a promise takes.
"""

import json

import boto3
import pytest
from upgrade import FOLDER, broken, interfaces, names_of

VERSIONS = sorted(path.name for path in FOLDER.iterdir() if (path / "templates.json").exists())


def read(version, name):
    return json.loads((FOLDER / version / f"{name}.json").read_text())


def entries(name):
    return [
        pytest.param(entry, id=f"{version}-{entry['policy']['Name']}-{entry['physical_id'].partition('<<')[0]}")
        for version in VERSIONS
        for entry in read(version, name)
    ]


@pytest.fixture
def left(request, organization):
    """What a version has left, in this organization: the entry with its policy made. It is removed after the test."""
    ids = names_of(organization)
    if existing := organization.policy(request.param["policy"]["Name"]):
        pytest.fail(f"{existing['Name']} is there already")
    policy = json.loads(filled(json.dumps(request.param["policy"]), ids))
    organizations = boto3.client("organizations")
    made = organizations.create_policy(
        **{key: policy[key] for key in ("Name", "Type", "Description", "Content")},
        Tags=[{"Key": key, "Value": value} for key, value in policy["Tags"].items()],
    )["Policy"]["PolicySummary"]["Id"]
    for target in policy["Targets"]:
        organizations.attach_policy(PolicyId=made, TargetId=target)
    yield json.loads(filled(json.dumps(request.param), {**ids, made: "policy"})) | {"id": made}
    if made in organization.policies():
        for target in organizations.list_targets_for_policy(PolicyId=made)["Targets"]:
            organizations.detach_policy(PolicyId=made, TargetId=target["TargetId"])
        organizations.delete_policy(PolicyId=made)


def filled(text, ids):
    for value, name in ids.items():
        text = text.replace(f"<<{name}>>", value)
    return text


def with_digest(policy, digest):
    return policy | {"Tags": policy["Tags"] | {"cfn-org-policy:digest": digest}}


@pytest.mark.parametrize("left", entries("policies"), indirect=True)
def test_policies_are_taken_over_without_a_change(aws, organization, left):
    before = organization.policies()
    event = left["event"] | {"PhysicalResourceId": left["physical_id"]}

    update = {
        "RequestType": "Update",
        "ResourceProperties": left["with_another_revision"],
        "OldResourceProperties": left["properties"],
    }
    answer = aws.send(event | update)
    assert (answer["Status"], answer["PhysicalResourceId"]) == ("SUCCESS", left["id"]), answer
    updated = organization.policies()
    # What an earlier version has made may lack the digest.
    digest = updated[left["id"]]["Tags"]["cfn-org-policy:digest"]
    assert updated == before | {left["id"]: with_digest(before[left["id"]], digest)}

    answer = aws.send(event | {"RequestType": "Delete", "ResourceProperties": left["with_another_revision"]})
    assert (answer["Status"], answer["PhysicalResourceId"]) == ("SUCCESS", left["id"]), answer
    after = organization.policies()
    if left["delete"] == "gives it back":
        tags = {key: value for key, value in before[left["id"]]["Tags"].items() if not key.startswith("cfn-org-policy:")}
        assert after == before | {left["id"]: before[left["id"]] | {"Tags": tags}}
    else:
        assert after == {key: value for key, value in before.items() if key != left["id"]}


@pytest.mark.parametrize("left", entries("failed-creates"), indirect=True)
def test_what_failed_creates_have_left_is_known_by_its_physical_id(aws, organization, left):
    before = organization.policies()
    delete = {"RequestType": "Delete", "PhysicalResourceId": left["physical_id"], "ResourceProperties": left["properties"]}
    answer = aws.send(left["event"] | delete)
    assert (answer["Status"], answer["PhysicalResourceId"]) == ("SUCCESS", left["physical_id"]), answer
    stays = left["delete"] == "leaves it"
    assert organization.policies() == {key: value for key, value in before.items() if stays or key != left["id"]}


def test_backup_settings_are_known_by_their_physical_id(aws):
    event = {
        "RequestType": "Delete",
        "ResourceType": "Custom::OrgBackupSettings",
        "StackId": "arn:aws:cloudformation:us-east-1:111122223333:stack/backup-settings/0",
        "LogicalResourceId": "BackupSettings",
        "PhysicalResourceId": "cfn-org-policy:backup-settings",
        "ResourceProperties": {"PolicyTypes": ["BACKUP_POLICY"]},
    }
    answer = aws.send(event)
    assert (answer["Status"], answer["PhysicalResourceId"]) == ("SUCCESS", "cfn-org-policy:backup-settings")


@pytest.mark.parametrize("version", VERSIONS)
def test_templates_keep_what_they_promised(version):
    """Parameters with their defaults, resources with their logical ids, outputs. A break that is meant has its reason in
    broken.json of the version."""
    meant = read(version, "broken") if (FOLDER / version / "broken.json").exists() else {}
    found = broken(read(version, "templates"), interfaces())
    assert [each for each in found if each not in meant] == [], "docs/RELEASING.md says what a break takes"
    assert set(meant) <= set(found), "broken.json names what is not broken"
    assert all(meant.values()), "broken.json has a break without a reason"
