"""What `make demo` is going to show. It is said before anything is installed: standard library only."""

from terminal import bold, cyan, heading, say

CHAPTERS = (
    ("The organization as it is", "nothing is guarded, and nothing is backed up"),
    ("The guard arrives, then the backups", "a service control policy, and two backup policies"),
    ("A rename and a move", "planned, then done: a new name, another place"),
    ("An update fails half-way", "it is rolled back, and the guard stays on all the while"),
    ("Changes by hand", "a guard detached, a policy edited: told by mail, put back"),
    ("The clean-up", "the backup policies go with their stack, the guard stays"),
)


def chapter(number: int):
    heading(f"{number} of {len(CHAPTERS)}  {CHAPTERS[number - 1][0]}")


def opening():
    heading("cfn-org-policy: the demo")
    say(
        "Policies of AWS Organizations as CloudFormation resources. This runs the compiled function with a local AWS "
        "(MiniStack) and a small organization. Nothing leaves this machine, and no account at AWS is needed. You "
        "will see:"
    )
    print()
    for number, (title, what) in enumerate(CHAPTERS, start=1):
        print(f"  {cyan(str(number))}  {bold(title)}{' ' * (37 - len(title))}{what}")
    print()
    say("In 3 and 4, AWS Organizations is asked about the guard all the while. The end sums up, with times.")
    print(flush=True)


if __name__ == "__main__":
    opening()
