"""What a terminal shows, as an SVG."""

import re
from html import escape

from terminal import WIDTH

CHARACTER, LINE, MARGIN = 8.4, 19, 16
STYLES = {"1": "font-weight:bold", "2": "fill:#8b949e", "31": "fill:#ff7b72", "32": "fill:#56d364"}
STYLES |= {"33": "fill:#e3b341", "36": "fill:#79c0ff", "91": "fill:#ff7b72", "94": "fill:#79c0ff", "96": "fill:#79c0ff"}
FONT = "font:14px ui-monospace,SFMono-Regular,Menlo,Consolas,'DejaVu Sans Mono',monospace"


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
            f"<style>text{{{FONT};fill:#e6edf3;white-space:pre}}{styles}</style>",
            f'<rect width="{width}" height="{height}" rx="8" fill="#0d1117"/>',
            *drawn,
            "</svg>\n",
        ]
    )
