"""Recorded answers: reading the files, finding the answer to a prompt, reading changed files."""

import logging
import re
import time
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import yaml

logger = logging.getLogger(__name__)

FILE_NAME = "answers.yaml"
CHANGES_SEEN_AFTER_S = 0.5
BYTES_PER_TOKEN = 4  # rule of thumb for English text and code
TOKENS_PER_MESSAGE = 4

_KEY_LINE = re.compile(r"^Atom: `([^`\n]+)` \(attempt (\d+) of \d+\)", re.MULTILINE)
_FIELDS = frozenset({"atom", "attempt", "match", "text", "finish_reason", "usage"})


class InvalidAnswers(ValueError):
    """A file of answers cannot be used; the text names the file and says why."""


@dataclass(frozen=True, slots=True)
class Key:
    """What an answer is recorded for."""

    atom: str  # path::symbol
    attempt: int  # from 1

    def __str__(self) -> str:
        return f"{self.atom}#{self.attempt}"


@dataclass(frozen=True, slots=True)
class Answer:
    """One recorded answer. Without token counts they are estimated."""

    text: str
    finish_reason: str = "stop"
    prompt_tokens: int | None = None
    completion_tokens: int | None = None

    def usage(self, messages: Sequence[str]) -> dict[str, int]:
        """Return the usage figures for a prompt of these messages."""
        asked = self.prompt_tokens
        if asked is None:
            asked = sum(estimate_tokens(text) + TOKENS_PER_MESSAGE for text in messages)
        answered = self.completion_tokens
        if answered is None:
            answered = estimate_tokens(self.text)
        return {
            "prompt_tokens": asked,
            "completion_tokens": answered,
            "total_tokens": asked + answered,
        }


@dataclass(slots=True)
class Recordings:
    """Everything that the files hold."""

    atoms: dict[str, dict[int, Answer]] = field(default_factory=dict)
    matches: list[tuple[str, Answer]] = field(default_factory=list)

    def find(self, prompt: str, key: Key | None) -> Answer | None:
        """Return the answer for a key or, without one, the first whose text the prompt contains."""
        if key is None:
            return next((answer for text, answer in self.matches if text in prompt), None)
        attempts = self.atoms.get(key.atom)
        if not attempts:
            return None
        recorded = [number for number in attempts if number <= key.attempt]
        return attempts[max(recorded) if recorded else min(attempts)]

    def add(self, other: "Recordings", source: Path) -> None:
        """Take over what another file has; what is there already stays."""
        for atom, attempts in other.atoms.items():
            if atom in self.atoms:
                logger.warning("%s repeats answers for %s; they are left out.", source, atom)
            self.atoms.setdefault(atom, attempts)
        self.matches += other.matches


class AnswerBook:
    """The recordings of some files and folders, read again when one changes."""

    def __init__(self, places: Iterable[Path]) -> None:
        """Raises InvalidAnswers when a place does not exist or a file cannot be read."""
        self._places = tuple(places)
        self._seen: dict[Path, tuple[int, int]] = {}
        self._looked_at = float("-inf")
        self.problem: str | None = None  # why the last change could not be read
        self._recordings = self._read()

    @property
    def files(self) -> tuple[Path, ...]:
        return tuple(self._seen)

    def find(self, prompt: str, key: Key | None) -> Answer | None:
        """Return the recorded answer, or None."""
        self._follow_changes()
        return self._recordings.find(prompt, key)

    def _follow_changes(self) -> None:
        """Read changed files, at most twice a second. A broken one leaves the old answers."""
        now = time.monotonic()
        if now - self._looked_at < CHANGES_SEEN_AFTER_S:
            return
        self._looked_at = now
        try:
            if _stamps(find_files(self._places)) != self._seen:
                self._recordings = self._read()
                self.problem = None
        except InvalidAnswers as error:
            if str(error) != self.problem:
                logger.warning("%s The answers read before stay in use.", error)
            self.problem = str(error)

    def _read(self) -> Recordings:
        files = find_files(self._places)
        stamps = _stamps(files)
        everything = Recordings()
        for file in files:
            everything.add(read_file(file), file)
        self._seen = stamps
        return everything


def find_key(prompt: str) -> Key | None:
    """Return the key in the line that a prompt for an atom holds."""
    found = _KEY_LINE.search(prompt)
    return Key(found[1], max(1, int(found[2]))) if found else None


def find_files(places: Iterable[Path]) -> list[Path]:
    """Return the files among the places, and every answers.yaml below the folders."""
    files: list[Path] = []
    for place in places:
        if place.is_dir():
            files += sorted(place.rglob(FILE_NAME))
        elif place.is_file():
            files.append(place)
        else:
            raise InvalidAnswers(f"{place} is neither a file nor a folder.")
    return list(dict.fromkeys(files))


def read_file(file: Path) -> Recordings:
    """Return what one file holds; raises InvalidAnswers."""
    recordings = Recordings()
    for number, entry in enumerate(read_entries(file), start=1):
        try:
            _add_entry(recordings, entry)
        except InvalidAnswers as error:
            raise InvalidAnswers(f"{file}, entry {number}: {error}") from None
    return recordings


def read_entries(file: Path) -> list[Any]:
    """Return the raw entries of one file; raises InvalidAnswers when it is no list in YAML."""
    try:
        with file.open(encoding="utf-8") as stream:
            # The C loader builds the same plain types as safe_load, ten times as fast.
            entries = yaml.load(stream, Loader=_Loader)  # noqa: S506 - a safe loader
    except (OSError, ValueError, yaml.YAMLError) as error:
        raise InvalidAnswers(f"{file} cannot be read: {' '.join(str(error).split())}") from error
    if entries is None:
        return []
    if not isinstance(entries, list):
        raise InvalidAnswers(f"{file} must be a list of answers.")
    return entries


def estimate_tokens(text: str) -> int:
    """Guess the number of tokens: one for every four bytes, rounded up."""
    return -(-len(text.encode("utf-8", "surrogatepass")) // BYTES_PER_TOKEN)


def _add_entry(recordings: Recordings, entry: object) -> None:
    if not isinstance(entry, Mapping):
        raise InvalidAnswers("it must have fields such as atom, attempt and text.")
    unknown = sorted(str(name) for name in entry if name not in _FIELDS)
    if unknown:
        raise InvalidAnswers(f"the field {unknown[0]!r} is unknown.")
    answer = _read_answer(entry)
    if "match" in entry:
        recordings.matches.append((_text(entry, "match"), answer))
        return
    atom = _text(entry, "atom")
    attempt = _count(entry.get("attempt", 1), "attempt")
    if attempt in recordings.atoms.setdefault(atom, {}):
        raise InvalidAnswers(f"{atom} has attempt {attempt} twice.")
    recordings.atoms[atom][attempt] = answer


def _read_answer(entry: Mapping[Any, Any]) -> Answer:
    usage = entry.get("usage") or {}
    if not isinstance(usage, Mapping):
        raise InvalidAnswers("usage must have prompt_tokens and completion_tokens.")
    return Answer(
        text=_text(entry, "text"),
        finish_reason=str(entry.get("finish_reason") or "stop"),
        prompt_tokens=_count_or_none(usage, "prompt_tokens"),
        completion_tokens=_count_or_none(usage, "completion_tokens"),
    )


def _text(entry: Mapping[Any, Any], name: str) -> str:
    value = entry.get(name)
    if not isinstance(value, str) or (name != "text" and not value):
        raise InvalidAnswers(f"{name} must be a text.")
    return value


def _count_or_none(usage: Mapping[Any, Any], name: str) -> int | None:
    value = usage.get(name)
    return None if value is None else _count(value, name, minimum=0)


def _count(value: object, name: str, *, minimum: int = 1) -> int:
    if not isinstance(value, int) or isinstance(value, bool) or value < minimum:
        raise InvalidAnswers(f"{name} must be a whole number of at least {minimum}.")
    return value


def _stamps(files: Iterable[Path]) -> dict[Path, tuple[int, int]]:
    stamps = {}
    for file in files:
        try:
            status = file.stat()
        except OSError as error:
            raise InvalidAnswers(f"{file} cannot be read: {error}") from error
        stamps[file] = (status.st_mtime_ns, status.st_size)
    return stamps


_Loader: Any = getattr(yaml, "CSafeLoader", yaml.SafeLoader)
