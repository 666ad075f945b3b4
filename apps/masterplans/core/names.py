"""What a name in a plan stands for."""

import re
from collections import defaultdict
from collections.abc import Iterable
from pathlib import PurePosixPath

from apps.masterplans.core.document import AtomSpec

_CALL = re.compile(r"\(.*\)$", re.DOTALL)


class AtomIndex:
    """Finds atoms by ref, by symbol or by dotted import name."""

    def __init__(self, atoms: Iterable[AtomSpec]) -> None:
        self._refs: set[str] = set()
        self.paths: set[str] = set()
        self.symbols: dict[str, list[AtomSpec]] = defaultdict(list)
        self._dotted: dict[str, list[str]] = defaultdict(list)
        for atom in atoms:
            self._refs.add(atom.ref)
            self.paths.add(atom.path)
            self.symbols[atom.symbol].append(atom)
            for name in _dotted_names(atom):
                self._dotted[name].append(atom.ref)

    def find(self, name: str, path: str) -> tuple[str, ...]:
        """Refs that the name may mean when it is written about a symbol of the file `path`.

        One ref is a clear answer, several are a doubt, none is a name from outside the plan. The
        same file comes before the rest of the plan.
        """
        bare = _CALL.sub("", name).strip()
        if "::" in bare:
            return (bare,) if bare in self._refs else ()
        if f"{path}::{bare}" in self._refs:
            return (f"{path}::{bare}",)
        if bare in self.symbols:
            return tuple(atom.ref for atom in self.symbols[bare])
        return tuple(self._dotted.get(bare, ()))


def _dotted_names(atom: AtomSpec) -> Iterable[str]:
    """`textkit.slug.slugify` and `slug.slugify`."""
    module = PurePosixPath(atom.path).with_suffix("")
    parts = module.parts[:-1] if module.name == "__init__" else module.parts
    names = {".".join((*parts, atom.symbol)), ".".join((*parts[-1:], atom.symbol))}
    return sorted(names - {atom.symbol})
