"""Requirements from a file: a masterplan, a JSON list, or a YAML list."""

import json
from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Any

from apps.acceptance.core.binding import targets_of
from apps.acceptance.core.checks import Target
from apps.acceptance.core.examples import with_stated_inputs
from apps.acceptance.core.priority import (
    HEADING,
    JUDGEMENT,
    Judgement,
    Rule,
    judge_priority,
    priority_of_heading,
)
from apps.acceptance.core.sentence import ANY_NAME, Stated
from apps.masterplans.core.document import Diagnostic, DiagnosticSeverity, RequirementSpec
from apps.masterplans.core.entries import Entry, UnreadableEntriesError, entries, yaml_data
from apps.masterplans.core.parser import MAX_BYTES, MAX_REQUIREMENTS, parse
from apps.masterplans.core.priority import section_reason
from apps.masterplans.core.requirements import is_unclear


class UnreadableError(ValueError):
    """The file holds no requirements that can be read; the text says why and what to do."""


@dataclass(frozen=True, slots=True)
class Source:
    stated: tuple[Stated, ...]
    targets: tuple[Target, ...]
    notes: tuple[Diagnostic, ...] = ()  # of the plan
    renamed: tuple[tuple[str, str], ...] = ()  # (id that was taken, id that stands for it)


def read_source(text: str, name: str = "") -> Source:
    """Read a file by its first character and the ending of its name.

    Raises UnreadableError for broken JSON or YAML, for an empty list, and for a plan without any
    requirement.
    """
    if len(text.encode("utf-8", "surrogatepass")) > MAX_BYTES:
        raise UnreadableError(f"the file is larger than {MAX_BYTES:,} bytes; split it")
    if not text.strip():
        raise UnreadableError("the file is empty; write a masterplan or a JSON list of sentences")
    if name.lower().endswith(".json") or text.lstrip("\ufeff \t\r\n").startswith(("[", "{")):
        return _listed(_from_json(text))
    if name.lower().endswith((".yaml", ".yml")):
        return _listed(_from_yaml(text))
    return _planned(text)


# --- a plan -------------------------------------------------------------------------------------


def _planned(text: str) -> Source:
    result = parse(text)
    document = result.document
    if document is None or not document.requirements:
        errors = [each for each in result.diagnostics if each.severity is DiagnosticSeverity.ERROR]
        said = next((each for each in errors if each.code.startswith("requirements")), None)
        said = said or (errors[0] if errors else None)
        raise UnreadableError(said.message if said else "the plan states no requirement")
    stated = tuple(_of_plan(spec) for spec in document.requirements)
    targets = targets_of(document) if document.phases else ANY_NAME
    known = with_stated_inputs(targets, {each.id: each.text for each in stated})
    return Source(stated, known, result.diagnostics)


def _of_plan(spec: RequirementSpec) -> Stated:
    """A section decides; so does a clear word of the plan. What was a guess is judged again here."""
    given = None
    if spec.reason == section_reason(spec.priority):
        given = Judgement(spec.priority, HEADING, spec.reason, Rule.HEADING)
    elif not is_unclear(spec) and judge_priority(spec.text).priority is not spec.priority:
        given = Judgement(spec.priority, JUDGEMENT, spec.reason, Rule.WORDS)
    return Stated(spec.ref, spec.text, line=spec.line, given=given)


# --- a list -------------------------------------------------------------------------------------


def _from_json(text: str) -> Any:
    try:
        return json.loads(text.removeprefix("\ufeff"))
    except json.JSONDecodeError as error:
        raise UnreadableError(
            f"it is no JSON: {error.msg} in line {error.lineno}, column {error.colno}"
        ) from error
    except (RecursionError, ValueError) as error:
        raise UnreadableError("its JSON is nested too deep, or holds a number too long") from error


def _from_yaml(text: str) -> Any:
    try:
        return yaml_data(text)
    except UnreadableEntriesError as error:
        raise UnreadableError(str(error)) from error


def _listed(data: Any) -> Source:
    try:
        found = [_of_entry(entry) for entry in entries(data)]
    except UnreadableEntriesError as error:
        raise UnreadableError(str(error)) from error
    if not found:
        raise UnreadableError("the list is empty; it should hold sentences, or objects with `text`")
    if len(found) > MAX_REQUIREMENTS:
        raise UnreadableError(f"it holds more than {MAX_REQUIREMENTS:,} requirements; split it")
    stated, renamed = _numbered(found)
    return Source(stated, ANY_NAME, renamed=renamed)


def _of_entry(entry: Entry) -> Stated:
    given = None
    priority = priority_of_heading(entry.priority)
    if priority:
        reason = f"Its entry says “{entry.priority[:60]}”."
        given = Judgement(priority, HEADING, reason, Rule.HEADING)
    return Stated(entry.id, entry.text, entry.heading, entry.language, given=given)


def _numbered(found: Sequence[Stated]) -> tuple[tuple[Stated, ...], tuple[tuple[str, str], ...]]:
    """Give each an id: its own where that is free, else the number of its place or the next one."""
    owned = {each.id for each in found if each.id}
    used: set[str] = set()
    stated: list[Stated] = []
    renamed: list[tuple[str, str]] = []
    for place, each in enumerate(found, start=1):
        ref = each.id
        if not ref or ref in used:
            ref = _free(place, owned | used)
            renamed += [(each.id, ref)] if each.id else []
        used.add(ref)
        stated.append(replace(each, id=ref))
    return tuple(stated), tuple(renamed)


def _free(place: int, taken: set[str]) -> str:
    while f"R{place}" in taken:
        place += 1
    return f"R{place}"
