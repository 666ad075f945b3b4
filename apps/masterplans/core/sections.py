"""The parts of a masterplan: context, requirements, plan."""

import re
from collections.abc import Sequence
from dataclasses import dataclass, field

from apps.masterplans.core.blocks import Block, BlockKind
from apps.masterplans.core.document import Priority
from apps.masterplans.core.markup import one_line
from apps.masterplans.core.problems import Code, Problems

_OF_WHAT = r"(?:\s+(?:requirements?|features?|criteria|items?|rules?))?"
_TAIL = r"\s*(?:\(.*\)|\[.*\]|:.*|(?<=\s)[–—-]\s.*)?"
_REQUIREMENTS = re.compile(rf"(?:requirements?|requisitos){_TAIL}", re.IGNORECASE)
_PLAN = re.compile(r"plan\s*(?:\(.*\))?\s*:?", re.IGNORECASE)
_PRIORITIES = {
    Priority.MUST: r"must(?:[ -]haves?)?|shall|required|mandatory|critical"
    r"|debe(?:n|r[áa]n?)?|obligatori[oa]s?|p0",
    Priority.SHOULD: r"(?:should|could)(?:[ -]haves?)?|nice[ -]to[ -]haves?|recommended|desirable"
    r"|optional|deber[íi]an?|recomendables?|deseables?|opcional(?:es)?|p1",
    Priority.MAY: r"may(?:[ -]haves?)?|p[2-4]",
}
_PRIORITY = {
    priority: re.compile(rf"(?:{words}){_OF_WHAT}{_TAIL}", re.IGNORECASE)
    for priority, words in _PRIORITIES.items()
}
# On the level of `## Requirements` only names that nothing else bears.
_TOP_PRIORITY = re.compile(
    rf"(?:must|should|may|could)(?:[ -]have)?{_TAIL}|nice[ -]to[ -]have{_TAIL}", re.IGNORECASE
)


@dataclass(slots=True)
class Sections:
    heading: str = ""  # of level 1, when it opens the text
    pieces: list[tuple[int, int]] = field(default_factory=list)  # ranges of lines, the context
    prose: list[Block] = field(default_factory=list)  # the blocks of the context
    requirements: list[Block] = field(default_factory=list)  # with their headings
    plan: list[Block] = field(default_factory=list)  # below the heading
    requirements_line: int | None = None
    plan_line: int | None = None


def heading_name(block: Block) -> str:
    """The text of a heading without emphasis."""
    return one_line(re.sub(r"[*_]", "", block.text))


def heading_priority(name: str) -> Priority | None:
    return next(
        (priority for priority, pattern in _PRIORITY.items() if pattern.fullmatch(name)), None
    )


def split(blocks: Sequence[Block], line_count: int, problems: Problems) -> Sections:
    """Sort the top-level blocks into the parts of a masterplan, by the headings of level 2."""
    sections = Sections()
    if blocks and blocks[0].kind is BlockKind.HEADING and blocks[0].level == 1:
        sections.heading = one_line(blocks[0].text)
        blocks = blocks[1:]
    target = sections.prose
    for at, block in enumerate(blocks):
        if block.kind is BlockKind.HEADING:
            target = _target(sections, block, target, problems)
        if not _opens_plan(block):
            target.append(block)
        if target is sections.prose:
            end = blocks[at + 1].start if at + 1 < len(blocks) else line_count
            _extend(sections.pieces, block.start, end)
    return sections


def _opens_plan(block: Block) -> bool:
    return block.level == 2 and _PLAN.fullmatch(heading_name(block)) is not None


def _target(
    sections: Sections, block: Block, current: list[Block], problems: Problems
) -> list[Block]:
    name = heading_name(block)
    if block.level == 2 and (_REQUIREMENTS.fullmatch(name) or _TOP_PRIORITY.fullmatch(name)):
        sections.requirements_line = sections.requirements_line or block.line
        return sections.requirements
    if _opens_plan(block):
        sections.plan_line = sections.plan_line or block.line
        return sections.plan
    if block.level <= 2:
        _check_level(name, block, problems)
        return sections.prose
    if current is sections.prose:
        _check_level(name, block, problems)
    return current


def _check_level(name: str, block: Block, problems: Problems) -> None:
    for pattern, wanted in ((_REQUIREMENTS, "## Requirements"), (_PLAN, "## Plan")):
        if block.level != 2 and pattern.fullmatch(name):
            message = f"This heading is read as context; write `{wanted}` to open that section."
            problems.add(Code.HEADING_LEVEL, message, line=block.line)


def _extend(pieces: list[tuple[int, int]], start: int, end: int) -> None:
    if pieces and pieces[-1][1] == start:
        start = pieces.pop()[0]
    pieces.append((start, end))


def context_text(sections: Sections, lines: Sequence[str]) -> str:
    """The Markdown of the context, its pieces joined by a blank line."""
    texts = []
    for number, (start, end) in enumerate(sections.pieces):
        text = "\n".join(_trimmed(lines[start:end]))
        # A later piece starts with a heading, which must not fall into the list before it.
        texts.append(text.lstrip(" ") if number else text)
    return "\n\n".join(texts)


def _trimmed(lines: Sequence[str]) -> list[str]:
    kept = list(lines)
    while kept and not kept[-1].strip():
        kept.pop()
    while kept and not kept[0].strip():
        kept.pop(0)
    return kept
