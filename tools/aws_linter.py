"""Runs cloudformation-validate, the linter that AWS itself publishes, over the templates. It works offline.

It finds some faults that cfn-lint does not, for example in event patterns and in the Rules of a template. It gets no
values for parameters: it follows every condition both ways by itself, and with a value it would only report the branch
that this value rules out.
"""

import tomllib
from dataclasses import dataclass
from functools import cache
from pathlib import Path

import template_files
from cloudformation_validate import CelEngine, Diagnostic, ReportStatus, Severity

ROOT = Path(__file__).parent.parent
EXCEPTIONS = Path(__file__).with_name("aws_linter_exceptions.toml")
EVERYTHING = "*"


@dataclass(frozen=True)
class SwitchedOff:
    """A rule that is switched off, and why. The file of the exceptions describes the fields."""

    rule: str
    reason: str
    template: str = EVERYTHING
    entities: tuple[str, ...] = (EVERYTHING,)
    path: str | None = None

    def covers(self, finding: "Finding", entity: str) -> bool:
        everywhere = EVERYTHING in (self.template, entity)
        return (
            self.rule == finding.rule
            and self.template in (EVERYTHING, finding.template)
            and entity in (EVERYTHING, finding.entity)
            and self.path in (None, finding.path)
            and (finding.is_hint or not everywhere)
        )


@dataclass(frozen=True)
class Finding:
    template: str
    entity: str
    rule: str
    message: str
    path: str | None
    is_hint: bool

    def __str__(self):
        where = f" ({self.path})" if self.path else ""
        return f"{self.template}: {self.entity}: {self.rule} {self.message}{where}"


def exceptions() -> list[SwitchedOff]:
    return [SwitchedOff(**entry) for entry in tomllib.loads(EXCEPTIONS.read_text())["exception"]]


def faults(forms: list[tuple[Path, Path]], switched_off: list[SwitchedOff] | None = None) -> list[str]:
    """Checks the second file of each pair: the template itself, or what SAM has made of it. The first is the template's
    own path, under which the findings are reported."""
    switched_off = exceptions() if switched_off is None else switched_off
    # A template and what SAM makes of it have findings in common.
    findings = {finding: None for written, form in forms for finding in _findings(str(written), form)}
    reported = [
        str(finding)
        for finding in findings
        if not any(off.covers(finding, entity) for off in switched_off for entity in off.entities)
    ]
    given = {str(written) for written, _ in forms}
    return [*reported, *_faults_of_exceptions(switched_off, list(findings), given)]


# It compiles its rules first, which takes longer than all of the templates.
_engine = cache(CelEngine)


def _findings(template: str, form: Path):
    report = _engine().validate_template(form)
    if report.status is ReportStatus.ANALYSIS_INCOMPLETE:
        yield Finding(template, "-", "-", "too large to be analyzed to the end: findings may be missing", None, False)
    for found in report.diagnostics:
        is_hint = found.severity is Severity.INFO
        yield Finding(template, _entity(found), found.rule_id, found.message, found.property_path, is_hint)


def _entity(found: Diagnostic) -> str:
    return found.entity.logical_id if found.entity else "-"


def _faults_of_exceptions(switched_off: list[SwitchedOff], findings: list[Finding], given: set[str]):
    """An exception that matches nothing is a fault, or else it would hide what comes later. One for a template that is
    not checked in this run is not judged."""
    for off in switched_off:
        name = f"{EXCEPTIONS.name}: {off.rule}"
        if not off.reason.strip():
            yield f"{name} has no reason"
        if off.template == EVERYTHING and not given.issuperset(template_files.names(template_files.ALL)):
            continue
        if off.template not in (EVERYTHING, *given):
            if not (ROOT / off.template).exists():
                yield f"{name}: there is no {off.template}"
            continue
        for entity in off.entities:
            if not any(off.covers(finding, entity) for finding in findings):
                where = "" if entity == EVERYTHING else f" in {entity}" + (f" ({off.path})" if off.path else "")
                yield f"{name}{where} matches nothing in {off.template}: remove it"
