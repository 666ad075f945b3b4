"""Starts children, keeps them running, and stops all of them, in one thread and one loop."""

import contextlib
import os
import signal
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from types import FrameType
from urllib.request import ProxyHandler, Request, build_opener

from mgeconsole.environment import StateError
from mgeconsole.services import processes
from mgeconsole.supervisor.child import Child, Program, describe_end
from mgeconsole.supervisor.output import Relay, Screen
from mgeconsole.supervisor.programs import STOP_ORDER

TRIES_AT_START = 3  # a child that fails so often before the stack is up stops the start
_TICK_S = 0.1
_STOP_SIGNALS = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)


class StopAsked(KeyboardInterrupt):
    """Somebody wants the stack to end."""


class Supervisor:
    """The children of one stack. Not thread-safe, and to be used in the main thread only."""

    def __init__(self, screen: Screen, record: Path, *, stop_with_parent: bool = False) -> None:
        self._screen = screen
        self._relay = Relay(screen)
        self._record = record  # the file that tells a later start what may be left over
        self._children: list[Child] = []
        self._one_offs: list[Child] = []
        self._stop_asked = 0  # how often
        self._parent = os.getppid() if stop_with_parent else None
        self.is_up = False

    def say(self, line: str) -> None:
        self._screen.say("console", line)

    @property
    def all_run(self) -> bool:
        """Whether no child is down at the moment."""
        return all(child.process is not None for child in self._children)

    @contextmanager
    def running(self) -> Iterator[None]:
        """Take the stop signals; whatever happens inside, nothing runs any more afterwards.

        Raises StopAsked inside when a signal comes.
        """
        processes.adopt_orphans()
        before = {
            number: signal.signal(number, self._note_signal)
            for number in _STOP_SIGNALS
            # Started by nohup, the stack is to survive its terminal.
            if number != signal.SIGHUP or signal.getsignal(number) != signal.SIG_IGN
        }
        if self._parent is not None:
            processes.end_with_parent(signal.SIGTERM)
        try:
            yield
        finally:
            self._stop_all()
            for number, handler in before.items():
                signal.signal(number, handler)

    def _note_signal(self, number: int, frame: FrameType | None) -> None:
        self._stop_asked += 1

    def add(self, program: Program) -> None:
        """Start a program and keep it running. Raises StateError when it cannot be prepared."""
        child = Child(program)
        self._children.append(child)
        self._start(child)

    def _start(self, child: Child) -> None:
        process = child.start(time.monotonic())
        if process.stdout is not None:
            self._relay.add(child.name, process.stdout)
        self._write_record()

    def _write_record(self) -> None:
        running = [child for child in self._children if child.process is not None]
        identities = (
            processes.identify(child.process.pid, child.program.command)
            for child in running
            if child.process is not None
        )
        processes.write_identities(self._record, filter(None, identities))

    def start_once(self, program: Program) -> Child:
        """Start a program that is to end by itself."""
        child = Child(program)
        process = child.start(time.monotonic())
        self._one_offs.append(child)
        if process.stdout is not None:
            self._relay.add(child.name, process.stdout)
        return child

    def wait_once(self, child: Child) -> int:
        """Go on until a program that was started once has ended, and return its exit code."""
        while child.code is None:
            self.tick()
        return child.code

    def wait_for(self, claim: Callable[[], bool], limit_s: float, otherwise: str) -> None:
        """Go on until the claim holds. Raises StateError with the sentence after limit_s."""
        deadline = time.monotonic() + limit_s
        while not claim():
            self.tick()
            if time.monotonic() > deadline:
                raise StateError(otherwise)

    def tick(self) -> None:
        """Print what came, start what ended. Raises StopAsked when the stack is to end."""
        try:
            self._relay.pump(_TICK_S)
        except BrokenPipeError as error:
            self._screen.mute()
            raise StopAsked from error
        if self._stop_asked or (self._parent is not None and os.getppid() != self._parent):
            raise StopAsked
        for child in self._children:
            self._tend(child)
        for child in tuple(self._one_offs):
            self._look_after(child)
        known = (*self._children, *self._one_offs)
        own = frozenset(child.process.pid for child in known if child.process)
        processes.collect_adopted(own)

    def _tend(self, child: Child) -> None:
        now = time.monotonic()
        code = child.ended()
        if code is not None:
            self._note_failure(child, describe_end(code), now)
        if child.is_due(now):
            try:
                self._start(child)
            except (StateError, OSError) as error:
                self._note_failure(child, f"did not start: {error}", now)

    def _look_after(self, one_off: Child) -> None:
        one_off.code = one_off.ended()
        if one_off.code is None:
            return
        self._one_offs.remove(one_off)
        if one_off.code:
            self.say(f"{one_off.name} {describe_end(one_off.code)}. Its lines above say why.")

    def _note_failure(self, child: Child, what: str, now: float) -> None:
        delay_s = child.fail(now)
        if not self.is_up and child.failures >= TRIES_AT_START:
            raise StateError(
                f"{child.name} {what}, {child.failures} times in a row. Its lines above say why."
            )
        self.say(f"{child.name} {what}; it starts again in {delay_s:.0f} s.")
        self._write_record()

    def _stop_all(self) -> None:
        asked = self._stop_asked
        for names in STOP_ORDER:
            self._stop([child for child in self._children if child.name in names], asked)
        rest = [child for child in self._children if child.process is not None]
        self._stop(rest, asked)
        processes.end_descendants()
        self._pump_quietly()
        self._record.unlink(missing_ok=True)

    def _stop(self, children: list[Child], asked: int) -> None:
        """Stop these together; those that take too long are killed, at once on a second signal."""
        running = [child for child in children if child.process is not None]
        for child in running:
            if child.process is not None:
                child.process.send_signal(child.program.stop_signal)
        begun = time.monotonic()
        while running:
            self._pump_quietly()
            running = [child for child in running if child.ended() is None]
            waited_s = time.monotonic() - begun
            for child in running:
                hurried = self._stop_asked > max(asked, 1)
                if child.process is not None and (hurried or waited_s > child.program.grace_s):
                    processes.signal_group(child.process.pid, signal.SIGKILL)

    def _pump_quietly(self) -> None:
        try:
            self._relay.pump(_TICK_S)
        except BrokenPipeError:
            self._screen.mute()


def answers_ok(url: str, timeout_s: float = 1.0) -> bool:
    """Tell whether a GET of that loopback address gives 200."""
    opener = build_opener(ProxyHandler({}))  # a proxy of the machine is none for the loopback
    # As a proxy in front would say it: with HTTPS_ONLY, all else is sent to https.
    request = Request(url, headers={"X-Forwarded-Proto": "https"})  # noqa: S310 - our own address
    with contextlib.suppress(OSError), opener.open(request, timeout=timeout_s) as response:
        return bool(response.status == 200)
    return False
