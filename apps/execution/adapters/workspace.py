"""The git repository of a plan: one commit per accepted code version.

On disk, under `<root>/<plan id>/`: `repository.git`, a bare repository with the branch main, and
`lock`, held while one process writes. History can always be made again from the code versions, with
the same shas.
"""

import fcntl
import os
import shutil
import tempfile
import time
from collections import OrderedDict
from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from types import MappingProxyType
from uuid import UUID

from apps.execution.adapters.commits import (
    BRANCH,
    VERSION_TRAILER,
    PathRefused,
    VersionCommit,
    check_path,
    stream,
)
from apps.execution.adapters.git import (
    Git,
    GitFailed,
    GitMissing,
    GitTimedOut,
    WorkspaceError,
)

__all__ = [
    "GitFailed",
    "GitMissing",
    "GitTimedOut",
    "PathRefused",
    "VersionCommit",
    "Workspace",
    "WorkspaceError",
]

_REBUILD_TIMEOUT_S = 300.0
_LOCK_WAIT_S = 30.0
_POLL_S = 0.01
_PARTS = ("HEAD", "config", "objects", "refs")
_HISTORY_FORMAT = f"--format=%H,%P,%(trailers:key={VERSION_TRAILER},valueonly=true,separator=%x20)"
# What git leaves behind when it is killed: locks, half-written packs, and crash reports.
_LEFTOVERS = (
    "*.lock",
    "refs/heads/*.lock",
    "objects/info/*.lock",
    "objects/pack/tmp_*",
    "objects/pack/.tmp-*",
    "objects/pack/*.keep",
    "fast_import_crash_*",
)


@dataclass(frozen=True, slots=True)
class _History:
    head: str | None = None
    versions: Mapping[UUID, str] = field(default_factory=lambda: MappingProxyType({}))


# A process reads history once and then only what is new, although every task makes a Workspace.
_KNOWN_LIMIT = 32  # plans
_known: OrderedDict[Path, _History] = OrderedDict()


class Workspace:
    """A plan's repository. Instances are cheap and hold nothing open; any number may exist."""

    def __init__(self, root: Path, plan_id: UUID, *, lock_wait_s: float = _LOCK_WAIT_S) -> None:
        self._home = root.absolute() / str(plan_id)
        self._lock_wait_s = lock_wait_s
        self.repository = self._home / "repository.git"
        self.git = Git(self.repository)

    def ensure(self) -> bool:
        """Make the repository if there is none, and finish what a killed process began.

        Returns True if it had to be made: a plan that has code versions then needs `rebuild`.
        """
        with self._exclusive():
            self._finish_rebuild()
            if self._is_whole():
                return False
            fresh = not self.repository.exists()
            if fresh:
                self._make(self._home / "new.git").rename(self.repository)
            else:
                _init(self.git)  # puts back the missing parts and keeps the objects
            return fresh

    def commit(self, version: VersionCommit) -> str:
        """Commit the version unless history has it, and return the sha of its commit.

        All or nothing, whatever is killed when. Raises WorkspaceError.
        """
        return self.commit_all([version])[version.version_id]

    def commit_all(self, versions: Iterable[VersionCommit]) -> dict[UUID, str]:
        """Commit the versions that history lacks, one commit each, in the given order, all or none.

        Returns the sha of every given version. A single import, whatever their number.
        Raises WorkspaceError.
        """
        wanted = {version.version_id: version for version in versions}
        with self._exclusive() as lock:
            self._require()
            history = self._history()
            lacking = [v for key, v in wanted.items() if key not in history.versions]
            if lacking:
                commands = b"".join(stream(lacking, parent=history.head))
                output = self.git.run(*_IMPORT, stdin=commands, keep_open=[lock])
                history = _extended(history, lacking, output.decode().split())
                _remember(self.repository, history)
        return {key: history.versions[key] for key in wanted}

    def committed_versions(self) -> dict[UUID, str]:
        """Return the sha of each code version in history, oldest first."""
        self._require()
        return dict(self._history().versions)

    def head(self) -> str | None:
        """Return the sha of the newest commit, or None before the first."""
        self._require()
        return (
            self.git.run("for-each-ref", "--format=%(objectname)", BRANCH).decode().strip() or None
        )

    def tree(self) -> dict[str, str]:
        """Return path → blob sha of every file at the newest commit, sorted by path."""
        head = self.head()
        if head is None:
            return {}
        listing = self.git.run("ls-tree", "-r", "-z", "--full-tree", head).decode()
        entries = (entry.split("\t", 1) for entry in listing.split("\0") if entry)
        return {path: facts.split()[2] for facts, path in entries}

    def read_file(self, path: str) -> str | None:
        """Return the text of a file at the newest commit, or None when there is no such file."""
        check_path(path)
        self._require()
        answer = self.git.run("cat-file", "--batch", stdin=f"{BRANCH}:{path}\n".encode())
        facts, _, content = answer.partition(b"\n")
        if not facts.endswith(b" %d" % (len(content) - 1)) or b" blob " not in facts:
            return None
        return content[:-1].decode()

    def rebuild(self, versions: Iterable[VersionCommit]) -> str | None:
        """Replace the repository by one made from all code versions, and return its head.

        Oldest first; the same versions give the same shas. The old repository stays until the new
        one is complete. Raises WorkspaceError.
        """
        with self._exclusive() as lock:
            self._finish_rebuild()
            fresh = self._make(self._home / "new.git")
            self._import(Git(fresh), versions, lock=lock)
            # From this rename on the new repository is the valid one, wherever we are killed.
            fresh.rename(self._home / "rebuilt.git")
            self._finish_rebuild()
            _known.pop(self.repository, None)
        return self.head()

    def verify(self) -> bool:
        """Say whether everything that history names is there and undamaged; reads all objects.

        Whether history is complete is another question: compare `committed_versions`.
        """
        if not self._is_whole():
            return False
        try:
            branch = self.git.run("symbolic-ref", "HEAD").decode().strip()
            self.git.run("fsck", "--no-dangling", "--no-progress", "--no-reflogs")
        except GitFailed:
            return False
        return branch == BRANCH

    def compact(self) -> None:
        """Pack the loose objects into one file; worth it once, when a plan is finished."""
        with self._exclusive() as lock:
            self._require()
            for command in (("repack", "-a", "-d", "-l", "-q"), ("prune", "--expire=now")):
                self.git.run(*command, timeout_s=_REBUILD_TIMEOUT_S, keep_open=[lock])

    @contextmanager
    def _exclusive(self) -> Iterator[int]:
        """Hold the workspace alone, clear what killed processes left, and yield the descriptor.

        Git inherits the descriptor: when we are killed, the lock lasts until our git has
        ended too. Therefore a lock file of git that is found here is nobody's.
        """
        try:
            self._home.mkdir(parents=True, exist_ok=True)
            lock = os.open(self._home / "lock", os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o664)
        except OSError as error:
            raise _unwritable(error) from error
        try:
            _wait_for(lock, wait_s=self._lock_wait_s)
            self._clear_leftovers()
            yield lock
        except OSError as error:
            raise _unwritable(error) from error
        finally:
            os.close(lock)

    def _clear_leftovers(self) -> None:
        for pattern in _LEFTOVERS:
            for path in self.repository.glob(pattern):
                path.unlink(missing_ok=True)

    def _is_whole(self) -> bool:
        return all((self.repository / part).exists() for part in _PARTS)

    def _require(self) -> None:
        if not self._is_whole():
            raise WorkspaceError("The repository of this plan is missing; it has to be rebuilt.")

    def _make(self, path: Path) -> Path:
        shutil.rmtree(path, ignore_errors=True)
        _init(Git(path))
        return path

    def _finish_rebuild(self) -> None:
        rebuilt, old = self._home / "rebuilt.git", self._home / "old.git"
        if rebuilt.exists():
            if self.repository.exists():
                shutil.rmtree(old, ignore_errors=True)
                self.repository.rename(old)
            rebuilt.rename(self.repository)
        shutil.rmtree(old, ignore_errors=True)

    def _import(self, git: Git, versions: Iterable[VersionCommit], *, lock: int) -> None:
        with tempfile.TemporaryFile(dir=self._home) as commands:
            for part in stream(_unrepeated(versions), parent=None):
                commands.write(part)
            commands.seek(0)
            git.run(*_IMPORT, stdin=commands, timeout_s=_REBUILD_TIMEOUT_S, keep_open=[lock])

    def _history(self) -> _History:
        known = _known.get(self.repository, _History())
        head = self.head()
        if head != known.head:
            known = (
                self._read_since(known, head) or self._read_since(_History(), head) or _History()
            )
            _remember(self.repository, known)
        return known

    def _read_since(self, known: _History, head: str | None) -> _History | None:
        """Return history up to `head`, or None when what we know is not its beginning."""
        if head is None:
            return None
        span = head if known.head is None else f"{known.head}..{head}"
        try:
            lines = self.git.run("log", "--reverse", _HISTORY_FORMAT, span).decode().split("\n")
        except GitFailed:
            if known.head is None:
                raise
            return None  # the commit that we know is gone: the repository was rebuilt
        entries = [line.split(",", 2) for line in lines if line]
        if not entries or entries[0][1] != (known.head or ""):
            return None
        found = ((version, sha) for sha, _, trailer in entries if (version := _uuid(trailer)))
        return _History(head, MappingProxyType(dict(known.versions) | dict(found)))


_IMPORT = ("fast-import", "--quiet", "--done", "--date-format=raw")


def _init(git: Git) -> None:
    git.run("init", "--quiet", "--bare", "--initial-branch=main", "--template=", str(git.directory))


def _wait_for(lock: int, *, wait_s: float) -> None:
    deadline = time.monotonic() + wait_s
    while True:
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            if time.monotonic() >= deadline:
                raise WorkspaceError(
                    f"The workspace is busy: another process has held it for {wait_s:g} s."
                ) from None
            time.sleep(_POLL_S)
        else:
            return


def _unwritable(error: OSError) -> WorkspaceError:
    return WorkspaceError(f"The folder of the workspace cannot be written: {error.strerror}.")


def _unrepeated(versions: Iterable[VersionCommit]) -> Iterator[VersionCommit]:
    seen: set[UUID] = set()
    for version in versions:
        if version.version_id in seen:
            raise WorkspaceError(f"Code version {version.version_id} is given twice.")
        seen.add(version.version_id)
        yield version


def _extended(history: _History, versions: list[VersionCommit], shas: list[str]) -> _History:
    added = dict(zip((version.version_id for version in versions), shas, strict=True))
    return _History(shas[-1], MappingProxyType(dict(history.versions) | added))


def _remember(repository: Path, history: _History) -> None:
    _known.pop(repository, None)
    _known[repository] = history
    while len(_known) > _KNOWN_LIMIT:
        _known.popitem(last=False)


def _uuid(text: str) -> UUID | None:
    try:
        return UUID(text.strip())
    except ValueError:
        return None
