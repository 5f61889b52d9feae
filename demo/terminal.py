"""How the demo writes: colours where somebody looks, lines that fit, and names short enough to be read."""

import os
import re
import sys
import textwrap

WIDTH = 100


def _is_coloured() -> bool:
    """NO_COLOR as https://no-color.org has it; FORCE_COLOR is for recording.py."""
    if os.environ.get("NO_COLOR"):
        return False
    return bool(os.environ.get("FORCE_COLOR")) or (sys.stdout.isatty() and os.environ.get("TERM") != "dumb")


COLOURED = _is_coloured()


def _style(code: str):
    return lambda text: f"\033[{code}m{text}\033[0m" if COLOURED and text else text


bold, dim = _style("1"), _style("2")
red, green, yellow, cyan = (_style(code) for code in ("31", "32", "33", "36"))


def say(text: str = "", style=str, indent: str = "  ", hanging: str = ""):
    """Prints a paragraph, each of its lines in the style."""
    lines = textwrap.wrap(
        text,
        WIDTH,
        initial_indent=indent,
        subsequent_indent=indent + hanging,
        break_long_words=False,
        break_on_hyphens=False,
    )
    print("\n".join(style(line) for line in lines), flush=True)


def heading(text: str):
    print("\n" + bold(cyan(f"━━ {text} ".ljust(WIDTH, "━"))), flush=True)


def shortened(text: str) -> str:
    """A stack without the rest of its ARN, and eight digits of each UUID."""
    text = re.sub(r"arn:aws:cloudformation:[\w-]+:\d+:stack/([\w-]+)/[0-9a-f-]{36}", r"stack/\1/…", text)
    return re.sub(r"\b([0-9a-f]{8})(-[0-9a-f]{4}){3}-[0-9a-f]{12}\b", r"\1-…", text)
