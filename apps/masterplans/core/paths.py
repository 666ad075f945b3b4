"""Where an atom may live."""

import re
from pathlib import PurePosixPath

from apps.masterplans.core.document import Language

MAX_CHARACTERS = 300
MAX_BYTES = 1_024  # of UTF-8
MAX_PART_BYTES = 255  # of UTF-8; what file systems take
SUFFIXES = {
    Language.PYTHON: (".py",),
    Language.TYPESCRIPT: (".ts", ".tsx", ".mts", ".cts"),
    Language.JAVASCRIPT: (".js", ".mjs", ".cjs", ".jsx"),
}
_PART = re.compile(r"[\w@+-][\w.@+-]*")


def refusal(path: str) -> str:
    """Why the path cannot be used, or nothing.

    A usable path stays below the project's root and out of hidden folders.
    """
    if len(path) > MAX_CHARACTERS:
        return f"it is longer than {MAX_CHARACTERS} characters"
    if path.startswith(("/", "~")) or re.match(r"[A-Za-z]:", path):
        return "it is absolute; write it from the root of the generated project"
    if "\\" in path:
        return "it holds a backslash; separate folders by `/`"
    parts = path.split("/")
    if ".." in parts:
        return "it leaves the project through `..`"
    if not all(_PART.fullmatch(part) for part in parts):
        return "its parts must be letters, digits, `_`, `-`, `.`, `@` or `+`, with no dot in front"
    if len(path.encode()) > MAX_BYTES:
        return f"it takes more than {MAX_BYTES:,} bytes"
    if any(len(part.encode()) > MAX_PART_BYTES for part in parts):
        return f"one of its parts takes more than {MAX_PART_BYTES} bytes"
    return ""


class Layout:
    """The files of a plan, and the folders that they lie in."""

    def __init__(self) -> None:
        self._files: set[str] = set()
        self._folders: dict[str, str] = {}  # a folder, the first file below it

    def add(self, path: str) -> tuple[str, str] | None:
        """The file and the path below it, when the new path lets a file be a folder as well."""
        folders = [str(folder) for folder in PurePosixPath(path).parents]
        self._files.add(path)
        for folder in folders:
            self._folders.setdefault(folder, path)
        if path in self._folders:
            return path, self._folders[path]
        return next(((folder, path) for folder in folders if folder in self._files), None)


def fits(path: str, language: Language) -> bool:
    return PurePosixPath(path).suffix in SUFFIXES[language]


def language_of(path: str) -> Language | None:
    return next((language for language in Language if fits(path, language)), None)


def is_importable(path: str) -> bool:
    """Whether Python can import a module of this path."""
    return all(part.isidentifier() for part in PurePosixPath(path).with_suffix("").parts)
