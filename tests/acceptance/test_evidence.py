"""What stubs, repeats and mutants say about tests: the decisions, and the runs that they need."""

import json
from collections.abc import Mapping

import pytest

from apps.acceptance.core.evidence import (
    HINTS,
    REPEATS,
    AtomEvidence,
    CheckEvidence,
    Conditions,
    Evidence,
    MutantScore,
    disagreeing,
    mutants_of,
    passing,
    reordered,
    score,
    survivor,
    worst,
)
from apps.acceptance.core.gate import TestStatus
from apps.acceptance.core.mutants import Mutant, Operator
from apps.acceptance.core.quality import Stub
from apps.acceptance.core.suite import AtomSuite
from apps.acceptance.core.verdict import TestOutcome
from apps.acceptance.evidence import (
    Limits,
    RunTests,
    gather,
    green_stubs,
    repeats,
    scaffold,
    stub_evidence,
)
from tests.acceptance.running import outcomes as run_here
from tests.acceptance.targets import TRIM
from tests.acceptance.test_suite import suite

PASSED, FAILED = TestOutcome(TestStatus.PASSED), TestOutcome(TestStatus.FAILED)
NOT_RUN = TestOutcome(TestStatus.NOT_RUN)
LOUD = """from decimal import Decimal


def shout(text: str) -> str:
    if not isinstance(text, str):
        raise TypeError("no text")
    return text.upper()


def price(text: str) -> Decimal:
    return Decimal(text).quantize(Decimal("0.01"))
"""
QUIET = "def whisper(text: str) -> str:\n    return text.lower()\n"
FILES = {"words/loud.py": LOUD, "words/quiet.py": QUIET}


def run(atom: AtomSuite, files: Mapping[str, str]) -> Mapping[str, TestOutcome]:
    """Run tests on code that this file defines."""
    space: dict[str, object] = {}
    try:
        exec(compile(files[atom.target.path], "<code>", "exec"), space)
    except Exception as error:
        return {check.id: TestOutcome(TestStatus.ERROR, str(error)) for check in atom.checks}
    module = atom.target.path.removesuffix(".py").replace("/", ".")
    functions = {name: each for name, each in space.items() if callable(each)}
    found = run_here(atom.text, functions, module)
    return {
        check: PASSED if found[name] == "passed" else FAILED for name, check in atom.names().items()
    }


class Watching:
    """A runner whose outcomes depend on its conditions, and which remembers what it was given."""

    def __init__(self, *, changing: str = "", conditions: Conditions | None = None) -> None:
        self.changing = changing  # id of the check that fails in the last of the conditions
        self.conditions = conditions
        self.seen: list[tuple[Conditions | None, str]] = []

    def under(self, conditions: Conditions) -> RunTests:
        other = Watching(changing=self.changing, conditions=conditions)
        other.seen = self.seen
        return other

    def __call__(self, atom: AtomSuite, files: Mapping[str, str]) -> Mapping[str, TestOutcome]:
        self.seen.append((self.conditions, atom.text))
        fails = self.conditions is REPEATS[-1]
        return {
            check.id: FAILED if fails and check.id == self.changing else PASSED
            for check in atom.checks
        }


# --- repeats ------------------------------------------------------------------------------------


def test_repeats_differ_in_all_that_tests_must_not_depend_on() -> None:
    variables = [conditions.environment() for conditions in REPEATS]

    assert len({each["PYTHONHASHSEED"] for each in variables}) == len(REPEATS)
    assert len({each["TZ"] for each in variables}) == len(REPEATS)
    assert len({each.order for each in REPEATS}) == len(REPEATS)


@pytest.mark.parametrize("order", [1, 7])
def test_tests_are_put_in_another_order_and_stay_the_same(order: int) -> None:
    text = (
        "import pytest\n\n\ndef help_():\n    return 'é'\n\n\ndef test_a():\n    assert help_()\n\n\n"
        "@pytest.mark.parametrize('x', [1])\ndef test_b(x):\n    assert x\n\n\ndef test_c():\n    assert 1\n"
    )
    atom = AtomSuite(suite().atoms[0].target, "t/test_1.py", text, ())

    other = reordered(atom, order).text

    assert sorted(other.splitlines()) == sorted(text.splitlines())
    assert other != text
    assert other.index("@pytest") < other.index("def test_b") < other.index("assert x")
    assert reordered(atom, 0) is atom


def test_tests_of_scripts_are_put_in_another_order() -> None:
    text = 'import { f } from "./f";\n\ntest("a", () => {\n  f("é");\n});\n\ntest("b", () => {\n  f(2);\n});\n'
    atom = AtomSuite(TRIM, "t/test_1.test.ts", text, ())

    other = reordered(atom, 1).text

    assert sorted(other.splitlines()) == sorted(text.splitlines())
    assert other.index('"b"') < other.index('"a"')


def test_a_test_that_ends_differently_is_flaky() -> None:
    runs = [{"a": PASSED, "b": PASSED, "c": FAILED}, {"a": FAILED, "b": PASSED, "c": FAILED}]

    assert disagreeing(runs) == {"a"}
    assert passing(runs) == {"b"}
    assert worst(runs)["a"] is FAILED
    assert disagreeing([{"a": PASSED}, {"a": NOT_RUN}]) == frozenset()


def test_each_repeat_has_its_conditions_and_its_order() -> None:
    runner = Watching()
    atom = suite().atoms[0]

    repeats(atom, FILES, runner)

    assert [conditions for conditions, _ in runner.seen] == list(REPEATS)
    assert len({text for _, text in runner.seen}) > 1


def test_a_runner_without_conditions_runs_in_other_orders() -> None:
    runs = repeats(suite().atoms[0], FILES, run)

    assert len(runs) == len(REPEATS)
    assert disagreeing(runs) == frozenset()


# --- mutants ------------------------------------------------------------------------------------

BOUND = Mutant(Operator.COMPARISON_BOUND, 2, "def f(x):\n    return x <= 3")
NOTHING = Mutant(Operator.RETURN_NOTHING, 2, "def f(x):\n    return None")
CODE = "def f(x):\n    return x < 3\n"


def test_the_score_is_taken_over_all_tests_of_an_atom() -> None:
    found = score(
        CODE,
        frozenset({"a", "b"}),
        [(BOUND, {"a": PASSED, "b": PASSED}), (NOTHING, {"a": PASSED, "b": FAILED})],
    )

    assert (found.killed, found.total, found.is_enough) == (1, 2, False)
    assert [each.operator for each in found.survivors] == ["comparison-bound"]


@pytest.mark.parametrize(
    ("killed", "total", "is_enough"), [(6, 10, True), (59, 100, False), (0, 0, True), (0, 1, False)]
)
def test_sixty_of_a_hundred_mutants_are_enough(killed: int, total: int, *, is_enough: bool) -> None:
    assert MutantScore(killed, total).is_enough is is_enough


def test_what_was_not_run_is_not_counted() -> None:
    results = [(BOUND, None), (NOTHING, {"a": NOT_RUN}), (BOUND, {"a": FAILED})]

    found = score(CODE, frozenset({"a"}), results)

    assert (found.killed, found.total, found.left, found.share) == (1, 1, 1, 1)


def test_tests_that_fail_on_the_code_find_no_mistake() -> None:
    found = score(CODE, frozenset({"b"}), [(BOUND, {"a": FAILED, "b": PASSED})])

    assert found.killed == 0


def test_a_survivor_is_told_with_and_without_code() -> None:
    told = survivor(CODE, BOUND)

    assert (told.line, told.was, told.became) == (2, "return x < 3", "return x <= 3")
    assert "x" not in told.hint.split()
    assert set(HINTS) == set(Operator)


def test_only_the_symbol_of_the_atom_is_changed() -> None:
    loud, price, _ = suite().atoms

    made = mutants_of(loud, LOUD, limit=50, seed=0)

    assert made
    assert all("Decimal(text).quantize(Decimal('0.01'))" in each.code for each in made)
    assert all(
        "return text.upper()" in each.code for each in mutants_of(price, LOUD, limit=50, seed=0)
    )
    assert len(mutants_of(loud, LOUD, limit=3, seed=0)) == 3
    assert mutants_of(loud, LOUD, limit=3, seed=1) == mutants_of(loud, LOUD, limit=3, seed=1)


def test_only_the_symbol_of_a_script_is_changed() -> None:
    code = (
        "export function pad(t: string) {\n  return t + 1;\n}\n\n"
        "export function trim(t: string) {\n  return t.length > 2 ? t.trim() : t;\n}\n"
    )
    made = mutants_of(AtomSuite(TRIM, "t/test_1.test.ts", "", ()), code, limit=50, seed=0)

    assert {each.line for each in made} == {6}
    arrow = "export const trim = (t: string) => t.length > 2;\nconst other = 3;\n"
    made = mutants_of(AtomSuite(TRIM, "t/test_1.test.ts", "", ()), arrow, limit=50, seed=0)
    assert {each.line for each in made} == {1}


# --- both together ------------------------------------------------------------------------------


def test_stubs_run_before_there_is_code() -> None:
    made = suite()

    greens = stub_evidence(made, run)

    assert set(scaffold(made, Stub.ZERO)) == {"words/loud.py", "words/quiet.py"}
    assert scaffold(made, Stub.ECHO)["words/loud.py"].count("def ") == 2
    assert greens == green_stubs(made, FILES, run)
    telling = {check.id for check in made.checks if check.id in ("R1.c1", "R3.c1", "R5.c1")}
    assert not telling & set(greens)


def test_the_evidence_of_a_plan() -> None:
    made = suite()

    found = gather(made, FILES, run, limits=Limits(mutants=8))

    loud = found.atoms[0]
    assert (loud.path, loud.symbol) == ("words/loud.py", "shout")
    assert loud.mutants is not None
    assert loud.mutants.killed == loud.mutants.total > 0
    assert found.flaky == frozenset()
    assert found.weak_atoms == ()
    assert json.loads(json.dumps(found.as_data()))["atoms"][0]["mutants"]["share"] == 1


def test_tests_that_say_little_are_shown_with_what_they_let_pass() -> None:
    made = suite()

    def lenient(atom: AtomSuite, files: Mapping[str, str]) -> Mapping[str, TestOutcome]:
        return {check.id: PASSED for check in atom.checks}

    found = gather(made, FILES, lenient, limits=Limits(mutants=4, repeats=0), green_on={})

    weak = found.weak_atoms[0]
    assert weak.mutants is not None
    assert (weak.mutants.killed, len(weak.mutants.survivors)) == (0, weak.mutants.total)
    assert weak.hints
    assert found.as_data()["atoms"][0]["is_weak"] is True  # type: ignore[index]  # a list of maps


def test_flaky_tests_count_for_nothing() -> None:
    made = suite()

    found = gather(made, FILES, Watching(changing="R1.c1"), limits=Limits(mutants=2), green_on={})

    assert found.flaky == {"R1.c1"}


def test_nothing_is_asked_where_nothing_passes_or_no_time_is_left() -> None:
    made = suite()

    def failing(atom: AtomSuite, files: Mapping[str, str]) -> Mapping[str, TestOutcome]:
        return {check.id: FAILED for check in atom.checks}

    assert gather(made, FILES, failing, green_on={}).atoms[0].mutants is None
    late = (
        gather(made, FILES, run, limits=Limits(total_s=0, repeats=1), green_on={}).atoms[0].mutants
    )
    assert late is not None
    assert (late.total, late.share) == (0, None)
    assert late.left > 0


def test_evidence_as_data_holds_nothing_but_plain_values() -> None:
    evidence = Evidence((AtomEvidence("a.py", "f", (CheckEvidence("R1.c1", ("zero",)),)),))

    assert evidence.green_on == {"R1.c1": frozenset({"zero"})}
    assert json.loads(json.dumps(evidence.as_data())) == {
        "atoms": [
            {
                "path": "a.py",
                "symbol": "f",
                "checks": [{"check": "R1.c1", "green_on": ["zero"], "is_flaky": False}],
                "mutants": None,
                "is_weak": False,
                "hints": [],
            }
        ]
    }
