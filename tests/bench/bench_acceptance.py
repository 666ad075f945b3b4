"""What the acceptance tests let through, and whether they refuse what is right.

Right answers, mistaken ones, answers that know the stated examples by heart, stubs, and mutants of the
right ones stand before the gate that `check_acceptance` opens and shuts, in the real sandbox. Many
answers share a pair of processes there, each in a package of its own.

MGE_BENCH_SEEDS names the seeds, MGE_BENCH_FUNCTIONS the functions; both are lists with commas.
"""

import copy
import os
import random
import signal
import time
from collections import Counter
from collections.abc import Callable, Iterator, Mapping
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from types import FrameType

from apps.acceptance.adapters.judge.judge import JudgeLimits, judge
from apps.acceptance.adapters.sandbox.backends import open_sandbox
from apps.acceptance.adapters.sandbox.bubblewrap import Bubblewrap
from apps.acceptance.adapters.script_judge.judge import judge_script
from apps.acceptance.adapters.script_judge.programs import programs_for
from apps.acceptance.core.checks import Check, Target
from apps.acceptance.core.gate import GateState, TestStatus
from apps.acceptance.core.mutants import python_mutants
from apps.acceptance.core.quality import Stub, script_stub, stub_of
from apps.acceptance.core.script_mutants import script_mutants
from apps.acceptance.core.sources import read_source
from apps.acceptance.core.suite import AtomSuite, Suite, build_suite
from apps.acceptance.core.verdict import TestOutcome
from apps.acceptance.installation import sandbox_setup
from apps.acceptance.verification import verify
from tests.bench.acceptance_corpus import CASES, SCRIPT_CASES
from tests.bench.acceptance_corpus.by_heart import by_heart, script_by_heart
from tests.bench.acceptance_corpus.case import PATH, Case

SEEDS = "1,2"
AT_ONCE = 2  # pairs of processes
BATCH = 40  # answers of one pair
MUTANTS = 24  # of one function
DRAWS = 300  # inputs that tell a wrong answer from an equivalent one
CALL_S = 0.3  # of the processor, for an answer on one of them
LIMITS = JudgeLimits(test_s=5.0, total_s=900.0, pairs=200)  # some mutants never end

NO_END = "no end"
RIGHT, WRONG, HEART, STUB, MUTANT = "right", "wrong", "by heart", "stub", "mutant"
GOALS = {
    RIGHT: ("right answers refused", "goal 0"),
    HEART: ("answers by heart accepted", "goal 0"),
    STUB: ("stubs accepted", "goal 0"),
    MUTANT: ("mutants accepted", "goal 5 % at most"),
    WRONG: ("other wrong answers accepted", ""),
}


@dataclass(frozen=True, slots=True)
class Answer:
    kind: str
    label: str
    code: str


@dataclass(slots=True)
class Tally:
    all: Counter[str] = field(default_factory=Counter)
    missed: Counter[str] = field(default_factory=Counter)
    lines: list[str] = field(default_factory=list)

    def add(self, case: Case, answer: Answer, said: str) -> None:
        self.all[answer.kind] += 1
        is_open = said.startswith(GateState.OPEN.value)
        if is_open != (answer.kind == RIGHT):
            self.missed[answer.kind] += 1
            self.lines.append(f"  {answer.kind}: {case.name}, {answer.label}: {said}")


def main() -> None:
    sandbox = open_sandbox(sandbox_setup()).sandbox
    wanted = set(filter(None, os.environ.get("MGE_BENCH_FUNCTIONS", "").split(",")))
    languages = {
        "Python": [case for case in CASES if not wanted or case.name in wanted],
        "TypeScript, equivalent mutants among them": [
            case for case in SCRIPT_CASES if not wanted or case.name in wanted
        ],
    }
    for seed in map(int, os.environ.get("MGE_BENCH_SEEDS", SEEDS).split(",")):
        for language, cases in languages.items():
            began = time.monotonic()
            tally = Tally()
            with ThreadPoolExecutor(AT_ONCE) as pool:
                for case in cases:
                    measure(case, seed, tally, sandbox, pool)
            print(
                f"{language}: seed {seed}, {len(cases)} functions, {time.monotonic() - began:.0f} s"
            )
            _print(tally)


def measure(
    case: Case, seed: int, tally: Tally, sandbox: Bubblewrap, pool: ThreadPoolExecutor
) -> None:
    """Let every answer to one function stand before its gate."""
    suite = build_suite(read_source(case.plan()), seed=seed)
    found = list(answers(case, suite))
    target = suite.atoms[0].target
    around = [stub_of(target, stub, case.right[0]) for stub in Stub]
    codes = [*around, *(answer.code for answer in found)]
    batches = pool.map(lambda batch: _outcomes(suite, batch, sandbox), _batches(codes))
    outcomes = [each for batch in batches for each in batch]
    green_on: dict[str, set[str]] = {}
    for stub, known in zip(Stub, outcomes, strict=False):
        for check, outcome in known.items():
            if outcome.status is TestStatus.PASSED:
                green_on.setdefault(check, set()).add(stub.value)
    greens = {check: frozenset(stubs) for check, stubs in green_on.items()}
    for answer, known in zip(found, outcomes[len(around) :], strict=True):
        tally.add(case, answer, _said(suite, {case.path: answer.code}, known, greens))


def _batches(codes: list[str]) -> list[list[str]]:
    return [codes[start : start + BATCH] for start in range(0, len(codes), BATCH)]


def _outcomes(suite: Suite, codes: list[str], sandbox: Bubblewrap) -> list[dict[str, TestOutcome]]:
    """Outcomes of the suite's tests on each of the codes, which one pair of processes runs."""
    package, _, name = suite.atoms[0].target.path.partition("/")
    tests = {
        f"answer_{number}/{atom.path}": _importing(atom, package, number)
        for number in range(len(codes))
        for atom in suite.atoms
    }
    files = {f"{package}{number}/{name}": code for number, code in enumerate(codes)}
    if suite.atoms[0].is_script:
        report = judge_script(
            code_files=files,
            tests=tests,
            expected=[
                f"answer_{number}/{atom.path}::{function}"
                for number in range(len(codes))
                for atom in suite.atoms
                for function in atom.names()
            ],
            programs=programs_for(sandbox),
            limits=LIMITS,
        )
    else:
        report = judge(
            language="python", code_files=files, tests=tests, sandbox=sandbox, limits=LIMITS
        )
    results = {result.id: result for result in report.results}
    return [
        {
            check: TestOutcome(TestStatus(results[test].status.value), results[test].message)
            for atom in suite.atoms
            for function, check in atom.names().items()
            if (test := f"answer_{number}/{atom.path}::{function}") in results
        }
        for number in range(len(codes))
    ]


def _importing(atom: AtomSuite, package: str, number: int) -> str:
    """The tests of an atom for one of the answers."""
    if atom.is_script:
        return atom.text.replace(f'"../{package}/', f'"../../{package}{number}/')
    return atom.text.replace(f"from {package}.", f"from {package}{number}.")


def _said(
    suite: Suite,
    files: Mapping[str, str],
    outcomes: Mapping[str, TestOutcome],
    greens: Mapping[str, frozenset[str]],
) -> str:
    def run(atom: AtomSuite, _: Mapping[str, str]) -> Mapping[str, TestOutcome]:
        return {check.id: outcomes[check.id] for check in atom.checks}

    verdict = verify(suite, files, run, green_on=greens)
    failing = [
        f"{check}: {' '.join(outcome.message.split())[-160:]}"
        for check, outcome in outcomes.items()
        if outcome.status is not TestStatus.PASSED
    ]
    return " ".join([verdict.gate.state.value, verdict.gate.reason, *failing[:1]])


def answers(case: Case, suite: Suite) -> Iterator[Answer]:
    """Every answer to a function; those that behave like the right one are left out of the wrong.

    Mutants that never end are left out too: every test that reaches them only waits for its time limit.
    """
    target = suite.atoms[0].target
    yield from (Answer(RIGHT, f"answer {n}", code) for n, code in enumerate(case.right, start=1))
    alone = stub_of if case.path == PATH else script_alone
    yield from (Answer(STUB, stub.value, alone(target, stub, "")) for stub in Stub)
    for number, code in enumerate(case.wrong, start=1):
        yield Answer(WRONG, f"answer {number}", code)
    stated = [check for check in suite.checks if not check.is_held_out]
    if case.path != PATH:
        yield from _script_answers(case, stated)
        return
    differs = Difference(case)
    for found in by_heart(case.name, len(target.parameters), stated, case.wrong[0]):
        if differs(found.code):
            yield Answer(HEART, found.style, found.code)
    for mutant in python_mutants(case.right[0], symbol=case.name, limit=MUTANTS):
        if differs(mutant.code) and not differs.is_endless:
            yield Answer(MUTANT, f"{mutant.operator} in line {mutant.line}", mutant.code)


def script_alone(target: Target, stub: Stub, code: str) -> str:
    return code + script_stub(target, stub)


def _script_answers(case: Case, stated: list[Check]) -> Iterator[Answer]:
    for found in script_by_heart(case.name, stated):
        yield Answer(HEART, found.style, found.code)
    for mutant in script_mutants(case.right[0], limit=MUTANTS):
        yield Answer(MUTANT, f"{mutant.operator} in line {mutant.line}", mutant.code)


class TooLongError(BaseException):
    """A call did not end in time; no answer catches this."""


class Difference:
    """Tells whether an answer behaves otherwise than the right one, on inputs no check has seen.

    It calls code of this folder in this process: answers that others wrote never come here.
    """

    def __init__(self, case: Case) -> None:
        rng = random.Random(case.name)
        self._name = case.name
        self.is_endless = False  # the last answer, on the input that told it apart
        self._inputs = [case.draw(rng) for _ in range(DRAWS)]
        self._right = [self._outcome(_function(case.right[0], case.name), i) for i in self._inputs]

    def __call__(self, code: str) -> bool:
        self.is_endless = False
        try:
            function = _function(code, self._name)
        except Exception:  # an answer that cannot even be loaded
            return True
        pairs = zip(self._inputs, self._right, strict=True)
        found = ((self._outcome(function, given), right) for given, right in pairs)
        other = next((outcome for outcome, right in found if outcome != right), None)
        self.is_endless = other == NO_END
        return other is not None

    def _outcome(self, function: Callable[..., object], given: tuple[object, ...]) -> str:
        """What a call leads to: its result, and what became of its arguments."""
        arguments = copy.deepcopy(given)
        signal.signal(signal.SIGVTALRM, _too_long)
        signal.setitimer(signal.ITIMER_VIRTUAL, CALL_S)
        try:
            return f"{function(*arguments)!r} {arguments!r}"
        except TooLongError:
            return NO_END
        except (Exception, MemoryError) as error:
            return type(error).__name__
        finally:
            signal.setitimer(signal.ITIMER_VIRTUAL, 0)


def _too_long(signum: int, frame: FrameType | None) -> None:
    raise TooLongError


def _function(code: str, name: str) -> Callable[..., object]:
    space: dict[str, Callable[..., object]] = {}
    exec(compile(code, f"<{name}>", "exec"), space)
    return space[name]


def _print(tally: Tally) -> None:
    for kind, (words, goal) in GOALS.items():
        known, missed = tally.all[kind], tally.missed[kind]
        share = f"{missed / known:.1%}" if known else "-"
        print(f"{words:<30} {missed:>5} of {known:<6} {share:>6}  {goal}")
    print("\n".join(tally.lines), flush=True)
