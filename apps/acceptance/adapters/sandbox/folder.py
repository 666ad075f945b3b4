"""Read the files of a folder for a job, without following a link out of it."""

import os
import stat
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from apps.acceptance.core.sandbox import (
    MAX_FILE_BYTES,
    MAX_FILES,
    MAX_TOTAL_BYTES,
    MEBIBYTE,
    name_problem,
)

# Left out as a whole, without a line for each file.
_NOT_SOURCES = frozenset({"node_modules", "__pycache__"})


class FolderError(Exception):
    """The folder cannot be read, or holds too much; the text says which."""


@dataclass(frozen=True, slots=True)
class Folder:
    files: dict[str, bytes]
    left_out: dict[str, str]  # path → why


def read_folder(top: Path) -> Folder:
    """Read all that may enter a sandbox. Raises FolderError."""
    if not top.is_dir():
        raise FolderError(f"{top} is not a folder.")
    folder = Folder({}, {})
    try:
        for path, name, parent in _walk(top, folder):
            problem = name_problem(path)
            content = None if problem else _read(name, parent)
            if content is None:
                folder.left_out[path] = problem or "not an ordinary file"
            else:
                _add(folder, path, content)
    except OSError as error:
        raise FolderError(f"{top} cannot be read: {error}.") from error
    return folder


def _walk(top: Path, folder: Folder) -> Iterator[tuple[str, str, int]]:
    """Yield path, name and the open folder of each file; links to folders are not entered."""
    for here, folders, files, handle in os.fwalk(top):
        inside = Path(here).relative_to(top)
        for name in sorted(folders):
            if name.startswith(".") or name in _NOT_SOURCES:
                folder.left_out[f"{inside / name}/"] = "folders of that name are not read"
            elif _is_link(name, handle):
                folder.left_out[str(inside / name)] = "not an ordinary file"
        folders[:] = sorted(
            name for name in folders if not name.startswith(".") and name not in _NOT_SOURCES
        )
        for name in sorted(files):
            yield str(inside / name), name, handle


def _is_link(name: str, parent: int) -> bool:
    return stat.S_ISLNK(os.stat(name, dir_fd=parent, follow_symlinks=False).st_mode)


def _read(name: str, parent: int) -> bytes | None:
    """Return the content of an ordinary file; None for a link, a pipe, a device, a socket."""
    try:
        # Not blocking: opening a pipe would wait for its other end.
        file = os.open(name, os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK, dir_fd=parent)
    except OSError:
        return None
    with os.fdopen(file, "rb") as reader:
        if not stat.S_ISREG(os.fstat(file).st_mode):
            return None
        return reader.read(MAX_FILE_BYTES + 1)


def _add(folder: Folder, path: str, content: bytes) -> None:
    if len(content) > MAX_FILE_BYTES:
        folder.left_out[path] = f"it has more than {MAX_FILE_BYTES // MEBIBYTE} MB"
        return
    folder.files[path] = content
    if len(folder.files) > MAX_FILES:
        raise FolderError(f"A job has at most {MAX_FILES} files.")
    if sum(map(len, folder.files.values())) > MAX_TOTAL_BYTES:
        raise FolderError(f"A job has at most {MAX_TOTAL_BYTES // MEBIBYTE} MB of files.")
