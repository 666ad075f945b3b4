"""In which order do the definitions of a file stand, so that it can be imported?

Plan order, unless something needs a definition while the module is being read: a base class, a
decorator, a default, the value of a constant. Then it waits until what it needs is there, and
nothing else moves.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Unit:
    """One definition, as text, and the names that it touches."""

    text: str
    names: frozenset[str]  # that it defines
    needs: frozenset[str] = frozenset()  # that must exist when it is read
    called: frozenset[str] = frozenset()  # of those, the ones that run then
    later: frozenset[str] = frozenset()  # that its body uses when it runs
    annotations: frozenset[str] = frozenset()  # that its annotations mention, outside strings
    is_block: bool = True  # a function or class, as opposed to a single line


def in_import_order(units: Sequence[Unit]) -> list[Unit]:
    """Keep the order where it works; a circle stays as it is, since no order would help."""
    providers = {name: index for index, unit in enumerate(units) for name in unit.names}
    waiting_for = [_required(unit, units, providers) - {i} for i, unit in enumerate(units)]
    waiting, done = list(range(len(units))), set[int]()
    ordered: list[Unit] = []
    while waiting:
        ready = next((i for i in waiting if waiting_for[i] <= done), waiting[0])
        waiting.remove(ready)
        done.add(ready)
        ordered.append(units[ready])
    return ordered


def _required(unit: Unit, units: Sequence[Unit], providers: dict[str, int]) -> set[int]:
    """Units that must stand before this one: what it needs, and what runs because it calls it."""
    required: set[int] = set()
    names = [(name, name in unit.called) for name in unit.needs]
    seen = set(names)
    while names:
        name, runs = names.pop()
        index = providers.get(name)
        if index is None:
            continue
        required.add(index)
        if runs:
            fresh = {(inner, True) for inner in units[index].later | units[index].called} - seen
            seen |= fresh
            names.extend(fresh)
    return required


def mentions_later(units: Sequence[Unit], also: Iterable[str] = ()) -> bool:
    """Whether an annotation mentions a name that does not exist yet when it is read."""
    missing = {name for unit in units for name in unit.names} | set(also)
    for unit in units:
        if unit.annotations & missing:
            return True
        missing -= unit.names
        missing |= set(also)
    return False
