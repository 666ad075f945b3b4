"""What a check found: the one shape in which every level of validation answers."""

from collections.abc import Iterable
from dataclasses import dataclass
from enum import StrEnum


class Severity(StrEnum):
    CRITICAL = "critical"
    HIGH = "high"
    MEDIUM = "medium"
    LOW = "low"


BLOCKING = frozenset({Severity.CRITICAL, Severity.HIGH})


@dataclass(frozen=True, slots=True)
class Finding:
    """One problem, in words that a person or a model can act on."""

    rule: str  # stable id, "py.signature"
    severity: Severity
    message: str
    line: int | None = None  # 1-based line of the answered code; None: no single place


def is_blocking(finding: Finding) -> bool:
    """CRITICAL and HIGH fail the attempt; MEDIUM and LOW are told and let through."""
    return finding.severity in BLOCKING


def has_blocking(findings: Iterable[Finding]) -> bool:
    return any(is_blocking(finding) for finding in findings)


def in_reading_order(findings: Iterable[Finding]) -> tuple[Finding, ...]:
    """Worst first, then by line; each finding once."""
    ranks = list(Severity)
    unique = dict.fromkeys(findings)
    return tuple(sorted(unique, key=lambda found: (ranks.index(found.severity), found.line or 0)))
