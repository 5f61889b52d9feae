"""Events as EventBridge delivers them, built after AWS's documentation.

Calls: "CloudTrail record contents", "CloudTrail userIdentity element" and "AWS Management Console sign-in events" in the
CloudTrail user guide; the envelope: "AWS service events delivered via AWS CloudTrail" in EventBridge's. AWS Backup's own:
"Monitoring AWS Backup events using Amazon EventBridge" in AWS Backup's developer guide.
"""

CENTRAL, MEMBER = "222233334444", "444455556666"
TIME = "2026-01-02T03:04:05Z"
EVENT_ID = "11111111-2222-3333-4444-555555555555"
SSO = f"arn:aws:iam::{CENTRAL}:role/aws-reserved/sso.amazonaws.com"

# As an administrator would write them; Identity Center puts the Region into the path, but for us-east-1.
ADMIN_ROLE_ARNS = (f"arn:aws:iam::{CENTRAL}:role/vault-admin", f"{SSO}/*AWSReservedSSO_BackupVaultAdmin_*")


def role(arn: str, invoked_by: str | None = None) -> dict:
    """A session of a role; the issuer's ARN has the role's path, the session's ARN has not."""
    account, name = arn.split(":")[4], arn.rsplit("/", 1)[-1]
    return {
        "type": "AssumedRole",
        "principalId": "AROAEXAMPLE:session",
        "arn": f"arn:aws:sts::{account}:assumed-role/{name}/session",
        "accountId": account,
        "accessKeyId": "ASIAEXAMPLE",
        "sessionContext": {
            "sessionIssuer": {
                "type": "Role",
                "principalId": "AROAEXAMPLE",
                "arn": arn,
                "accountId": account,
                "userName": name,
            },
            "attributes": {"creationDate": TIME, "mfaAuthenticated": "false"},
        },
        **({"invokedBy": invoked_by} if invoked_by else {}),
    }


def user(path: str = "/") -> dict:
    return {
        "type": "IAMUser",
        "principalId": "AIDAEXAMPLE",
        "arn": f"arn:aws:iam::{CENTRAL}:user{path}mallory",
        "accountId": CENTRAL,
        "accessKeyId": "AKIAEXAMPLE",
        "userName": "mallory",
    }


ROOT = {"type": "Root", "principalId": CENTRAL, "arn": f"arn:aws:iam::{CENTRAL}:root", "accountId": CENTRAL}

ATTACKERS = {
    "IAM user": user(),
    "IAM user, through CloudFormation": user() | {"invokedBy": "cloudformation.amazonaws.com"},
    "role": role(f"arn:aws:iam::{CENTRAL}:role/operator"),
    "a stack's role": role(f"arn:aws:iam::{CENTRAL}:role/stacks", "cloudformation.amazonaws.com"),
    "administrator's name, another path": role(f"arn:aws:iam::{CENTRAL}:role/team/vault-admin"),
    "administrator's name and more": role(f"arn:aws:iam::{CENTRAL}:role/vault-admin-2"),
    "Identity Center administrator": role(f"{SSO}/eu-west-1/AWSReservedSSO_AdministratorAccess_0123456789abcdef"),
    "another account's vault-admin": role(f"arn:aws:iam::{MEMBER}:role/vault-admin"),
    "another account's service-linked role": role(
        f"arn:aws:iam::{MEMBER}:role/aws-service-role/backup.amazonaws.com/AWSServiceRoleForBackup"
    ),
    "another account": {"type": "AWSAccount", "principalId": "AROAEXAMPLE:session", "accountId": MEMBER},
    "federated user": {
        "type": "FederatedUser",
        "principalId": f"{CENTRAL}:mallory",
        "arn": f"arn:aws:sts::{CENTRAL}:federated-user/mallory",
        "accountId": CENTRAL,
        "accessKeyId": "ASIAEXAMPLE",
        "sessionContext": {
            "sessionIssuer": {key: user()[key] for key in ("principalId", "arn", "accountId", "userName")}
            | {"type": "IAMUser"},
            "attributes": {"creationDate": TIME, "mfaAuthenticated": "false"},
        },
    },
}
ADMINS = {
    "vault-admin": role(f"arn:aws:iam::{CENTRAL}:role/vault-admin"),
    "Identity Center": role(f"{SSO}/AWSReservedSSO_BackupVaultAdmin_0123456789abcdef"),
    "Identity Center, with its Region": role(f"{SSO}/eu-west-1/AWSReservedSSO_BackupVaultAdmin_0123456789abcdef"),
    "StackSets": role(f"arn:aws:iam::{CENTRAL}:role/stacksets-exec-0123456789abcdef", "cloudformation.amazonaws.com"),
}
SERVICES = {
    "AWS Backup's service-linked role": role(
        f"arn:aws:iam::{CENTRAL}:role/aws-service-role/backup.amazonaws.com/AWSServiceRoleForBackup",
        "backup.amazonaws.com",
    ),
    "another service-linked role": role(
        f"arn:aws:iam::{CENTRAL}:role/aws-service-role/sso.amazonaws.com/AWSServiceRoleForSSO"
    ),
    "restore role, used by AWS Backup": role(f"arn:aws:iam::{CENTRAL}:role/central-restore", "backup.amazonaws.com"),
    "a service": {"type": "AWSService", "invokedBy": "rds.amazonaws.com"},
}


def envelope(source: str, detail_type: str, detail: dict, resources: list[str] | None = None) -> dict:
    return {
        "version": "0",
        "id": "66666666-7777-8888-9999-000000000000",
        "detail-type": detail_type,
        "source": source,
        "account": CENTRAL,
        "time": TIME,
        "region": "us-east-1",
        "resources": resources or [],
        "detail": detail,
    }


def call(service: str, operation: str, identity: dict, error: str | None = None) -> dict:
    """A call of an API; with an error, as it stands there when refused: without parameters."""
    return envelope(
        f"aws.{service}",
        "AWS API Call via CloudTrail",
        {
            "eventVersion": "1.11",
            "userIdentity": identity,
            "eventTime": TIME,
            "eventSource": f"{service}.amazonaws.com",
            "eventName": operation,
            "awsRegion": "us-east-1",
            "sourceIPAddress": identity.get("invokedBy", "192.0.2.1"),
            "userAgent": "aws-cli/2",
            "requestParameters": None if error else {"name": "example"},
            "responseElements": None,
            "requestID": "99999999-8888-7777-6666-555555555555",
            "eventID": EVENT_ID,
            "readOnly": False,
            "eventType": "AwsApiCall",
            "managementEvent": True,
            "recipientAccountId": CENTRAL,
            "eventCategory": "Management",
            **({"errorCode": error, "errorMessage": 'not "authorized"'} if error else {}),
        },
    )


def sign_in(identity: dict, result: str) -> dict:
    event = call("signin", "ConsoleLogin", identity)
    event["detail-type"] = "AWS Console Sign In via CloudTrail"
    event["detail"] |= {"eventType": "AwsConsoleSignIn", "responseElements": {"ConsoleLogin": result}}
    return event


VAULT_ARN = f"arn:aws:backup:us-east-1:{CENTRAL}:backup-vault:central-backup"


def vault_state(state: str, **more) -> dict:
    detail = {"backupVaultName": "central-backup", "state": state, **more}
    return envelope("aws.backup", "Backup Vault State Change", detail, [VAULT_ARN])


def region_setting() -> dict:
    detail = {"modifiedAt": TIME, "ResourceTypeOptInPreference": {"Aurora": False}, "state": "MODIFIED"}
    return envelope("aws.backup", "Region Setting State Change", detail)


def recovery_point(status: str) -> dict:
    detail = {
        "backupVaultName": "central-backup",
        "backupVaultArn": VAULT_ARN,
        "creationDate": TIME,
        "iamRoleArn": SERVICES["AWS Backup's service-linked role"]["sessionContext"]["sessionIssuer"]["arn"],
        "resourceType": "EBS",
        "resourceArn": f"arn:aws:ec2:us-east-1:{MEMBER}:volume/vol-0123456789abcdef0",
        "status": status,
        "isEncrypted": "true",
        "storageClass": "WARM",
        "lifecycle": {"deleteAfterDays": 35},
        "calculatedLifeCycle": {"deleteAt": TIME},
    }
    return envelope(
        "aws.backup", "Recovery Point State Change", detail, ["arn:aws:ec2:us-east-1::snapshot/snap-0123456789abcdef0"]
    )


def copy_job(state: str) -> dict:
    detail = {
        "copyJobId": "AAAAAAAA-BBBB-CCCC-DDDD-EEEEEEEEEEEE",
        "backupSizeInBytes": 1024,
        "creationDate": TIME,
        "iamRoleArn": f"arn:aws:iam::{MEMBER}:role/central-backup",
        "resourceArn": f"arn:aws:ec2:us-east-1:{MEMBER}:volume/vol-0123456789abcdef0",
        "resourceType": "EBS",
        "sourceBackupVaultArn": f"arn:aws:backup:us-east-1:{MEMBER}:backup-vault:member-backup",
        "state": state,
        "statusMessage": 'Access denied to "key"',
        "destinationBackupVaultArn": VAULT_ARN,
        "destinationRecoveryPointArn": {},
    }
    return envelope(
        "aws.backup", "Copy Job State Change", detail, ["arn:aws:ec2:us-east-1::snapshot/snap-0123456789abcdef0"]
    )


def other_job(kind: str, state: str) -> dict:
    """A backup or restore job, of which no alarm tells. The one has a state, the other a status; both have both here."""
    detail = {"state": state, "status": state, "backupVaultName": "central-backup"}
    return envelope("aws.backup", f"{kind} Job State Change", detail)
