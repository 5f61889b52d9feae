"""The project's own rules for its templates. Each rule is a function that yields what violates it."""

import json
import re
import tomllib
from collections import Counter, defaultdict
from collections.abc import Iterator
from pathlib import Path

from render_templates import load, render, variants

BACKUP_POLICIES = Path("stacks/backup-policies.yaml")
CENTRAL_ACCOUNT = Path("stacksets/central-account.yaml")
SOLUTION = Path("solution.yaml")
WEEKLY_BACKUP = Path("examples/weekly-backup.yaml")

# Resources that hold backups, decrypt them or guard them have to outlive their stack.
KEPT_TYPES = {"AWS::Backup::BackupVault", "AWS::Backup::LogicallyAirGappedBackupVault", "AWS::KMS::Key"}
# Types that a StackSet cannot deploy, or that its accounts cannot use: there is no expansion, and no function to call.
NOT_IN_STACKSETS = re.compile(
    r"AWS::CloudFormation::(Stack|Macro|CustomResource)|AWS::Serverless::|AWS::Lambda::|Custom::"
)


def faults(path: Path) -> list[str]:
    template = load(path)
    rules = [described_and_grouped, refused_early, kept, parameters_passed, no_handles, revisable, strong_by_default]
    if path.parent.name == "stacksets":
        rules.append(plain)
    if path.name == "solution.yaml":
        rules += [guarded_first, told_everywhere, one_failure_is_not_all]
    return [f"{path}: {fault}" for rule in rules for fault in rule(path, template)]


def described_and_grouped(_: Path, template: dict) -> Iterator[str]:
    parameters = template.get("Parameters", {})
    interface = template.get("Metadata", {}).get("AWS::CloudFormation::Interface", {})
    labels = interface.get("ParameterLabels", {})
    grouped = Counter(name for group in interface.get("ParameterGroups", []) for name in group["Parameters"])
    for name, parameter in parameters.items():
        if not parameter.get("Description"):
            yield f"parameter {name} has no Description"
        if name not in labels:
            yield f"parameter {name} has no label: add it to ParameterLabels"
        if grouped[name] != 1:
            yield f"parameter {name} is in {grouped[name]} groups: put it in exactly one of ParameterGroups"
    for name in {*labels, *grouped} - set(parameters):
        yield f"{name} has a label or a group, but is not a parameter"
    for name, output in template.get("Outputs", {}).items():
        if not output.get("Description"):
            yield f"output {name} has no Description"
        if name in parameters:
            yield f"output {name} has the name of a parameter: `sam deploy` fails if that parameter is a list"


# Values of parameters, by the end of the parameter's name: what its pattern accepts, and what can never be right.
VAULT = "arn:aws:backup:eu-west-1:222233334444:backup-vault:central"
PATTERNS = {
    "Schedule": (
        ["cron(0 5 ? * * *)", "cron(0 5 1 * ? *)", "cron(30 0/6 ? JAN-MAR MON-FRI 2027)", "cron(0 5,17 L * ? *)"],
        [
            *("", "rate(1 day)", "0 5 ? * * *", "cron(0 5 * * *)", "cron(0 5 * * * *)", "cron(0 5 ? * ? *)"),
            *("cron(60 5 ? * * *)", "cron(0 24 ? * * *)", "cron(* * ? * * *)", "cron(0,30 5 ? * * *)"),
        ],
    ),
    "Regions": (
        ["eu-west-1", "us-gov-west-1", "eusc-de-east-1"],
        ["eu-west-1a", "eu-west", "Ireland", "*", "us-west-2-lax-1a"],
    ),
    "VaultArn": (
        [VAULT, VAULT.replace("aws", "aws-us-gov").replace("eu-west-1", "us-gov-west-1")],
        ["central", VAULT[:-8], VAULT.replace("4444", ""), VAULT.replace("eu-west-1", "Ireland"), VAULT + ".x"],
    ),
    "DeleteAfterDays": (["7", "36500"], ["0", "-1", "36501"]),
}


def refused_early(_: Path, template: dict) -> Iterator[str]:
    """A schedule, a Region, a vault or a retention that can never be right is refused before anything is deployed."""
    for name, parameter in template.get("Parameters", {}).items():
        for ending, (right, wrong) in PATTERNS.items():
            if not name.endswith(ending):
                continue
            for value in right + wrong:
                if _accepts(parameter, value) != (value in right):
                    yield f"parameter {name} {'refuses' if value in right else 'accepts'} {value!r}"


def _accepts(parameter: dict, value: str) -> bool:
    if parameter["Type"] == "Number":
        return int(parameter.get("MinValue", value)) <= int(value) <= int(parameter.get("MaxValue", value))
    return re.search(parameter.get("AllowedPattern", ""), value, re.ASCII) is not None


def kept(path: Path, template: dict) -> Iterator[str]:
    for name, resource in template["Resources"].items():
        is_guard = resource.get("Properties", {}).get("Type") == "SERVICE_CONTROL_POLICY"
        if resource["Type"] not in KEPT_TYPES and not is_guard:
            continue
        deletion = resource.get("DeletionPolicy")
        if deletion not in ("Retain", "RetainExceptOnCreate"):
            yield f"{name} is deleted with its stack: set DeletionPolicy Retain"
        if deletion == "RetainExceptOnCreate" and not _has_comment(path, name):
            yield f"{name} is deleted if the creation fails: explain why in a comment above its DeletionPolicy"
        if resource.get("UpdateReplacePolicy") != "Retain":
            yield f"{name} is deleted when it is replaced: set UpdateReplacePolicy Retain"


def _has_comment(path: Path, name: str) -> bool:
    above_the_policy = rf"^  {name}:\n(?:    .*\n)*?    DeletionPolicy:"
    return "#" in re.search(above_the_policy, path.read_text(), re.MULTILINE).group()


def plain(_: Path, template: dict) -> Iterator[str]:
    if "Transform" in template or '"Fn::Transform"' in json.dumps(template):
        yield "has a transform, which service-managed StackSets do not accept"
    for name, resource in template["Resources"].items():
        if NOT_IN_STACKSETS.match(resource["Type"]):
            yield f"{name} is a {resource['Type']}: a StackSet's template may contain no nested stack and no function"


def parameters_passed(path: Path, template: dict) -> Iterator[str]:
    """Nested stacks and StackSets have to get the parameters that their templates declare, and no others."""
    for name, resource in template["Resources"].items():
        properties = resource.get("Properties", {})
        if "TemplateURL" not in properties:
            continue
        asked = load(path.parent / properties["TemplateURL"]).get("Parameters", {})
        passed = properties.get("Parameters", {})
        given = set(passed if isinstance(passed, dict) else (parameter["ParameterKey"] for parameter in passed))
        required = {parameter for parameter, declared in asked.items() if "Default" not in declared}
        for parameter in sorted(given - asked.keys()):
            yield f"{name} passes {parameter}, which {properties['TemplateURL']} does not declare"
        for parameter in sorted(required - given):
            yield f"{name} does not pass {parameter}, which {properties['TemplateURL']} requires"


def no_handles(_: Path, template: dict) -> Iterator[str]:
    """AWS does not support updates of a wait condition handle, so nothing may be ordered by one."""
    for name, resource in template["Resources"].items():
        if resource["Type"] == "AWS::CloudFormation::WaitConditionHandle":
            yield f"{name} is a wait condition handle: refer to the earlier part in the Metadata of the later one"


def revisable(_: Path, template: dict) -> Iterator[str]:
    """A user corrects drift by another Revision, so every resource of the function takes it from a parameter."""
    for name, resource in template["Resources"].items():
        if resource["Type"].startswith("Custom::") and resource["Properties"].get("Revision") != {"Ref": "Revision"}:
            yield f"{name} does not take its Revision from a parameter of that name"


def strong_by_default(_: Path, template: dict) -> Iterator[str]:
    if template.get("Parameters", {}).get("Strength", {}).get("Default", "lockdown") != "lockdown":
        yield "Strength is not lockdown by default"


# What the defaults of these parameters name.
NAMES = {
    "AirGappedVaultName": "vault",
    "AlarmPrefix": "prefix of the alarm",
    "AlarmStackSetName": "StackSet",
    "BackupRoleName": "role",
    "CentralStackSetName": "StackSet",
    "CentralVaultName": "vault",
    "KeyAlias": "alias",
    "MemberBackupRoleName": "role",
    "MemberStackSetName": "StackSet",
    "MemberVaultName": "vault",
    "PolicyName": "policy",
    "PolicyPrefix": "policy",
    "RestoreRoleName": "role",
    "RuleNamePrefix": "prefix of the alarm",
    "TopicName": "prefix of the alarm",
    "VaultName": "vault",
}


def name_faults(paths: list[Path]) -> list[str]:
    """One name for one thing: somebody who reads a name in an error has to know what it is."""
    kinds = defaultdict(set)
    for environment in tomllib.loads(Path("samconfig.toml").read_text()).values():
        if stack := isinstance(environment, dict) and environment.get("global", {}).get("parameters", {}):
            kinds[stack["stack_name"]].add("stack")
    for template in map(load, paths):
        for name, parameter in template.get("Parameters", {}).items():
            if name in NAMES and "Default" in parameter:
                kinds[parameter["Default"]].add(NAMES[name])
        for resource in template["Resources"].values():
            if isinstance(name := resource.get("Properties", {}).get("StackSetName"), str):
                kinds[name].add("StackSet")
    return [f"{name} is the name of a {' and of a '.join(sorted(of))}" for name, of in kinds.items() if len(of) > 1]


# What has to be created before each part, if both are created.
BEFORE = {
    "VaultGuard": ["Settings"],
    "CentralRoles": ["Settings", "VaultGuard"],
    "CentralAccount": ["Settings", "VaultGuard"],
    "Alarm": ["Settings", "VaultGuard", "CentralAccount"],
    "MemberAccounts": ["Settings"],
    "MemberRoles": ["Settings", "MemberAccounts"],
    "MemberGuard": ["Settings"],
    "BackupPolicies": [
        "Settings",
        "VaultGuard",
        "CentralRoles",
        "CentralAccount",
        "Alarm",
        "MemberAccounts",
        "MemberRoles",
        "MemberGuard",
    ],
}


def guarded_first(_: Path, template: dict) -> Iterator[str]:
    """The guard has to exist before Vault Lock's grace time begins, and every vault before a policy names it.

    Each part refers to all that come before it, and not only to the last of them, because any of them can be off."""
    for part, others in BEFORE.items():
        text = json.dumps(template["Resources"][part])
        for other in others:
            if f'{{"Ref": "{other}"}}' not in text:
                yield f"{part} does not wait for {other}"


# "AWS console sign-in events" in the CloudTrail user guide.
SIGN_INS = {"us-east-1", "us-east-2", "us-west-2"}


def told_everywhere(path: Path, _: dict) -> Iterator[str]:
    """The alarm has to be in each Region in which a sign-in of the root user can be recorded, and in the vault's."""
    for region in ("eu-west-1", "us-east-1"):
        alarm = render(path, {"CentralRegion": region})["Resources"]["Alarm"]["Properties"]
        told = {each for group in alarm["StackInstancesGroup"] for each in group["Regions"]}
        for missing in sorted((SIGN_INS | {region}) - told):
            yield f"Alarm is not deployed in {missing}, if the vault is in {region}"


def one_failure_is_not_all(path: Path, _: dict) -> Iterator[str]:
    """A member account that fails, or an alarm that a Region denies, must not keep the policies from being attached."""
    parts = render(path)["Resources"]
    alarm = parts["Alarm"]["Properties"].get("OperationPreferences", {})
    if int(alarm.get("FailureToleranceCount", 0)) < 1:
        yield "Alarm tolerates no failed Region: set FailureToleranceCount 1"
    for name in ("MemberAccounts", "MemberRoles"):
        preferences = parts.get(name, {}).get("Properties", {}).get("OperationPreferences", {})
        if int(preferences.get("FailureTolerancePercentage", 0)) != 100:
            yield f"{name} tolerates no failed account: set FailureTolerancePercentage 100"


def lifetime_faults() -> list[str]:
    """The default retentions of copies have to fit the default lock, because AWS Backup does not adjust a copy's
    retention to what the lock of the vault allows: the copy fails. This applies to the single templates, and to the
    solution, which passes its own defaults to both. An air-gapped vault has a range of its own."""
    nested = render(SOLUTION)["Resources"]["BackupPolicies"]["Properties"]["Parameters"]
    return [
        *_outside_the_lock(CENTRAL_ACCOUNT, BACKUP_POLICIES, variants(load(BACKUP_POLICIES))),
        *_outside_the_lock(SOLUTION, BACKUP_POLICIES, [nested]),
        *_outside_the_lock(CENTRAL_ACCOUNT, WEEKLY_BACKUP, variants(load(WEEKLY_BACKUP))),
    ]


def _outside_the_lock(vault: Path, policies: Path, several: list[dict]) -> list[str]:
    copies = [copy for parameters in several for copy in _copies(render(policies, parameters)["Resources"])]
    if not copies:
        return [f"{policies}: found no copy action, so no retention could be compared with the lock"]
    found = set()
    for target, copy in copies:
        air_gapped = "air_gapped" in target
        lock = CENTRAL_ACCOUNT if air_gapped else vault
        shortest, longest = (_default(lock, f"{'AirGapped' * air_gapped}{end}RetentionDays") for end in ("Min", "Max"))
        days = copy.get("lifecycle", {}).get("delete_after_days", {}).get("@@assign")
        if days is None or not shortest <= int(days) <= longest:
            kept_for = "forever" if days is None else f"for {days} days"
            lock_takes = f"but the lock of {lock} allows {shortest} to {longest} days"
            found.add(f"{policies}: copies to {target} are kept {kept_for}, {lock_takes}")
    return sorted(found)


def _default(template: Path, parameter: str) -> int:
    return int(load(template)["Parameters"][parameter]["Default"])


def _copies(node) -> Iterator[tuple[str, dict]]:
    if isinstance(node, dict):
        yield from node.get("copy_actions", {}).items()
        for value in node.values():
            yield from _copies(value)
