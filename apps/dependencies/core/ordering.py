"""A topological order that is kept while edges are added (Pearce and Kelly, 2006)."""

from collections import defaultdict
from collections.abc import Mapping, Sequence


def depth_first_order(nodes: Sequence[str], needs: Mapping[str, Sequence[str]]) -> list[str]:
    """Every node behind what it needs, as far as cycles allow: a start that spares most moves."""
    placed: dict[str, None] = {}
    entered: set[str] = set()
    waiting = list(reversed(nodes))
    while waiting:
        node = waiting[-1]
        if node in entered:
            waiting.pop()
            placed.setdefault(node)
        else:
            entered.add(node)
            waiting.extend(each for each in reversed(needs.get(node, ())) if each not in entered)
    return list(placed)


class GrowingOrder:
    """An acyclic graph, its nodes first in the given order; it refuses edges that close a cycle."""

    def __init__(self, nodes: Sequence[str]) -> None:
        self._place = {node: place for place, node in enumerate(nodes)}
        self._later: dict[str, list[str]] = defaultdict(list)
        self._earlier: dict[str, list[str]] = defaultdict(list)

    def add(self, first: str, second: str) -> list[str]:
        """Put `first` before `second`.

        Returns nothing, or the path from `second` to `first` that forbids it.
        """
        if self._place[first] > self._place[second]:
            came_from = self._reach(second, self._later, upper=self._place[first], goal=first)
            if first in came_from:
                return _path(came_from, first)
            self._reorder(first, list(came_from), self._place[second])
        self._later[first].append(second)
        self._earlier[second].append(first)
        return []

    def ordered(self) -> list[str]:
        return sorted(self._place, key=self._place.__getitem__)

    def _reach(
        self,
        start: str,
        neighbours: dict[str, list[str]],
        *,
        lower: int = -1,
        upper: int | None = None,
        goal: str = "",
    ) -> dict[str, str]:
        """Every node in reach between two places → the node that led there; ends at the goal."""
        highest = len(self._place) if upper is None else upper
        came_from = {start: ""}
        waiting = [start]
        while waiting and goal not in came_from:
            node = waiting.pop()
            for each in neighbours.get(node, ()):
                if each not in came_from and lower <= self._place[each] <= highest:
                    came_from[each] = node
                    waiting.append(each)
        return came_from

    def _reorder(self, first: str, after: list[str], lower: int) -> None:
        """Move what must precede `first`, and it, before what follows; others keep their places."""
        before = list(self._reach(first, self._earlier, lower=lower))
        moved = [
            *sorted(before, key=self._place.__getitem__),
            *sorted(after, key=self._place.__getitem__),
        ]
        places = sorted(self._place[node] for node in moved)
        self._place.update(zip(moved, places, strict=True))


def _path(came_from: dict[str, str], end: str) -> list[str]:
    path = [end]
    while came_from[path[-1]]:
        path.append(came_from[path[-1]])
    return path[::-1]
