"""Passes messages between the tests and the code, and listens to what is reported.

The tests and the code take turns. A message of the code that is not the one that is due, or no
message at all, ends the code's process; the tests are told that it is gone.
"""

import os
import secrets
import selectors
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

from apps.acceptance.adapters.judge.pair import Pair
from apps.acceptance.core.judge.verdict import Event, Record, base_of
from apps.acceptance.judge_runtime import wire

TICK_S = 0.2
_CHUNK = 256 * 1024
_PASSED_ON = ("k", "v", "op", "m", "c", "d", "f", "o", "e", "z", "why")
_KINDS = ("ask", "answer", "error", "fault")
_REPORTS = ("ready", "collected", "uncollected", "start", "test", "end")


@dataclass(frozen=True, slots=True)
class Timing:
    start_s: float  # until both processes wait for a job
    collect_s: float  # from the job to the first test: imports
    test_s: float  # of one test
    total_s: float


@dataclass(frozen=True, slots=True)
class Asked:
    by_tests: bool
    number: int  # as the asker knows it
    token: int  # as the other one was told


class Tampered(Exception):
    """The code's process broke the rules of the conversation; the text says how."""


@dataclass(slots=True)
class Relay:
    """One run of one pair."""

    pair: Pair
    timing: Timing
    record: Record = field(default_factory=Record)
    running: str = ""  # the test that runs now
    _asked: list[Asked] = field(default_factory=list)
    _is_code_gone: str = ""
    _is_reading: set[int] = field(default_factory=set)
    _buffers: dict[int, wire.FrameBuffer] = field(default_factory=dict)
    _out: dict[int, bytearray] = field(default_factory=dict)
    _ready: set[str] = field(default_factory=set)
    _deadline: float = 0.0
    _handed_over: float = 0.0
    _is_over: bool = False

    def run(self, code_job: Mapping[str, Any], test_job: Mapping[str, Any]) -> Record:
        """Hand the job over and pass on until the tests have ended or time is out."""
        self._deadline = time.monotonic() + self.timing.start_s
        pair = self.pair
        readers: dict[int, Callable[[bytes], None]] = {
            pair.from_code: self._from_code,
            pair.from_tests: self._from_tests,
            pair.report: self._from_report,
        }
        self._buffers = {file: wire.FrameBuffer() for file in readers}
        self._out = {pair.to_code: bytearray(), pair.to_tests: bytearray()}
        with selectors.DefaultSelector() as selector:
            for file, take in readers.items():
                selector.register(file, selectors.EVENT_READ, take)
                self._is_reading.add(file)
            while not self._is_over and pair.report in self._is_reading:
                self._want_writes(selector)
                for key, mask in selector.select(TICK_S):
                    if mask & selectors.EVENT_WRITE:
                        self._write(key.fd)
                    elif not self._read(key.fd, key.data):
                        selector.unregister(key.fd)
                        self._is_reading.discard(key.fd)
                if len(self._ready) == 2 and not self._handed_over:
                    self._hand_over(code_job, test_job)
                self._look_at_clock()
            if pair.from_code in self._is_reading:  # what it said after the last word of the tests
                self._read(pair.from_code, self._from_code)
        return self.record

    # --- bytes ------------------------------------------------------------------------------

    def _want_writes(self, selector: selectors.BaseSelector) -> None:
        for file, waiting in self._out.items():
            is_known = file in selector.get_map()
            if waiting and not is_known:
                selector.register(file, selectors.EVENT_WRITE)
            elif not waiting and is_known:
                selector.unregister(file)

    def _write(self, file: int) -> None:
        waiting = self._out[file]
        try:
            del waiting[: os.write(file, bytes(waiting[:_CHUNK]))]
        except BlockingIOError:
            return
        except OSError:
            waiting.clear()

    def _send(self, file: int, message: wire.Message) -> None:
        self._out[file] += wire.dump(message)
        self._write(file)

    def _read(self, file: int, take: Callable[[bytes], None]) -> bool:
        """Return whether there may be more."""
        try:
            chunk = os.read(file, _CHUNK)
        except BlockingIOError:
            return True
        try:
            for body in self._buffers[file].feed(chunk) if chunk else ():
                take(body)
        except (wire.WireError, Tampered) as error:
            self._reject(file, error)
            return False
        if not chunk:
            self._closed(file)
        return bool(chunk)

    def _reject(self, file: int, error: Exception) -> None:
        if file == self.pair.from_code:
            self.record.tampered = f"The code's process broke the rules: {error}"
            self.record.tampered_during = base_of(self.running)
            self.pair.code.cell.kill()
            self._code_is_gone("The code's process sent something that is no message.")
        else:
            self.record.report_problem = f"The process of the tests broke the rules: {error}"
            self._is_over = True

    def _closed(self, file: int) -> None:
        if file == self.pair.from_code:
            self._code_is_gone("The code ended its own process.")

    def _code_is_gone(self, why: str) -> None:
        if not self._is_code_gone:
            self._is_code_gone = why
            if self._is_waiting_for_code():
                self._send(self.pair.to_tests, {"k": "gone", "why": why})
            self._ready.add("code")

    # --- the conversation -------------------------------------------------------------------

    def _is_turn_of_tests(self) -> bool:
        return not self._asked or not self._asked[-1].by_tests

    def _is_waiting_for_code(self) -> bool:
        return bool(self._asked) and self._asked[-1].by_tests

    def _from_tests(self, body: bytes) -> None:
        message = wire.parse(body)
        if not self._is_turn_of_tests():
            raise wire.WireError("It is not the turn of the tests.")
        if self._is_code_gone:
            self._send(self.pair.to_tests, {"k": "gone", "why": self._is_code_gone})
            return
        self._pass_on(message, self.pair.to_code, by_tests=True)

    def _from_code(self, body: bytes) -> None:
        message = wire.parse(body)
        if message == {"k": "ready"} and "code" not in self._ready:
            self._ready.add("code")
            return
        if not self._is_waiting_for_code():
            raise Tampered("it spoke without being asked.")
        self._pass_on(message, self.pair.to_tests, by_tests=False)

    def _pass_on(self, message: wire.Message, to: int, *, by_tests: bool) -> None:
        kind, number = message.get("k"), message.get("n")
        if kind not in _KINDS or not isinstance(number, int):
            raise Tampered("it sent a message of no kind.")
        passed = {key: message[key] for key in _PASSED_ON if key in message}
        if kind == "ask":
            # A number that cannot be guessed: an answer prepared before the question is none.
            token = secrets.randbits(50)
            self._asked.append(Asked(by_tests, number, token))
            self._send(to, {**passed, "n": token})
            return
        if (
            not self._asked
            or self._asked[-1].token != number
            or self._asked[-1].by_tests is by_tests
        ):
            raise Tampered("it answered what was not asked.")
        self._send(to, {**passed, "n": self._asked.pop().number})

    # --- reports ----------------------------------------------------------------------------

    def _from_report(self, body: bytes) -> None:
        facts = wire.parse(body)
        kind = facts.get("k")
        if kind not in _REPORTS:
            raise wire.WireError("a report of no kind.")
        now = time.monotonic()
        self.record.events.append(Event(round((now - (self._handed_over or now)) * 1000), facts))
        if kind == "ready":
            self._ready.add("tests")
        elif kind == "start":
            self.running = str(facts.get("id"))
            self._deadline = now + self.timing.test_s
        elif kind in ("test", "collected"):
            self.running = ""
            self._deadline = now + self.timing.collect_s
        elif kind == "end":
            self._is_over = True

    # --- time -------------------------------------------------------------------------------

    def _hand_over(self, code_job: Mapping[str, Any], test_job: Mapping[str, Any]) -> None:
        self._handed_over = time.monotonic()
        self._deadline = self._handed_over + self.timing.collect_s
        self.pair.restart_clock(self.timing.total_s)
        self._send(self.pair.to_code, dict(code_job))
        self._send(self.pair.to_tests, dict(test_job))

    def _look_at_clock(self) -> None:
        if time.monotonic() < self._deadline or self._is_over:
            return
        self._is_over = True
        if not self._handed_over:
            self.record.ended = "The sandboxes did not start in time."
        else:
            self.record.timed_out = base_of(self.running) or "*"
