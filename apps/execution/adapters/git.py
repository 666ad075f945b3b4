"""Runs the git command line so that nothing but its arguments decides what it does.

No system, user or host configuration, no hooks, no signing, no prompts, no background maintenance;
every command has a time limit, and nothing of it outlives that limit.
"""

import os
import shutil
import signal
import subprocess
from collections.abc import Sequence
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import IO

DEFAULT_TIMEOUT_S = 30.0

_CONFIG = (
    "core.hooksPath=/dev/null",
    "core.attributesFile=/dev/null",
    "core.excludesFile=/dev/null",
    "core.autocrlf=false",
    "core.logAllRefUpdates=false",
    # Objects reach the disk before the branch that names them: a power cut leaves a sound history.
    "core.fsync=all",
    "commit.gpgSign=false",
    "tag.gpgSign=false",
    "gc.auto=0",
    "maintenance.auto=false",
    # One thread packs the same objects into the same bytes every time.
    "pack.threads=1",
    "protocol.allow=never",
)


class WorkspaceError(Exception):
    """A plan's repository cannot do what it was asked; the text is a sentence for the operator."""


class GitMissing(WorkspaceError):
    """The git program is not installed, or not on PATH."""

    def __init__(self) -> None:
        super().__init__("Git is not installed on this machine; install it and try again.")


class GitFailed(WorkspaceError):
    """Git ended with an error; `command` is its verb, `output` what it wrote to standard error."""

    def __init__(self, *, command: str, output: str) -> None:
        self.command = command
        self.output = output
        super().__init__(f"Git could not finish “{command}”: {_complaint(output)}.")


class GitTimedOut(WorkspaceError):
    """Git was stopped because it took longer than its limit."""

    def __init__(self, *, command: str, timeout_s: float) -> None:
        super().__init__(f"Git was stopped: “{command}” took longer than {timeout_s:g} s.")


@dataclass(frozen=True, slots=True)
class Git:
    """The git program, bound to one bare repository."""

    directory: Path

    def run(
        self,
        *arguments: str,
        stdin: bytes | IO[bytes] = b"",
        stdout: IO[bytes] | None = None,
        timeout_s: float = DEFAULT_TIMEOUT_S,
        keep_open: Sequence[int] = (),
    ) -> bytes:
        """Return what git wrote to standard output, or b"" when `stdout` is a file that took it.

        File descriptors in `keep_open` stay open in git and in its children.
        Raises GitMissing, GitFailed, GitTimedOut, or WorkspaceError when the folder is not there.
        """
        binary = shutil.which("git")
        if binary is None:
            raise GitMissing
        process = self._start([binary, *self._options(), *arguments], stdin, stdout, keep_open)
        try:
            written, complaints = process.communicate(
                stdin if isinstance(stdin, bytes) else None, timeout=timeout_s
            )
        except BaseException as error:
            _stop(process)
            if isinstance(error, subprocess.TimeoutExpired):
                raise GitTimedOut(command=arguments[0], timeout_s=timeout_s) from None
            raise
        if process.returncode != 0:
            raise GitFailed(command=arguments[0], output=complaints.decode(errors="replace"))
        return written or b""

    def _start(
        self,
        command: list[str],
        stdin: bytes | IO[bytes],
        stdout: IO[bytes] | None,
        keep_open: Sequence[int],
    ) -> subprocess.Popen[bytes]:
        try:
            return subprocess.Popen(
                command,
                stdin=subprocess.PIPE if isinstance(stdin, bytes) else stdin,
                stdout=subprocess.PIPE if stdout is None else stdout,
                stderr=subprocess.PIPE,
                cwd=self.directory.parent,
                env=self._environment(),
                pass_fds=tuple(keep_open),
                start_new_session=True,  # so that git and its children can be stopped together
            )
        except (FileNotFoundError, NotADirectoryError) as error:
            raise WorkspaceError("The folder of this workspace does not exist.") from error

    def _options(self) -> list[str]:
        # Web and worker may run as different users. Naming the repository outright already skips
        # the ownership check; safe.directory covers the commands that open it a second time.
        settings = (*_CONFIG, f"safe.directory={self.directory}")
        return [f"--git-dir={self.directory}", *(part for s in settings for part in ("-c", s))]

    def _environment(self) -> dict[str, str]:
        return {
            "PATH": os.environ.get("PATH", os.defpath),
            "HOME": str(self.directory.parent),
            "LC_ALL": "C",
            "TZ": "UTC",
            "GIT_CONFIG_NOSYSTEM": "1",
            "GIT_CONFIG_GLOBAL": os.devnull,
            "GIT_ATTR_NOSYSTEM": "1",
            "GIT_TERMINAL_PROMPT": "0",
            "GIT_OPTIONAL_LOCKS": "0",
            "GIT_NO_REPLACE_OBJECTS": "1",
        }


def _stop(process: subprocess.Popen[bytes]) -> None:
    with suppress(ProcessLookupError):  # it may have ended by itself in the meantime
        os.killpg(process.pid, signal.SIGKILL)
    process.communicate()


def _complaint(output: str) -> str:
    """Return the first fatal line of what git said, without its prefix and full stop."""
    lines = [line.strip() for line in output.splitlines() if line.strip()]
    first = next((line for line in lines if line.startswith(("fatal:", "error:"))), None)
    line = first or (lines[-1] if lines else "it gave no reason")
    return line.removeprefix("fatal:").removeprefix("error:").strip().rstrip(".")
