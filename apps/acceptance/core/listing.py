"""Requirements as plain data for JSON: what the command prints and what the API answers."""

import math
from collections.abc import Iterable, Sequence
from dataclasses import fields, is_dataclass
from decimal import Decimal
from enum import Enum
from typing import Any

from apps.acceptance.core.checks import Check
from apps.acceptance.core.diagnostics import RequirementDiagnostic
from apps.acceptance.core.sentence import Requirement


def listed(
    found: Sequence[Requirement], diagnostics: Iterable[RequirementDiagnostic] = ()
) -> list[dict[str, Any]]:
    """One entry per requirement, in order; everything in it can be written as strict JSON."""
    by_id: dict[str, list[RequirementDiagnostic]] = {}
    for each in diagnostics:
        by_id.setdefault(each.requirement, []).append(each)
    return [_entry(each, by_id.get(each.id, ())) for each in found]


def _entry(
    requirement: Requirement, diagnostics: Iterable[RequirementDiagnostic]
) -> dict[str, Any]:
    return {
        "id": requirement.id,
        "text": requirement.stated.text,
        "priority": requirement.judgement.priority.value,
        "confidence": requirement.judgement.confidence,
        "reason": requirement.judgement.reason,
        "kind": requirement.kind.value,
        "testable": requirement.is_testable,
        "doubt": requirement.doubt.value if requirement.doubt else None,
        "checks": [check_as_data(check) for check in requirement.checks],
        "questions": list(requirement.questions),
        "diagnostics": [
            {"code": each.code.value, "message": each.message, "other": each.other or None}
            for each in diagnostics
        ],
    }


def check_as_data(check: Check) -> dict[str, Any]:
    """The check without the fields that say nothing."""
    return {
        field.name: as_json(getattr(check, field.name))
        for field in fields(check)
        if field.name in _ALWAYS or getattr(check, field.name) != field.default
    }


_ALWAYS = (
    "id",
    "requirement",
    "kind",
    "target",
    "args",
    "expect",
    "raises",
    "bound",
    "property",
    "span",
)


def as_json(value: Any) -> Any:
    """A value as JSON has it; what JSON lacks becomes an object with its type and its text."""
    if isinstance(value, Enum):
        return value.value
    if value is None or isinstance(value, bool | int | str):
        return value
    if isinstance(value, float):
        return value if math.isfinite(value) else {"type": "float", "value": repr(value)}
    if isinstance(value, list | tuple):
        return [as_json(each) for each in value]
    if is_dataclass(value) and not isinstance(value, type):
        return {field.name: as_json(getattr(value, field.name)) for field in fields(value)}
    return _tagged(value)


def _tagged(value: Any) -> dict[str, Any]:
    if isinstance(value, dict):
        pairs = [[as_json(key), as_json(each)] for key, each in value.items()]
        return {"type": "dict", "value": pairs}
    if isinstance(value, set | frozenset):
        return {
            "type": type(value).__name__,
            "value": sorted((as_json(each) for each in value), key=repr),
        }
    text = str(value) if isinstance(value, Decimal) else repr(value)
    return {"type": type(value).__name__, "value": text}
