"""From a model's answer to checks, questions, and what was wrong with it.

The answer is somebody else's text: it is read strictly, and whatever it holds, this never raises.
"""

import json
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

from apps.acceptance.core.authoring.model_checks import read_check
from apps.acceptance.core.authoring.places import InvalidCheck, Place
from apps.acceptance.core.binding import Scope, UnboundError
from apps.acceptance.core.checks import Check, Target
from apps.acceptance.core.sentence import MAX_CHARACTERS, Requirement

MAX_ANSWER = 60_000  # characters
MAX_CHECKS = 20  # of one answer
MAX_QUESTION = 400  # characters
_THOUGHTS = re.compile(r"\A\s*<(think|thinking|reasoning)>.*?</\1>", re.DOTALL | re.IGNORECASE)
_FENCE = re.compile(
    r"^[ \t]*(?P<marks>`{3,}|~{3,})[ \t]*(?:json\w*)?[ \t]*\n(?P<inside>.*?)\n?^[ \t]*(?P=marks)[ \t]*$",
    re.DOTALL | re.MULTILINE | re.IGNORECASE,
)


@dataclass(frozen=True, slots=True)
class Authored:
    """What an answer holds, all of it from the model or about what it said."""

    checks: tuple[Check, ...] = ()
    questions: tuple[str, ...] = ()  # for people, to make the requirement testable
    problems: tuple[str, ...] = ()  # sentences that tell the model what to correct


def read_answer(text: str, requirement: Requirement, targets: Sequence[Target]) -> Authored:
    """The checks of an answer, numbered behind those that the requirement has already.

    A call of something that is no atom of the plan becomes a question.
    """
    try:
        fields = _answer(text).fields(("checks",), ("question",))
        entries = fields["checks"].items(MAX_CHECKS)
        asked = fields["question"].text() if "question" in fields else ""
    except InvalidCheck as error:
        return Authored(problems=(str(error),))
    found: list[Check] = []
    questions = one_line(asked, MAX_QUESTION)
    problems: list[str] = []
    text = requirement.stated.text[:MAX_CHARACTERS]
    scope = Scope(targets, requirement.id)
    for entry in entries:
        try:
            found.append(read_check(entry, requirement=requirement.id, text=text, scope=scope))
        except UnboundError as error:
            questions.append(str(error))
        except InvalidCheck as error:
            problems.append(str(error))
    checks = _numbered(found, requirement)
    return Authored(checks, tuple(dict.fromkeys(questions)), tuple(problems))


def _numbered(found: Sequence[Check], requirement: Requirement) -> tuple[Check, ...]:
    """Those that no other check repeats, with the ids that follow."""
    known = {_observed(check) for check in requirement.checks}
    fresh: dict[str, Check] = {}
    for check in found:
        if _observed(check) not in known:
            fresh.setdefault(_observed(check), check)
    first = len(requirement.checks) + 1
    return tuple(
        replace(check, id=f"{requirement.id}.c{number}")
        for number, check in enumerate(fresh.values(), start=first)
    )


def _observed(check: Check) -> str:
    """What a check looks at, wherever it was read from."""
    return repr((check.kind, check.call, check.expect, check.raises, check.bound, check.property,
                 check.inputs, check.refused, check.partner, check.story))  # fmt: skip


def one_line(text: str, limit: int) -> list[str]:
    """The text on one line, without what does not print, clipped; nothing when nothing is left."""
    plain = " ".join("".join(char if char.isprintable() else " " for char in text).split())
    return [plain if len(plain) <= limit else f"{plain[: limit - 1]}…"] if plain else []


# --- JSON ---------------------------------------------------------------------------------------


def _answer(text: str) -> Place:
    """The one object of an answer, in a fence or not. Raises InvalidCheck."""
    if len(text) > MAX_ANSWER:
        raise InvalidCheck(
            f"The answer has more than {MAX_ANSWER:,} characters; write fewer checks."
        )
    plain = _THOUGHTS.sub("", text.replace("\r\n", "\n").removeprefix("\ufeff")).strip()
    fenced = [match["inside"] for match in _FENCE.finditer(plain)]
    if not plain.startswith("{") and len(fenced) != 1:
        raise InvalidCheck("The answer must be one JSON object, alone or in one code block.")
    return Place(_json(plain if plain.startswith("{") else fenced[0]), "answer")


def _json(text: str) -> object:
    try:
        return json.loads(text, object_pairs_hook=_object, parse_constant=_no_constant)
    except json.JSONDecodeError as error:
        raise InvalidCheck(
            f"The answer is no JSON: {error.msg} in line {error.lineno}, column {error.colno}."
        ) from error
    except InvalidCheck:
        raise
    except (RecursionError, ValueError) as error:
        raise InvalidCheck(
            "The answer's JSON is nested too deep, or holds a number too long."
        ) from error


def _object(pairs: list[tuple[str, Any]]) -> Mapping[str, Any]:
    found = dict(pairs)
    if len(found) != len(pairs):
        raise InvalidCheck("The answer's JSON names a field twice in one object.")
    return found


def _no_constant(name: str) -> float:
    raise InvalidCheck(
        f'The answer\'s JSON holds {name}; write {{"$float": "nan"}}, "inf" or "-inf".'
    )
