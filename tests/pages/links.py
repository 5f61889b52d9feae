"""Links that lead nowhere: to a file that is not there, or to a heading that no page has. No address on the net is asked."""

import re
from functools import cache
from pathlib import Path

from blocks import PROJECT, without_blocks

LINK = re.compile(r"!?\[(?:[^\[\]]|\[[^\]]*\])*\]\(([^()\s]+(?:\([^()]*\)[^()\s]*)*)(?:\s+\"[^\"]*\")?\)")
ELSEWHERE = ("http://", "https://", "mailto:")


def prose(text: str) -> str:
    """Without blocks, and without code in a line, where brackets mean something else. Links of several lines stay whole."""
    return re.sub(r"`[^`\n]*`", "code", without_blocks(text))


@cache
def anchors(page: Path) -> set[str]:
    """The ids that GitHub gives to the headings."""
    found = set()
    for heading in re.findall(r"(?m)^#{1,6} +(.*?)#* *$", without_blocks(page.read_text())):
        text = re.sub(r"\[([^\]]*)\]\([^)]*\)", r"\1", heading).lower()
        slug = re.sub(r"[^\w\- ]", "", text).replace(" ", "-")
        name, number = slug, 0
        while name in found:
            number += 1
            name = f"{slug}-{number}"
        found.add(name)
    return found


def faults(page: Path, text: str) -> tuple[int, list[str]]:
    """How many links were followed, and which lead nowhere."""
    found, followed = [], 0
    for link in LINK.findall(prose(text)):
        if link.startswith(ELSEWHERE):
            continue
        followed += 1
        name, _, anchor = link.partition("#")
        target = (page.parent / name).resolve() if name else page
        if not target.exists():
            found.append(f"{link}: there is no such file")
        elif PROJECT not in target.parents:
            found.append(f"{link}: outside of the project")
        elif anchor and target.suffix == ".md" and anchor not in anchors(target):
            found.append(f"{link}: no heading makes this anchor")
    return followed, found
