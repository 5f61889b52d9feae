"""The table of the strangers' documents, and what is wrong with them.

    documents/*.csv     where each document is, which type it has, its SHA-256, and whether it is right
    errors.csv          the errors of those that are not: code, JSON pointer, and the name of the reason
    reasons.toml        why each error is right
    placeholders.toml   what stands in for the placeholders of templates and samples
"""

import csv
import hashlib
import tomllib
from collections import defaultdict
from dataclasses import dataclass
from pathlib import Path

HERE = Path(__file__).resolve().parent
# The first digits of the SHA-256, by which errors.csv names a document.
ID = 12
# What the tool does not call a finding but a problem: the document is no JSON.
NO_JSON = "no-json"


@dataclass(frozen=True)
class Document:
    """One document, where it is in somebody's repository."""

    repository: str
    commit: str
    path: str
    part: str
    type: str
    sha256: str
    verdict: str

    @property
    def id(self) -> str:
        return self.sha256[:ID]

    def __str__(self) -> str:
        return f"{self.repository}@{self.commit[:7]} {self.path} {self.part}".rstrip()


def documents() -> list[Document]:
    return [Document(**row) for path in sorted((HERE / "documents").glob("*.csv")) for row in rows(path)]


def errors() -> dict[str, dict[tuple[str, str], str]]:
    """The errors of each document by its id: code and pointer, and the name of the reason."""
    found = defaultdict(dict)
    for row in rows(HERE / "errors.csv"):
        found[row["document"]][row["code"], row["pointer"]] = row["reason"]
    return found


def reasons() -> dict[str, str]:
    return tomllib.loads((HERE / "reasons.toml").read_text())


def rows(path: Path) -> list[dict[str, str]]:
    with path.open(newline="") as file:
        return list(csv.DictReader(file))


def digest(text: str) -> str:
    return hashlib.sha256(text.encode()).hexdigest()


class Placeholders:
    """Values for what a repository leaves open, such as ${PARTITION}: some everywhere, some in one repository."""

    def __init__(self):
        self.tables = tomllib.loads((HERE / "placeholders.toml").read_text())

    def fill(self, document: Document, text: str) -> str:
        """The text as it would be handed to AWS."""
        values = self.tables["everywhere"] | self.tables.get(document.repository, {})
        # The longest first, or `<my-vpc>` would be found in `<my-vpc-region>` where the bracket is left out.
        for placeholder in sorted(values, key=len, reverse=True):
            text = text.replace(placeholder, values[placeholder])
        if "Fn::Sub" in document.part:
            text = text.replace("${!", "${")
        if "heredoc" in document.part or "jsonencode" in document.part:
            text = text.replace("$${", "${")
        return text
