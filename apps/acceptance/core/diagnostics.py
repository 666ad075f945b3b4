"""What is wrong between requirements: the same one twice, two that exclude each other, none at all."""

import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from enum import StrEnum

from apps.acceptance.core.checks import Check, CheckKind
from apps.acceptance.core.clause import read_clause
from apps.acceptance.core.kinds import RequirementKind, statuses
from apps.acceptance.core.sentence import Requirement
from apps.masterplans.core.markup import without_mentions


class RequirementCode(StrEnum):
    """Stable; scripts may rely on them."""

    EMPTY = "empty"
    DUPLICATE = "duplicate"
    DUPLICATE_ID = "duplicate-id"
    CONTRADICTION = "contradiction"


@dataclass(frozen=True, slots=True)
class RequirementDiagnostic:
    requirement: str  # id of the later one
    code: RequirementCode
    message: str
    other: str = ""  # id of the earlier one


def diagnose(found: Sequence[Requirement]) -> tuple[RequirementDiagnostic, ...]:
    """Every problem between the requirements, in their order; each pair is named once."""
    problems = [*_empties(found), *_duplicates(found), *_calls(found), *_cases(found)]
    place = {each.id: number for number, each in enumerate(found)}
    return tuple(sorted(dict.fromkeys(problems), key=lambda each: place[each.requirement]))


def _empties(found: Iterable[Requirement]) -> Iterator[RequirementDiagnostic]:
    for each in found:
        if not re.search(r"\w", each.stated.text):
            message = f"{each.id} holds no text; write the requirement or remove it."
            yield RequirementDiagnostic(each.id, RequirementCode.EMPTY, message)


def _duplicates(found: Iterable[Requirement]) -> Iterator[RequirementDiagnostic]:
    first: dict[str, Requirement] = {}
    for each in found:
        key = _key(each.stated.text)
        earlier = first.setdefault(key, each) if key else each
        if earlier is each:
            continue
        message = f"{each.id} repeats {earlier.id}; remove one of them."
        if earlier.judgement.priority is not each.judgement.priority:
            message = (
                f"{each.id} repeats {earlier.id} with another priority"
                f" ({each.judgement.priority.upper()} instead of {earlier.judgement.priority.upper()});"
                " keep one of them."
            )
        yield RequirementDiagnostic(each.id, RequirementCode.DUPLICATE, message, earlier.id)


def _key(text: str) -> str:
    """Texts that differ in spaces, emphasis, case outside code, or the final stop are the same."""
    plain = " ".join(re.sub(r"\*\*|__", "", text).split()).rstrip(".")
    masked = without_mentions(plain)
    return "".join(
        own if shown == "X" else own.lower() for own, shown in zip(plain, masked, strict=True)
    )


def _calls(found: Iterable[Requirement]) -> Iterator[RequirementDiagnostic]:
    """The same call with two results, where both texts spell out the call."""
    first: dict[str, Check] = {}
    for check in (check for each in found for check in each.checks if _spells_out(each, check)):
        earlier = first.setdefault(_call_key(check), check)
        if _result(earlier) == _result(check):
            continue
        message = (
            f"{check.requirement} wants {_said(check)} where {earlier.requirement} wants"
            f" {_said(earlier)} from the same call of {check.target.symbol}; decide which holds."
        )
        yield RequirementDiagnostic(
            check.requirement, RequirementCode.CONTRADICTION, message, earlier.requirement
        )


def _spells_out(requirement: Requirement, check: Check) -> bool:
    """A call that was drawn for "anything but text" stands for many, and states none of them."""
    if check.kind not in (CheckKind.RETURNS, CheckKind.RAISES):
        return False
    text = _bare(requirement.stated.text)
    values = (*check.args, *(value for _, value in check.named))
    return all(_bare(str(value)) in text or _is_nothing(value, text) for value in values)


def _bare(text: str) -> str:
    return re.sub(r"[\s'\"`]", "", text).casefold()


def _is_nothing(value: object, text: str) -> bool:
    return value is None and "null" in text


def _call_key(check: Check) -> str:
    target = check.target
    return repr((target.path, target.symbol, check.args, sorted(check.named), check.steps))


def _result(check: Check) -> tuple[str, object]:
    if check.kind is CheckKind.RAISES:
        return "raises", check.raises
    # True and 1 are equal in Python and different answers; 1 and 1.0 are the same answer.
    return f"returns {isinstance(check.expect, bool)}", check.expect


def _said(check: Check) -> str:
    if check.kind is CheckKind.RAISES:
        return check.raises or "an error"
    return repr(check.expect)[:60]


def _cases(found: Iterable[Requirement]) -> Iterator[RequirementDiagnostic]:
    """The same case answered with two HTTP statuses."""
    first: dict[str, tuple[Requirement, tuple[str, ...]]] = {}
    for each in found:
        codes = statuses(each.stated.text) if each.kind is RequirementKind.HTTP else ()
        condition = _key(read_clause(each.stated.text).condition).strip(" ,")
        if not codes or not condition:
            continue
        earlier, expected = first.setdefault(condition, (each, codes))
        if expected == codes:
            continue
        message = (
            f"{each.id} answers {' or '.join(codes)} where {earlier.id} answers"
            f" {' or '.join(expected)} in the same case; decide which holds."
        )
        yield RequirementDiagnostic(each.id, RequirementCode.CONTRADICTION, message, earlier.id)
