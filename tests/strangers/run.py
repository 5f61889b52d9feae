"""Checks the policies of the table with `org-policy check`, out of clones that lie beside the project.

    python tests/strangers/run.py --tool target/debug/org-policy ../strangers
    python tests/strangers/run.py --fetch https://github.com ../strangers

Ends with 0 if every document has the errors that the table says and no other, with 1 if one has not, and with 3 if a
clone is missing: then nobody knows.
"""

import argparse
import json
import subprocess
import sys
import tempfile
from collections import Counter, defaultdict
from pathlib import Path

import table
from clones import Clones
from extract import document as extracted
from table import Document

WRONG, INCOMPLETE = 1, 3


def main() -> int:
    arguments = parsed()
    clones = Clones(arguments.clones)
    listed = table.documents()
    if arguments.fetch:
        return fetch(clones, listed, arguments.fetch)
    here = [document for document in listed if clones.has(document.repository, document.commit)]
    texts, faults = read(clones, here)
    findings = checked(arguments.tool, texts)
    expected = table.errors()
    for document in texts:
        faults += differences(document, set(findings[document].errors), set(expected.get(document.id, {})))
    report(texts, findings, listed, here, faults)
    return WRONG if faults else INCOMPLETE if len(here) < len(listed) else 0


def parsed() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("clones", type=Path, help="the folder of the clones, <owner>/<name> in it")
    parser.add_argument("--tool", type=Path, default=Path("target/debug/org-policy"), help="the tool to run")
    parser.add_argument("--fetch", metavar="URL", help="fetch the commits from there, and check nothing")
    return parser.parse_args()


def fetch(clones: Clones, listed: list[Document], base: str) -> int:
    commits = defaultdict(set)
    for document in listed:
        commits[document.repository].add(document.commit)
    failed = []
    for number, repository in enumerate(sorted(commits), 1):
        print(f"{number} of {len(commits)}: {repository}", flush=True)
        if not clones.fetch(repository, sorted(commits[repository]), base):
            failed.append(repository)
    print(f"INCOMPLETE: not fetched: {', '.join(failed)}" if failed else "all fetched")
    return INCOMPLETE if failed else 0


def read(clones: Clones, here: list[Document]) -> tuple[dict[Document, str], list[str]]:
    """The documents' texts, placeholders filled; and those that are not what the table says."""
    placeholders, texts, faults = table.Placeholders(), {}, []
    for document in here:
        try:
            text = extracted(clones.file(document.repository, document.commit, document.path), document.part)
        except (LookupError, FileNotFoundError) as error:
            faults.append(f"{document}: not found: {error}")
            continue
        if table.digest(text) != document.sha256:
            faults.append(f"{document}: another document than the table's: SHA-256 {table.digest(text)}")
            continue
        texts[document] = placeholders.fill(document, text)
    return texts, faults


class Findings:
    """What the tool said of one document."""

    def __init__(self):
        self.errors: list[tuple[str, str]] = []
        self.warnings: list[str] = []


def checked(tool: Path, texts: dict[Document, str]) -> dict[Document, Findings]:
    findings = {document: Findings() for document in texts}
    by_type = defaultdict(list)
    for document in texts:
        by_type[document.type].append(document)
    with tempfile.TemporaryDirectory() as folder:
        for policy_type, some in by_type.items():
            files = {f"{folder}/{number}.json": document for number, document in enumerate(some)}
            for file, document in files.items():
                Path(file).write_text(texts[document])
            answer = answered(tool, policy_type, list(files))
            for finding in answer["findings"]:
                sort_in(findings[files[finding["path"]]], finding)
            for problem in answer["problems"]:
                findings[files[problem["path"]]].errors.append((table.NO_JSON, ""))
    return findings


def answered(tool: Path, policy_type: str, files: list[str]) -> dict:
    command = [str(tool), "check", "--type", policy_type, "--format", "json", *files]
    ended = subprocess.run(command, capture_output=True, text=True)
    if not ended.stdout:
        raise SystemExit(f"{tool} checked no document of {policy_type}: {ended.stderr}")
    answer = json.loads(ended.stdout)
    if len(answer["documents"]) + len({problem["path"] for problem in answer["problems"]}) != len(files):
        raise SystemExit(f"{tool} did not look at every document of {policy_type}: {ended.stderr}")
    return answer


def sort_in(findings: Findings, finding: dict) -> None:
    if finding["severity"] == "error":
        findings.errors.append((finding["code"], finding["pointer"]))
    else:
        findings.warnings.append(finding["code"])


def differences(document: Document, found: set, expected: set) -> list[str]:
    more = [f"{document}: {code} at {pointer or '/'} is not in the table" for code, pointer in found - expected]
    less = [f"{document}: {code} at {pointer or '/'} was not found" for code, pointer in expected - found]
    return sorted(more) + sorted(less)


def report(texts, findings, listed, here, faults) -> None:
    for fault in faults:
        print(fault)
    if texts:
        print_errors(texts, findings)
        print_warnings(findings)
    if len(here) < len(listed):
        missing = sorted({document.repository for document in listed if document not in here})
        print(f"INCOMPLETE: {len(listed) - len(here)} of {len(listed)} documents were not looked at, because these")
        print(f"clones or their commits are missing: {', '.join(missing)}. make strangers-clones fetches them.")
    print("wrong" if faults else "all as the table says" if len(here) == len(listed) else "nobody knows")


def print_errors(texts: dict[Document, str], findings: dict[Document, Findings]) -> None:
    repositories = {document.repository for document in texts}
    print(f"{len(texts)} documents of {len(repositories)} repositories were checked:")
    for policy_type, number in Counter(document.type for document in texts).most_common():
        print(f"  {number:4} {policy_type}")
    wrong = [found.errors for found in findings.values() if found.errors]
    print(f"{len(texts) - len(wrong)} have no error. {len(wrong)} have {sum(map(len, wrong))} errors; "
          "tests/strangers says why.")


def print_warnings(findings: dict[Document, Findings]) -> None:
    documents, times = Counter(), Counter()
    for found in findings.values():
        documents.update(set(found.warnings))
        times.update(found.warnings)
    print(f"{sum(bool(found.warnings) for found in findings.values())} have warnings:")
    for code, number in documents.most_common():
        print(f"  {number:4} {code} ({times[code]} times)")


if __name__ == "__main__":
    sys.exit(main())
