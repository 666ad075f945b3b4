"""Which buttons a plan has in each state."""

from collections.abc import Mapping
from dataclasses import dataclass

from apps.common.display import counted


@dataclass(frozen=True, slots=True)
class Command:
    """A button; `verb` is the last part of the address that it posts to."""

    verb: str
    label: str
    icon: str
    is_main: bool = False


_START = Command("start", "Start", "play", is_main=True)
_PAUSE = Command("pause", "Pause", "pause")
_RESUME = Command("resume", "Resume", "play", is_main=True)

CANCELLABLE = frozenset({"draft", "ready", "running", "paused", "failed"})


def commands(status: str, counts: Mapping[str, int]) -> tuple[Command, ...]:
    """Return what a person can do with the plan now, cancelling apart."""
    if status == "failed":
        label = f"Retry {counted(counts.get('failed', 0), 'atom')}"
        return (Command("retry-failed", label, "iterations", is_main=True),)
    return {"ready": (_START,), "running": (_PAUSE,), "paused": (_RESUME,)}.get(status, ())
