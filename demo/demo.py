"""What `make demo` shows of an organization, with a local CloudFormation and the compiled function.

Every chapter checks what it shows. The first thing that is not as expected ends the demo with an error.
"""

import json
import subprocess
import sys
import time
from concurrent.futures import Future

import boto3
from local_aws import FUNCTION_TEMPLATE, PROJECT, TOOL, LocalAws, Organization
from opening import chapter
from polling import Polling
from terminal import COLOURED, bold, dim, green, heading, red, say, shortened, yellow
from tree import Tree
from watch import Watch

GUARD = PROJECT / "stacks" / "vault-guard.yaml"
BACKUPS = PROJECT / "stacks" / "backup-policies.yaml"
SECOND_POLICY = PROJECT / "demo" / "second-policy.yaml"


class Demo:
    def __init__(self, aws: LocalAws):
        self.aws = aws
        self.organization = Organization()
        self.names = {node.id: node.name for node in self.organization.tree().walk()}
        self.tree = Tree(self.organization)
        self.guard, self.backups = aws.stack("vault-guard"), aws.stack("backup-policies")
        account = self.organization.vault_account
        self.guard_parameters = {"CentralAccountId": account, "AdminRoles": "vault-admin"}
        self.backup_parameters = {
            "Targets": "/Production",
            "Regions": "eu-west-1,eu-central-1",
            "CentralVaultArn": f"arn:aws:backup:eu-west-1:{account}:backup-vault:central-backup",
            "EnablePolicyType": "true",
        }
        self.watch = Watch(aws)
        self.seen = []

    def tell(self):
        for number, happens in enumerate([self.begin, self.create, self.update, self.fail, self.heal, self.clean_up], start=1):
            chapter(number)
            started = time.monotonic()
            what = happens()
            self.seen.append(f"{time.monotonic() - started:5.1f} s  {green('✓')} {what}")

    def begin(self) -> str:
        made_by_hand("region-limits", self.organization.sandbox)
        template = FUNCTION_TEMPLATE.relative_to(PROJECT)
        self.run(f"sam deploy --template-file {template}", self.aws.sam_deploy, None)
        self.watch.deploy()
        self.tree.show()
        print()
        say("Somebody has made the policy region-limits by hand. (FullAWSAccess is everywhere, and not shown.)")
        return "the function was deployed to the management account, with sam deploy"

    def create(self) -> str:
        what = "create stack vault-guard: a policy that guards the backup account"
        self.run(what, self.guard.create, "CREATE_COMPLETE", GUARD, **self.guard_parameters)
        self.show_log()
        what = "create stack backup-policies: daily and monthly, in /Production"
        self.run(what, self.backups.create, "CREATE_COMPLETE", BACKUPS, **self.backup_parameters)
        self.show_log()
        self.tree.show()
        self.expect({"vault-guard": self.organization.vault_account}, self.organization.production)
        return "the guard and two backup policies were created, and attached"

    def update(self) -> str:
        self.guard_parameters["PolicyName"] = "org-vault-guard"
        parameters = [f"{name}={value}" for name, value in self.guard_parameters.items()]
        template = str(GUARD.relative_to(PROJECT))
        self.tool("plan", template, "--stack-name", self.guard.name, "--parameters", *parameters, status=2)
        with Polling(self.guard.outputs()["PolicyId"]) as renamed:
            what = "update stack vault-guard: another name for the policy"
            self.run(what, self.guard.update, "UPDATE_COMPLETE", GUARD, **self.guard_parameters)
        self.show_log()
        self.show_looks(renamed)
        self.backup_parameters["Targets"] = "/Sandbox"
        with Polling(self.backups.outputs()["DailyPolicyId"]) as moved:
            what = "update stack backup-policies: /Sandbox instead of /Production"
            self.run(what, self.backups.update, "UPDATE_COMPLETE", BACKUPS, **self.backup_parameters)
        self.show_log()
        self.show_looks(moved)
        self.tree.show()
        self.expect({"org-vault-guard": self.organization.vault_account}, self.organization.sandbox)
        looks = len(renamed.looks) + len(moved.looks)
        return f"a rename and a move: the policy was on at each of {looks} looks"

    def fail(self) -> str:
        before = self.organization.policies()
        parameters = self.guard_parameters | {"AdminRoles": "vault-admin,second-admin"}
        with Polling(self.guard.outputs()["PolicyId"]) as guarded:
            what = "update stack vault-guard: another administrator and policy"
            self.run(what, self.guard.update, "UPDATE_ROLLBACK_COMPLETE", with_second_policy(), **parameters)
        for reason in self.guard.failures():
            say(shortened(reason), style=red, indent="    ", hanging="  ")
        say(
            "Expected: region-limits was made by hand. The function never changes a policy that is not its own unless "
            "the template says so. Before it refuses, it looks again after ten seconds, because AWS's lists may lag.",
            style=yellow,
        )
        self.show_log()
        self.show_looks(guarded)
        check(self.organization.policies() == before, "the rollback should have restored every policy as it was")
        say("every policy of the organization is as it was before", style=green)
        return f"a failed update was rolled back: the guard was on at each of {len(guarded.looks)} looks"

    def heal(self) -> str:
        before = self.organization.policies()
        organizations = boto3.client("organizations")
        guard, daily = self.guard.outputs()["PolicyId"], self.backups.outputs()["DailyPolicyId"]
        organizations.detach_policy(PolicyId=guard, TargetId=self.organization.vault_account)
        content = before[daily]["Content"].replace("eu-central-1", "eu-north-1")
        organizations.update_policy(PolicyId=daily, Content=content)
        say("Somebody detaches the guard in the console, and puts another Region into the daily backup:")
        look = self.watch.look()
        self.tree.show()
        self.tool("drift", "--once", status=2)
        mail = self.wait_for("the watch looks, as it does every hour", look)
        show_lines(f"Subject: {mail['Subject']}\n\n{mail['Message']}", margin="    │ ")
        stacks = (self.guard, self.backups)
        helps = [f"org-policy heal {stack.name} " in mail["Message"] for stack in stacks]
        check(all(helps), "the mail should say of both changes what to type")
        say(
            "The watch is a function of its own, by stacks/watch.yaml. It waits for ten seconds before it reads policies, "
            "because what AWS answers may be that old. Here a queue has got the mail.",
            style=dim,
        )
        for stack in stacks:
            self.tool("heal", stack.name, "--yes", status=0)
            self.show_log()
        look = self.watch.look()
        self.tree.show()
        check(self.organization.policies() == before, "every policy should be as it was")
        self.tool("drift", "--once", status=0)
        mail = self.wait_for("the watch looks again", look)
        show_lines(f"Subject: {mail['Subject']}", margin="    │ ")
        check("org-policy heal" not in mail["Message"], "the watch should have told that nothing is left to do")
        return "two changes by hand were found and told, and CloudFormation has put them back"

    def tool(self, *arguments: str, status: int):
        """Runs org-policy, shows what it prints, and checks how it has ended."""
        print()
        say(" ".join(("org-policy", *arguments)), style=bold, hanging="    ")
        colour = "always" if COLOURED else "never"
        command = [TOOL, "--color", colour, *arguments]
        run = subprocess.run(command, cwd=PROJECT, stdout=subprocess.PIPE, text=True, check=False)
        show_lines(run.stdout)
        check(run.returncode == status, f"org-policy should have ended with {status}, not {run.returncode}")

    def wait_for(self, what: str, look: Future[dict]) -> dict:
        """Returns the mail of a look that is under way, and prints how long that took from now on."""
        print(f"\n  {bold(what)}", end=" … ", flush=True)
        started = time.monotonic()
        mail = look.result()
        print(yellow("a mail"), dim(f"({time.monotonic() - started:.1f} s)"), flush=True)
        return mail

    def clean_up(self) -> str:
        policy_id = self.guard.outputs()["PolicyId"]
        self.run("delete stack backup-policies", self.backups.delete, "DELETE_COMPLETE")
        self.show_log()
        self.run("delete stack vault-guard", self.guard.delete, "DELETE_COMPLETE")
        self.show_log()
        say(
            "Expected: its template says DeletionPolicy: RetainExceptOnCreate, so the guard outlives its stack. "
            f"A later stack takes it over with AdoptExisting={policy_id}.",
            style=yellow,
        )
        self.tree.show()
        self.expect({"org-vault-guard": self.organization.vault_account}, None)
        return "the backup policies were deleted with their stack, and the guard stayed"

    def run(self, what: str, operation, expected: str | None, *arguments, **parameters):
        """Runs an operation, and prints and checks how it has ended."""
        print(f"\n  {bold(what)}", end=" … ", flush=True)
        started = time.monotonic()
        status = operation(*arguments, **parameters)
        style = red if expected and "ROLLBACK" in expected else green
        print(style(status or "done"), dim(f"({time.monotonic() - started:.1f} s)"), flush=True)
        check(status == expected, f"it should have ended with {expected}")

    def show_log(self):
        lines = self.aws.new_log_lines()
        say("the function's log:" if lines else "(the function was not called)", style=dim)
        for line in lines:
            say(shortened(line.rstrip()), style=style_of(line), indent="   ", hanging="      ")

    def show_looks(self, polling: Polling):
        """Prints what has become of a policy, and checks that no look found it off."""
        say("AWS Organizations, asked about the policy again and again meanwhile:", style=dim)
        for seconds, look in polling.changes():
            where = " and ".join(sorted(self.names[target] for target in look.targets)) or "nothing"
            print(f"    {seconds:4.1f} s  {look.name.ljust(17)}{look.length:6,} characters  attached to {where}")
        off = [look for _, look in polling.looks if not look.targets]
        check(not off, f"the policy was attached to nothing in {len(off)} of {len(polling.looks)} looks")
        say(f"attached at each of {len(polling.looks)} looks", style=green)

    def expect(self, guard: dict[str, str], backups: str | None):
        """Checks what every policy is attached to."""
        wanted = guard | {"region-limits": self.organization.sandbox}
        if backups:
            wanted |= {"org-backup-daily": backups, "org-backup-monthly": backups}
        found = {policy["Name"]: policy["Targets"] for policy in self.organization.policies().values()}
        found.pop("FullAWSAccess", None)
        check(found == {name: {target} for name, target in wanted.items()}, f"these are attached: {found}")


def show_lines(text: str, margin: str = "    "):
    """Prints the lines as they are indented, and those that are too long on several."""
    for line in text.splitlines():
        words = line.lstrip(" ")
        if words:
            say(shortened(words), indent=margin + " " * (len(line) - len(words)), hanging="  ")
        else:
            print(margin.rstrip())


def style_of(line: str):
    for word, style in {"FAILED": red, "attempt failed": yellow, "SUCCESS": green, "plan: ": str}.items():
        if word in line:
            return style
    return dim


def made_by_hand(name: str, target: str):
    """A policy that no stack knows of."""
    organizations = boto3.client("organizations")
    deny = {"Effect": "Deny", "Action": "account:EnableRegion", "Resource": "*"}
    made = organizations.create_policy(
        Name=name,
        Type="SERVICE_CONTROL_POLICY",
        Description="made by hand",
        Content=json.dumps({"Version": "2012-10-17", "Statement": [deny]}),
    )
    organizations.attach_policy(PolicyId=made["Policy"]["PolicySummary"]["Id"], TargetId=target)


def with_second_policy() -> str:
    """The guard's template with one more resource."""
    resources, outputs = GUARD.read_text().split("\nOutputs:\n")
    return f"{resources}\n{SECOND_POLICY.read_text()}\nOutputs:\n{outputs}"


def check(holds: bool, otherwise: str):
    if not holds:
        sys.exit(red(f"\nThe demo has failed: {otherwise}"))


def main():
    started = time.monotonic()
    with LocalAws() as aws:
        demo = Demo(aws)
        demo.tell()
    heading("What you have seen")
    for line in demo.seen:
        print(f"  {line}")
    seconds = time.monotonic() - started
    print(f"  {seconds:5.1f} s  in all; everything has ended as expected, and the local AWS has stopped")
    print()
    say(
        "This was a local CloudFormation, not AWS: docs/VALIDATION.md lists what only a real account can confirm. What "
        "the guard is for: make attack."
    )


if __name__ == "__main__":
    try:
        main()
    except KeyboardInterrupt:
        sys.exit(130)
