"""What both renderers share: ids of tests, modules of targets, names without clashes."""

import keyword
import posixpath
import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from pathlib import PurePosixPath

from apps.acceptance.core.checks import Check, Literal, Made, Target
from apps.acceptance.core.literals import parts_of

PERFORMANCE_MARGIN = 2  # times the stated limit; a slow machine is not the code's fault
RELATIVE_TOLERANCE = 1e-9  # of floating-point results
ABSOLUTE_TOLERANCE = 1e-12
REPEATED_FROM = 60  # characters or items from which a run of one thing is written as a product
_IDENTIFIER = re.compile(r"[A-Za-z_$][\w$]*", re.ASCII)


class NotRenderableError(ValueError):
    """The check is bound to no atom, or to one that a test cannot import."""


def test_name(check: Check) -> str:
    """`test_R1_c1` for the check `R1.c1`."""
    return "test_" + re.sub(r"[^A-Za-z0-9]+", "_", check.id).strip("_")


def python_module(path: str) -> str:
    """`textkit/slug.py` -> `textkit.slug`. Raises NotRenderableError."""
    parts = PurePosixPath(path).with_suffix("").parts
    parts = parts[1:] if parts[:1] == ("src",) and len(parts) > 1 else parts
    parts = parts[:-1] if parts[-1:] == ("__init__",) else parts
    if not path.endswith(".py") or not parts or not all(map(_is_name, parts)):
        raise NotRenderableError(f"{path!r} is no module that a test can import")
    return ".".join(parts)


def script_module(path: str, test_path: str) -> str:
    """`../src/range` for `src/range.ts` seen from `tests/a.test.ts`. Raises NotRenderableError."""
    if not re.fullmatch(r"[\w@.-]+(?:/[\w@.-]+)*", path, re.ASCII) or ".." in path.split("/"):
        raise NotRenderableError(f"{path!r} is no module that a test can import")
    keeps_suffix = path.endswith((".js", ".mjs", ".jsx"))
    stem = path if keeps_suffix else posixpath.splitext(path)[0]
    found = posixpath.relpath(stem, posixpath.dirname(test_path) or ".")
    return found if found.startswith(".") else f"./{found}"


def _is_name(part: str) -> bool:
    return bool(_IDENTIFIER.fullmatch(part)) and "$" not in part and not keyword.iskeyword(part)


def checked_name(name: str, reserved: frozenset[str] = frozenset()) -> str:
    """The name, when it is a plain identifier of the language. Raises NotRenderableError."""
    if not _IDENTIFIER.fullmatch(name) or name in reserved:
        raise NotRenderableError(f"{name!r} is no name that a test can import")
    return name


def targets_in(check: Check) -> Iterator[Target]:
    """Everything that the test of a check calls or catches."""
    yield check.target
    if check.partner is not None:
        yield check.partner
    values: list[Literal] = [check.call, check.expect, *_flat(check.inputs), *_flat(check.refused)]
    if check.example is not None:
        values += [check.example.call, check.example.expect]
    for value in values:
        yield from (part.target for part in parts_of(value) if isinstance(part, Made))


def _flat(inputs: Iterable[tuple[Literal, ...]]) -> Iterator[Literal]:
    for args in inputs:
        yield from args


@dataclass(slots=True)
class Imports:
    """The names that a test module binds, each once."""

    reserved: frozenset[str]
    by_module: dict[str, dict[str, str]] = field(default_factory=dict)  # module -> name -> local

    def claim(self, module: str, name: str) -> str:
        """The local name of an imported one: its own, or a numbered one when that is taken."""
        names = self.by_module.setdefault(module, {})
        if name not in names:
            taken = self.reserved | {
                local for each in self.by_module.values() for local in each.values()
            }
            local, number = name, 2
            while local in taken:
                local, number = f"{name}_{number}", number + 1
            names[name] = local
        return names[name]
