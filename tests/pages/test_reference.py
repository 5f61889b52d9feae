"""The pages for looking up are as `make reference` writes them, and say what the code does."""

import re

import blocks
import pytest
import reference
import templates
from blocks import PROJECT


@pytest.mark.parametrize("page", ["docs/PROPERTIES.md", "docs/TEMPLATES.md"])
def test_the_page_is_up_to_date(page):
    assert (PROJECT / page).read_text() == reference.pages()[page], f"{page} is out of date: make reference"


@pytest.mark.parametrize("resource", templates.RESOURCES)
def test_each_property_has_its_facts_and_an_example(resource):
    page = (PROJECT / "docs/PROPERTIES.md").read_text()
    sections = dict(re.findall(r"(?ms)^### (\w+)\n(.*?)(?=^#|\Z)", reference.section(resource, 2, page)))
    ours = templates.properties(resource) - {"ServiceToken", "ServiceTimeout"}
    assert sections.keys() == ours
    for name, text in sections.items():
        assert re.search(r"(?m)^- \*\*Type\*\*: .", text), name
        assert re.search(r"(?m)^- \*\*(Required\*\*: yes|Default\*\*: .)", text), name
        assert re.search(r"(?m)^- \*\*Changing it\*\*: .", text), name
        [shown] = blocks.blocks("docs/PROPERTIES.md", text)
        assert name in (keys := templates.load(shown.text)) and keys.keys() <= ours, name


def test_what_is_required_is_what_the_code_misses():
    source = "".join(path.read_text() for path in (PROJECT / "src/policy").glob("*.rs"))
    missed = {*re.findall(r'required_text\("(\w+)"\)', source), *re.findall(r'fault\("(\w+)", "is missing"\)', source)}
    rows = reference.properties_of("Custom::OrgPolicy")
    assert {name for name, row in rows.items() if row["default"] == "required"} == missed


def test_a_property_that_the_tables_lack_is_found(monkeypatch):
    monkeypatch.setattr(templates, "properties", lambda resource: {"Name", "New"})
    with pytest.raises(LookupError, match="New"):
        reference.properties()
