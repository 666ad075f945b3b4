"""What is asked of a sandbox and what it answers; which file names may enter one."""

import re
import sys
import unicodedata
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from enum import StrEnum
from pathlib import PurePosixPath
from typing import Protocol

MEBIBYTE = 1024 * 1024


class Status(StrEnum):
    OK = "ok"  # ended by itself with exit code 0
    FAILED = "failed"  # ended by itself with another exit code
    TIMEOUT = "timeout"  # the host's clock ran out
    KILLED = "killed"  # by a limit, by a signal, or by the host
    REFUSED = "refused"  # nothing of the job ran


class KillReason(StrEnum):
    NONE = ""
    WALL = "wall"
    CPU = "cpu"
    MEMORY = "memory"
    OUTPUT = "output"
    INODES = "inodes"
    SIGNAL = "signal"  # a crash, or a signal of its own making
    CANCELLED = "cancelled"  # the host had no more use for it


class Network(StrEnum):
    NONE = "none"  # Unix sockets only
    LOOPBACK = "loopback"  # TCP and UDP too, on a loopback that nobody else shares


@dataclass(frozen=True, slots=True)
class Limits:
    """What one job may use. Memory and files on top of each other stay below their sum."""

    wall_s: float = 30.0  # on the host's clock
    cpu_s: int = 30  # of each process
    memory_bytes: int = 512 * MEBIBYTE  # held by all processes together, programs not counted
    processes: int = 48  # threads count too
    open_files: int = 128  # of each process
    file_bytes: int = 16 * MEBIBYTE  # of each file
    tmp_bytes: int = 64 * MEBIBYTE  # of all files in /tmp
    inodes: int = 4_000  # files and folders in /tmp
    output_bytes_kept: int = 256 * 1024  # the last of it, both streams together
    output_kill: int = MEBIBYTE  # bytes of both streams together

    def __post_init__(self) -> None:
        """Raise ValueError for a limit that would not be one: zero means `none` to the kernel."""
        for name in self.__slots__:
            if getattr(self, name) <= 0:
                raise ValueError(f"{name} must be greater than 0.")


@dataclass(frozen=True, slots=True)
class Job:
    """A command over some files, which it finds in its working folder and cannot change."""

    files: Mapping[str, str | bytes]  # by path relative to the working folder
    command: Sequence[str]
    limits: Limits = field(default_factory=Limits)
    network: Network = Network.NONE
    stdin: str | bytes = b""
    env: Mapping[str, str] = field(default_factory=dict)
    import_roots: Sequence[str] = ("",)  # folders that Python will import modules from
    support: Mapping[str, str | bytes] = field(default_factory=dict)  # our own files, in /support


@dataclass(frozen=True, slots=True)
class Outcome:
    """How a job ended, as the host saw it. Only the two tails were written by the job."""

    status: Status
    exit_code: int | None = None  # 128 + n: ended by signal n. None: by the host, or never begun
    kill_reason: KillReason = KillReason.NONE
    message: str = ""  # why it was refused or killed, as a sentence
    stdout: str = ""  # the end of it; bytes that are no UTF-8 are replaced
    stderr: str = ""
    output_bytes: int = 0  # written to both streams before the end
    wall_ms: int = 0  # start to end, on the host's clock
    cpu_ms: int = 0  # of all processes, setting up included; 0 when unknown
    backend: str = ""


class Sandbox(Protocol):
    """Runs untrusted code where it can do no harm."""

    @property
    def name(self) -> str: ...

    def run(self, job: Job) -> Outcome:
        """Run the job to its end. Raises nothing: what cannot be run is `refused`."""
        ...


def refused(message: str, backend: str = "") -> Outcome:
    return Outcome(Status.REFUSED, message=message, backend=backend)


# ---------------------------------------------------------------------------------------------
# What may be asked

MAX_FILES = 400  # each one is an open file of the host while the job starts
MAX_FILE_BYTES = 4 * MEBIBYTE
MAX_TOTAL_BYTES = 32 * MEBIBYTE
MAX_PATH_BYTES = 240
MAX_DEPTH = 12
MAX_ARGUMENTS = 256
MAX_ARGUMENT_BYTES = 64 * 1024  # all together
_VARIABLE = re.compile(r"[A-Za-z_][A-Za-z0-9_]{0,63}")
# They would act on the programs that set the limits, before the limits are set.
_LOADER_PREFIXES = ("LD_", "GLIBC_", "MALLOC_")

# Read by an interpreter, a runner or a bundler without being asked for by the tests.
_CONFIGURATION = re.compile(
    r"""
      conftest\.py | (site|user)customize\.py | .*\.pth | .*\._pth | pyvenv\.cfg
    | pytest\.(ini|toml) | tox\.(ini|toml) | setup\.(cfg|py) | pyproject\.toml | noxfile\.py
    | package(-lock)?\.json | npm-shrinkwrap\.json | tsconfig.*\.json | jsconfig.*\.json
    | (vitest|vite|jest|babel|rollup|webpack|esbuild|swc|postcss|tailwind)\.(config|workspace|setup)\..*
    | .*\.egg-link | pnpm-workspace\.yaml | bunfig\.toml | deno\.jsonc?
    """,
    re.VERBOSE | re.IGNORECASE,
)
_CONFIGURATION_FOLDER = re.compile(
    r"node_modules | __pycache__ | __mocks__ | .*\.(dist|egg)-info | site-packages",
    re.VERBOSE | re.IGNORECASE,
)
# Machine code, and Python that no reader of the source would see.
_COMPILED = re.compile(r".*\.(so(\..*)?|pyd|dll|dylib|node|pyc|pyo|wasm)", re.IGNORECASE)
_RUNNER_MODULES = frozenset(
    {"_pytest", "exceptiongroup", "iniconfig", "packaging", "pluggy", "py", "pygments", "pytest"}
)
_TAKEN_MODULES = sys.stdlib_module_names | _RUNNER_MODULES | {"test"}


def job_problem(job: Job) -> str:
    """Return why this job cannot be run, as a sentence; empty when it can."""
    problems = (_command_problem(job.command), _env_problem(job.env), _files_problem(job))
    return next((problem for problem in problems if problem), "")


def _files_problem(job: Job) -> str:
    contents = (*job.files.values(), *job.support.values())
    if len(contents) > MAX_FILES:
        return f"A job has at most {MAX_FILES} files; this one has {len(contents)}."
    sizes = [_size(content) for content in contents]
    if max(sizes, default=0) > MAX_FILE_BYTES or sum(sizes) > MAX_TOTAL_BYTES:
        return (
            f"A file has at most {MAX_FILE_BYTES // MEBIBYTE} MB, and all of them together"
            f" {MAX_TOTAL_BYTES // MEBIBYTE} MB."
        )
    for path in job.files:
        if problem := name_problem(path, job.import_roots):
            return f"{path!a}: {problem}."
    for path in job.support:
        if problem := form_problem(path):
            return f"{path!a}: {problem}."
    return _clash_problem(job.files) or _clash_problem(job.support)


def name_problem(path: str, import_roots: Iterable[str] = ("",)) -> str:
    """Return what is wrong with the path of a file, as half a sentence; empty for nothing."""
    return form_problem(path) or _meaning_problem(PurePosixPath(path), import_roots)


def form_problem(path: str) -> str:
    """Like name_problem(), for a file of our own, which may be of any kind."""
    return _text_problem(path) or next(filter(None, map(_part_problem, path.split("/"))), "")


def _text_problem(path: str) -> str:
    if not path or path.startswith("/") or path.endswith("/") or "//" in path:
        return "a path is relative and names a file"
    # Not printable: control and line-breaking characters, bidi marks and other invisible ones,
    # lone surrogates.
    if not path.isprintable() or "\\" in path or ":" in path:
        return "the name has a character that hides or divides"
    if unicodedata.normalize("NFKC", path) != path:
        return "the name can be written in two ways"
    if len(path.encode()) > MAX_PATH_BYTES or path.count("/") >= MAX_DEPTH:
        return "the path is too long or too deep"
    return ""


def _part_problem(part: str) -> str:
    if part in {".", ".."}:
        return "a path may not go up"
    if part.startswith((".", "-", "~")):
        return "the name is hidden, or reads like an option"
    if part != part.strip() or part.endswith("."):
        return "the name begins or ends with a blank or a dot"
    return ""


def _meaning_problem(path: PurePosixPath, import_roots: Iterable[str]) -> str:
    if _CONFIGURATION.fullmatch(path.name):
        return "files of that name steer an interpreter or a test runner"
    if any(_CONFIGURATION_FOLDER.fullmatch(part) for part in path.parts):
        return "folders of that name are not read as sources"
    if _COMPILED.fullmatch(path.name):
        return "compiled code is not run"
    if _imported_name(path, import_roots) in _TAKEN_MODULES:
        return "it would take the place of a module of Python or of the test runner"
    return ""


def _imported_name(path: PurePosixPath, import_roots: Iterable[str]) -> str:
    """The module that this file is for somebody who imports from one of the roots; or empty.

    A folder without `__init__.py` takes no module's place: Python prefers a module found later.
    """
    parent = path.parent
    name = path.stem
    if path.name == "__init__.py":
        parent, name = parent.parent, parent.name
    roots = {PurePosixPath(root) for root in import_roots}
    return name.lower() if path.suffix.lower() == ".py" and parent in roots else ""


def _clash_problem(paths: Iterable[str]) -> str:
    """Two names that are one where case does not count, or a file that is also a folder."""
    spelled: dict[str, str] = {}
    files = {path.casefold() for path in paths}
    for path in paths:
        for prefix in _prefixes(path):
            folded = prefix.casefold()
            if spelled.setdefault(folded, prefix) != prefix:
                return f"{prefix!a} and {spelled[folded]!a} differ in case only."
            if prefix != path and folded in files:
                return f"{prefix!a} is both a file and a folder."
    return ""


def _prefixes(path: str) -> Iterator[str]:
    parts = path.split("/")
    return ("/".join(parts[:count]) for count in range(1, len(parts) + 1))


def _command_problem(command: Sequence[str]) -> str:
    if not command or not command[0]:
        return "The command is empty."
    if any("\0" in argument for argument in command):
        return "An argument of the command holds a NUL character."
    if len(command) > MAX_ARGUMENTS or sum(map(_size, command)) > MAX_ARGUMENT_BYTES:
        return "The command is too long."
    return ""


def _env_problem(env: Mapping[str, str]) -> str:
    for name, value in env.items():
        if not _VARIABLE.fullmatch(name) or "\0" in value:
            return f"{name!a} is no name of a variable, or its value holds a NUL character."
        if name.startswith(_LOADER_PREFIXES):
            return f"{name} would act on the sandbox itself."
    return ""


def _size(content: str | bytes) -> int:
    return len(content.encode(errors="surrogatepass") if isinstance(content, str) else content)


def tails(stdout: bytes, stderr: bytes, kept: int) -> tuple[str, str]:
    """Cut both streams to `kept` bytes together: the end of each, and at least half for each."""
    half = kept // 2
    errors = _last(stderr, max(half, kept - len(stdout)))
    output = _last(stdout, kept - len(errors))
    return output.decode(errors="replace"), errors.decode(errors="replace")


def _last(data: bytes, count: int) -> bytes:
    return data[max(0, len(data) - count) :]
