"""From requirements to test modules: one per atom, with stated and held-out checks, all static gates passed."""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass

from apps.acceptance.core.binding import PYTHON_VALUES, is_script
from apps.acceptance.core.checks import Check, Target
from apps.acceptance.core.held_out import held_out_checks, with_examples
from apps.acceptance.core.quality import inspect_pytest, inspect_script
from apps.acceptance.core.render_pytest import render_pytest
from apps.acceptance.core.render_vitest import render_vitest
from apps.acceptance.core.rendering import (
    NotRenderableError,
    python_module,
    script_module,
    targets_in,
    test_name,
)
from apps.acceptance.core.sentence import Requirement, read_requirement
from apps.acceptance.core.sources import Source

TEST_FOLDER = "acceptance_tests"


@dataclass(frozen=True, slots=True)
class AtomSuite:
    """The tests of one atom, which one pair of processes runs."""

    target: Target
    path: str  # of the test module, relative to the project
    text: str
    checks: tuple[Check, ...]  # in the order of the tests

    @property
    def is_script(self) -> bool:
        return is_script(self.target)

    def names(self) -> dict[str, str]:
        """Return the id of the check of each test, by the test's name."""
        return {test_name(check): check.id for check in self.checks}


@dataclass(frozen=True, slots=True)
class Dropped:
    """A check that became no test, and why."""

    check: str  # "R1.c2"
    requirement: str
    reason: str


@dataclass(frozen=True, slots=True)
class Suite:
    """Everything that is generated for a plan; the same text and seed give the same suite."""

    seed: int
    requirements: tuple[Requirement, ...]
    atoms: tuple[AtomSuite, ...]
    dropped: tuple[Dropped, ...]

    @property
    def checks(self) -> tuple[Check, ...]:
        return tuple(check for atom in self.atoms for check in atom.checks)

    @property
    def success(self) -> tuple[int, int]:
        """Testable requirements with a test, and all testable ones."""
        testable = {row.id for row in self.requirements if row.is_testable}
        covered = {check.requirement for check in self.checks if not check.is_held_out}
        return len(testable & covered), len(testable)


def build_suite(source: Source, *, seed: int) -> Suite:
    """Return the tests of a plan's requirements."""
    requirements = tuple(read_requirement(stated, source.targets) for stated in source.stated)
    stated = with_examples([check for row in requirements for check in row.checks])
    checks = (*stated, *held_out_checks(stated, seed=seed))
    dropped: list[Dropped] = []
    atoms = tuple(_atoms(_by_atom(checks, dropped), dropped))
    return Suite(seed, requirements, atoms, tuple(dropped))


def _by_atom(checks: Iterable[Check], dropped: list[Dropped]) -> dict[tuple[str, str], list[Check]]:
    """Sort the checks by the atom that they are about; what no test can import is dropped."""
    found: dict[tuple[str, str], list[Check]] = {}
    for check in checks:
        reason = _unrenderable(check)
        if reason:
            dropped.append(Dropped(check.id, check.requirement, reason))
        else:
            found.setdefault((check.target.path, check.target.symbol), []).append(check)
    return found


def _unrenderable(check: Check) -> str:
    try:
        _render([check], "t")
    except NotRenderableError as error:
        return f"{error}."
    return ""


def _atoms(
    by_atom: dict[tuple[str, str], list[Check]], dropped: list[Dropped]
) -> Iterator[AtomSuite]:
    for number, checks in enumerate(by_atom.values(), start=1):
        kept = [check for check in checks if _is_sound(check, dropped)]
        if kept:
            target = kept[0].target
            path = _test_path(target, number)
            yield AtomSuite(target, path, _render(kept, path), tuple(kept))


def _is_sound(check: Check, dropped: list[Dropped]) -> bool:
    """Whether the check's own test passes the static quality gates."""
    path = _test_path(check.target, 0)
    text = _render([check], path)
    modules = {_module(target, path) for target in targets_in(check) if target.path}
    if is_script(check.target):
        weaknesses = inspect_script(text, modules=modules)
    else:
        weaknesses = inspect_pytest(text, modules=modules | set(PYTHON_VALUES.values()))
    if weaknesses:
        dropped.append(Dropped(check.id, check.requirement, weaknesses[0].message))
    return not weaknesses


def _render(checks: Sequence[Check], path: str) -> str:
    if is_script(checks[0].target):
        return render_vitest(checks, test_path=path)
    return render_pytest(checks)


def _module(target: Target, test_path: str) -> str:
    if is_script(target):
        return script_module(target.path, test_path)
    return python_module(target.path)


def _test_path(target: Target, number: int) -> str:
    suffix = ".test.ts" if is_script(target) else ".py"
    return f"{TEST_FOLDER}/test_{number:04d}{suffix}"
