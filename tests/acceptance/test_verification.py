"""Tests of a plan against code, with a runner that knows its answers."""

from collections.abc import Mapping

import pytest

from apps.acceptance.core.evidence import REPEATS
from apps.acceptance.core.gate import GateState, TestStatus
from apps.acceptance.core.quality import Stub, python_stub
from apps.acceptance.core.sources import read_source
from apps.acceptance.core.suite import AtomSuite, build_suite
from apps.acceptance.core.verdict import TestOutcome
from apps.acceptance.evidence import green_stubs
from apps.acceptance.verification import verify
from tests.acceptance.test_evidence import Watching
from tests.acceptance.test_evidence import run as run_here
from tests.acceptance.test_suite import suite
from tests.bench.acceptance_corpus import CASES
from tests.bench.acceptance_corpus.by_heart import by_heart
from tests.bench.acceptance_corpus.case import PATH, Case

FILES = {
    "words/loud.py": "def shout(text: str) -> str:\n    return text.upper()\n",
    "words/quiet.py": "def whisper(text: str) -> str:\n    return text.lower()\n",
}
STUB_LINES = ("raise NotImplementedError", "return None", 'return ""', "return 0", "return next(")


class Runner:
    """Passes the tests of whole code, and fails those of a stub unless told otherwise."""

    def __init__(self, *, green_on_stubs: str = "") -> None:
        self._green_on_stubs = green_on_stubs  # symbol whose tests are green on everything
        self.runs: list[str] = []

    def __call__(self, atom: AtomSuite, files: Mapping[str, str]) -> Mapping[str, TestOutcome]:
        self.runs.append(atom.target.symbol)
        is_stub = any(line in files.get(atom.target.path, "") for line in STUB_LINES)
        is_green = not is_stub or atom.target.symbol == self._green_on_stubs
        status = TestStatus.PASSED if is_green else TestStatus.FAILED
        return {check.id: TestOutcome(status) for check in atom.checks}


def test_each_atom_is_tested_on_its_code_and_on_four_stubs() -> None:
    runner = Runner()

    verdict = verify(suite(), FILES, runner)

    assert sorted(runner.runs) == sorted(["shout", "price", "whisper"] * 5)
    assert verdict.gate.must.passed == verdict.gate.must.total > 0
    assert verdict.gate.uncovered == ("R4",)


def test_what_is_green_on_code_that_does_nothing_is_not_counted() -> None:
    verdict = verify(suite(), FILES, Runner(green_on_stubs="whisper"))

    whisper = verdict.requirements[4]
    assert whisper.word == "uncovered"
    assert whisper.weak


def test_code_that_carries_the_examples_closes_the_gate() -> None:
    lookup = 'def shout(text: str) -> str:\n    return {"hello": "HELLO"}[text]\n'

    verdict = verify(suite(), FILES | {"words/loud.py": lookup}, Runner())

    assert verdict.gate.state is GateState.CLOSED
    assert verdict.gate.objections[0].startswith("R1: ")


def test_what_is_known_of_stubs_is_not_asked_again() -> None:
    runner = Runner()

    verdict = verify(suite(), FILES, runner, green_on={"R5.c1": frozenset({"zero"})})

    assert sorted(runner.runs) == sorted(["shout", "price", "whisper"])
    assert verdict.requirements[4].weak == ()  # its other test refuses that stub


def test_repeated_a_test_passes_when_it_passes_under_all_conditions() -> None:
    runner = Watching(changing="R1.c1")

    verdict = verify(suite(), FILES, runner, green_on={}, is_repeated=True)

    assert {conditions for conditions, _ in runner.seen} == set(REPEATS)
    assert verdict.gate.blocking == ("R1.c1",)


# --- a few functions of the benchmark -----------------------------------------------------------

FEW = [
    case
    for case in CASES
    if case.name in ("caesar", "check_age", "chunk", "grade", "is_leap_year", "parse_bool")
]


@pytest.mark.parametrize("case", FEW, ids=lambda case: case.name)
def test_right_answers_open_the_gate_and_others_do_not(case: Case) -> None:
    made = build_suite(read_source(case.plan()), seed=11)
    green_on = green_stubs(made, {PATH: case.right[0]}, run_here, at_once=1)
    target = made.atoms[0].target
    stated = [check for check in made.checks if not check.is_held_out]

    def state(code: str) -> GateState:
        return verify(made, {PATH: code}, run_here, green_on=green_on).gate.state

    assert [state(code) for code in case.right] == [GateState.OPEN] * len(case.right)
    wrong = [
        *case.wrong,
        *(python_stub(target, stub) for stub in Stub),
        *(
            found.code
            for found in by_heart(case.name, len(target.parameters), stated, case.wrong[0])
        ),
    ]
    assert GateState.OPEN not in map(state, wrong)
