"""Writes docs/PROPERTIES.md and docs/TEMPLATES.md (make reference), which are looked things up in. Nothing in them is
written by hand: the properties come from the code's lists and the tables and examples of SEMANTICS, the parameters from
the templates, the file of values and the tables of PARAMETERS."""

import re
from functools import cache

import templates
from blocks import PROJECT, blocks

SEMANTICS = "docs/SEMANTICS.md"
# Where the table of a resource's properties stands.
TABLES = {"Custom::OrgPolicy": "Properties", "Custom::OrgBackupSettings": "Custom::OrgBackupSettings"}
TEMPLATES = ["template.yaml", "solution.yaml", *(f"{folder}/*.yaml" for folder in ("stacks", "stacksets"))]


def pages() -> dict[str, str]:
    return {"docs/PROPERTIES.md": properties(), "docs/TEMPLATES.md": parameters()}


# The properties.


def properties() -> str:
    lines = [
        "# Properties",
        "",
        "This page is for looking up: every property of the two resources, each with an example.",
        "[SEMANTICS](SEMANTICS.md) has every rule, and what happens on each event. `make reference` writes this page, from",
        "the code's list of properties and from SEMANTICS.",
        "",
        "Two more properties belong to CloudFormation. `ServiceToken` is the function: `!ImportValue",
        "cfn-org-policy:ServiceToken`, if its stack has the usual name. It can never change. `ServiceTimeout` is how long",
        "CloudFormation waits if the function never responds, 1 to 3600 seconds, 3600 if it is left out.",
    ]
    seen = {}
    for resource, table in TABLES.items():
        rows = properties_of(resource)
        lines += ["", f"## {resource}", "", f"{', '.join(f'`{name}`' for name in rows)}: each in a section below.", ""]
        lines += [f"`Ref` and `Fn::GetAtt`: [SEMANTICS](SEMANTICS.md#{RETURNS[resource]})."]
        for name, row in rows.items():
            anchor = name.lower() + (f"-{seen[name]}" if name in seen else "")
            seen[name] = seen.get(name, 0) + 1
            lines += ["", f"### {name}", "", f"{row['meaning'][0].upper()}{row['meaning'][1:]}.", ""]
            lines += [f"- **Type**: {row['type']}"]
            required, _, when = row["default"].partition("required")
            lines += [f"- **Required**: yes{when}"] if required == "" and row["default"] else [f"- **Default**: {row['default']}"]
            lines += [f"- **Changing it**: {row['changing it']}", "", "```yaml", example(table, name), "```", ""]
            lines += [f"[Every rule](SEMANTICS.md#{anchor})"]
    return "\n".join(lines) + "\n"


RETURNS = {"Custom::OrgPolicy": "return-values", "Custom::OrgBackupSettings": "what-an-event-does"}


@cache
def semantics() -> str:
    return (PROJECT / SEMANTICS).read_text()


def section(heading: str, level: int, text: str) -> str:
    mark = "#" * level
    found = re.search(rf"(?ms)^{mark} {re.escape(heading)}\n(.*?)(?=^#{{1,{level}}} |\Z)", text)
    if not found:
        raise LookupError(f"the page has no section {heading}")
    return found[1]


def properties_of(resource: str) -> dict[str, dict[str, str]]:
    """The rows of the table in SEMANTICS, in its order; those and no others are in the code's list."""
    rows = table_rows(section(TABLES[resource], 2, semantics()).split("\n### ")[0])
    ours = templates.properties(resource) - {"ServiceToken", "ServiceTimeout"}
    if rows.keys() != ours:
        raise LookupError(f"{SEMANTICS} and the code differ about {resource}: {sorted(rows.keys() ^ ours)}")
    return rows


def table_rows(text: str) -> dict[str, dict[str, str]]:
    """Rows of Markdown tables by the name in their first column; each row by its columns."""
    rows, columns = {}, []
    for line in text.splitlines():
        cells = [cell.strip() for cell in line.strip("|").split(" | ")] if line.startswith("| ") else []
        if not cells:
            columns = []
        elif not columns:
            columns = cells
        elif name := re.fullmatch(r"`(\w+)`", cells[0]):
            rows[name[1]] = dict(zip(columns, cells, strict=True))
    return rows


def example(table: str, name: str) -> str:
    text = section(name, 3, section(table, 2, semantics()))
    for block in blocks(SEMANTICS, text):
        if block.language == "yaml":
            return block.text.rstrip()
    raise LookupError(f"{SEMANTICS} has no example of {name}")


# The templates' parameters.


def parameters() -> str:
    lines = [
        "# Templates",
        "",
        "This page is for looking up: every parameter of every template, and what the template gives back.",
        "[README](../README.md#what-the-repository-contains) says what each template is for, and [PARAMETERS](PARAMETERS.md)",
        "how to change a parameter of the solution safely. `make reference` writes this page, from the templates.",
    ]
    changes = table_rows(section("What a change does", 2, (PROJECT / "docs/PARAMETERS.md").read_text()))
    for pattern in TEMPLATES:
        for path in sorted(PROJECT.glob(pattern)):
            name = str(path.relative_to(PROJECT))
            lines += ["", *template(name, changes if name == "solution.yaml" else {})]
    return "\n".join(lines) + "\n"


def template(name: str, changes: dict) -> list[str]:
    document = templates.load((PROJECT / name).read_text())
    lines = [f"## {name}", "", prose(document["Description"])]
    known = dict(document["Parameters"])
    for group in document["Metadata"]["AWS::CloudFormation::Interface"]["ParameterGroups"]:
        lines += ["", f"### {group['Label']['default']}", ""]
        lines += [f"- {parameter(each, known.pop(each), changes.get(each))}" for each in group["Parameters"]]
    if known:
        raise LookupError(f"{name}: {sorted(known)} belong to no group")
    outputs = document.get("Outputs", {})
    if outputs:
        lines += ["", "### Outputs", ""]
        lines += [f"- `{each}`: {prose(output['Description'])}" for each, output in outputs.items()]
    return lines


@cache
def values() -> dict:
    return templates.load((PROJECT / "solution.values.example.yaml").read_text())


def parameter(name: str, declared: dict, change: dict | None) -> str:
    facts = [kind(declared)]
    if "Default" in declared:
        facts += [f"`{declared['Default']}` by default" if declared["Default"] != "" else "empty by default"]
    else:
        facts += ["required", f"for example `{text(values()[name])}`"] if name in values() else ["required"]
    if limits := declared.get("ConstraintDescription"):
        facts += [limits]
    lines = [f"**`{name}`**: {'; '.join(facts)}", prose(declared["Description"])]
    if change:
        lines += [f"*Changing it:* {re.sub(r'[(]#', '(PARAMETERS.md#', change['changing it later'])}."]
    # Each in a line of its own.
    return "\\\n  ".join(lines)


def kind(declared: dict) -> str:
    if allowed := declared.get("AllowedValues"):
        return "one of " + ", ".join(f"`{value}`" for value in allowed)
    word = {"String": "text", "Number": "number", "CommaDelimitedList": "list"}[declared["Type"]]
    least, most = (declared.get(f"{bound}Value", declared.get(f"{bound}Length")) for bound in ("Min", "Max"))
    unit = "" if word == "number" else " characters"
    if least is not None and most is not None:
        return f"{word} of {least} to {most}{unit}"
    if least is not None or most is not None:
        return f"{word} of at {'least' if least is not None else 'most'} {least if least is not None else most}{unit}"
    return word


def text(value) -> str:
    return ",".join(value) if isinstance(value, list) else str(value)


def prose(description: str) -> str:
    """As Markdown: what would be taken as a mark or as a tag is none."""
    return re.sub(r"([*<\[])", r"\\\1", " ".join(description.split()))


if __name__ == "__main__":
    for page, written in pages().items():
        (PROJECT / page).write_text(written)
        print(page)
