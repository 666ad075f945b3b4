"""Run a checker as a child process, bounded in time, memory and output."""

import os
import signal
import subprocess
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

# `ulimit -v` is refused on some systems; the time limit holds there.
LIMITED = 'ulimit -v "$1" 2>/dev/null; shift; exec "$@"'


class ProcessTimeoutError(Exception):
    """The child did not end in time and was killed, with all that it started."""


@dataclass(frozen=True, slots=True)
class Ended:
    returncode: int  # negative: ended by that signal
    stdout: str
    stderr: str


def run_bounded(
    command: Sequence[str], *, cwd: Path, timeout_s: float, memory_mb: int, stdin: str = ""
) -> Ended:
    """Run `command` to its end, without the console's environment.

    Raises OSError, or ProcessTimeoutError.
    """
    limited = ["/bin/sh", "-c", LIMITED, "sh", str(memory_mb * 1024), *command]
    with subprocess.Popen(
        limited,
        cwd=cwd,
        env={"PATH": os.defpath, "LANG": "C.UTF-8", "HOME": str(cwd)},
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        encoding="utf-8",
        errors="replace",
        start_new_session=True,
    ) as child:
        try:
            stdout, stderr = child.communicate(stdin, timeout=timeout_s)
        except subprocess.TimeoutExpired:
            os.killpg(child.pid, signal.SIGKILL)
            raise ProcessTimeoutError from None
    return Ended(child.returncode, stdout, stderr)
