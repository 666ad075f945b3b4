"""Runs inside the sandbox of the tests: pytest, with the modules of the code as stand-ins.

It reports on a pipe of its own, which the code's process has not got.
"""

import os
import select
import sys
from collections.abc import Generator, Iterable
from contextlib import redirect_stdout, suppress
from io import StringIO
from pathlib import Path
from typing import Any

import pytest

from . import remote
from .files import write_files
from .wire import Message, Pipe, dump

TESTS = Path("/tmp/tests")  # noqa: S108 - the sandbox's own
PATIENCE_S = 0.05  # for a job, before the time until it comes is put to use
MESSAGE_KEPT = 4_000  # characters
OUTPUT_KEPT = 16_000
ARGUMENTS = (
    *("-q", "--tb=short", "--noconftest", "--capture=sys", "--import-mode=importlib"),
    *("-c", "/dev/null", "--rootdir", str(TESTS), "-o", "addopts=", "-o", "xfail_strict=true"),
    *("-p", "no:cacheprovider", "-p", "no:junitxml", "-p", "no:pastebin", "-p", "no:stepwise"),
    *("-p", "no:doctest", "-p", "no:faulthandler", "-p", "no:setuponly", "-p", "no:debugging"),
)


class Report:
    """Sends what happens to each test, as it happens."""

    def __init__(self, sink: int) -> None:
        self._pipe = Pipe(-1, sink)
        self._count = 0

    def send(self, kind: str, **facts: Any) -> None:
        self._count += 1
        self._pipe.send_frame(dump({"k": kind, "c": self._count, **facts}))


class Plugin:
    def __init__(self, report: Report, peer: "remote.TestPeer", only: Iterable[str]) -> None:
        self._report, self._peer = report, peer
        self._only = frozenset(only)
        self._phases: list[pytest.TestReport] = []
        self._found: list[str] = []
        self._faults = 0

    def pytest_collection_modifyitems(self, items: list[pytest.Item]) -> None:
        self._found = [item.nodeid for item in items]
        if self._only:
            items[:] = [item for item in items if _base(item.nodeid) in self._only]
        self._peer.test_modules |= {
            item.module.__name__ for item in items if isinstance(item, pytest.Function)
        }

    def pytest_collectreport(self, report: pytest.CollectReport) -> None:
        if not report.passed:
            message = _first_line(str(report.longrepr))
            self._report.send(
                "uncollected", id=report.nodeid, outcome=report.outcome, message=message
            )

    def pytest_collection_finish(self) -> None:
        self._report.send("collected", ids=self._found)

    @pytest.hookimpl(wrapper=True)
    def pytest_runtest_protocol(self, item: pytest.Item) -> Generator[None, Any, Any]:
        self._report.send("start", id=item.nodeid)
        self._phases = []
        self._faults = self._peer.faults
        result = yield
        self._report.send("test", id=item.nodeid, **self._result())
        # Between two tests, so that one that ended the code's process is the one that pays for it.
        with suppress(remote.Lost):
            self._peer.begin_test()
        if self._peer.lost:
            item.session.shouldstop = self._peer.lost
        return result

    def pytest_runtest_logreport(self, report: pytest.TestReport) -> None:
        self._phases.append(report)

    def _result(self) -> Message:
        outcome, message = "passed", ""
        names = [phase.when for phase in self._phases]
        if names != ["setup", "call", "teardown"]:
            outcome = "incomplete"
        for phase in self._phases:
            if hasattr(phase, "wasxfail"):
                outcome, message = "xfailed", str(phase.wasxfail)
                break
            if not phase.passed:
                outcome = (
                    phase.outcome if phase.when == "call" else f"{phase.outcome} in {phase.when}"
                )
                message = _message(phase)
                break
        if self._peer.lost:
            outcome, message = "lost", self._peer.lost
        elif outcome == "passed" and self._peer.faults > self._faults:
            outcome, message = "lost", "An answer of the code could not be passed on."
        last = self._phases[-1] if self._phases else None
        return {
            "outcome": outcome,
            "message": message[:MESSAGE_KEPT],
            "out": (last.capstdout if last else "")[-OUTPUT_KEPT:],
            "err": (last.capstderr if last else "")[-OUTPUT_KEPT:],
        }

    def pytest_sessionfinish(self, session: pytest.Session, exitstatus: int) -> None:
        self._report.send("end", stopped=bool(session.shouldstop), status=int(exitstatus))


def _base(nodeid: str) -> str:
    return nodeid.partition("[")[0]


def _message(report: pytest.TestReport) -> str:
    """What went wrong: the lines that pytest marks, the failing assertion first."""
    crash = getattr(report.longrepr, "reprcrash", None)
    if crash is not None:
        return str(crash.message)
    if isinstance(report.longrepr, tuple):
        return str(report.longrepr[-1])
    return _first_line(str(report.longrepr))


def _first_line(text: str) -> str:
    marked = [line[1:].strip() for line in text.splitlines() if line.startswith("E")]
    return "\n".join(marked[:12]) or text[-MESSAGE_KEPT:]


def is_readable(source: int, within_s: float) -> bool:
    return bool(select.select([source], [], [], within_s)[0])


def rehearse() -> None:
    """Run one empty test, so that pytest has loaded its parts before there is a job."""
    before = set(sys.modules)
    write_files(TESTS, {"test_rehearsal.py": "def test_nothing(): pass\n"})
    with redirect_stdout(StringIO()):
        pytest.main([*ARGUMENTS, str(TESTS)])
    (TESTS / "test_rehearsal.py").unlink()
    for name in set(sys.modules) - before:
        if name.endswith("test_rehearsal"):
            del sys.modules[name]


def main(source: int, sink: int, report_to: int) -> None:
    """Wait for a job, run its tests, report, leave."""
    for file in (source, sink, report_to):
        os.set_inheritable(file, False)  # noqa: FBT003 - os has it so
    report = Report(report_to)
    pipe = Pipe(source, sink)
    report.send("ready")
    if not is_readable(source, PATIENCE_S):  # started early: there is time
        rehearse()
    job = pipe.receive()
    if job is None:
        return
    write_files(TESTS, job["tests"])
    os.chdir(TESTS)
    support = sys.path[0]
    sys.path[:] = [entry for entry in sys.path if entry and entry != support]
    peer = remote.start(pipe, job["modules"])
    plugin = Plugin(report, peer, job["only"])
    files = [str(TESTS / name) for name in job["tests"]]
    pytest.main([*ARGUMENTS, *files], plugins=[plugin])
    sys.stdout.flush()
    os._exit(0)
