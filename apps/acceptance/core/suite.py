"""From requirements to test modules: one per atom, with stated and held-out checks, all static gates passed."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass

from apps.acceptance.core.authoring.story_pytest import render_stories_pytest
from apps.acceptance.core.authoring.story_targets import story_targets
from apps.acceptance.core.authoring.story_vitest import render_stories_vitest
from apps.acceptance.core.binding import PYTHON_VALUES, is_script
from apps.acceptance.core.checks import Check, CheckKind, Target
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
from apps.acceptance.core.sentence import Requirement, read_requirement, with_checks
from apps.acceptance.core.sources import Source

TEST_FOLDER = "acceptance_tests"
_NONE: Mapping[str, Sequence[Check]] = {}


@dataclass(frozen=True, slots=True)
class AtomSuite:
    """Tests of one atom, which one pair of processes runs.

    An atom has one for its plain checks, one for those with a story, and one for each written text.
    """

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


def build_suite(
    source: Source, *, seed: int, authored: Mapping[str, Sequence[Check]] = _NONE
) -> Suite:
    """Return the tests of a plan's requirements.

    `authored` are checks by the id of their requirement that no template read from it. They pass the
    same gates, and inputs are drawn for them as well.
    """
    requirements = tuple(
        with_checks(read_requirement(stated, source.targets), authored.get(stated.id, ()))
        for stated in source.stated
    )
    checks = [check for row in requirements for check in row.checks]
    dropped: list[Dropped] = []
    modules = {target.path for target in source.targets}
    atoms = tuple(_atoms(_by_module(_with_held_out(checks, seed), dropped), modules, dropped))
    return Suite(seed, requirements, atoms, tuple(dropped))


def called(check: Check) -> tuple[Target, ...]:
    """Return the atoms that the test of a check calls, each once, its own first."""
    targets = (*targets_in(check), *story_targets(check))
    return tuple({(each.path, each.symbol): each for each in targets if each.path}.values())


def suites_of(checks: Iterable[Check]) -> tuple[AtomSuite, ...]:
    """Return the modules of checks that passed the gates before."""
    dropped: list[Dropped] = []
    return tuple(_atoms(_by_module(checks, dropped), None, dropped))


def _with_held_out(checks: Sequence[Check], seed: int) -> tuple[Check, ...]:
    """The checks with examples beside them, and behind them those whose inputs are drawn."""
    plain = iter(with_examples([check for check in checks if not check.is_alone]))
    stated = [check if check.is_alone else next(plain) for check in checks]
    comparable = [check for check in stated if not check.is_alone]
    return (*stated, *held_out_checks(comparable, seed=seed))


def _by_module(
    checks: Iterable[Check], dropped: list[Dropped]
) -> dict[tuple[str, str, str], list[Check]]:
    """Sort the checks by the module that they go to; what no test can import is dropped."""
    found: dict[tuple[str, str, str], list[Check]] = {}
    for check in checks:
        reason = _unrenderable(check)
        if reason:
            dropped.append(Dropped(check.id, check.requirement, reason))
        else:
            key = (check.target.path, check.target.symbol, _form(check))
            found.setdefault(key, []).append(check)
    return found


def _form(check: Check) -> str:
    """What checks have in common that one module can hold; a written text is a module already."""
    if check.kind is CheckKind.FREE:
        return check.id
    return "story" if check.story else "plain"


def _unrenderable(check: Check) -> str:
    try:
        _render([check], "t")
    except NotRenderableError as error:
        return f"{error}."
    return ""


def _atoms(
    by_module: dict[tuple[str, str, str], list[Check]],
    paths: set[str] | None,
    dropped: list[Dropped],
) -> Iterator[AtomSuite]:
    for number, checks in enumerate(by_module.values(), start=1):
        kept = [check for check in checks if _is_sound(check, paths, dropped)]
        if kept:
            target = kept[0].target
            path = _test_path(target, number)
            yield AtomSuite(target, path, _render(kept, path), tuple(kept))


def _is_sound(check: Check, paths: set[str] | None, dropped: list[Dropped]) -> bool:
    """Whether the check's own test passes the static quality gates.

    A written text may import any of the plan's files; it is not looked at again when they are not known.
    """
    if check.text and paths is None:
        return True
    path = _test_path(check.target, 0)
    text = _render([check], path)
    own = {each.path for each in called(check)}
    modules = set(_modules(paths if check.text and paths else own, path))
    if is_script(check.target):
        weaknesses = inspect_script(text, modules=modules)
    else:
        weaknesses = inspect_pytest(text, modules=modules | set(PYTHON_VALUES.values()))
    if weaknesses:
        dropped.append(Dropped(check.id, check.requirement, weaknesses[0].message))
    return not weaknesses


def _render(checks: Sequence[Check], path: str) -> str:
    first = checks[0]
    if first.kind is CheckKind.FREE:
        return first.text
    if is_script(first.target):
        render = render_stories_vitest if first.story else render_vitest
        return render(checks, test_path=path)
    return render_stories_pytest(checks) if first.story else render_pytest(checks)


def _modules(paths: Iterable[str], test_path: str) -> Iterator[str]:
    """What a test imports these files by; none for a file that no test can import."""
    for path in paths:
        with suppress(NotRenderableError):
            is_js = is_script(Target("", path))
            yield script_module(path, test_path) if is_js else python_module(path)


def _test_path(target: Target, number: int) -> str:
    suffix = ".test.ts" if is_script(target) else ".py"
    return f"{TEST_FOLDER}/test_{number:04d}{suffix}"
