"""What holds of the table without any clone, and of the program that compares it."""

import contextlib
import io
import json
import os
import subprocess
import sys
import tempfile
import unittest
from collections import Counter
from pathlib import Path
from unittest import mock

PROJECT = Path(__file__).resolve().parents[2]
sys.path.insert(0, str(PROJECT / "tests/strangers"))

import extract
import run
import table

PAGE = """Text.

```
{"first": 1}
```
  + Item

    ~~~json
    {
      "second": 2
    }
    ~~~
"""
TERRAFORM = """
content = jsonencode({ Version = "2012-10-17", Statement = [{ Sid = "a)b", Action = ["s3:*"] }] })
policy  = <<-EOT
  {"Version": "2012-10-17"}
  EOT
"""
TEMPLATE = """
Resources:
  Guard:
    Properties:
      Content: !Sub '{"role": "${Role}"}'
      Rules: {Version: 2012-10-17, Name: !Sub "a-${Role}", Region: !Ref AWS::Region}
"""


class Extract(unittest.TestCase):
    def test_each_step(self):
        for text, part, expected in [
            ('{"a": 1}\n', "", '{"a": 1}\n'),
            (PAGE, "block 1", '{"first": 1}'),
            (PAGE, "block 2", '{\n  "second": 2\n}'),
            (PAGE, "block 2 > /second", "2"),
            (TERRAFORM, "heredoc 1", '{"Version": "2012-10-17"}'),
            (TERRAFORM, "jsonencode 1 > /Statement/0/Sid", "a)b"),
            (TERRAFORM, "jsonencode 1 > /Statement/0/Action", '["s3:*"]'),
            (TEMPLATE, "/Resources/Guard/Properties/Content", '{"role": "${Role}"}'),
            (TEMPLATE, "/Resources/Guard/Properties/Content > /role", "${Role}"),
            (TEMPLATE, "/Resources/Guard/Properties/Rules",
             '{"Version":"2012-10-17","Name":"a-${Role}","Region":"${AWS::Region}"}'),
            ('{"a/b": ["x", {"~": null}]}', "/a~1b/1/~0", "null"),
        ]:
            with self.subTest(part=part):
                self.assertEqual(extract.document(text, part), expected)

    def test_what_is_not_there(self):
        for part in ["block 3", "/Resources/Other", "heredoc 1"]:
            with self.subTest(part=part), self.assertRaises(LookupError):
                extract.document(PAGE if part.startswith("block") else TEMPLATE, part)


class Table(unittest.TestCase):
    def test_is_large_and_mixed_enough(self):
        documents = table.documents()
        types = Counter(document.type for document in documents)
        self.assertGreaterEqual(types["BACKUP_POLICY"], 40)
        self.assertGreaterEqual(types["SERVICE_CONTROL_POLICY"], 60)
        self.assertGreaterEqual(types["RESOURCE_CONTROL_POLICY"], 15)
        self.assertGreaterEqual(len({document.repository for document in documents}), 50)

    def test_names_each_document_once_and_for_good(self):
        documents = table.documents()
        self.assertEqual(len({document.id for document in documents}), len(documents))
        for document in documents:
            with self.subTest(document=str(document)):
                self.assertRegex(document.commit, "^[0-9a-f]{40}$")
                self.assertRegex(document.sha256, "^[0-9a-f]{64}$")

    def test_has_a_reason_for_every_error(self):
        given = {reason for found in table.errors().values() for reason in found.values()}
        self.assertEqual(given, set(table.reasons()))

    def test_verdicts_and_errors_agree(self):
        wrong = {document.id for document in table.documents() if document.verdict == "errors"}
        self.assertEqual(wrong, set(table.errors()))
        self.assertEqual({document.verdict for document in table.documents()}, {"clean", "errors"})


class Page(unittest.TestCase):
    def test_says_what_the_table_has(self):
        documents = table.documents()
        clean = [document for document in documents if document.verdict == "clean"]
        errors = sum(len(found) for found in table.errors().values())
        repositories = len({document.repository for document in documents})
        page = " ".join((PROJECT / "docs/CHECKS.md").read_text().split())
        for said in [f"{len(documents)} policies that others wrote, from {repositories} public repositories",
                     f"{len(clean)} have no error; of each of the {errors} errors"]:
            self.assertIn(said, page)


# As org-policy answers: an error in a document that says so, and a problem with one that is no JSON.
TOOL = """#!{python}
import json, sys
findings, problems, documents = [], [], []
for path in sys.argv[6:]:
    try:
        if json.load(open(path)) == {{"wrong": "yes"}}:
            findings.append({{"path": path, "severity": "error", "code": "a-code", "pointer": "/wrong"}})
        documents.append(path)
    except ValueError:
        problems.append({{"path": path}})
print(json.dumps({{"documents": documents, "findings": findings, "problems": problems}}))
"""


class Run(unittest.TestCase):
    def setUp(self):
        self.folder = Path(self.enterContext(tempfile.TemporaryDirectory()))
        self.tool = self.folder / "tool"
        self.tool.write_text(TOOL.format(python=sys.executable))
        self.tool.chmod(0o755)
        self.commit = clone(self.folder / "clones/some/one", {"right.json": "{}", "wrong.json": '{"wrong": "${X}"}'})

    def test_all_as_the_table_says(self):
        self.assertEqual(self.run_with([self.row("right.json", "{}"), self.wrong()], [("a-code", "/wrong")])[0], 0)

    def test_an_error_more_or_less(self):
        for expected, said in [([], "is not in the table"), ([("a-code", "/wrong"), ("b", "/")], "was not found")]:
            with self.subTest(said=said):
                code, output = self.run_with([self.wrong()], expected)
                self.assertEqual(code, run.WRONG)
                self.assertIn(said, output)

    def test_another_document_than_the_tables(self):
        code, output = self.run_with([self.row("right.json", "[]")], [])
        self.assertEqual(code, run.WRONG)
        self.assertIn("another document than the table's", output)

    def test_a_missing_clone_is_no_success(self):
        elsewhere = self.row("right.json", "{}") | {"repository": "some/other"}
        code, output = self.run_with([self.row("right.json", "{}"), elsewhere], [])
        self.assertEqual(code, run.INCOMPLETE)
        self.assertIn("INCOMPLETE: 1 of 2 documents", output)
        self.assertIn("clones or their commits are missing: some/other.", output)

    def test_no_clone_at_all_is_no_success(self):
        self.assertEqual(self.run_with([self.row("right.json", "{}") | {"repository": "some/other"}], [])[0], 3)

    def test_fetches_what_is_missing(self):
        with mock.patch.dict(os.environ, {"GIT_CONFIG_COUNT": "1", "GIT_CONFIG_KEY_0": "uploadpack.allowAnySHA1InWant",
                                          "GIT_CONFIG_VALUE_0": "true"}):
            fetched = ["--fetch", f"file://{self.folder}/clones", str(self.folder / "fetched")]
            self.assertEqual(self.run_with([self.row("right.json", "{}")], [], fetched)[0], 0)
        self.assertEqual(self.run_with([self.row("right.json", "{}")], [], [str(self.folder / "fetched")])[0], 0)

    def test_what_cannot_be_fetched_is_no_success(self):
        fetched = ["--fetch", f"file://{self.folder}/nowhere", str(self.folder / "fetched")]
        code, output = self.run_with([self.row("right.json", "{}")], [], fetched)
        self.assertEqual(code, run.INCOMPLETE)
        self.assertIn("INCOMPLETE: not fetched: some/one", output)

    def row(self, path: str, text: str) -> dict[str, str]:
        return {"repository": "some/one", "commit": self.commit, "path": path, "part": "", "type": "BACKUP_POLICY",
                "sha256": table.digest(text), "verdict": "clean"}

    def wrong(self) -> dict[str, str]:
        return self.row("wrong.json", '{"wrong": "${X}"}')

    def run_with(self, rows, errors, arguments=None) -> tuple[int, str]:
        documents = [table.Document(**row) for row in rows]
        expected = {documents[-1].id: dict.fromkeys(errors, "reason")} if errors else {}
        fill = lambda _, document, text: text.replace("${X}", "yes")
        command = ["run.py", "--tool", str(self.tool), *(arguments or [str(self.folder / "clones")])]
        output = io.StringIO()
        with (mock.patch.object(table, "documents", lambda: documents), mock.patch.object(sys, "argv", command),
              mock.patch.object(table, "errors", lambda: expected),
              mock.patch.object(table.Placeholders, "fill", fill), contextlib.redirect_stdout(output)):
            return run.main(), output.getvalue()


def clone(path: Path, files: dict[str, str]) -> str:
    """A repository with one commit, whose id it returns."""
    path.mkdir(parents=True)
    for name, text in files.items():
        (path / name).write_text(text)
    author = ["-c", "user.name=a", "-c", "user.email=a@example.com"]
    for command in [["init", "--quiet"], ["add", "."], [*author, "commit", "--quiet", "--message", "All"]]:
        subprocess.run(["git", "-C", str(path), *command], check=True)
    head = subprocess.run(["git", "-C", str(path), "rev-parse", "HEAD"], check=True, capture_output=True, text=True)
    return head.stdout.strip()


if __name__ == "__main__":
    unittest.main()
