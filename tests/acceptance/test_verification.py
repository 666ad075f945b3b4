"""Tests of a plan against code, with a runner that knows its answers."""

from collections.abc import Mapping

from apps.acceptance.core.gate import GateState, TestStatus
from apps.acceptance.core.suite import AtomSuite
from apps.acceptance.core.verdict import TestOutcome
from apps.acceptance.verification import verify
from tests.acceptance.test_suite import suite

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
