"""docs/PARAMETERS.md has a row for each parameter of the solution, and its class is what the model finds."""

import re

import pytest
from classes import CLASSES, NEW_VAULT, OFF_IS_KEPT, VALUES, decided
from solution import SOLUTION
from templates import ROOT, declared

PAGE = "docs/PARAMETERS.md"
PARAMETERS = declared(SOLUTION)["Parameters"]
# | `name` | changing it later | what it costs | how to change it safely |
ROW = re.compile(r"^\| `(\w+)` \| ([^|]+) \| ([^|]+) \| ([^|]+) \|$", re.MULTILINE)


def rows() -> list[tuple[str, ...]]:
    page = ROOT / PAGE
    return ROW.findall(page.read_text()) if page.exists() else []


def test_every_parameter_has_one_row_and_every_row_a_parameter():
    named = [row[0] for row in rows()]
    assert sorted(named) == sorted(PARAMETERS)


def test_every_parameter_has_another_value():
    assert sorted(VALUES) == sorted(PARAMETERS)


def test_every_class_is_explained():
    page = (ROOT / PAGE).read_text()
    assert [name for name in CLASSES if f"| {name} |" not in page] == []


@pytest.mark.parametrize("row", rows(), ids=lambda row: row[0])
def test_row(row):
    parameter, later, costs, safely = (cell.strip() for cell in row)
    assert parameter in VALUES, f"{parameter}: classes.py has no other value for it"
    found = decided(parameter, PARAMETERS)
    print(f"{parameter}: {found}")
    said = next((name for name in CLASSES if re.match(rf"{name}\b", later)), None)
    assert said == found, f"{PAGE}: {parameter} is “{found}” by the model, and the page says “{later}”"
    assert costs and safely, f"{PAGE}: {parameter} has an empty cell"
    if found in (NEW_VAULT, OFF_IS_KEPT):
        assert "](#" in safely, f"{PAGE}: {parameter} names no section with the commands for the way back"
    for other in VALUES[parameter][1]:
        assert f"`{other}`" in later + safely, f"{PAGE}: {parameter} is changed together with {other}: say so"
    for anchor in re.findall(r"\]\(#([\w-]+)\)", later + costs + safely):
        assert anchor in _anchors(), f"{PAGE}: {parameter} links to #{anchor}, which is not there"


def _anchors() -> set[str]:
    headings = re.findall(r"^#+ (.*)$", (ROOT / PAGE).read_text(), re.MULTILINE)
    return {re.sub(r"[^\w -]", "", heading).lower().replace(" ", "-") for heading in headings}
