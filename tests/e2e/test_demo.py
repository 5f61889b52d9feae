"""What `make demo` prints: what README says of it, and nothing that a file or a narrow terminal cannot show."""

import re
import subprocess
import sys
import xml.etree.ElementTree as ElementTree

import pytest
from local_aws import PROJECT
from recording import IMAGES, LOG_FOLLOWS, README, log_of, mail_of
from terminal import WIDTH


@pytest.fixture(scope="module")
def demo():
    programs = ["opening.py", "demo.py"]
    runs = [
        subprocess.run([sys.executable, PROJECT / "demo" / program], capture_output=True, text=True, check=False)
        for program in programs
    ]
    assert [run.returncode for run in runs] == [0, 0], runs[-1].stdout + runs[-1].stderr
    return runs[-1].stdout, "".join(run.stdout for run in runs)


def test_it_fits_and_has_no_colours_where_nobody_looks(demo):
    _, printed = demo
    assert "\033" not in printed
    assert [line for line in printed.splitlines() if len(line) > WIDTH] == []


def test_readme_shows_the_log_that_it_prints(demo):
    shown = README.read_text().split(LOG_FOLLOWS)[1].split("```\n")[0]
    assert without_ids(shown) == without_ids(log_of(demo[0]))


def test_readme_shows_the_mail_that_it_prints(demo):
    _, *mail = [line.strip() for line in mail_of(demo[0]).splitlines()]
    picture = ElementTree.parse(IMAGES / "watch.svg").iter("{http://www.w3.org/2000/svg}text")
    shown = [line.text for line in picture if line.text.startswith("│")]
    assert without_ids("\n".join(shown)) == without_ids("\n".join(mail))


def without_ids(text: str) -> str:
    return re.sub(r"\b((?:p|ou|r)-[0-9a-f]+(?:-[0-9a-f]+)?\b|\d{12}\b|[0-9a-f]{8}-…)", "ID", text)


def built(log, script):
    build = [sys.executable, PROJECT / "demo" / "build.py", log, "sh", "-c", script]
    return subprocess.run(build, capture_output=True, text=True, check=False)


def test_what_builds_goes_to_a_file(tmp_path):
    log = tmp_path / "log"
    run = built(log, "echo much; echo more >&2")
    assert run.returncode == 0
    assert "much" not in run.stdout and str(log) in run.stdout
    assert log.read_text() == "much\nmore\n"


def test_a_build_that_fails_shows_the_end_of_the_file(tmp_path):
    run = built(tmp_path / "log", "seq 1000; echo the cause >&2; exit 3")
    assert run.returncode == 3
    assert "the cause" in run.stdout
    assert "900" not in run.stdout


def test_readme_shows_every_picture():
    pictures = sorted(IMAGES.glob("*.svg"))
    assert pictures
    for picture in pictures:
        ElementTree.parse(picture)
        assert f"]({picture.relative_to(PROJECT)})" in README.read_text()
