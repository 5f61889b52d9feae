"""Which events fire which rules: the patterns as they were deployed, matched by MiniStack."""

import json

import boto3
import pytest
from events import (
    ADMIN_ROLE_ARNS,
    ADMINS,
    ATTACKERS,
    ROOT,
    SERVICES,
    call,
    copy_job,
    other_job,
    recovery_point,
    region_setting,
    sign_in,
    user,
    vault_state,
)

DENIED = ("AccessDenied", "AccessDeniedException", "AuthorizationError")
FAILED = "ValidationException"


def operations(service: str, but: tuple[str, ...] = ()) -> list[tuple[str, str]]:
    """The operations of a service that change something, as the SDK knows them."""
    names = boto3.client(service).meta.service_model.operation_names
    reads = ("Describe", "Export", "Generate", "Get", "List", "Simulate")
    return [(service, name) for name in names if name not in but and not name.startswith(reads)]


def of(service: str, names: str) -> list[tuple[str, str]]:
    return [(service, name) for name in names.split()]


@pytest.fixture(scope="session")
def changes(aws) -> dict[str, list[tuple[str, str]]]:
    """What has to be told, by rule."""
    return {
        "vault": operations("backup"),
        "key": of(
            "kms",
            "DeleteAlias DeleteImportedKeyMaterial DisableKey DisableKeyRotation PutKeyPolicy ReplicateKey RetireGrant"
            " RevokeGrant ScheduleKeyDeletion TagResource UntagResource UpdateAlias UpdatePrimaryRegion",
        ),
        "alarm": of("events", "DeleteRule DisableRule PutRule PutTargets RemoveTargets UpdateEventBus")
        + of("sns", "AddPermission DeleteTopic PutDataProtectionPolicy RemovePermission SetSubscriptionAttributes")
        + of("sns", "SetTopicAttributes Subscribe Unsubscribe")
        + of("cloudtrail", "DeleteTrail PutEventSelectors StopLogging UpdateTrail"),
        "identity": operations("iam", but=("CreateServiceLinkedRole",)),
        "organization": of("organizations", "AcceptHandshake LeaveOrganization")
        + of("account", "CloseAccount DisableRegion"),
    }


def test_rules_stand_in_both_regions(rules, elsewhere):
    ours = elsewhere.rules("vault-alarm")
    assert set(rules) - set(ours) == {"identity", "organization"}
    for name, rule in ours.items():
        assert rule["state"] == "ENABLED"
        assert rule["Arn"] == elsewhere.outputs()["TopicArn"], "a target has to be in its rule's Region"
        assert rule["pattern"] == rules[name]["pattern"]
        assert rule["InputTransformer"] == rules[name]["InputTransformer"]


def test_patterns_leave_room_for_ten_administrators(rules):
    # 2,048 characters is the default quota of a pattern ("Amazon EventBridge quotas"), and JSON adds three each.
    longest = max(len(arn) for arn in ADMIN_ROLE_ARNS) + len('"",')
    for name, rule in rules.items():
        length = len(rule["pattern"]) + (10 - len(ADMIN_ROLE_ARNS)) * longest
        assert length <= 2048, f"{name}: {length}"


def test_every_operation_named_by_a_pattern_exists(rules):
    for name, rule in rules.items():
        pattern = json.loads(rule["pattern"])
        services = [source.removeprefix("aws.") for source in pattern.get("source", []) if isinstance(source, str)]
        known = {operation for service in services for _, operation in operations(service)}
        named = pattern.get("detail", {}).get("eventName", [])
        named = {operation for operation in named if isinstance(operation, str)}
        assert named <= known, f"{name}: {named - known}"


def test_every_change_is_told(told, changes):
    attacker = ATTACKERS["role"]
    for rule, calls in changes.items():
        assert calls
        for service, operation in calls:
            assert told(call(service, operation, attacker), rule) == {rule}, operation
            assert told(call(service, operation, attacker, DENIED[0]), "refused") == {"refused"}, operation


@pytest.mark.parametrize("who", ATTACKERS)
def test_every_attacker_is_told(told, changes, who):
    for rule, calls in changes.items():
        assert told(call(*calls[0], ATTACKERS[who])) == {rule}
        for error in (DENIED[0], FAILED):
            assert told(call(*calls[0], ATTACKERS[who], error), rule, "refused") == {"refused"}, error


def test_root_is_told_twice(told, changes):
    for rule, calls in changes.items():
        assert told(call(*calls[0], ROOT)) == {rule, "root"}
        assert told(call(*calls[0], ROOT, DENIED[0])) == {"refused", "root"}
    assert told(call("ec2", "RunInstances", ROOT)) == {"root"}
    assert told(sign_in(ROOT, "Success")) == {"root"}
    assert told(sign_in(ROOT, "Failure")) == {"root"}
    assert told(sign_in(user(), "Success")) == set()


def test_nobody_but_aws_can_raise_an_alarm(told, changes):
    # PutEvents refuses sources that begin with "aws.".
    for identity in (ATTACKERS["role"], ROOT):
        for calls in changes.values():
            assert told(call(*calls[0], identity) | {"source": "example"}) == set()
    for event in (vault_state("DELETED"), region_setting(), recovery_point("EXPIRED"), copy_job("FAILED")):
        assert told(event | {"source": "example"}) == set()


@pytest.mark.parametrize("who", ADMINS)
def test_administrators_are_told_only_when_refused(told, changes, who):
    for rule, calls in changes.items():
        # No administrator has business with the account's place in the organization.
        expected = {rule} if rule == "organization" else set()
        assert told(call(*calls[0], ADMINS[who])) == expected
        assert told(call(*calls[0], ADMINS[who], FAILED), rule, "refused") == set()
        for error in DENIED:
            assert told(call(*calls[0], ADMINS[who], error), rule, "refused") == {"refused"}, error


@pytest.mark.parametrize("who", SERVICES)
def test_services_by_themselves_are_not_told(told, changes, who):
    for rule in ("vault", "key", "alarm", "identity"):
        for error in (None, DENIED[0], FAILED):
            assert told(call(*changes[rule][0], SERVICES[who], error), rule, "refused") == set(), (rule, error)


@pytest.mark.parametrize(
    "operation",
    [
        ("backup", "DescribeBackupVault"),
        ("backup", "ExportBackupPlanTemplate"),
        ("backup", "GetBackupVaultAccessPolicy"),
        ("backup", "ListRecoveryPointsByBackupVault"),
        ("kms", "CreateGrant"),
        ("kms", "GenerateDataKey"),
        ("iam", "GenerateCredentialReport"),
        ("iam", "GetRole"),
        ("iam", "ListRoles"),
        ("iam", "SimulatePrincipalPolicy"),
        ("iam", "CreateServiceLinkedRole"),
        ("organizations", "DeclineHandshake"),
        # The cure is nobody's attack.
        ("kms", "CancelKeyDeletion"),
        ("kms", "EnableKey"),
        ("events", "EnableRule"),
        ("cloudtrail", "StartLogging"),
        ("ec2", "RunInstances"),
    ],
)
def test_routine_calls_are_not_told(told, operation):
    assert told(call(*operation, ATTACKERS["role"])) == set()


@pytest.mark.parametrize("operation", [("kms", "CreateGrant"), ("iam", "CreateServiceLinkedRole"), ("ec2", "RunInstances")])
def test_what_fails_every_day_is_not_told(told, operation):
    assert told(call(*operation, ATTACKERS["role"], DENIED[0])) == set()


def test_what_services_report_by_cloudtrail_is_not_told(told, changes):
    # Reports of what was done, such as an expiry, come beside the calls and under another type.
    report = {"detail-type": "AWS Service Event via CloudTrail"}
    for calls in changes.values():
        for error in (None, DENIED[0]):
            assert told(call(*calls[0], ATTACKERS["role"], error) | report) == set()


def test_what_aws_backup_says_itself_is_told(told):
    for state in ("CREATED", "DELETED"):
        assert told(vault_state(state)) == {"vault-state"}
    assert told(vault_state("MODIFIED", isLocked="true")) == {"vault-state"}
    assert told(region_setting()) == {"vault-state"}
    for status in ("EXPIRED", "PARTIAL", "STOPPED"):
        assert told(recovery_point(status)) == {"recovery-point"}
    for state in ("FAILED", "PARTIAL"):
        assert told(copy_job(state)) == {"copy-failed"}


def test_every_days_copies_and_expiry_are_not_told(told):
    for status in ("CREATING", "AVAILABLE", "COMPLETED", "DELETING"):
        assert told(recovery_point(status)) == set()
    for state in ("CREATED", "RUNNING", "COMPLETED"):
        assert told(copy_job(state)) == set()
    for kind in ("Backup", "Restore"):
        for state in ("COMPLETED", "EXPIRED", "FAILED", "PARTIAL"):
            assert told(other_job(kind, state)) == set()
