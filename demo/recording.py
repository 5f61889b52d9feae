"""`make recording`: runs the demo, the attack and the tool, and makes the pictures in docs/images and the log in README.md
of what they print. README has to show each picture, tests/e2e/test_demo.py compares the log with the demo, and a test of
the tool its pictures with what it prints. `recording.py tool` draws these alone, in a moment.
"""

import os
import re
import subprocess
import sys
from pathlib import Path

from picture import picture

PROJECT = Path(__file__).resolve().parents[1]

README = PROJECT / "README.md"
IMAGES = PROJECT / "docs" / "images"
HEADING = "━━ "
# The log in README stands in the code block after this line.
LOG_FOLLOWS = "<!-- make recording writes this log -->\n\n```\n"
# Which events of the log, each by the chapter and by how it begins.
LOGGED = ((3, "Update VaultGuard "), (3, "Update DailyBackup "), (4, "Create RegionLimits "))


def recorded(*command, cwd=PROJECT, status: int = 0) -> str:
    environment = {name: value for name, value in os.environ.items() if name != "NO_COLOR"} | {"FORCE_COLOR": "1"}
    run = subprocess.run(command, cwd=cwd, env=environment, stdout=subprocess.PIPE, text=True, check=False)
    if run.returncode != status:
        sys.exit(run.stdout)
    return run.stdout


def plain(text: str) -> str:
    return re.sub(r"\033\[\d+m", "", text)


def chapters(text: str) -> list[str]:
    """The parts that begin with a heading."""
    lines = text.splitlines(keepends=True)
    starts = [number for number, line in enumerate(lines) if plain(line).startswith(HEADING)]
    return ["".join(lines[start:end]) for start, end in zip(starts, [*starts[1:], None], strict=True)]


def log_of(demo: str) -> str:
    """Some events of the log, with an empty line in between."""
    events = []
    for number, beginning in LOGGED:
        lines = [line.removeprefix("   ") for line in plain(chapters(demo)[number - 1]).splitlines()]
        start = next(at for at, line in enumerate(lines) if line.startswith(f" INFO {beginning}"))
        end = lines.index(" INFO responded", start)
        events.append("\n".join(lines[start : end + 1]) + "\n")
    return "\n".join(events)


def mail_of(demo: str) -> str:
    """The mail of the watch, and the line before it."""
    lines = chapters(demo)[4].splitlines()
    start = next(number for number, line in enumerate(lines) if plain(line).startswith("    │ Subject: "))
    end = next(number for number in range(start, len(lines)) if not plain(lines[number]).startswith("    │"))
    return "\n".join(lines[start - 1 : end])


def with_log(readme: str, log: str) -> str:
    before, after = readme.split(LOG_FOLLOWS)
    return before + LOG_FOLLOWS + log + after[after.index("```\n") :]


def of_demo_and_attack() -> dict[str, str]:
    demo = recorded(sys.executable, PROJECT / "demo" / "demo.py")
    attack = recorded("node", PROJECT / "demo" / "attack.mjs")
    README.write_text(with_log(README.read_text(), log_of(demo)))
    return {
        "demo.svg": picture("make demo: an update fails half-way, and the guard stays on", chapters(demo)[3]),
        "watch.svg": picture("make demo: the mail of the watch, about a guard and a backup policy", mail_of(demo)),
        "attack.svg": picture("make attack: ten attacks on the backup account", attack),
    }


def of_tool() -> dict[str, str]:
    """Its pictures: what each is called and shows, the command, where it runs, and how it ends."""
    demo, organization = PROJECT / "demo", PROJECT / "examples" / "organization"
    checked = ("org-policy", "check", "policy.yaml")
    merged = ("org-policy", "effective", "-o", "organization.yaml", "ledger")
    return {
        # It finds something: that is what it shows.
        "check.svg": of_command("org-policy check: what is wrong with a policy, and where", checked, demo, 1),
        "effective.svg": of_command("org-policy effective: what an account ends up with", merged, organization, 0),
    }


def of_command(title: str, command: tuple[str, ...], folder: Path, status: int) -> str:
    target = PROJECT / os.environ.get("CARGO_TARGET_DIR", "target") / "debug"
    printed = recorded(target / command[0], "--color", "always", *command[1:], cwd=folder, status=status)
    return picture(title, f"\033[2m$ {' '.join(command)}\033[0m\n{printed}")


def main():
    pictures = of_tool() | ({} if sys.argv[1:] == ["tool"] else of_demo_and_attack())
    IMAGES.mkdir(exist_ok=True)
    for name, content in pictures.items():
        path = IMAGES / name
        path.write_text(content)
        where = path.relative_to(PROJECT)
        if f"]({where})" not in README.read_text():
            sys.exit(f"README.md does not show {where}")
        print(f"{where}: {len(content.splitlines())} lines, {len(content) // 1024 + 1} KiB")


if __name__ == "__main__":
    main()
