"""Requirements, from bullets under their headings or from sentences in free text."""

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from itertools import pairwise

from apps.masterplans.core.blocks import Block, BlockKind, Item
from apps.masterplans.core.characters import cleaned
from apps.masterplans.core.document import Priority, RequirementSpec
from apps.masterplans.core.entries import UnreadableEntriesError, entries, yaml_data
from apps.masterplans.core.markup import one_line, sentences
from apps.masterplans.core.priority import (
    LOW_CONFIDENCE,
    Classification,
    classify,
    has_keyword,
    section_reason,
)
from apps.masterplans.core.problems import Code, Problems
from apps.masterplans.core.requirement_tables import requirement_rows
from apps.masterplans.core.sections import Sections, heading_name, heading_priority

_ID = r"(?P<id{n}>(?:R|REQ|FR|NFR)-?\d{{1,6}})"
_SCENARIO = re.compile(
    r"\W*(?:given|dad[oa]s?)\b.*\b(?:when|cuando)\b.*\b(?:then|entonces)\b",
    re.IGNORECASE | re.DOTALL,
)
_OWN_ID = re.compile(
    rf"(?:{_ID.format(n=1)}|\*\*{_ID.format(n=2)}\*\*|__{_ID.format(n=3)}__)\s*:\s*"
    rf"|\*\*{_ID.format(n=4)}:\*\*\s*|__{_ID.format(n=5)}:__\s*",
    re.IGNORECASE,
)
REQUIREMENT_ID = re.compile(r"(?:R|REQ|FR|NFR)-?\d{1,6}", re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class _Found:
    """A requirement before it has its number."""

    own_id: str  # empty when it is to be numbered
    text: str
    heading: Priority | None  # of the section; None: its words decide
    line: int
    column: int


def read_requirements(sections: Sections, problems: Problems) -> tuple[RequirementSpec, ...]:
    if sections.requirements:
        found = _from_sections(sections.requirements, problems)
    else:
        found = _from_prose(sections.prose, problems)
    if not found:
        message = (
            "The masterplan states no requirement; list them as bullets under `## Requirements`."
        )
        problems.add(Code.REQUIREMENTS_MISSING, message, line=sections.requirements_line or 1)
    specs = tuple(_specified(_numbered(_without_repeated_texts(found, problems), problems)))
    _report_unclear(specs, problems)
    return specs


# --- under headings -----------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class _Inherited:
    """What bullets inherit from the headings above them."""

    priority: Priority | None
    level: int  # of the heading that says so

    def below(self, block: Block) -> "_Inherited":
        """A topic below a priority keeps it; a topic beside it leaves the choice to the words."""
        named = heading_priority(heading_name(block))
        if named is None and block.level > self.level:
            return self
        return _Inherited(named, block.level)


def _from_sections(blocks: Sequence[Block], problems: Problems) -> list[_Found]:
    found: list[_Found] = []
    heading, count_before = blocks[0], 0  # the first block is always a heading
    inherited = _Inherited(heading_priority(heading_name(heading)), heading.level)
    for before, block in pairwise(blocks):
        if block.kind is BlockKind.HEADING:
            if len(found) == count_before:
                _report_empty(heading, block, problems)
            inherited = inherited.below(block)
            heading, count_before = block, len(found)
        elif block.kind is BlockKind.TABLE and before.kind is BlockKind.LIST and found:
            found[-1] = replace(found[-1], text=f"{found[-1].text}\n\n{block.text}")
        else:
            found.extend(_read_block(block, inherited.priority, problems))
    if len(found) == count_before:
        _report_empty(heading, None, problems)
    return found


def _report_empty(heading: Block, following: Block | None, problems: Problems) -> None:
    if following is None or following.level <= heading.level:
        name = heading_name(heading)[:60]
        message = f"The section “{name}” holds no requirement; add bullets or remove its heading."
        problems.add(Code.EMPTY_SECTION, message, line=heading.line)


def _read_block(block: Block, heading: Priority | None, problems: Problems) -> Iterable[_Found]:
    if block.kind is BlockKind.LIST:
        return _bullets(block.items, heading, problems)
    if block.kind is BlockKind.PARAGRAPH and (
        stated := list(_stated(block.text, heading, block.line))
    ):
        return stated
    if block.kind is BlockKind.TABLE:
        found = _rows(block, heading)
    elif block.kind is BlockKind.FENCE and block.info in ("yaml", "yml"):
        found = _data(block, heading, problems)
    else:
        found = []
    if not found and block.kind not in (BlockKind.HTML, BlockKind.RULE):
        message = "This text is no requirement and is left out; make it a bullet or move it up."
        problems.add(Code.TEXT_IGNORED, message, line=block.line)
    return found


def _rows(table: Block, heading: Priority | None) -> list[_Found]:
    return [
        _Found(
            _id_or_none(row.own_id), row.text, row.priority or heading, table.line + row.offset, 1
        )
        for row in requirement_rows(table.text)
    ]


def _data(fence: Block, heading: Priority | None, problems: Problems) -> list[_Found]:
    """The requirements that a fence of YAML lists."""
    try:
        listed = list(entries(yaml_data(fence.text)))
    except UnreadableEntriesError as error:
        message = f"This block lists no requirements: {error}."
        problems.add(Code.TEXT_IGNORED, message, line=fence.line)
        return []
    return [
        _Found(
            _id_or_none(entry.id),
            cleaned(one_line(entry.text), problems, line=fence.line),
            heading_priority(entry.priority) or heading_priority(entry.heading) or heading,
            fence.line,
            1,
        )
        for entry in listed
        if one_line(entry.text)
    ]


def _id_or_none(word: str) -> str:
    return word.upper() if REQUIREMENT_ID.fullmatch(word) else ""


def _bullets(
    items: Iterable[Item], heading: Priority | None, problems: Problems
) -> Iterable[_Found]:
    for item in items:
        found = _bullet(item, heading)
        if found.text:
            yield found
            continue
        message = "Start this requirement with a sentence; tables, code and lists go below it."
        problems.add(Code.REQUIREMENT_FORMAT, message, line=item.line, column=item.column)


def _bullet(item: Item, heading: Priority | None) -> _Found:
    own_id, head = _split_id(one_line_of(item.head))
    return _Found(own_id, f"{head}{item.rest}" if head else "", heading, item.line, item.column)


def one_line_of(head: str) -> str:
    """A wrapped paragraph on one line; spaces inside a line stay."""
    return " ".join(line for line in head.split("\n") if line)


def _split_id(text: str) -> tuple[str, str]:
    match = _OWN_ID.match(text)
    if match is None:
        return "", text
    own_id = next(value for value in match.groups() if value)
    return own_id.upper(), text[match.end() :]


# --- in free text -------------------------------------------------------------------------------


def _from_prose(blocks: Sequence[Block], problems: Problems) -> list[_Found]:
    found: list[_Found] = []
    inherited = _Inherited(None, 0)
    for block in blocks:
        if block.kind is BlockKind.HEADING:
            inherited = inherited.below(block)
        found.extend(_from_prose_block(block, inherited.priority))
    unique = list({_key(each.text): each for each in reversed(found) if each.text}.values())[::-1]
    if unique:
        message = (
            f"Without a `## Requirements` section {len(unique)} sentences of the text are read as "
            "requirements; check them."
        )
        problems.add(Code.REQUIREMENTS_FROM_PROSE, message, line=unique[0].line)
    return unique


def _from_prose_block(block: Block, heading: Priority | None) -> Iterable[_Found]:
    """What binds in free text: sentences with a keyword, and every bullet under a priority."""
    if block.kind is BlockKind.PARAGRAPH:
        return _stated(block.text, heading, block.line)
    if block.kind is BlockKind.TABLE:
        return _rows(block, heading)
    return [_bullet(item, heading) for item in block.items if heading or _binds(item.head)]


def _binds(head: str) -> bool:
    line = one_line_of(head)
    return has_keyword(line) or _SCENARIO.match(line) is not None


def _stated(paragraph: str, heading: Priority | None, line: int) -> Iterable[_Found]:
    text = one_line_of("\n".join(part.strip() for part in paragraph.split("\n")))
    if _SCENARIO.match(text):
        yield _Found("", text, heading, line, 1)
        return
    for sentence in sentences(text):
        own_id, stated = _split_id(sentence)
        if stated and has_keyword(stated):
            yield _Found(own_id, stated, heading, line, 1)


# --- numbers and priorities ---------------------------------------------------------------------


def _key(text: str) -> str:
    return one_line(text).casefold()


def _without_repeated_texts(found: Iterable[_Found], problems: Problems) -> list[_Found]:
    kept: dict[str, _Found] = {}
    for each in found:
        first = kept.setdefault(_key(each.text), each)
        if first is not each:
            message = f"This requirement repeats the one in line {first.line}; remove one of them."
            problems.add(
                Code.DUPLICATE_REQUIREMENT_TEXT, message, line=each.line, column=each.column
            )
    return list(kept.values())


def _numbered(found: Sequence[_Found], problems: Problems) -> list[_Found]:
    """Give every requirement an id of its own: the written one, or the number of its place."""
    owners: dict[str, _Found] = {}
    for each in found:
        first = owners.setdefault(each.own_id, each) if each.own_id else each
        if first is not each:
            message = f"{each.own_id} is already used in line {first.line}; choose another id."
            problems.add(Code.DUPLICATE_REQUIREMENT_ID, message, line=each.line, column=each.column)
    taken = set(owners)
    return [
        each if owners.get(each.own_id) is each else replace(each, own_id=_free_id(place, taken))
        for place, each in enumerate(found, start=1)
    ]


def _free_id(place: int, taken: set[str]) -> str:
    while f"R{place}" in taken:
        place += 1
    taken.add(f"R{place}")
    return f"R{place}"


def _specified(found: Iterable[_Found]) -> Iterable[RequirementSpec]:
    for each in found:
        judged = _judged(each)
        yield RequirementSpec(each.own_id, each.text, judged.priority, judged.reason, each.line)


def _judged(found: _Found) -> Classification:
    if found.heading is None:
        return classify(found.text)
    return Classification(found.heading, section_reason(found.heading), is_confident=True)


def _report_unclear(specs: Iterable[RequirementSpec], problems: Problems) -> None:
    for spec in specs:
        if is_unclear(spec):
            message = f"{spec.ref} counts as MUST for want of a clear word; put it under a heading."
            problems.add(Code.PRIORITY_UNCLEAR, message, line=spec.line)


def is_unclear(spec: RequirementSpec) -> bool:
    """Whether the priority is a guess that a model or a person should settle."""
    return spec.reason.startswith(LOW_CONFIDENCE)
