"""What has to be there, by the policies that are attached: vaults, roles and guards."""

import json
from fnmatch import fnmatchcase

from world import VAULTS, Organization, Thing, World

POLICY = "Custom::OrgPolicy"


def policies(world: World, kind: str) -> list[Thing]:
    return [thing for thing in world.things if thing.type == POLICY and thing.properties["Type"] == kind]


def applies_to(organization: Organization, policy: Thing, account: str) -> bool:
    targets = policy.properties["Targets"]
    return any(
        organization.contains(target, account) for target in ([targets] if isinstance(targets, str) else targets)
    )


def content(policy: Thing) -> dict:
    """The document, with the function's own variables filled in."""
    text = json.dumps(policy.properties["Content"])
    for name, value in policy.properties.get("Variables", {}).items():
        text = text.replace(f"${{{name}}}", value)
    return json.loads(text)


def plans(world: World, account: str):
    """The backup plans of the account: each policy's, as (Regions, rules, roles)."""
    for policy in policies(world, "BACKUP_POLICY"):
        if applies_to(world.organization, policy, account):
            for plan in content(policy)["plans"].values():
                selections = [
                    one for kind in plan["selections"].values() for one in kind.values() if "iam_role_arn" in one
                ]
                roles = {one["iam_role_arn"]["@@assign"].rsplit("/", 1)[-1] for one in selections}
                regions = plan["regions"]["@@assign"]
                yield ([regions] if isinstance(regions, str) else regions), list(plan["rules"].values()), roles


def members(world: World) -> list[str]:
    return [one for one in world.organization.parent if one.isdigit() and any(plans(world, one))]


def roles_needed(world: World) -> set[tuple[str, str]]:
    return {(account, role) for account in members(world) for _, _, roles in plans(world, account) for role in roles}


def vaults_needed(world: World) -> set[tuple[str, str, str]]:
    """(account, Region, name) of each vault that a plan writes or copies to."""
    needed = set()
    for account in members(world):
        for regions, rules, _ in plans(world, account):
            for rule in rules:
                needed |= {(account, region, rule["target_backup_vault_name"]["@@assign"]) for region in regions}
                needed |= {vault for vault, _ in _copies(rule, account)}
    return needed


def _copies(rule: dict, account: str):
    for copy in rule.get("copy_actions", {}).values():
        arn = copy["target_backup_vault_arn"]["@@assign"].replace("$account", account)
        _, _, _, region, owner, _, name = arn.split(":")
        yield (owner, region, name), arn


def missing(world: World) -> set[str]:
    """What the attached policies name and is not there, or is not allowed. Backups or copies would fail."""
    found = {f"role {role} in {account}" for account, role in roles_needed(world) if not _role(world, account, role)}
    found |= {
        f"vault {name} in {account}, {region}"
        for account, region, name in vaults_needed(world)
        if not world.named(("vault", account, region, name))
    }
    return found | copies_denied(world)


def copies_denied(world: World) -> set[str]:
    return {
        f"permission of {account} to copy to {arn}"
        for account in members(world)
        for _, rules, _ in plans(world, account)
        for rule in rules
        for _, arn in _copies(rule, account)
        for guard in policies(world, "SERVICE_CONTROL_POLICY")
        if applies_to(world.organization, guard, account) and not _copy_allowed(guard, arn)
    }


def _role(world: World, account: str, name: str) -> Thing | None:
    return world.named(("role", account, name))


def _copy_allowed(guard: Thing, arn: str) -> bool:
    """Whether the guard's statements on CopyFromBackupVault, which deny all targets but some, allow this one."""
    for statement in content(guard)["Statement"]:
        if "backup:CopyFromBackupVault" in _list(statement.get("Action", [])):
            for operator, condition in statement.get("Condition", {}).items():
                allowed = condition.get("backup:CopyTargets")
                if operator.endswith("NotLike") and allowed and not _matches(arn, _list(allowed)):
                    return False
    return True


def guarded(world: World) -> set[str]:
    """The vaults that hold backups and that a guard keeps from being deleted or opened, each with the guard."""
    return {
        f"{vault} by {guard.name}"
        for vault in world.things
        if vault.type in VAULTS and vault.holds_backups
        for guard in policies(world, "SERVICE_CONTROL_POLICY")
        if applies_to(world.organization, guard, vault.account) and _protects(guard, vault)
    }


def roles_kept(world: World) -> set[str]:
    """The roles, by their logical ids, in the accounts whose vaults hold backups."""
    accounts = {vault.account for vault in world.things if vault.type in VAULTS and vault.holds_backups}
    roles = [thing for thing in world.things if thing.type == "AWS::IAM::Role" and thing.account in accounts]
    return {f"{role.logical_id} in {role.account}" for role in roles}


def _protects(guard: Thing, vault: Thing) -> bool:
    arn = f"arn:aws:backup:{vault.region}:{vault.account}:backup-vault:{vault.name}"
    for statement in content(guard)["Statement"]:
        actions = _list(statement.get("Action", []))
        if _matches("backup:DeleteBackupVault", actions) and _matches("backup:PutBackupVaultAccessPolicy", actions):
            accounts = statement.get("Condition", {}).get("StringEquals", {}).get("aws:PrincipalAccount", vault.account)
            if _matches(arn, _list(statement["Resource"])) and vault.account in _list(accounts):
                return True
    return False


def _matches(text: str, patterns: list[str]) -> bool:
    return any(fnmatchcase(text, pattern) for pattern in patterns)


def _list(value) -> list:
    return value if isinstance(value, list) else [value]
