"""What a block of commands would call: bash reads it, and every program it calls is only written down.

There is no program on the PATH, so bash hands each command to `command_not_found_handle`, with its arguments as they are
after quoting, variables and loops. Each prints two words, so that loops over an output turn once.
"""

import os
import re
import subprocess
import tempfile
from pathlib import Path

BASH = "/bin/bash"
WRITE_DOWN = r'command_not_found_handle() { printf "%s\0" "$#" "$@" >> "$RECORD"; echo "placeholder placeholder"; }'
# <id>, <the PhysicalResourceId of the nested stack>; but no here-document.
PLACEHOLDER = re.compile(r"(?<!<)<([A-Za-z][\w ,.'()=-]*)>")
BY_PATH = re.compile(r"(?m)(?:^|[|;&(])\s*(?:\w+=\S+\s+)*((?:\.{0,2}/|[\w.-]+/)[\w./-]+)(?=\s|$)")


VARIABLE = re.compile(r"(?<!\\)\$\{?([A-Za-z_]\w*)")
GIVEN = {"HOME", "PATH", "PWD", "RECORD"}


def without_placeholders(text: str) -> str:
    return PLACEHOLDER.sub("placeholder", text)


def syntax_fault(text: str) -> str | None:
    done = subprocess.run([BASH, "-n"], input=without_placeholders(text), capture_output=True, text=True, check=False)
    return done.stderr.strip() or None


def calls(text: str) -> list[list[str]]:
    """Every program that the commands call, with its arguments."""
    text = without_placeholders(text)
    # What another block, or the reader, has set.
    variables = "\n".join(f"{name}=placeholder" for name in sorted(set(VARIABLE.findall(text)) - GIVEN))
    with tempfile.TemporaryDirectory(prefix="pages-") as folder:
        record = Path(folder) / "record"
        record.touch()
        for path in set(BY_PATH.findall(text)) - {"/dev/null"}:
            stub = Path(folder) / path
            if not path.startswith(("/", "..")):
                stub.parent.mkdir(parents=True, exist_ok=True)
                stub.write_text(f'#!{BASH}\nprintf "%s\\0" "$(($# + 1))" {path} "$@" >> "$RECORD"\n')
                stub.chmod(0o755)
        subprocess.run(
            [BASH, "-c", f"{variables}\n{WRITE_DOWN}\n{text}"],
            cwd=folder,
            env={"PATH": "/nothing-is-here", "RECORD": str(record), "HOME": folder, "FUNCNEST": "5"},
            stdin=subprocess.DEVNULL,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
            timeout=30,
            check=False,
        )
        words = os.fsdecode(record.read_bytes()).split("\0")[:-1]
    found = []
    while words:
        count = int(words[0])
        found.append(words[1 : count + 1])
        words = words[count + 1 :]
    return found
