"""Which atom of a file gets a name, when several of them want it for different things?"""

from collections.abc import Hashable, Iterable, Mapping
from dataclasses import dataclass, field


@dataclass(slots=True)
class NameTable:
    """Names of one file: the first in plan order keeps its own, asked symbols before all others."""

    reserved: frozenset[str]  # words of any atom, so that an invented name meets nothing
    taken: dict[str, Hashable] = field(default_factory=dict)

    def claim(self, name: str, identity: Hashable) -> str:
        """Return the name under which the thing will be known: its own, or a numbered one."""
        if self.taken.setdefault(name, identity) == identity:
            return name
        number = 2
        while self.taken.get(f"{name}_{number}", identity) != identity or (
            f"{name}_{number}" in self.reserved and f"{name}_{number}" not in self.taken
        ):
            number += 1
        self.taken[f"{name}_{number}"] = identity
        return f"{name}_{number}"


def closure(name: str, texts: Mapping[str, str], words: Mapping[str, Iterable[str]]) -> Hashable:
    """What a helper is, with all that it uses: equal texts may call different things."""
    seen, stack = {name}, [name]
    while stack:
        for word in words.get(stack.pop(), ()):
            if word in texts and word not in seen:
                seen.add(word)
                stack.append(word)
    return ("helper", name, tuple(sorted((each, texts[each]) for each in seen)))
