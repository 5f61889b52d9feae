"""Runs a command that builds. Its output goes to a file; the terminal gets one line, and its end if it fails.

build.py LOG COMMAND…  It runs on any Python before anything is installed, so it uses the standard library only.
"""

import subprocess
import sys
import time
from pathlib import Path

from terminal import WIDTH, dim, red

TAIL = 40


def build(log: Path, command: list[str]) -> int:
    log.parent.mkdir(exist_ok=True)
    started = time.monotonic()
    with open(log, "w") as output:
        process = subprocess.Popen(command, stdout=output, stderr=output, stdin=subprocess.DEVNULL)
        wait(process, log, started)
    seconds = round(time.monotonic() - started)
    if process.returncode == 0:
        replace(f"  built in {seconds} s (log: {log})")
    else:
        replace(red(f"  the build has failed after {seconds} s. The end of {log}:"))
        print("\n".join(lines_of(log)[-TAIL:]))
    return process.returncode


def wait(process: subprocess.Popen, log: Path, started: float):
    if not sys.stdout.isatty():
        print("  building …", flush=True)
        process.wait()
    while process.poll() is None:
        time.sleep(0.2)
        minutes, seconds = divmod(round(time.monotonic() - started), 60)
        said = next((line.strip() for line in reversed(lines_of(log)) if line.strip()), "")
        line = f"  building, {minutes}:{seconds:02}  {said.removeprefix('==> ')}"
        replace(dim(line[: WIDTH - 1]), end="")


def replace(line: str, end: str = "\n"):
    """Writes over the line that stands there, if this is a terminal."""
    print(("\r\033[K" if sys.stdout.isatty() else "") + line, end=end, flush=True)


def lines_of(log: Path) -> list[str]:
    return log.read_text(errors="replace").splitlines()


if __name__ == "__main__":
    try:
        sys.exit(build(Path(sys.argv[1]), sys.argv[2:]))
    except KeyboardInterrupt:
        sys.exit(130)
