"""What `make site` needs of the pages, which is outside of `make test`: site/SUMMARY.md names every page, and what they link to."""

from pathlib import Path

import links
from blocks import PAGES, PROJECT

SUMMARY = PROJECT / "site" / "SUMMARY.md"
WRITTEN = [*PAGES, *PROJECT.glob("*.md"), *(PROJECT / "docs").rglob("*.md"), *(PROJECT / "examples").glob("*.md")]
IMAGES = PROJECT / "docs" / "images"


def linked(page: Path) -> list[Path]:
    """The files of the project that a page links to."""
    here = [link.partition("#")[0] for link in links.LINK.findall(links.prose(page.read_text()))]
    return [(page.parent / name).resolve() for name in here if name and not name.startswith(links.ELSEWHERE)]


CHAPTERS = linked(SUMMARY)


def names(paths) -> list[str]:
    return sorted(str(path.relative_to(PROJECT)) for path in paths)


def test_every_page_is_a_chapter_once():
    assert names(set(WRITTEN) - set(CHAPTERS)) == [], "site/SUMMARY.md lacks these pages: add each to its journey"
    assert names(path for path in set(CHAPTERS) if CHAPTERS.count(path) > 1) == [], "site/SUMMARY.md names these twice"
    assert names(path for path in CHAPTERS if not path.is_file()) == [], "site/SUMMARY.md names what is not there"


def test_no_link_leads_out_of_the_book():
    found = [
        f"{page.relative_to(PROJECT)} links to {target.relative_to(PROJECT)}: site/SUMMARY.md has to name it"
        for page in WRITTEN
        for target in linked(page)
        if target not in CHAPTERS and IMAGES not in target.parents
    ]
    assert not found, "\n".join(sorted(set(found)))
