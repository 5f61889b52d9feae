"""Renders a template as CloudFormation would: fills in parameters, resolves functions and evaluates conditions.

`render` is for everything that looks at finished resources: lints, and tests of what a policy allows. It accepts
templates without a transform. For a template with SAM's transform, pass the template that SAM has expanded.
"""

import io
import json
from contextlib import redirect_stdout
from functools import cache
from pathlib import Path

import cfn_flip
from cloud_radar.cf.unit import Template
from cloud_radar.cf.unit.functions import equals, join

MANAGEMENT_ACCOUNT = "111122223333"
CENTRAL_ACCOUNT = "222233334444"
MEMBER_ACCOUNT = "444455556666"

# Values for parameters without a default, or with an empty one. A parameter name means the same in every template.
SAMPLES = {
    "AdminRoleArns": f"arn:aws:iam::{CENTRAL_ACCOUNT}:role/vault-admin",
    "AdminRole1": "vault-admin",
    **{f"AdminRole{number}": f"vault-admin-{number}" for number in range(2, 6)},
    "AdminRoles": "vault-admin,aws-reserved/sso.amazonaws.com/*AWSReservedSSO_VaultAdmin_*",
    "AirGappedVaultArn": f"arn:aws:backup:eu-west-1:{CENTRAL_ACCOUNT}:backup-vault:central-air-gapped",
    "CentralAccountId": CENTRAL_ACCOUNT,
    "CentralOrganizationalUnitId": "r-abcd",
    "CentralRegion": "eu-west-1",
    "CentralVaultArn": f"arn:aws:backup:eu-west-1:{CENTRAL_ACCOUNT}:backup-vault:central-backup",
    "CostCenters": "research,shop",
    "Email": "alarms@example.com",
    "FormerCentralRegions": "eu-north-1",
    "FormerRegions": "eu-north-1",
    "ManagementRoleArn": f"arn:aws:iam::{MANAGEMENT_ACCOUNT}:role/organization-policies",
    "MemberParentId": "r-abcd",
    "MemberOrganizationalUnitIds": "ou-abcd-22222222",
    "OrganizationId": "o-exampleorgid",
    "QueueArn": f"arn:aws:sqs:eu-west-1:{MANAGEMENT_ACCOUNT}:vault-alarm",
    "RecoveryRoleArns": "arn:aws:iam::666677778888:role/recovery",
    "Regions": "eu-west-1,eu-central-1",
    "RoleNames": "watch-role,healer-role",
    "SecondVaultArn": f"arn:aws:backup:eu-central-1:{CENTRAL_ACCOUNT}:backup-vault:central-backup",
    "StayId": "p-11111111",
    "StayTargets": "ou-abcd-22222222",
    "Targets": "ou-abcd-22222222",
    "TrailId": "p-22222222",
    "TrailTargets": "ou-abcd-22222222",
    "TrustedAccountId": "555566667777",
    "WatchRegion": "eu-central-1",
}

# The value of Ref, or of an attribute of a resource, where that value is an ARN.
ARNS = {
    "AWS::Backup::BackupVault": ("BackupVaultArn", "arn:aws:backup:{region}:{account}:backup-vault:{name}"),
    "AWS::Backup::LogicallyAirGappedBackupVault": (
        "BackupVaultArn",
        "arn:aws:backup:{region}:{account}:backup-vault:{name}",
    ),
    "AWS::CloudFormation::Stack": ("Ref", "arn:aws:cloudformation:{region}:{account}:stack/{name}/0"),
    "AWS::DynamoDB::Table": ("Arn", "arn:aws:dynamodb:{region}:{account}:table/{name}"),
    "AWS::Events::Rule": ("Arn", "arn:aws:events:{region}:{account}:rule/{name}"),
    "AWS::IAM::Role": ("Arn", "arn:aws:iam::{account}:role/{name}"),
    "AWS::KMS::Key": ("Arn", "arn:aws:kms:{region}:{account}:key/{name}"),
    "AWS::Lambda::Function": ("Arn", "arn:aws:lambda:{region}:{account}:function:{name}"),
    "AWS::Logs::LogGroup": ("Arn", "arn:aws:logs:{region}:{account}:log-group:{name}:*"),
    "AWS::SNS::Topic": ("Ref", "arn:aws:sns:{region}:{account}:{name}"),
    "AWS::SQS::Queue": ("Arn", "arn:aws:sqs:{region}:{account}:{name}"),
}


def load(path: str | Path) -> dict:
    """Returns the template as CloudFormation reads it, with the short forms of functions written out."""
    return json.loads(_as_json(Path(path)))


@cache  # Reading YAML takes most of the time, and a template is rendered with many parameters.
def _as_json(path: Path) -> str:
    return cfn_flip.to_json(path.read_text())


def render(
    path: str | Path, parameters: dict | None = None, *, region="eu-west-1", account=MANAGEMENT_ACCOUNT
) -> dict:
    """Returns the template as it would be deployed in that Region of that account, with the resources whose conditions
    are true.

    A parameter that is not given has its default, or else the sample value for its name. An attribute of a resource
    becomes an invented ARN if ARNS contains one, and otherwise `Resource.Attribute`. An import becomes the name of the
    export, or the ARN of a function if that is what it is."""
    template = load(path)
    declared = template.get("Parameters", {})
    for parameter in declared.values():
        default = parameter.get("Default", "")
        if not isinstance(default, str):
            # In CloudFormation, every parameter is a string.
            parameter["Default"] = json.dumps(default)
    required = {name for name, parameter in declared.items() if "Default" not in parameter}
    values = {name: SAMPLES[name] for name in required & SAMPLES.keys()} | (parameters or {})
    if missing := sorted(required - values.keys()):
        raise ValueError(f"render {path}: no value for {', '.join(missing)}; pass one, or add a sample to {__file__}")
    for name, resource in template["Resources"].items():
        resource.setdefault("Metadata", {})["Cloud-Radar"] = _answers(name, resource["Type"], region, account)
    with redirect_stdout(io.StringIO()):  # The library prints the template's location.
        rendering = _Rendering(template, imports=_AnyExport())
    rendering.AccountId = account
    rendered = rendering.render(values, region=region)
    for resource in rendered["Resources"].values():
        del resource["Metadata"]["Cloud-Radar"]
    return rendered


def variants(template: dict) -> list[dict]:
    """Returns the parameters that together show all of a template: the defaults, and every other value of each
    parameter that a condition depends on."""
    decided = json.dumps(template.get("Conditions", {}))
    found = [{}]
    for name, parameter in template.get("Parameters", {}).items():
        if f'"{name}"' not in decided or "Default" not in parameter:
            continue
        others = parameter.get("AllowedValues") or ([SAMPLES[name]] if name in SAMPLES else [])
        found += [{name: value} for value in others if value != parameter["Default"]]
    return found


def _answers(name: str, resource_type: str, region: str, account: str) -> dict:
    """Returns the values of Ref and GetAtt, in the form in which the library looks for them."""
    if resource_type not in ARNS:
        return {}
    attribute, form = ARNS[resource_type]
    arn = form.format(region=region, account=account, name=name)
    return {"ref": arn} if attribute == "Ref" else {"attribute-values": {attribute: arn}}


class _AnyExport(dict):
    """The exports of other stacks, which are not rendered here."""

    def __bool__(self):
        return True

    def __contains__(self, name):
        return True

    def __missing__(self, name):
        stack, _, what = name.partition(":")
        if what != "ServiceToken":
            return name
        return ARNS["AWS::Lambda::Function"][1].format(region="eu-west-1", account=MANAGEMENT_ACCOUNT, name=stack)


class _Rendering(Template):
    """Adds what CloudFormation does and the library does not: removes AWS::NoValue from lists, keeps empty strings, and
    compares numbers as strings."""

    NoValue = "AWS::NoValue"

    def load_allowed_functions(self):
        def join_values(template, arguments):
            delimiter, values = arguments
            return join(template, [delimiter, self._present(values)])

        def equal_texts(template, values):
            return equals(template, [value if isinstance(value, str) else json.dumps(value) for value in values])

        return super().load_allowed_functions() | {"Fn::Join": join_values, "Fn::Equals": equal_texts}

    def remove_novalue_properties(self, template):
        return self._present(template)

    def _present(self, node):
        if isinstance(node, dict):
            return {key: self._present(value) for key, value in node.items() if value != self.NoValue}
        if isinstance(node, list):
            return [self._present(value) for value in node if value != self.NoValue]
        return node
