"""From what was reported of the tests to what counts: nothing passes that did not surely pass."""

import ast
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from enum import StrEnum
from typing import Any

from apps.acceptance.core.python_text import parse_python


class TestStatus(StrEnum):
    __test__ = False  # no test, whatever pytest makes of the name

    PASSED = "passed"
    FAILED = "failed"  # an assertion did not hold, or the code raised what it should not
    ERROR = "error"  # it could not be run: setting up, importing, skipped, the machine
    TIMEOUT = "timeout"  # on the host's clock
    UNTRUSTED = "untrusted"  # something was off with the reporting


@dataclass(frozen=True, slots=True)
class TestResult:
    __test__ = False

    id: str  # path::name, or path::Class::name; parameters of one test count together
    status: TestStatus
    message: str = ""  # the first failing assertion
    duration_ms: int = 0  # on the host's clock
    stdout: str = ""  # the end of it
    stderr: str = ""
    is_rerun: bool = False  # it ran out of time on a busy host before


@dataclass(frozen=True, slots=True)
class Expected:
    """A test that the text promises."""

    id: str
    count: int | None = 1  # cases; None: it takes parameters that only running it tells


@dataclass(frozen=True, slots=True)
class Event:
    at_ms: int  # since the job was handed over, on the host's clock
    facts: Mapping[str, Any]


@dataclass(slots=True)
class Record:
    """What the host saw of one run."""

    events: list[Event] = field(default_factory=list)  # reported by the process of the tests
    report_problem: str = ""  # the reports were no reports
    tampered: str = ""  # what the code's process did on the wire that it may not do
    tampered_during: str = ""  # the test that ran then, or empty
    timed_out: str = ""  # the test whose time ran out; `*` before the first one
    ended: str = ""  # why the process of the tests ended without a last word


# --- what the text promises ---------------------------------------------------------------------


def expected_tests(tests: Mapping[str, str]) -> list[Expected]:
    """Every test in the texts, in their order; texts that cannot be read promise none."""
    found: list[Expected] = []
    for path, text in tests.items():
        tree = parse_python(text)
        if tree is not None:
            found += _tests_in(tree.body, path)
    return found


def _tests_in(body: Iterable[ast.stmt], prefix: str) -> Iterator[Expected]:
    for node in body:
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef) and node.name.startswith(
            "test"
        ):
            yield Expected(f"{prefix}::{node.name}", _cases(node.decorator_list))
        elif isinstance(node, ast.ClassDef) and node.name.startswith("Test"):
            yield from _tests_in(node.body, f"{prefix}::{node.name}")


def _cases(decorators: Iterable[ast.expr]) -> int | None:
    """How often the test runs: the product of its lists of parameters, where they are written out."""
    count = 1
    for decorator in decorators:
        if not isinstance(decorator, ast.Call) or not ast.unparse(decorator.func).endswith(
            "parametrize"
        ):
            continue
        values = decorator.args[1] if len(decorator.args) > 1 else None
        if not isinstance(values, ast.List | ast.Tuple) or _has_star(values):
            return None
        count *= len(values.elts)
    return count


def _has_star(values: ast.List | ast.Tuple) -> bool:
    return any(isinstance(each, ast.Starred) for each in values.elts)


# --- what counts --------------------------------------------------------------------------------


def decide(
    expected: Sequence[Expected], record: Record, promised: Sequence[Expected] = ()
) -> dict[str, TestResult]:
    """Return a result for every test that this run decides; the others were not reached.

    Not reached: the host or a dead code process ended the run before. `promised` are all tests of
    the text, when only some of them had to run.
    """
    whole_problem = _whole_problem(promised or expected, record)
    if whole_problem:
        return {
            each.id: TestResult(each.id, TestStatus.UNTRUSTED, whole_problem) for each in expected
        }
    results = {}
    for each in expected:
        result = _decide_one(each, record)
        if result is not None:
            results[each.id] = result
    return results


def _whole_problem(expected: Sequence[Expected], record: Record) -> str:
    """What makes every report of the run worthless, as a sentence."""
    if record.report_problem:
        return record.report_problem
    doubled = [name for name, count in Counter(each.id for each in expected).items() if count > 1]
    if doubled:
        return f"{doubled[0]} is defined twice, so it is not known which one ran."
    if _sequence_is_broken(record.events):
        return "The reports came in an impossible order."
    unexpected = _reported(record) - {each.id for each in expected}
    if unexpected:
        return f"{min(unexpected)} was reported, but is not in the text."
    has_end = any(event.facts["k"] == "end" for event in record.events)
    if not has_end and not record.timed_out and not record.ended:
        return "The process of the tests left without a last word."
    return ""


def _reported(record: Record) -> set[str]:
    found = set()
    for event in record.events:
        if event.facts["k"] in ("start", "test"):
            found.add(base_of(str(event.facts.get("id"))))
        elif event.facts["k"] == "collected":
            found |= {base_of(str(each)) for each in event.facts.get("ids", ())}
    return found


def base_of(test_id: str) -> str:
    return test_id.partition("[")[0]


def _sequence_is_broken(events: Sequence[Event]) -> bool:
    """Each test starts once, ends once, before the next starts; `end` comes last, once."""
    running, done, is_over = "", set(), False
    for number, event in enumerate(events, start=1):
        kind, test = event.facts["k"], str(event.facts.get("id", ""))
        if is_over or event.facts.get("c") != number:
            return True
        if kind == "start":
            if running or not test or test in done:
                return True
            running = test
        elif kind == "test":
            if test != running:
                return True
            done.add(test)
            running = ""
        is_over = kind == "end"
    return False


def _decide_one(expected: Expected, record: Record) -> TestResult | None:
    started, cases = _cases_of(expected.id, record)
    # Code that breaks the rules once is believed nothing that it said in this run.
    if record.tampered and (started or record.tampered_during == expected.id):
        return TestResult(
            expected.id, TestStatus.UNTRUSTED, record.tampered, _took_ms(started, cases)
        )
    if not cases and (uncollected := _uncollected(expected.id, record)) is not None:
        return TestResult(expected.id, TestStatus.ERROR, uncollected)
    bad = next((each for each in cases if each.status is not TestStatus.PASSED), None)
    took_ms = sum(each.duration_ms for each in cases)
    if bad is not None:
        return replace(bad, duration_ms=took_ms)
    if record.timed_out in (expected.id, "*"):
        return TestResult(expected.id, TestStatus.TIMEOUT, "It did not end in time.")
    is_stopped = _is_stopped(record)
    if len(started) > len(cases):
        why = record.ended or "It did not end."
        return TestResult(expected.id, TestStatus.ERROR, why)
    is_complete = len(cases) == expected.count if expected.count is not None else bool(cases)
    if not is_complete and is_stopped:
        return None
    if not is_complete:
        text = f"{len(cases)} of {expected.count or 'its'} cases were reported."
        return TestResult(expected.id, TestStatus.UNTRUSTED, text)
    return replace(cases[-1], duration_ms=took_ms)


def _is_stopped(record: Record) -> bool:
    if record.timed_out or record.ended or record.tampered:
        return True
    return any(event.facts["k"] == "end" and event.facts.get("stopped") for event in record.events)


def _uncollected(test_id: str, record: Record) -> str | None:
    for event in record.events:
        facts = event.facts
        if facts["k"] == "uncollected" and test_id.startswith(str(facts.get("id"))):
            return str(facts.get("message") or facts.get("outcome"))
    return None


def _cases_of(test_id: str, record: Record) -> tuple[list[Event], list[TestResult]]:
    started, cases = [], []
    for event in record.events:
        facts = event.facts
        if base_of(str(facts.get("id", ""))) != test_id:
            continue
        if facts["k"] == "start":
            started.append(event)
        elif facts["k"] == "test":
            cases.append(_result(test_id, facts, event.at_ms - started[-1].at_ms))
    return started, cases


def _took_ms(started: Sequence[Event], cases: Sequence[TestResult]) -> int:
    return sum(each.duration_ms for each in cases) if started else 0


_STATUS = {
    "passed": TestStatus.PASSED,
    "failed": TestStatus.FAILED,
    "lost": TestStatus.ERROR,
    "incomplete": TestStatus.UNTRUSTED,
}


def _result(test_id: str, facts: Mapping[str, Any], took_ms: int) -> TestResult:
    outcome = str(facts.get("outcome"))
    message = str(facts.get("message", ""))
    status = _STATUS.get(outcome, TestStatus.ERROR)
    if status is TestStatus.ERROR and outcome != "lost":
        message = f"{outcome}: {message}" if message else outcome
    return TestResult(
        test_id,
        status,
        "" if status is TestStatus.PASSED else message,
        took_ms,
        str(facts.get("out", "")),
        str(facts.get("err", "")),
    )
