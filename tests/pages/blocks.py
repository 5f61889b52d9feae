"""The blocks of a page, and what a comment directly above a block says of it. Readers do not see these comments.

    <!-- run -->           executed on MiniStack, in the order of the page, in one shell
    <!-- run, fails -->    the same, and it has to fail
    <!-- run, playground --> the test has started this already
    <!-- run, release --> executed in a shell of its own with the files of a release and no compiler (tests/dist)
    <!-- output -->        a text that the run block before it has to print; … stands for anything
    <!-- file NAME -->     a template that the run blocks use under this name
    <!-- values -->        lines of solution.values.yaml
    <!-- policy NAME -->   a policy that commands of org-policy read under this name
    <!-- printed -->       what the org-policy command before it prints; crates/org-policy/tests/cli/page.rs compares
"""

import re
import textwrap
from dataclasses import dataclass
from pathlib import Path

PROJECT = Path(__file__).resolve().parents[2]
PAGES = [PROJECT / "README.md", *sorted((PROJECT / "docs").glob("*.md"))]
FENCE = re.compile(r"^( *)```(\S*)\s*$")
MARK = re.compile(r"^ *<!-- *(.*?) *-->$")


@dataclass
class Block:
    page: str
    line: int
    language: str
    text: str
    mark: str

    @property
    def where(self) -> str:
        return f"{self.page}:{self.line}"

    @property
    def marks(self) -> set[str]:
        return {word.strip() for word in self.mark.split(",")}


def blocks(page: str, text: str) -> list[Block]:
    found, mark, inside = [], "", None
    for number, line in enumerate(text.splitlines(), 1):
        fence = FENCE.match(line)
        if inside is not None:
            if fence and not fence[2]:
                language, start, lines, its_mark = inside
                found.append(Block(page, start, language, textwrap.dedent("\n".join(lines)) + "\n", its_mark))
                inside, mark = None, ""
            else:
                inside[2].append(line)
        elif fence:
            inside = (fence[2], number, [], mark)
        elif line.strip():
            seen = MARK.match(line)
            mark = seen[1] if seen else ""
    if inside is not None:
        raise ValueError(f"{page}:{inside[1]}: this block does not end")
    return found


def of_project() -> list[Block]:
    return [block for page in PAGES for block in blocks(str(page.relative_to(PROJECT)), page.read_text())]


def executed(page: list[Block], release: bool) -> list[Block]:
    """The page without the blocks that the other of the two shells executes, and without their output."""
    kept, elsewhere = [], False
    for block in page:
        if "run" in block.marks:
            elsewhere = ("release" in block.marks) != release
        if not (elsewhere and ("run" in block.marks or block.mark == "output")):
            kept.append(block)
    return kept


def without_blocks(text: str) -> str:
    """The page's prose, with as many lines."""
    lines, inside = [], False
    for line in text.splitlines():
        fence = FENCE.match(line)
        lines.append("" if inside or fence else line)
        if fence:
            inside = not inside
    return "\n".join(lines)


def inline_commands(page: str, text: str) -> list[Block]:
    """Commands in the prose: `aws …`, `make …` and `sam …`."""
    found = []
    for number, line in enumerate(without_blocks(text).splitlines(), 1):
        for code in re.findall(r"`([^`]+)`", line):
            if re.match(r"(aws|make|sam deploy)\s+\S", code):
                found.append(Block(page, number, "inline", code + "\n", ""))
    return found
