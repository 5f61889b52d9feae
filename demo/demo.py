"""Shows what Custom::OrgPolicy does to an organization, with a local CloudFormation.

Every stage prints the result and checks it. The first unexpected result ends the demo with an error.
"""

import sys
import textwrap

from local_aws import FUNCTION_STACK, FUNCTION_TEMPLATE, PROJECT, LocalAws, Node, Organization, Stack

WIDTH = 100
TEMPLATES = PROJECT / "stacks"


class Demo:
    def __init__(self, aws: LocalAws):
        self.aws = aws
        self.organization = Organization()
        self.attached_before = {}
        self.stage_number = 0

    def stage(self, title: str):
        self.stage_number += 1
        print(f"\n── {self.stage_number}. {title} ".ljust(WIDTH, "─"), flush=True)

    def run(self, stack: Stack, status: str, expected: str):
        """Prints how an operation on a stack ended, and what the function logged in the meantime."""
        print(f"\n  stack {stack.name}: {status}")
        for reason in stack.failures():
            print(wrapped(reason))
        print("  the function's log:")
        for line in self.aws.new_log_lines() or ["(the function was not called)"]:
            print(wrapped(line.strip()))
        check(status == expected, f"the stack {stack.name} should have ended with {expected}")

    def show_tree(self):
        """Prints the organization. + and - mark what has changed since the last call."""
        tree = self.organization.tree()
        attached = {node.id: node.policies for node in tree.walk()}
        print()
        self._show(tree, "", "")
        self.attached_before = attached

    def _show(self, node: Node, branch: str, below: str):
        before = self.attached_before.get(node.id, [])
        marks = [f"{' ' if policy in before else '+'} {policy}" for policy in node.policies]
        marks += [f"- {policy}" for policy in before if policy not in node.policies]
        label = f"  {branch}{node.name}".ljust(30) + node.id.ljust(22)
        for mark in marks or [""]:
            print(f"{label}{mark}".rstrip())
            label = f"  {below}{'│' if node.children else ''}".ljust(52)
        for child in node.children:
            last = child is node.children[-1]
            self._show(child, below + ("└─ " if last else "├─ "), below + ("   " if last else "│  "))

    def expect(self, **where: set[str]):
        """Checks that each policy is attached to exactly these targets. An empty set means that it does not exist."""
        policies = {policy["Name"]: policy["Targets"] for policy in self.organization.policies().values()}
        for name, targets in where.items():
            name = name.replace("_", "-")
            check(policies.get(name, set()) == targets, f"{name} should be attached to {targets}; found: {policies}")


def wrapped(line: str) -> str:
    return textwrap.fill(
        line, WIDTH, initial_indent="    ", subsequent_indent="      ", break_long_words=False, break_on_hyphens=False
    )


def check(holds: bool, otherwise: str):
    if not holds:
        sys.exit(f"\nThe demo has failed: {otherwise}")


def main():
    print("starting a local AWS (MiniStack, with IAM enforced)", flush=True)
    with LocalAws() as aws:
        demo = Demo(aws)
        organization = demo.organization

        demo.stage("the organization, with the function in its management account")
        template = FUNCTION_TEMPLATE.relative_to(PROJECT)
        print(f"\n  sam deploy --config-env local --template-file {template}", flush=True)
        aws.sam_deploy()
        print(f"  stack {FUNCTION_STACK}: {aws.stack(FUNCTION_STACK).outputs()['ServiceToken']}")
        demo.show_tree()
        print("\n  (FullAWSAccess is attached everywhere and is not shown here.)")

        demo.stage("create: the guard (SCP) of the central vault")
        guard = aws.stack("vault-guard")
        guarded = {
            "CentralAccountId": organization.vault_account,
            "AdminRoles": "vault-admin",
        }
        status = guard.create(TEMPLATES / "vault-guard.yaml", **guarded)
        demo.run(guard, status, "CREATE_COMPLETE")
        demo.show_tree()
        demo.expect(vault_guard={organization.vault_account})

        demo.stage("create: daily and monthly backups of tagged resources in /Production, copied to the central vault")
        backup = aws.stack("backup-policies")
        wanted = {
            "Targets": "/Production",
            "Regions": "eu-west-1,eu-central-1",
            "CentralVaultArn": f"arn:aws:backup:eu-west-1:{organization.vault_account}:backup-vault:central",
            "EnablePolicyType": "true",
        }
        status = backup.create(TEMPLATES / "backup-policies.yaml", **wanted)
        demo.run(backup, status, "CREATE_COMPLETE")
        demo.show_tree()
        demo.expect(org_backup_daily={organization.production}, org_backup_monthly={organization.production})

        demo.stage("update: move the policies to /Sandbox, and keep the daily copies for longer")
        wanted |= {"Targets": "/Sandbox", "DailyCopyDeleteAfterDays": "90"}
        status = backup.update(TEMPLATES / "backup-policies.yaml", **wanted)
        demo.run(backup, status, "UPDATE_COMPLETE")
        demo.show_tree()
        demo.expect(org_backup_daily={organization.sandbox}, org_backup_monthly={organization.sandbox})

        demo.stage("failing update: a target does not exist, and the stack rolls back")
        before = organization.policies()
        missing = wanted | {"Targets": f"/Production,{organization.sandbox[:8]}00000000", "DailyDeleteAfterDays": "7"}
        status = backup.update(TEMPLATES / "backup-policies.yaml", **missing)
        demo.run(backup, status, "UPDATE_ROLLBACK_COMPLETE")
        demo.show_tree()
        check(organization.policies() == before, "the rollback should have restored every policy as it was")

        demo.stage("delete: the backup policies are deleted with their stack, the guard stays (DeletionPolicy)")
        guard_id = guard.outputs()["PolicyId"]
        demo.run(backup, backup.delete(), "DELETE_COMPLETE")
        demo.run(guard, guard.delete(), "DELETE_COMPLETE")
        demo.show_tree()
        demo.expect(org_backup_daily=set(), org_backup_monthly=set(), vault_guard={organization.vault_account})

        demo.stage("create: a new stack adopts the guard by its id")
        guard = aws.stack("vault-guard-again")
        status = guard.create(TEMPLATES / "vault-guard.yaml", **guarded, AdoptExisting=guard_id)
        demo.run(guard, status, "CREATE_COMPLETE")
        demo.show_tree()
        check(guard.outputs()["PolicyId"] == guard_id, "the guard should still be the same policy")
        demo.expect(vault_guard={organization.vault_account})

    print("\nEverything ended as expected.")


if __name__ == "__main__":
    main()
