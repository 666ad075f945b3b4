"""What a plan page shows, as its address says it, and the addresses that change it."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any
from urllib.parse import urlencode

from apps.dashboard.core import triage
from apps.dashboard.core.triage import Group


@dataclass(frozen=True, slots=True)
class Selection:
    """`?wave=4&wave=5&state=running&page=2`. Without a wave the page opens the one that runs."""

    waves: frozenset[int] | None
    group: Group
    page: int  # of the atoms: 0 for the first few
    requirements_page: int
    shows_all_activity: bool

    def address(self, **changes: Any) -> str:
        """Return the query of this selection with some of it changed."""
        return replace(self, **changes)._query()

    def _query(self) -> str:
        pairs: list[tuple[str, object]] = [("wave", number) for number in sorted(self.waves or ())]
        if self.group.key:
            pairs.append(("state", self.group.key))
        if self.page:
            pairs.append(("page", self.page))
        if self.requirements_page:
            pairs.append(("requirements", self.requirements_page))
        if self.shows_all_activity:
            pairs.append(("activity", "all"))
        return "?" + urlencode(pairs)


def selection(params: Mapping[str, Sequence[str]]) -> Selection:
    """Read the address; what it does not understand it leaves out."""
    return Selection(
        waves=_numbers(params["wave"]) if "wave" in params else None,
        group=triage.group_of(_last(params, "state")),
        page=_number(_last(params, "page")),
        requirements_page=_number(_last(params, "requirements")),
        shows_all_activity=_last(params, "activity") == "all",
    )


def _last(params: Mapping[str, Sequence[str]], name: str) -> str:
    values = params.get(name) or ("",)
    return values[-1]


def _number(text: str) -> int:
    return int(text) if text.isascii() and text.isdigit() and len(text) < 7 else 0


def _numbers(texts: Iterable[str]) -> frozenset[int]:
    return frozenset(number for text in texts if (number := _number(text)))
