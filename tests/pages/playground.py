"""Runs a page's marked blocks in one shell, against what `make playground` starts."""

import os
import re
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path

from blocks import PROJECT, Block, executed

# What the commands of the pages find in the project.
FILES = ["demo", "events", "samconfig.toml", "solution.values.example.yaml", "solution.yaml", "stacks", "stacksets"]
FILES += ["template.yaml", ".tools", "tools"]
# The policy of the pages' examples. What is prepared may put another one in its place.
EXAMPLE = "p-ed3104c5"
READY = "Ctrl-C here ends it"
BEFORE = "@@@ block "


def installed() -> bool:
    return shutil.which("aws") is not None


def script(page: list[Block], prepared: str) -> str:
    lines = ["set -eo pipefail", "source .aws-sam/playground.env", prepared]
    for number, block in enumerate(page):
        if "run" not in block.marks or "playground" in block.marks:
            continue
        lines.append(f"echo '{BEFORE}{number}'; echo '{BEFORE}{number}' >&2")
        text = block.text.replace(EXAMPLE, f"${{EXAMPLE:-{EXAMPLE}}}")
        if "fails" in block.marks:
            lines.append(f"set +e; (set -e\n{text}); status=$?; set -e")
            lines.append("if [ $status = 0 ]; then echo 'this was to fail'; exit 99; fi")
        else:
            lines.append(text)
    return "\n".join(lines)


def run(page: list[Block], prepared: str = "") -> list[str]:
    """Runs the page, and returns what is wrong."""
    page = executed(page, release=False)
    with tempfile.TemporaryDirectory(prefix="playground-") as name:
        folder = Path(name)
        for file in FILES:
            if (PROJECT / file).exists():
                (folder / file).symlink_to(PROJECT / file)
        (folder / ".aws-sam").mkdir()
        for block in page:
            if block.mark.startswith("file "):
                (folder / block.mark.removeprefix("file ")).write_text(block.text)
        local = subprocess.Popen(
            [sys.executable, "-u", PROJECT / "demo" / "playground.py"],
            cwd=folder,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
        )
        try:
            started = []
            for line in local.stdout:
                started.append(line)
                if line.startswith(READY):
                    break
            else:
                return [f"{page[0].page}: the playground did not start:\n{''.join(started)}"]
            done = subprocess.run(
                ["bash", "-c", script(page, prepared)],
                cwd=folder,
                env=environment(),
                stdout=subprocess.PIPE,
                stderr=subprocess.STDOUT,
                text=True,
                timeout=600,
                check=False,
            )
        finally:
            local.terminate()
            local.wait(timeout=30)
    return judged(page, done)


def environment() -> dict[str, str]:
    """Without a pager and a profile of the caller, and with the command-line tool."""
    caller = {name: value for name, value in os.environ.items() if not name.startswith("AWS_")}
    tool = Path(os.environ.get("CARGO_TARGET_DIR", PROJECT / "target")) / "debug"
    return caller | {"AWS_PAGER": "", "PATH": f"{tool}:{caller['PATH']}"}


def judged(page: list[Block], done) -> list[str]:
    printed, at = {}, None
    for line in done.stdout.splitlines():
        if line.startswith(BEFORE):
            at = int(line.removeprefix(BEFORE))
            printed.setdefault(at, [])
        else:
            printed.setdefault(at, []).append(line)
    if done.returncode != 0:
        where = page[at].where if at is not None else page[0].page
        return [f"{where}: ended with {done.returncode}:\n" + "\n".join(printed.get(at, []))]
    found, before = [], None
    for number, block in enumerate(page):
        if "run" in block.marks:
            before = number
        elif block.mark == "output":
            shown = " ".join("\n".join(printed.get(before, [])).split())
            for line in block.text.splitlines():
                if line.strip() and not re.search(pattern(line), shown):
                    found.append(f"{block.where}: this was not printed: {line.strip()}\nbut:\n" + "\n".join(printed[before]))
    return found


def pattern(line: str) -> str:
    """Ids differ from run to run, and … stands for anything."""
    text = re.escape(" ".join(line.split())).replace("…", ".*")
    text = text.replace(r"\-", "-")
    return re.sub(r"(?<![\w-])(p|ou|r|o)-[0-9a-f]+(-[0-9a-f]+)?(?![\w-])", r"\1-[0-9a-f-]+", text)
