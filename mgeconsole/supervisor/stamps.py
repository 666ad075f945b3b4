"""Marks of work that is done, so that the next start need not do it again."""

import hashlib
from dataclasses import dataclass
from pathlib import Path

from mgeconsole.environment import write_private


@dataclass(frozen=True, slots=True)
class Stamp:
    """A file that says for which input some work was done last."""

    path: Path

    def is_for(self, mark: str) -> bool:
        try:
            return self.path.read_text(encoding="utf-8") == mark
        except FileNotFoundError:
            return False

    def set(self, mark: str) -> None:
        write_private(self.path, mark)


def mark_of(*texts: str) -> str:
    """Return one mark for all texts; it tells nothing about them."""
    return hashlib.sha256("\0".join(texts).encode()).hexdigest()


def mark_of_files(*tops: Path) -> str:
    """Return a mark that changes with the name, size or time of any file at or below these."""
    files = sorted(path for top in tops for path in (top, *top.rglob("*")) if path.is_file())
    facts = ((str(path), path.stat()) for path in files)
    return mark_of(*(f"{name} {stat.st_size} {stat.st_mtime_ns}" for name, stat in facts))
