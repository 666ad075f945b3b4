"""Tables whose rows are requirements: a column of texts, and one of priorities or ids."""

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from apps.masterplans.core.document import Priority
from apps.masterplans.core.sections import heading_priority

_BAR = re.compile(r"(?<!\\)\|")
_RULE = re.compile(r"\s*:?-+:?\s*")
_TEXT = re.compile(
    r"requirements?|descriptions?|texts?|statements?|features?|criteri(?:on|a)|requisitos?|descripci[óo]n",
    re.IGNORECASE,
)
_PRIORITY = re.compile(r"priority|prioridad|level|moscow|prio\.?", re.IGNORECASE)
_ID = re.compile(r"ids?|refs?|no\.?|#|key|c[óo]digo|n[.ºo°]+", re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class Row:
    own_id: str  # empty without a column of ids
    text: str
    priority: Priority | None  # None when the cell names none
    offset: int  # lines below the first line of the table


def requirement_rows(table: str) -> Iterator[Row]:
    """The requirements of a Markdown table; none when it has no columns of texts and priorities."""
    lines = table.split("\n")
    head = _cells(lines[0])
    text, priority, own_id = (_column(head, pattern) for pattern in (_TEXT, _PRIORITY, _ID))
    if text is None or priority is None:
        return
    for offset, line in enumerate(lines[1:], start=1):
        cells = _cells(line)
        if len(cells) <= max(text, priority) or all(_RULE.fullmatch(cell) for cell in cells):
            continue
        if cells[text]:
            name = cells[own_id] if own_id is not None and own_id < len(cells) else ""
            yield Row(_plain(name), cells[text], heading_priority(_plain(cells[priority])), offset)


def _cells(line: str) -> list[str]:
    inner = line.strip().removeprefix("|")
    inner = inner[:-1] if inner.endswith("|") and not inner.endswith("\\|") else inner
    return [cell.replace("\\|", "|").strip() for cell in _BAR.split(inner)]


def _column(head: Sequence[str], pattern: re.Pattern[str]) -> int | None:
    return next((at for at, cell in enumerate(head) if pattern.fullmatch(_plain(cell))), None)


def _plain(cell: str) -> str:
    return re.sub(r"[*_`]", "", cell).strip()
