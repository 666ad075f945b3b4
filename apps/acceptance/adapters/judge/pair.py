"""Two sandboxes of two users: one with the code, one with the tests."""

import marshal
import os
import threading
from collections.abc import Callable, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, field, replace
from functools import cache
from importlib.util import MAGIC_NUMBER
from pathlib import Path

from apps.acceptance import judge_runtime
from apps.acceptance.adapters.sandbox.bubblewrap import Bubblewrap
from apps.acceptance.adapters.sandbox.cell import Cell
from apps.acceptance.adapters.sandbox.flags import SUPPORT
from apps.acceptance.adapters.sandbox.runtime import INSIDE
from apps.acceptance.core.sandbox import Job, Limits, Outcome

# Starts one of the two; the numbers are pipe ends that its process is to have.
Start = Callable[[Sequence[int]], Cell]

_RUNTIME = Path(judge_runtime.__file__).parent
_PACKAGE = "mge_judge"
_SHARED = ("__init__", "wire", "plain", "peer", "special", "files")
TESTS_LEAVE_S = 2.0  # after their last word
CODE_LEAVES_S = 0.2  # once nobody asks it any more
_START = "import sys; sys.path.insert(0, '/support'); from {module} import main; main(*{files!r})"


# What stands in front of compiled code: no source is looked for beside it.
_HEAD = MAGIC_NUMBER + bytes(12)


def _support(*modules: str) -> dict[str, bytes]:
    return {f"{_PACKAGE}/{name}.pyc": _compiled(name) for name in (*_SHARED, *modules)}


@cache
def _compiled(name: str) -> bytes:
    """Return a module compiled, which saves each process a tenth of its start.

    The interpreter inside is a copy of the one that runs the console, so it reads that.
    """
    source = (_RUNTIME / f"{name}.py").read_bytes()
    code = compile(source, f"{SUPPORT}/{_PACKAGE}/{name}.py", "exec", dont_inherit=True)
    return _HEAD + marshal.dumps(code)


def _job(module: str, files: Sequence[int], limits: Limits, env: Mapping[str, str]) -> Job:
    program = _START.format(module=f"{_PACKAGE}.{module}", files=tuple(files))
    # The code's process has no test runner to find and to bend.
    path = f"{INSIDE}/site" if module == "test_runner" else ""
    own = {"PYTHONPATH": path, "PYTEST_DISABLE_PLUGIN_AUTOLOAD": "1", "PYTHONUTF8": "1"}
    return Job(
        files={},
        command=("python3", "-s", "-P", "-c", program),
        limits=limits,
        env={**env, **own},
        support=_support(
            *(("remote", "test_runner") if module == "test_runner" else ("code_server",))
        ),
    )


@dataclass(slots=True)
class Running:
    """One of the two, watched by a thread of its own."""

    cell: Cell
    outcome: Outcome | None = None
    _thread: threading.Thread = field(init=False)

    def __post_init__(self) -> None:
        self._thread = threading.Thread(target=self._wait, name="judge-cell", daemon=True)
        self._thread.start()

    def _wait(self) -> None:
        self.outcome = self.cell.wait()

    def end(self) -> Outcome | None:
        """End it, when it has not ended, and say how it ended."""
        self.cell.kill()
        return self.join()

    def join(self, timeout_s: float = 30.0) -> Outcome | None:
        self._thread.join(timeout_s)
        return self.outcome


@dataclass(slots=True)
class Pair:
    """Both, waiting for a job, with our ends of their pipes."""

    code: Running
    tests: Running
    to_code: int
    from_code: int
    to_tests: int
    from_tests: int
    report: int

    def close(self) -> None:
        for file in (self.to_code, self.from_code, self.to_tests, self.from_tests, self.report):
            with suppress(OSError):
                os.close(file)

    @property
    def is_alive(self) -> bool:
        return self.code.outcome is None and self.tests.outcome is None

    def end(self) -> None:
        """Give it up, whatever it does."""
        self.close()
        self.code.end()
        self.tests.end()

    def leave(self) -> None:
        """All is said: whoever does not go by itself is ended. Waits for nobody."""
        self.close()
        self.tests.cell.end_within(TESTS_LEAVE_S)
        self.code.cell.end_within(CODE_LEAVES_S)

    def rest(self) -> None:
        """It waits for a job, maybe for long."""
        self.code.cell.rest()
        self.tests.cell.rest()

    def restart_clock(self, wall_s: float) -> None:
        self.code.cell.restart_clock(wall_s)
        self.tests.cell.restart_clock(wall_s)


def start_pair(sandbox: Bubblewrap, limits: Limits, env: Mapping[str, str]) -> Pair:
    """Start both. Raises RefusedError when one cannot be started."""
    # The test runner itself takes some memory.
    roomy = replace(limits, memory_bytes=limits.memory_bytes * 2)

    def start(name: str, limits: Limits) -> Start:
        return lambda channels: sandbox.start(_job(name, channels, limits, env), channels=channels)

    return open_pair(start("code_server", limits), start("test_runner", roomy))


def open_pair(start_code: Start, start_tests: Start) -> Pair:
    """Start both with pipes between them and the host. Raises what the starters raise."""
    theirs: list[int] = []
    ours: list[int] = []

    def pipe(*, is_written_here: bool) -> int:
        read, write = os.pipe()
        theirs.append(read if is_written_here else write)
        ours.append(write if is_written_here else read)
        os.set_blocking(ours[-1], False)
        return ours[-1]

    started: list[Running] = []
    try:
        to_code, from_code = pipe(is_written_here=True), pipe(is_written_here=False)
        to_tests, from_tests = pipe(is_written_here=True), pipe(is_written_here=False)
        report = pipe(is_written_here=False)
        for start, channels in ((start_code, theirs[:2]), (start_tests, theirs[2:])):
            started.append(Running(start(channels)))
    except BaseException:
        for each in started:
            each.end()
        for file in ours:
            os.close(file)
        raise
    finally:
        for file in theirs:
            os.close(file)
    return Pair(started[0], started[1], to_code, from_code, to_tests, from_tests, report)
