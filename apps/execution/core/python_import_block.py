"""The imports of a Python file, merged from those of its atoms."""

import sys
from collections.abc import Hashable, Iterable
from dataclasses import dataclass

LINE_LENGTH = 88
FUTURE = "__future__"


@dataclass(frozen=True, slots=True)
class PythonImport:
    """One imported name. Equal imports are written once."""

    module: str  # absolute
    name: str = ""  # empty: the module itself
    alias: str = ""  # empty: no `as`
    for_types: bool = False  # stands under `if TYPE_CHECKING:`

    @property
    def local(self) -> str:
        """The name that it binds."""
        return self.alias or self.name or self.module.partition(".")[0]

    @property
    def local_path(self) -> str:
        """What code writes to reach it: `a.b` for `import a.b`, else the name that it binds."""
        return self.local if self.name or self.alias else self.module

    @property
    def identity(self) -> Hashable:
        """What its name stands for; `import a.b` and `import a.c` both stand for `a`."""
        if not self.name and not self.alias:
            return ("import", self.local, "")
        return ("import", self.module, self.name)


def write_imports(
    found: Iterable[PythonImport], *, own_root: str, type_lines: Iterable[str]
) -> str:
    """Return the block: future, standard library, others, own package, then the type-only ones."""
    unique = set(found)
    runtime = {each for each in unique if not each.for_types}
    typed = {each for each in unique if each.for_types and not _covered(each, runtime)}
    extra_lines = list(dict.fromkeys(type_lines))
    if typed or extra_lines:
        runtime.add(PythonImport("typing", "TYPE_CHECKING"))
    groups = _groups(runtime, own_root)
    if typed or extra_lines:
        inner = [*"\n".join(_groups(typed, own_root)).split("\n"), *extra_lines]
        groups.append("\n".join(["if TYPE_CHECKING:", *(f"    {line}" for line in inner if line)]))
    return "\n\n".join(groups)


def _covered(each: PythonImport, runtime: set[PythonImport]) -> bool:
    return any(other.local == each.local for other in runtime)


def _groups(found: Iterable[PythonImport], own_root: str) -> list[str]:
    """Blocks of lines, one per kind of module."""
    groups: dict[int, list[PythonImport]] = {}
    for each in sorted(found, key=_sort_key):
        groups.setdefault(_rank(each.module, own_root), []).append(each)
    return ["\n".join(_lines(groups[rank])) for rank in sorted(groups)]


def _sort_key(each: PythonImport) -> tuple[str, int, str, str]:
    """By module, then constants before classes before the rest, as isort has it."""
    is_constant = each.name.isupper() and len(each.name) > 1
    kind = 0 if is_constant else 1 if each.name[:1].isupper() else 2
    return (each.module, kind, each.name, each.alias)


def _rank(module: str, own_root: str) -> int:
    root = module.partition(".")[0]
    if root == FUTURE:
        return 0
    if root == own_root:
        return 3
    return 1 if root in sys.stdlib_module_names else 2


def _lines(group: list[PythonImport]) -> list[str]:
    whole = [f"import {each.module}{_as(each)}" for each in group if not each.name]
    named: dict[str, list[str]] = {}
    for each in group:
        if each.name:
            named.setdefault(each.module, []).append(f"{each.name}{_as(each)}")
    return [*whole, *(_from_line(module, names) for module, names in named.items())]


def _from_line(module: str, names: list[str]) -> str:
    line = f"from {module} import {', '.join(names)}"
    if len(line) <= LINE_LENGTH or names == ["*"]:
        return line
    listed = "".join(f"    {name},\n" for name in names)
    return f"from {module} import (\n{listed})"


def _as(each: PythonImport) -> str:
    return f" as {each.alias}" if each.alias else ""
