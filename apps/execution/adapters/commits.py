"""What a code version becomes in git: checked paths, one-line trailers, a fast-import stream.

Plain functions of their arguments: the same version after the same parent gives the same bytes,
hence the same sha.
"""

import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from itertools import chain
from types import MappingProxyType
from uuid import UUID

from apps.execution.adapters.git import WorkspaceError

BRANCH = "refs/heads/main"
VERSION_TRAILER = "Code-Version"
ATOM_TRAILER = "Atom"

_IDENTITY = "MGE Console <mge@localhost>"
_SUBJECT_LIMIT = 120  # characters
_TRAILER_LIMIT = 500  # characters
_PATH_LIMIT = 1024  # bytes
_COMPONENT_LIMIT = 255  # bytes; what common file systems take
_TRAILER_KEY = re.compile(r"[A-Za-z][A-Za-z0-9-]*")
# Names by which git, or a file system that folds names, reaches its own folder and settings. The
# settings are refused too: attributes change what an archive holds, modules make a clone fetch
# from elsewhere.
_GIT_OWN = re.compile(r"(\.git|\.gitmodules|\.gitattributes|git~\d+)", re.IGNORECASE)


class PathRefused(WorkspaceError):
    """A path could leave the repository, or cannot be checked out everywhere."""

    def __init__(self, path: str, reason: str) -> None:
        super().__init__(f"The path {path[:200]!r} cannot be stored: {reason}.")


@dataclass(frozen=True, slots=True)
class VersionCommit:
    """One accepted code version, as it is to appear in history."""

    version_id: UUID
    atom_ref: str  # "textkit/slug.py::slugify"
    subject: str  # first line of the message; made one line, at most 120 characters
    files: Mapping[str, str | None]  # changed paths only; None deletes
    committed_at: datetime  # aware; whole seconds are kept
    trailers: Mapping[str, str] = field(default_factory=lambda: MappingProxyType({}))


def stream(versions: Iterable[VersionCommit], *, parent: str | None) -> Iterator[bytes]:
    """Yield a fast-import stream of these versions, one commit each, in order, on top of `parent`.

    Git answers with one sha per line, in the same order. A stream that is cut off anywhere changes
    nothing. Raises WorkspaceError (PathRefused) for what must not be stored.
    """
    yield b"feature done\n"
    base = parent
    for mark, version in enumerate(versions, start=1):
        yield from _commit(version, mark=mark, base=base)
        base = f":{mark}"
        yield f"get-mark {base}\n".encode()
    yield b"done\n"


def message(version: VersionCommit) -> str:
    """Return the commit message: a subject, and trailers that no value can add to."""
    subject = _one_line(version.subject, _SUBJECT_LIMIT) or _one_line(
        version.atom_ref, _SUBJECT_LIMIT
    )
    trailers = chain(
        [(ATOM_TRAILER, version.atom_ref)],
        _given_trailers(version.trailers),
        [(VERSION_TRAILER, str(version.version_id))],
    )
    lines = [(key, _one_line(value, _TRAILER_LIMIT)) for key, value in trailers]
    return f"{subject}\n\n" + "".join(f"{key}: {value}\n" for key, value in lines if value)


def check_path(path: str) -> None:
    """Raise PathRefused unless `path` is a plain relative path that any clone can check out."""
    if any(not c.isprintable() for c in path):
        # Controls, line ends, lone surrogates, and marks that hide or reorder what people read.
        raise PathRefused(path, "it has characters that cannot be printed")
    if "\\" in path:
        raise PathRefused(path, "folders are separated by “/”")
    if len(path.encode()) > _PATH_LIMIT:
        raise PathRefused(path, f"it is longer than {_PATH_LIMIT} bytes")
    if path.startswith("/"):
        raise PathRefused(path, "it is absolute")
    for component in path.split("/"):
        _check_component(path, component)


def _check_component(path: str, component: str) -> None:
    if component == "":
        raise PathRefused(path, "it has an empty name")
    if component in (".", ".."):
        raise PathRefused(path, "it has a “.” or “..” step")
    if _GIT_OWN.fullmatch(component.partition(":")[0].rstrip(" .")):
        raise PathRefused(path, "it uses a name that belongs to git")
    if len(component.encode()) > _COMPONENT_LIMIT:
        raise PathRefused(path, f"a name in it is longer than {_COMPONENT_LIMIT} bytes")


def _commit(version: VersionCommit, *, mark: int, base: str | None) -> Iterator[bytes]:
    yield f"commit {BRANCH}\nmark :{mark}\n".encode()
    yield f"committer {_IDENTITY} {_seconds(version.committed_at)} +0000\n".encode()
    yield _data(message(version).encode())
    if base is not None:
        yield f"from {base}\n".encode()
    yield from _changes(version.files)


def _changes(files: Mapping[str, str | None]) -> Iterator[bytes]:
    for path in files:
        check_path(path)
    _check_folders(files)
    # Deletions first, so that a file may make way for a folder of its name.
    for path in sorted(path for path, text in files.items() if text is None):
        yield f"D {_quoted(path)}\n".encode()
    for path, text in sorted((path, text) for path, text in files.items() if text is not None):
        yield f"M 100644 inline {_quoted(path)}\n".encode()
        yield _data(_content(path, text))


def _check_folders(files: Mapping[str, str | None]) -> None:
    written = {path for path, text in files.items() if text is not None}
    for path in written:
        parts = path.split("/")
        if any("/".join(parts[:n]) in written for n in range(1, len(parts))):
            raise PathRefused(path, "a folder in it is also given as a file")


def _content(path: str, text: str) -> bytes:
    try:
        return text.encode()
    except UnicodeEncodeError as error:
        raise WorkspaceError(f"The text of {path} cannot be stored as UTF-8.") from error


def _data(content: bytes) -> bytes:
    return b"data %d\n%b\n" % (len(content), content)


def _quoted(path: str) -> str:
    return '"' + path.replace('"', '\\"') + '"'  # check_path lets no backslash or line end through


def _seconds(moment: datetime) -> int:
    if moment.utcoffset() is None:
        raise WorkspaceError("The moment of a code version needs a time zone.")
    seconds = int(moment.timestamp())
    if seconds < 0:
        raise WorkspaceError("The moment of a code version lies before 1970.")
    return seconds


def _given_trailers(trailers: Mapping[str, str]) -> Iterator[tuple[str, str]]:
    for key, value in trailers.items():
        if not _TRAILER_KEY.fullmatch(key):
            raise WorkspaceError(f"{key!r} cannot be the name of a trailer.")
        if key.casefold() in {ATOM_TRAILER.casefold(), VERSION_TRAILER.casefold()}:
            raise WorkspaceError(f"The trailer {key} is written by the workspace itself.")
        yield key, value


def _one_line(text: str, limit: int) -> str:
    """Return text without line ends, control or invisible characters, cut to `limit` characters."""
    plain = " ".join("".join(c if c.isprintable() else " " for c in text).split())
    return plain if len(plain) <= limit else plain[: limit - 1] + "…"
