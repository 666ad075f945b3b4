"""What a linter says of an assembled file, as findings about the answered code."""

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Protocol

from apps.validation.core.findings import Finding, Severity, is_blocking
from apps.validation.core.placing import line_in_answer
from apps.validation.core.python_imports import PythonProject

# Everything else that ruff's F rules report is an error when the line runs, hence HIGH.
MILDER = {
    "F401": Severity.MEDIUM,  # unused import
    "F541": Severity.LOW,  # f-string without placeholder
    "F632": Severity.MEDIUM,  # `is` with a literal
    "F811": Severity.HIGH,
    "F841": Severity.LOW,  # unused variable
    "F842": Severity.LOW,
    "F901": Severity.MEDIUM,  # raise NotImplemented
}
ADVICE = {
    "F401": "Remove the import.",
    "F403": "Import names one by one.",
    "F405": "Import names one by one.",
    "F811": "Keep one definition; do not import what this file defines.",
    "F821": "Define it as a private helper, import it, or do without it.",
}


@dataclass(frozen=True, slots=True)
class LintMessage:
    rule: str  # "F821"; empty for a syntax error
    message: str
    line: int  # 1-based, of the assembled file


class NameLinter(Protocol):
    """Finds names that do not resolve, in Python text that it only reads."""

    def lint(self, *, path: str, text: str) -> Sequence[LintMessage]: ...


def lint_findings(
    messages: Sequence[LintMessage], *, path: str, text: str, code: str, project: PythonProject
) -> Iterator[Finding]:
    """Place each message on a line of the answer; mild ones about other lines are left out."""
    for found in messages:
        line = line_in_answer(text, found.line, code) or _import_line(found, code)
        finding = _finding(found, project, line)
        if line is not None:
            yield finding
        elif is_blocking(finding):
            where = f" (`{path}`, line {found.line})"
            yield Finding(finding.rule, finding.severity, f"{finding.message}{where}")


def _finding(found: LintMessage, project: PythonProject, line: int | None) -> Finding:
    if not found.rule:
        return Finding("py.syntax", Severity.CRITICAL, f"{found.message}.", line)
    severity = MILDER.get(found.rule, Severity.HIGH)
    advice = _import_advice(found, project) or ADVICE.get(found.rule, "")
    return Finding(f"py.{found.rule}", severity, f"{found.message}. {advice}".strip(), line)


def _import_advice(found: LintMessage, project: PythonProject) -> str:
    """For an undefined name that another module of the project defines: the import to write."""
    name = re.search(r"`(\w+)`", found.message)
    if found.rule != "F821" or name is None:
        return ""
    providers = project.providers(name[1])
    return f"Write `from {providers[0]} import {name[1]}`." if providers else ""


def _import_line(found: LintMessage, code: str) -> int | None:
    """Merging rewrites import lines, so an unused import is looked up by its name."""
    name = re.search(r"`(?:[\w.]+ as )?(?:\w+\.)*(\w+)`", found.message)
    if found.rule != "F401" or name is None:
        return None
    pattern = re.compile(rf"\s*(from|import)\b.*\b{name[1]}\b")
    lines = (number for number, line in enumerate(code.split("\n"), 1) if pattern.match(line))
    return next(lines, None)
