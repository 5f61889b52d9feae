"""`make recording`: runs the demo and the attack, and makes the pictures in docs/images and the log in README.md of what
they print. README has to show each picture, and tests/e2e/test_demo.py compares the log with the demo.
"""

import os
import re
import subprocess
import sys
from html import escape

from local_aws import PROJECT
from terminal import WIDTH

README = PROJECT / "README.md"
IMAGES = PROJECT / "docs" / "images"
HEADING = "━━ "
# The log in README stands in the code block after this line.
LOG_FOLLOWS = "<!-- make recording writes this log -->\n\n```\n"
# Which events of the log, each by the chapter and by how it begins.
LOGGED = ((3, "Update VaultGuard "), (3, "Update DailyBackup "), (4, "Create RegionLimits "))

CHARACTER, LINE, MARGIN = 8.4, 19, 16
STYLES = {"1": "font-weight:bold", "2": "fill:#8b949e", "31": "fill:#ff7b72", "32": "fill:#56d364"}
STYLES |= {"33": "fill:#e3b341", "36": "fill:#79c0ff"}
FONT = "font:14px ui-monospace,SFMono-Regular,Menlo,Consolas,'DejaVu Sans Mono',monospace"


def recorded(*command) -> str:
    environment = {name: value for name, value in os.environ.items() if name != "NO_COLOR"} | {"FORCE_COLOR": "1"}
    run = subprocess.run(command, cwd=PROJECT, env=environment, stdout=subprocess.PIPE, text=True, check=False)
    if run.returncode:
        sys.exit(run.stdout)
    return run.stdout


def plain(text: str) -> str:
    return re.sub(r"\033\[\d+m", "", text)


def chapters(text: str) -> list[str]:
    """The parts that begin with a heading."""
    lines = text.splitlines(keepends=True)
    starts = [number for number, line in enumerate(lines) if plain(line).startswith(HEADING)]
    return ["".join(lines[start:end]) for start, end in zip(starts, [*starts[1:], None], strict=True)]


def runs(line: str):
    """The parts of a line that are in one style: where each begins, its text, and its style's codes."""
    column, codes = 0, []
    for text, code in re.findall(r"([^\033]+)|\033\[(\d+)m", line):
        if text:
            yield column, text, codes
            column += len(text)
        else:
            codes = [] if code == "0" else [*codes, code]


def picture(title: str, text: str) -> str:
    """The text as an SVG, on a dark ground of its own, so that it can be read on a light page and on a dark one."""
    lines = text.strip("\n").splitlines()
    width, height = round(WIDTH * CHARACTER + 2 * MARGIN), len(lines) * LINE + 2 * MARGIN
    styles = "".join(f".c{code}{{{style}}}" for code, style in STYLES.items())
    drawn = []
    for number, line in enumerate(lines):
        for column, run, codes in runs(line):
            shown = run.strip(" ")
            if not shown:
                continue
            column += len(run) - len(run.lstrip(" "))
            # The length holds the columns, whatever font there is.
            x, length = MARGIN + column * CHARACTER, len(shown) * CHARACTER
            classes = f' class="{" ".join(f"c{code}" for code in codes)}"' if codes else ""
            y = MARGIN + (number + 0.75) * LINE
            drawn.append(f'<text x="{x:.1f}" y="{y:.1f}" textLength="{length:.1f}"{classes}>{escape(shown)}</text>')
    return "\n".join(
        [
            f'<svg xmlns="http://www.w3.org/2000/svg" width="{width}" height="{height}" viewBox="0 0 {width} {height}"'
            ' xml:space="preserve">',
            f"<title>{escape(title)}</title>",
            f"<style>text{{{FONT};fill:#e6edf3}}{styles}</style>",
            f'<rect width="{width}" height="{height}" rx="8" fill="#0d1117"/>',
            *drawn,
            "</svg>\n",
        ]
    )


def log_of(demo: str) -> str:
    """Some events of the log, with an empty line in between."""
    events = []
    for number, beginning in LOGGED:
        lines = [line.removeprefix("   ") for line in plain(chapters(demo)[number - 1]).splitlines()]
        start = next(at for at, line in enumerate(lines) if line.startswith(f" INFO {beginning}"))
        end = lines.index(" INFO responded", start)
        events.append("\n".join(lines[start : end + 1]) + "\n")
    return "\n".join(events)


def with_log(readme: str, log: str) -> str:
    before, after = readme.split(LOG_FOLLOWS)
    return before + LOG_FOLLOWS + log + after[after.index("```\n") :]


def main():
    demo = recorded(sys.executable, PROJECT / "demo" / "demo.py")
    attack = recorded("node", PROJECT / "demo" / "attack.mjs")
    pictures = {
        "demo.svg": picture("make demo: an update fails half-way, and the guard stays on", chapters(demo)[3]),
        "attack.svg": picture("make attack: ten attacks on the backup account", attack),
    }
    IMAGES.mkdir(exist_ok=True)
    readme = with_log(README.read_text(), log_of(demo))
    README.write_text(readme)
    for name, content in pictures.items():
        path = IMAGES / name
        path.write_text(content)
        where = path.relative_to(PROJECT)
        if f"]({where})" not in readme:
            sys.exit(f"README.md does not show {where}")
        print(f"{where}: {len(content.splitlines())} lines, {len(content) // 1024 + 1} KiB")


if __name__ == "__main__":
    main()
